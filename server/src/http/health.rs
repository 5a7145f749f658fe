//! Live and ready checks, and the sign by which pages of a debug build reload.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::time::timeout;

use super::App;
use super::answer::EVENTS;

/// The process answers.
pub(super) async fn live() -> &'static str {
    "ok\n"
}

/// How long the database may take to answer. A request may have to wait for longer; a server where it does is not one
/// to send more to.
const PROMPT: Duration = Duration::from_secs(5);

/// The database answers too, and in time.
pub(super) async fn ready(State(app): State<App>) -> (StatusCode, &'static str) {
    match timeout(PROMPT, app.accounts.ready()).await {
        Ok(Ok(())) => return (StatusCode::OK, "ok\n"),
        Ok(Err(error)) => tracing::warn!("not ready: {error}"),
        Err(_) => tracing::warn!("not ready: the database takes longer than {PROMPT:?}"),
    }
    let answer = "the database does not answer\n";
    (StatusCode::SERVICE_UNAVAILABLE, answer)
}

/// A stream of events that says hello and stays open until the process ends. Only debug builds serve it.
pub(super) async fn reload() -> Response {
    use futures_util::StreamExt as _;
    let hello =
        futures_util::stream::once(async { Ok::<_, Infallible>("retry: 200\ndata: hello\n\n") });
    let body = Body::from_stream(hello.chain(futures_util::stream::pending()));
    ([(header::CONTENT_TYPE, EVENTS)], body).into_response()
}
