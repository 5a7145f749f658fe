//! Live and ready checks, and the sign by which pages of a debug build reload.

use std::convert::Infallible;

use axum::body::Body;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::App;

/// The process answers.
pub(super) async fn live() -> &'static str {
    "ok\n"
}

/// The database answers too.
pub(super) async fn ready(State(app): State<App>) -> (StatusCode, &'static str) {
    match app.accounts.ready().await {
        Ok(()) => (StatusCode::OK, "ok\n"),
        Err(error) => {
            tracing::warn!("not ready: {error}");
            let answer = "the database does not answer\n";
            (StatusCode::SERVICE_UNAVAILABLE, answer)
        }
    }
}

/// A stream of events that says hello and stays open until the process ends. Only debug builds serve it.
pub(super) async fn reload() -> Response {
    use futures_util::StreamExt as _;
    let hello =
        futures_util::stream::once(async { Ok::<_, Infallible>("retry: 200\ndata: hello\n\n") });
    let body = Body::from_stream(hello.chain(futures_util::stream::pending()));
    ([(header::CONTENT_TYPE, "text/event-stream")], body).into_response()
}
