//! The header `Authorization`: which ones are read, and what a bad one stands in the way of.

use serde_json::json;

use crate::support::{Answer, Api, Member, PASSWORD, Request};

fn is_anonymous(answer: &Answer) {
    answer.is_refused("me", "UNAUTHENTICATED", "Not logged in!");
}

fn is(answer: &Answer, member: &Member, username: &str) {
    let me = json!({ "id": member.id, "username": username });
    answer.is(200, &json!({ "data": { "me": me } }));
}

/// A token with another signature.
fn forged(token: &str) -> String {
    let (message, signature) = token.rsplit_once('.').expect("a token has three parts");
    let signature: String = signature.chars().rev().collect();
    format!("{message}.{signature}")
}

#[tokio::test]
async fn without_a_header_nobody_is_signed_in() {
    let api = Api::start().await;
    is_anonymous(&api.anonymous().me().await);
}

#[tokio::test]
async fn the_scheme_is_read_without_case_and_with_any_space() {
    let api = Api::start().await;
    let ada = api.member("ada").await;
    let token = &ada.token;
    for header in [
        format!("JWT {token}"),
        format!("jwt {token}"),
        format!("Jwt {token}"),
        format!("JWT   {token}"),
        format!("JWT\t{token}"),
    ] {
        is(&ada.with_authorization(&header).me().await, &ada, "ada");
    }
}

#[tokio::test]
async fn the_standard_scheme_bearer_is_read_too() {
    let api = Api::start().await;
    let ada = api.member("ada").await;
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let header = format!("{scheme} {}", ada.token);
        is(&ada.with_authorization(&header).me().await, &ada, "ada");
    }
}

#[tokio::test]
async fn any_other_header_is_anonymous() {
    let api = Api::start().await;
    let ada = api.member("ada").await;
    let token = &ada.token;
    for header in [
        token.clone(),
        "JWT".to_owned(),
        "Bearer".to_owned(),
        String::new(),
        format!("JWT {token} x"),
        format!("JWT {token}\tx"),
        format!("JWT{token}"),
        format!("JWT: {token}"),
        format!("Basic {token}"),
        format!("Token {token}"),
        "Basic YWRhOmFkYQ==".to_owned(),
        "JWT gärbage".to_owned(),
    ] {
        is_anonymous(&ada.with_authorization(&header).me().await);
    }
}

#[tokio::test]
async fn another_scheme_can_be_configured() {
    let api = Api::with(&[("--jwt-auth-header-prefix", "Latch")]).await;
    let anonymous = api.anonymous();
    anonymous
        .sign_up("ada", "ada@example.com", PASSWORD)
        .await
        .data();
    let token = anonymous.token("ada", PASSWORD).await;
    for (scheme, signed_in) in [("latch", true), ("Bearer", true), ("JWT", false)] {
        let client = anonymous.with_authorization(&format!("{scheme} {token}"));
        let answer = client.me().await;
        assert_eq!(
            answer.code() == json!(null),
            signed_in,
            "{scheme}: {answer}"
        );
    }
}

#[tokio::test]
async fn another_header_can_be_configured_and_bearer_is_still_understood() {
    let api = Api::with(&[("--jwt-auth-header-name", "X-Latchkey-Token")]).await;
    let anonymous = api.anonymous();
    let sign_up = anonymous.sign_up("ada", "ada@example.com", PASSWORD);
    sign_up.await.data();
    let token = anonymous.token("ada", PASSWORD).await;
    let good = |scheme: &str| format!("{scheme} {token}");
    let basic = "Basic YWRhOmFkYQ==".to_owned();
    let garbage = "JWT garbage".to_owned();
    for (own, standard, code) in [
        (Some(good("JWT")), None, json!(null)),
        (Some(good("bearer")), None, json!(null)),
        (None, Some(good("Bearer")), json!(null)),
        // A proxy's.
        (Some(good("JWT")), Some(basic.clone()), json!(null)),
        (Some(basic), Some(good("Bearer")), json!(null)),
        (None, Some(good("JWT")), json!("UNAUTHENTICATED")),
        (Some(token.clone()), None, json!("UNAUTHENTICATED")),
        // The configured one wins.
        (Some(garbage), Some(good("Bearer")), json!("TOKEN_INVALID")),
    ] {
        let mut request = Request::query(&[("query", "{ me { id } }")]);
        for (name, value) in [("x-latchkey-token", &own), ("authorization", &standard)] {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
        let answer = api.send(&request).await;
        assert_eq!(answer.code(), code, "{own:?} {standard:?}: {answer}");
    }
}

#[tokio::test]
async fn garbage_and_forged_tokens_are_told_so() {
    let api = Api::start().await;
    let ada = api.member("ada").await;
    for token in ["garbage".to_owned(), "a.b.c".to_owned(), forged(&ada.token)] {
        let client = ada.with_authorization(&format!("JWT {token}"));
        client
            .me()
            .await
            .is_refused("me", "TOKEN_INVALID", "Error decoding signature");
    }
}

#[tokio::test]
async fn an_expired_token_is_told_so() {
    let api = Api::start().await;
    let ada = api.member("ada").await;
    api.pass(300);
    ada.me()
        .await
        .is_refused("me", "TOKEN_EXPIRED", "Signature has expired");
}

#[tokio::test]
async fn a_token_is_good_to_its_last_second() {
    let api = Api::start().await;
    let ada = api.member("ada").await;
    api.pass(299);
    is(&ada.me().await, &ada, "ada");
}

#[tokio::test]
async fn the_leeway_lengthens_a_tokens_life() {
    let api = Api::with(&[("--jwt-leeway", "10")]).await;
    let ada = api.member("ada").await;
    api.pass(309);
    is(&ada.me().await, &ada, "ada");
    api.pass(1);
    ada.me()
        .await
        .is_refused("me", "TOKEN_EXPIRED", "Signature has expired");
}

#[tokio::test]
async fn two_fields_with_a_bad_token_fail_each_on_its_own() {
    let api = Api::start().await;
    let client = api.anonymous().with_authorization("JWT garbage");
    let answer = client.ask("{ a: me { id } b: me { id } }").await;
    let error = |path: &str, column: u32| {
        json!({
            "message": "Error decoding signature",
            "locations": [{ "line": 1, "column": column }],
            "path": [path],
            "extensions": { "code": "TOKEN_INVALID" },
        })
    };
    answer.is(
        200,
        &json!({ "errors": [error("a", 3), error("b", 16)], "data": { "a": null, "b": null } }),
    );
}

#[tokio::test]
async fn a_bad_header_never_stands_in_the_way_of_logging_in() {
    let api = Api::start().await;
    let ada = api.member("ada").await;
    for header in [
        "JWT garbage".to_owned(),
        format!("JWT {}", forged(&ada.token)),
    ] {
        let client = ada.with_authorization(&header);
        client.log_in("ada", PASSWORD).await.data();
    }
}

#[tokio::test]
async fn a_bad_header_never_stands_in_the_way_of_the_other_mutations() {
    let api = Api::start().await;
    let ada = api.member("ada").await;
    let client = ada.with_authorization("JWT garbage");
    client.verify(&ada.token).await.data();
    client.refresh(&ada.token).await.data();
    client
        .sign_up("bob", "bob@example.com", PASSWORD)
        .await
        .data();
}

#[tokio::test]
async fn a_bad_header_never_stands_in_the_way_of_introspection() {
    let api = Api::start().await;
    let client = api.anonymous().with_authorization("JWT garbage");
    let data = client
        .ask("{ __typename __schema { queryType { name } } }")
        .await
        .data();
    assert_eq!(
        data,
        json!({ "__typename": "Query", "__schema": { "queryType": { "name": "Query" } } })
    );
}

#[tokio::test]
async fn the_token_is_read_for_get_queries_too() {
    let api = Api::start().await;
    let ada = api.member("ada").await;
    let answer = ada
        .send(Request::query(&[("query", "{ me { id username } }")]))
        .await;
    is(&answer, &ada, "ada");
}

#[tokio::test]
async fn a_token_in_the_url_is_not_read() {
    let api = Api::start().await;
    let ada = api.member("ada").await;
    let document = "{ me { id } }";
    let parameters = [
        ("query", document),
        ("token", &ada.token),
        ("JWT", &ada.token),
    ];
    let answer = api.send(&Request::query(&parameters)).await;
    assert_eq!(answer.code(), "UNAUTHENTICATED", "{answer}");
}
