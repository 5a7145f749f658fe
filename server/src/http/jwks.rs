//! `/.well-known/jwks.json`: the public keys, for services that check tokens themselves (RFC 7517).

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};

use super::App;

/// How long the keys may be kept: a key is published for longer than that before it signs.
const CACHE: &str = "public, max-age=300";

/// The public keys, which anybody may read from any page.
pub(super) async fn published(State(app): State<App>) -> Response {
    let headers = [
        // What every library takes; not all know application/jwk-set+json.
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, CACHE),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ];
    let mut response = (headers, app.accounts.published_keys()).into_response();
    let anywhere = header::HeaderValue::from_static("cross-origin");
    let policy = "cross-origin-resource-policy";
    response.headers_mut().insert(policy, anywhere);
    response
}
