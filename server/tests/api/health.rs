//! Live and ready checks that tell the truth.

use crate::support::{Api, Request};

#[tokio::test]
async fn a_server_that_runs_is_live_and_ready() {
    let api = Api::start().await;
    for path in ["/healthz", "/readyz"] {
        let answer = api.send(&Request::get(path)).await;
        assert_eq!((answer.status, answer.text()), (200, "ok\n"), "{answer}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{answer}");
    }
}

#[tokio::test]
async fn without_its_database_a_server_is_live_and_not_ready() {
    let api = Api::start().await;
    api.database().destroy().await;
    let answer = api.send(&Request::get("/healthz")).await;
    assert_eq!(answer.status, 200, "{answer}");
    let answer = api.send(&Request::get("/readyz")).await;
    assert_eq!(
        (answer.status, answer.text()),
        (503, "the database does not answer\n"),
        "{answer}"
    );
}

#[tokio::test]
async fn a_database_that_fails_is_an_error_without_its_text() {
    let api = Api::start().await;
    let ada = api.member("ada").await;
    api.database().destroy().await;
    let answer = ada.me().await;
    let error = answer.json()["errors"][0].take();
    assert_eq!(answer.status, 200, "{answer}");
    assert_eq!(
        error["message"],
        "Something went wrong on the server. Try again later."
    );
    assert_eq!(error["extensions"]["code"], "INTERNAL");
    let id = error["extensions"]["requestId"].as_str();
    assert_eq!(id, answer.header("x-request-id"), "{answer}");
    assert!(id.is_some_and(|id| !id.is_empty()), "{answer}");
}
