//! What stands around every request: an id, an end in time, and an answer even where the handler panics.
//!
//! The id is in the lines that the server logs of the request, in its answer, and in the answer to a fault of ours.

use std::convert::Infallible;
use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use async_graphql::ServerError;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, StatusCode, Version, header};
use axum::response::Response;
use futures_util::{FutureExt as _, poll};

use super::App;
use super::answer::json;
use super::cross_site::{self, Verdict};
use super::negotiation::Media;
use crate::model::{LoggedRequest, RequestId};

/// Where an answer says which request it belongs to.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// How many headers every answer has.
const HEADERS_OF_ALL: usize = 6;

/// How many headers an answer of the API mostly has: these, its id, and of its own the type, the length and what it varies by.
pub(super) const USUAL_HEADERS: usize = HEADERS_OF_ALL + 4;

/// What every answer says unless its handler says otherwise.
const ALWAYS: [(HeaderName, HeaderValue); HEADERS_OF_ALL] = [
    (
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    ),
    (
        header::REFERRER_POLICY,
        HeaderValue::from_static("same-origin"),
    ),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        cross_site::RESOURCE_POLICY,
        HeaderValue::from_static("same-origin"),
    ),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
];

/// Gives the request of `peer` an id, ends what `answer` does with it in time, and logs how it went.
pub(super) async fn guard<F>(
    app: &App,
    peer: IpAddr,
    request: Request,
    answer: impl FnOnce(Request) -> F,
) -> Response
where
    F: Future<Output = Result<Response, Infallible>>,
{
    let id = RequestId::next();
    let request_logged = LoggedRequest {
        id: id.clone(),
        peer: Some(peer),
    };
    request_logged
        .scope(answered(app, request, answer, &id))
        .await
}

async fn answered<F>(
    app: &App,
    request: Request,
    answer: impl FnOnce(Request) -> F,
    id: &RequestId,
) -> Response
where
    F: Future<Output = Result<Response, Infallible>>,
{
    // Without the query: a GET may carry variables in it.
    let logged = tracing::enabled!(tracing::Level::DEBUG).then(|| {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        (method, path, Instant::now())
    });
    let is_api = super::flavour_at(request.uri().path()).is_some();
    let has_origin = is_api && request.headers().contains_key(header::ORIGIN);
    let verdict = has_origin.then(|| cross_site::judge(request.headers(), &app.allowed_origins));
    let mut response = run(request, answer, app.request_timeout, id).await;
    if let Some(Verdict::Allowed(origin)) = verdict {
        cross_site::allow(&origin, app.carriers.jwt_cookie, &mut response);
    }
    let status = response.status().as_u16();
    if let Some((method, path, start)) = logged {
        let milliseconds = start.elapsed().as_millis();
        tracing::debug!(%method, path, status, milliseconds, "answered");
    }
    let headers = response.headers_mut();
    headers.reserve(HEADERS_OF_ALL + 1);
    if let Ok(id) = HeaderValue::from_str(id.as_str()) {
        headers.insert(REQUEST_ID, id);
    }
    for (name, value) in ALWAYS {
        headers.entry(name).or_insert(value);
    }
    response
}

/// Whether it is clear to whom the request goes (RFC 9112, section 3.2): the origin of a page is compared with it.
fn has_one_host(request: &Request) -> bool {
    let hosts = request.headers().get_all(header::HOST).iter().count();
    hosts == 1 || (hosts == 0 && request.version() < Version::HTTP_11)
}

async fn run<F>(
    request: Request,
    answer: impl FnOnce(Request) -> F,
    longest: Duration,
    id: &RequestId,
) -> Response
where
    F: Future<Output = Result<Response, Infallible>>,
{
    let media = Media::accepted(request.headers()).unwrap_or(Media::Json);
    let failed = |status, code, message| failed(status, media, code, message, id);
    if !has_one_host(&request) {
        let message = "A request has exactly one header Host.";
        return failed(StatusCode::BAD_REQUEST, "BAD_REQUEST", message);
    }
    let mut answer = pin!(AssertUnwindSafe(answer(request)).catch_unwind());
    // Most are done at once, and a timer is not free.
    let answered = match poll!(&mut answer) {
        Poll::Ready(answered) => Ok(answered),
        Poll::Pending => tokio::time::timeout(longest, answer).await,
    };
    match answered {
        Ok(Ok(Ok(response))) => response,
        // The hook for panics has logged it, as a line about this request.
        Ok(Err(_)) => failed(
            StatusCode::INTERNAL_SERVER_ERROR,
            "INTERNAL",
            "Something went wrong on the server. Try again later.",
        ),
        Err(_) => {
            tracing::warn!("a request was given up: it took longer than {longest:?}");
            failed(
                StatusCode::SERVICE_UNAVAILABLE,
                "TIMEOUT",
                "The server took too long. What was asked may have been done: look before you try again.",
            )
        }
    }
}

fn failed(status: StatusCode, media: Media, code: &str, message: &str, id: &RequestId) -> Response {
    let mut error = ServerError::new(message, None);
    let mut extensions = async_graphql::ErrorExtensionValues::default();
    extensions.set("code", code);
    extensions.set("requestId", id.as_str());
    error.extensions = Some(extensions);
    json(
        status,
        media,
        &async_graphql::Response::from_errors(vec![error]),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::{Body, to_bytes};

    /// The answer to a request whose handler does this.
    async fn answer<F: Future<Output = ()>>(handler: impl Fn() -> F) -> (StatusCode, String) {
        let mut request = Request::new(Body::empty());
        let host = HeaderValue::from_static("localhost");
        request.headers_mut().insert(header::HOST, host);
        let answer = async |_| {
            handler().await;
            Ok(Response::new(Body::empty()))
        };
        let longest = Duration::from_millis(50);
        let response = run(request, answer, longest, &RequestId::next()).await;
        let status = response.status();
        let body = to_bytes(response.into_body(), 10_000).await;
        let body = body.expect("the body is short").to_vec();
        (status, String::from_utf8(body).expect("it is text"))
    }

    #[tokio::test]
    async fn a_handler_that_panics_is_answered_with_an_id_and_no_text_of_the_panic() {
        let (status, body) = answer(|| async { panic!("the secret") }).await;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(body.contains("\"code\":\"INTERNAL\""), "{body}");
        assert!(body.contains("\"requestId\":\""), "{body}");
        assert!(!body.contains("secret"), "{body}");
    }

    #[tokio::test]
    async fn a_handler_that_never_ends_is_given_up() {
        let (status, body) = answer(std::future::pending).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(body.contains("\"code\":\"TIMEOUT\""), "{body}");
    }
}
