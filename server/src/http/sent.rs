//! What a request brings along beside its document: tokens, and where it comes from.

use async_graphql::parser::types::OperationType;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, header};

use super::guard::Peer;
use super::{App, device};
use crate::model::Device;
use crate::schema::Sent;

/// Reads it from the head of a request. Only mutations record where they come from.
pub(super) fn sent(app: &App, parts: &Parts, kind: OperationType) -> Sent {
    let peer = parts.extensions.get::<Peer>().map(|peer| peer.0);
    let headers = &parts.headers;
    let carriers = &app.carriers;
    let read = |name: &str| carriers.jwt_cookie.then(|| cookie(headers, name)).flatten();
    Sent {
        token: bearer_token(headers, &app.token_header, app.accounts.scheme()),
        access_cookie: read(&carriers.jwt_cookie_name),
        refresh_cookie: read(&carriers.jwt_refresh_token_cookie_name),
        device: match kind {
            OperationType::Mutation => device::device(headers, peer, &app.trusted_proxies),
            OperationType::Query | OperationType::Subscription => Device::default(),
        },
        https: device::is_https(headers, peer, &app.trusted_proxies),
    }
}

/// The value of a cookie, if it says something.
fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let all = headers.get_all(header::COOKIE).iter();
    all.filter_map(|value| value.to_str().ok())
        .flat_map(cookie::Cookie::split_parse)
        .filter_map(Result::ok)
        .find(|cookie| cookie.name() == name && !cookie.value().is_empty())
        .map(|cookie| cookie.value().to_owned())
}

/// The token of the header, `<scheme> <token>`, by the configured scheme or `Bearer`, in any letter case. Beside a header
/// of another name, `Authorization: Bearer` is read too: Latchkey's own pages send it. Anything else is anonymous.
fn bearer_token(headers: &HeaderMap, name: &HeaderName, scheme: &str) -> Option<String> {
    let token = |name: &HeaderName, schemes: &[&str]| {
        let value = headers.get(name)?.to_str().ok()?;
        let mut words = value.split_ascii_whitespace();
        let (given, token, None) = (words.next()?, words.next()?, words.next()) else {
            return None;
        };
        let known = schemes
            .iter()
            .any(|known| known.eq_ignore_ascii_case(given));
        known.then(|| token.to_owned())
    };
    token(name, &[scheme, "Bearer"]).or_else(|| token(&header::AUTHORIZATION, &["Bearer"]))
}
