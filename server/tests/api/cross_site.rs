//! Requests of other sites' pages: refused, unless the operator lists the site.

use serde_json::{Value, json};

use crate::support::{Answer, Api, PASSWORD, Request};

const APP: &str = "https://app.example.com";

fn sign_up() -> Request {
    let query = "mutation ($p: String!) \
        { createUser(username: \"ada\", email: \"ada@example.com\", password: $p) { user { id } } }";
    Request::json(json!({ "query": query, "variables": { "p": PASSWORD } }).to_string())
}

async fn names(api: &Api) -> Value {
    let mut data = api.anonymous().ask("{ users { username } }").await.data();
    data["users"].take()
}

fn refused(answer: &Answer) {
    answer.is_rejected(403, "CROSS_SITE");
    assert_eq!(
        answer.header("access-control-allow-origin"),
        None,
        "{answer}"
    );
}

#[tokio::test]
async fn a_request_from_another_site_is_refused_and_does_nothing() {
    let api = Api::start().await;
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("origin", "http://127.0.0.1:1"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        refused(&api.send(&sign_up().header(name, value)).await);
    }
    assert_eq!(names(&api).await, json!([]));
}

#[tokio::test]
async fn queries_of_other_sites_are_refused_too() {
    let api = Api::start().await;
    let request = Request::query(&[("query", "{ users { id } }")]);
    refused(
        &api.send(&request.header("origin", "https://evil.example"))
            .await,
    );
}

#[tokio::test]
async fn the_sites_own_pages_pass() {
    let api = Api::start().await;
    let own = format!("http://{}", api.address());
    let request = sign_up()
        .header("origin", own)
        .header("sec-fetch-site", "same-origin");
    api.send(&request).await.data();
    assert_eq!(names(&api).await, json!([{ "username": "ada" }]));
}

#[tokio::test]
async fn behind_a_proxy_the_host_it_passes_on_counts() {
    let api = Api::start().await;
    let request = sign_up()
        .header("host", "id.example.com")
        .header("origin", "https://id.example.com");
    api.send(&request).await.data();
}

#[tokio::test]
async fn a_listed_origin_passes_and_is_named_in_the_answer() {
    let api = Api::with(&[(
        "--allowed-origins",
        "https://other.example.com,https://app.example.com",
    )])
    .await;
    let answer = api
        .send(
            &sign_up()
                .header("origin", APP)
                .header("sec-fetch-site", "cross-site"),
        )
        .await;
    answer.data();
    assert_eq!(
        answer.header("access-control-allow-origin"),
        Some(APP),
        "{answer}"
    );
    assert_eq!(
        answer.header("access-control-allow-credentials"),
        None,
        "{answer}"
    );
    refused(
        &api.send(&sign_up().header("origin", "https://app.example.com.evil.example"))
            .await,
    );
}

#[tokio::test]
async fn a_listed_origin_may_ask_beforehand() {
    let api = Api::with(&[("--allowed-origins", APP)]).await;
    let preflight = |origin: &str| {
        Request::new("OPTIONS", "/graphql")
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header(
                "access-control-request-headers",
                "authorization,content-type",
            )
    };
    let answer = api.send(&preflight(APP)).await;
    assert_eq!(answer.status, 204, "{answer}");
    for (name, value) in [
        ("access-control-allow-origin", APP),
        ("access-control-allow-methods", "GET, POST"),
        (
            "access-control-allow-headers",
            "authorization, content-type, accept",
        ),
        ("vary", "Origin"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{answer}");
    }
    refused(&api.send(&preflight("https://evil.example")).await);
}

#[tokio::test]
async fn a_listed_origin_may_send_the_header_that_is_configured() {
    let settings = [
        ("--allowed-origins", APP),
        ("--jwt-auth-header-name", "X-Token"),
    ];
    let api = Api::with(&settings).await;
    let request = Request::new("OPTIONS", "/graphql")
        .header("origin", APP)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "x-token");
    let answer = api.send(&request).await;
    let allowed = answer.header("access-control-allow-headers");
    let expected = "authorization, content-type, accept, x-token";
    assert_eq!(allowed, Some(expected), "{answer}");
}

#[tokio::test]
async fn a_listed_origin_may_read_every_error() {
    let api = Api::with(&[("--allowed-origins", APP), ("--graphql-max-body", "100")]).await;
    let request = Request::json("{").header("origin", APP);
    for (request, status) in [
        (request.clone(), 400),
        (request.clone().header("accept", "text/html"), 406),
        (request.clone().body("x".repeat(101)), 413),
        (Request::new("PUT", "/graphql").header("origin", APP), 405),
    ] {
        let answer = api.send(&request).await;
        assert_eq!(answer.status, status, "{answer}");
        assert_eq!(
            answer.header("access-control-allow-origin"),
            Some(APP),
            "{answer}"
        );
    }
    // The pages are not for other sites to read.
    let answer = api
        .send(&Request::get("/users").header("origin", APP))
        .await;
    assert_eq!(
        answer.header("access-control-allow-origin"),
        None,
        "{answer}"
    );
}
