//! Which media type and status an answer has (GraphQL over HTTP, sections 4 and 6).

use std::io::Read as _;

use serde_json::json;

use crate::support::{Answer, Api, Request};

const GRAPHQL: &str = "application/graphql-response+json";

async fn asked(api: &Api, accept: Option<&str>, query: &str) -> Answer {
    let request = Request::json(json!({ "query": query }).to_string());
    let request = match accept {
        Some(accept) => request.header("accept", accept),
        None => request,
    };
    api.send(&request).await
}

fn is_of(answer: &Answer, kind: &str) {
    let expected = format!("{kind}; charset=utf-8");
    assert_eq!(
        answer.header("content-type"),
        Some(expected.as_str()),
        "{answer}"
    );
}

#[tokio::test]
async fn without_a_wish_the_answer_is_json() {
    let api = Api::start().await;
    for accept in [
        None,
        Some("*/*"),
        Some("application/*"),
        Some("application/json"),
    ] {
        is_of(
            &asked(&api, accept, "{ __typename }").await,
            "application/json",
        );
    }
}

#[tokio::test]
async fn the_type_of_the_draft_is_given_where_it_is_wanted() {
    let api = Api::start().await;
    for accept in [
        GRAPHQL.to_owned(),
        format!("{GRAPHQL}, application/json;q=0.9"),
        format!("{GRAPHQL};charset=utf-8, application/json; q=0.5"),
        "APPLICATION/GraphQL-Response+JSON".to_owned(),
    ] {
        is_of(&asked(&api, Some(&accept), "{ __typename }").await, GRAPHQL);
    }
}

#[tokio::test]
async fn the_better_of_two_wishes_wins() {
    let api = Api::start().await;
    let accept = format!("{GRAPHQL};q=0.1, application/json");
    is_of(
        &asked(&api, Some(&accept), "{ __typename }").await,
        "application/json",
    );
}

#[tokio::test]
async fn a_type_that_cannot_be_given_is_told_so() {
    let api = Api::start().await;
    for accept in ["application/xml", "text/html", "application/json;q=0"] {
        let answer = asked(&api, Some(accept), "{ __typename }").await;
        answer.is_rejected(406, "NOT_ACCEPTABLE");
        is_of(&answer, "application/json");
    }
}

#[tokio::test]
async fn a_field_that_fails_is_200_in_every_type() {
    let api = Api::start().await;
    for accept in [None, Some("application/json"), Some(GRAPHQL)] {
        let answer = asked(&api, accept, "{ me { id } }").await;
        assert_eq!(answer.status, 200, "{answer}");
        assert_eq!(answer.json()["data"], json!({ "me": null }), "{answer}");
    }
}

#[tokio::test]
async fn a_document_that_cannot_run_is_400_but_where_plain_json_was_asked_for() {
    let api = Api::start().await;
    for query in [
        "{ unknown }",
        "{",
        "{ me { id }",
        "query A { a: __typename } query B { b: __typename }",
    ] {
        for (accept, status) in [
            (None, 400),
            (Some("*/*"), 400),
            (Some(GRAPHQL), 400),
            (Some("application/json"), 200),
        ] {
            let answer = asked(&api, accept, query).await;
            assert_eq!(answer.status, status, "{query} for {accept:?}: {answer}");
            assert!(answer.json().get("data").is_none(), "no data: {answer}");
            assert!(answer.json()["errors"].is_array(), "{answer}");
        }
    }
}

#[tokio::test]
async fn a_request_that_cannot_be_read_is_400_in_every_type() {
    let api = Api::start().await;
    for accept in ["application/json", GRAPHQL] {
        let request = Request::json("{").header("accept", accept);
        let answer = api.send(&request).await;
        answer.is_rejected(400, "BAD_REQUEST");
        is_of(&answer, accept);
    }
}

#[tokio::test]
async fn an_answer_is_compressed_where_the_client_takes_that() {
    let api = Api::start().await;
    let long = json!({ "query": "{ __schema { types { name description } } }" }).to_string();
    let plain = api.send(&Request::json(long.clone())).await;
    assert_eq!(plain.header("content-encoding"), None, "{plain}");
    assert_eq!(plain.header("vary"), Some("accept-encoding"), "{plain}");
    let request = Request::json(long).header("accept-encoding", "br, gzip");
    let compressed = api.send(&request).await;
    assert_eq!(compressed.header("content-encoding"), Some("gzip"));
    assert_eq!(compressed.header("vary"), Some("accept-encoding"));
    let length = compressed.body.len().to_string();
    assert_eq!(compressed.header("content-length"), Some(&*length));
    is_of(&compressed, "application/json");
    let mut text = String::new();
    flate2::read::GzDecoder::new(&*compressed.body)
        .read_to_string(&mut text)
        .expect("it is gzip, and text");
    assert_eq!(text, plain.text());
}
