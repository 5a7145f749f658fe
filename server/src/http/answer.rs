//! An answer of the schema, as JSON.

use async_graphql::{Response, Value};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response as HttpResponse};
use http_body_util::BodyExt as _;
use hyper::body::Body as _;

use super::guard::USUAL_HEADERS;
use super::negotiation::Media;
use crate::schema::write_json;

/// The media type of a stream of events.
pub(super) const EVENTS: &str = "text/event-stream";
/// Bytes that most answers fit into.
const USUAL_BODY: usize = 1_024;

/// The answer as JSON; without the key `data` where nothing ran.
pub(super) fn json(status: StatusCode, media: Media, answer: &Response) -> HttpResponse {
    match body(answer) {
        Ok(body) => {
            let mut headers = HeaderMap::with_capacity(USUAL_HEADERS);
            let media = HeaderValue::from_static(media.content_type());
            headers.insert(header::CONTENT_TYPE, media);
            // What the guard answers does not pass the router, which would say it.
            headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
            let mut response = HttpResponse::new(axum::body::Body::from(body));
            *response.status_mut() = status;
            *response.headers_mut() = headers;
            response
        }
        Err(error) => {
            tracing::error!("an answer cannot be written: {error}");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// The answer with all of its body, which is compressed where this is called, and not where the connection is written to. A stream of
/// events stays as it is, for it never ends.
pub(super) async fn in_one_piece(answer: HttpResponse) -> HttpResponse {
    let (mut head, body) = answer.into_parts();
    let media = head.headers.get(header::CONTENT_TYPE);
    let is_endless = media.is_some_and(|media| media.as_bytes().starts_with(EVENTS.as_bytes()));
    if is_endless || body.is_end_stream() {
        return HttpResponse::from_parts(head, body);
    }
    match body.collect().await {
        Ok(whole) => {
            let whole = whole.to_bytes();
            let length = HeaderValue::from(whole.len());
            head.headers.insert(header::CONTENT_LENGTH, length);
            HttpResponse::from_parts(head, whole.into())
        }
        Err(error) => {
            tracing::error!("an answer cannot be put together: {error}");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// The body of an answer, in the order that the specification recommends: errors first.
pub(super) fn body(answer: &Response) -> serde_json::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(USUAL_BODY);
    bytes.push(b'{');
    if !answer.errors.is_empty() {
        bytes.extend_from_slice(b"\"errors\":");
        serde_json::to_writer(&mut bytes, &answer.errors)?;
    }
    if answer.errors.is_empty() || answer.data != Value::Null {
        if !answer.errors.is_empty() {
            bytes.push(b',');
        }
        bytes.extend_from_slice(b"\"data\":");
        write_json(&answer.data, &mut bytes)?;
    }
    bytes.push(b'}');
    Ok(bytes)
}
