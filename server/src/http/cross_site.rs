//! Who may use the API from a browser: the site itself and the origins that the operator lists.
//!
//! Judged by what browsers send of their own accord: `Sec-Fetch-Site`, and `Origin` against `Host`.

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

/// How long a browser may remember what a preflight allowed, in seconds.
const PREFLIGHT_MAX_AGE: &str = "600";

/// Whose pages may use an answer.
pub(super) const RESOURCE_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-resource-policy");

/// From where a browser says that a request comes.
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Whether a request may pass, and which origin to name in the answer.
pub(super) enum Verdict {
    /// From the site itself, or not from a browser's page at all.
    Same,
    /// From an origin on the operator's list.
    Allowed(HeaderValue),
    /// From any other place.
    Refused,
}

/// Judges a request by its headers.
pub(super) fn judge(headers: &HeaderMap, allowed: &[String]) -> Verdict {
    let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(origin) = headers.get(header::ORIGIN) {
        let Ok(name) = origin.to_str() else {
            return Verdict::Refused;
        };
        if allowed.iter().any(|one| one.eq_ignore_ascii_case(name)) {
            // A copy: a clone would keep the memory that the request was read into.
            return HeaderValue::from_str(name).map_or(Verdict::Refused, Verdict::Allowed);
        }
        // The scheme is unknown behind a proxy; the host and port are what the browser asked for.
        let host = name.split_once("://").map(|(_, host)| host);
        return match (host, text(&header::HOST)) {
            (Some(from), Some(to)) if from.eq_ignore_ascii_case(to) => Verdict::Same,
            _ => Verdict::Refused,
        };
    }
    match headers.get(FETCH_SITE).map(HeaderValue::as_bytes) {
        None | Some(b"same-origin" | b"none") => Verdict::Same,
        Some(_) => Verdict::Refused,
    }
}

/// Names an allowed origin in an answer of the API, whatever the answer is: a page that is not allowed to read an error
/// takes it for a network that failed.
///
/// With `credentials` the browser sends the cookies of this site along.
pub(super) fn allow(origin: &HeaderValue, credentials: bool, response: &mut Response) {
    let headers = response.headers_mut();
    if credentials {
        let yes = HeaderValue::from_static("true");
        headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, yes);
    }
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    headers.insert(RESOURCE_POLICY, HeaderValue::from_static("cross-origin"));
}

/// The answer to a browser that asks what an allowed origin may send; the token also comes in `token_header`.
pub(super) fn preflight(method: &Method, token_header: &HeaderName) -> Option<Response> {
    (method == Method::OPTIONS).then(|| {
        let mut allowed = "authorization, content-type, accept".to_owned();
        if token_header != header::AUTHORIZATION {
            allowed.push_str(&format!(", {token_header}"));
        }
        let headers = [
            (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST"),
            (header::ACCESS_CONTROL_ALLOW_HEADERS, &allowed),
            (header::ACCESS_CONTROL_MAX_AGE, PREFLIGHT_MAX_AGE),
        ];
        (StatusCode::NO_CONTENT, headers).into_response()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(headers: &[(&'static str, &'static str)]) -> &'static str {
        let headers = headers
            .iter()
            .map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            })
            .collect();
        match judge(&headers, &["https://app.example.com".to_owned()]) {
            Verdict::Same => "same",
            Verdict::Allowed(_) => "allowed",
            Verdict::Refused => "refused",
        }
    }

    #[test]
    fn programs_and_the_site_itself_pass() {
        assert_eq!(judged(&[("host", "id.example.com")]), "same");
        let own = [
            ("host", "id.example.com"),
            ("origin", "https://id.example.com"),
        ];
        assert_eq!(judged(&own), "same");
        assert_eq!(judged(&[("host", "a"), ("sec-fetch-site", "none")]), "same");
    }

    #[test]
    fn listed_origins_pass_and_others_do_not() {
        let from = |origin| judged(&[("host", "id.example.com"), ("origin", origin)]);
        assert_eq!(from("https://app.example.com"), "allowed");
        assert_eq!(from("https://evil.example"), "refused");
        assert_eq!(from("https://id.example.com:8443"), "refused");
        assert_eq!(from("null"), "refused");
        assert_eq!(
            judged(&[("host", "a"), ("sec-fetch-site", "cross-site")]),
            "refused"
        );
    }
}
