//! What a request brings along beside its document: tokens, and where it comes from.

use std::net::IpAddr;

use async_graphql::parser::types::OperationType;
use axum::http::{HeaderMap, HeaderName, header};

use super::{App, device};
use crate::schema::Sent;

/// Reads it from the headers of a request that came from `peer`. Only mutations record where they come from.
pub(super) fn sent(app: &App, headers: &HeaderMap, peer: IpAddr, kind: OperationType) -> Sent {
    let (address, user_agent) = match kind {
        OperationType::Mutation => (
            Some(device::client(headers, peer, &app.trusted_proxies)),
            device::user_agent(headers).to_owned(),
        ),
        OperationType::Query | OperationType::Subscription => (None, String::new()),
    };
    let carriers = &app.carriers;
    let read = |name: &str| carriers.jwt_cookie.then(|| cookie(headers, name)).flatten();
    Sent {
        token: bearer_token(headers, &app.token_header, app.accounts.scheme()),
        access_cookie: read(&carriers.jwt_cookie_name),
        refresh_cookie: read(&carriers.jwt_refresh_token_cookie_name),
        address,
        user_agent,
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
        // By the whole, for tokens are long: `to_str` and iterators of words go byte by byte.
        let value = headers.get(name)?.as_bytes().trim_ascii();
        let value = str::from_utf8(value)
            .ok()
            .filter(|value| value.is_ascii())?;
        let (given, token) = value.split_once([' ', '\t'])?;
        let token = token.trim_ascii_start();
        if token.contains(' ') || token.contains('\t') {
            return None;
        }
        let known = schemes
            .iter()
            .any(|known| known.eq_ignore_ascii_case(given));
        known.then(|| token.to_owned())
    };
    token(name, &[scheme, "Bearer"]).or_else(|| token(&header::AUTHORIZATION, &["Bearer"]))
}
