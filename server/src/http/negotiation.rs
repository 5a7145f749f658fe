//! Which media type an answer has, and with it which status (GraphQL over HTTP, sections 4 and 6).

use axum::http::{HeaderMap, StatusCode, header};

/// The media type of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Media {
    /// `application/graphql-response+json`: a document that cannot run is 400.
    GraphqlResponse,
    /// `application/json`, which the client did not ask for by name: the statuses of django-graphql-jwt, 400 for a
    /// document that cannot run.
    Json,
    /// `application/json`, asked for by name: as the draft has it for that type, a well-formed request is 200 even if
    /// its document cannot run.
    JsonByName,
}

impl Media {
    /// The media type that the client prefers; None where it accepts neither.
    pub(super) fn accepted(headers: &HeaderMap) -> Option<Self> {
        let mut best: Option<(u16, Self)> = None;
        let mut any = false;
        for accept in headers.get_all(header::ACCEPT) {
            for range in accept.to_str().unwrap_or_default().split(',') {
                any = any || !range.trim().is_empty();
                let (name, quality) = media_range(range);
                let media = match name.as_str() {
                    "application/graphql-response+json" => Self::GraphqlResponse,
                    "application/json" => Self::JsonByName,
                    "*/*" | "application/*" => Self::Json,
                    _ => continue,
                };
                if quality > best.map_or(0, |(quality, _)| quality) {
                    best = Some((quality, media));
                }
            }
        }
        if any {
            best.map(|(_, media)| media)
        } else {
            Some(Self::Json)
        }
    }

    /// The value of `Content-Type`.
    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Self::Json | Self::JsonByName => "application/json; charset=utf-8",
        }
    }

    /// The status of an answer to a well-formed request whose document cannot run.
    pub(super) fn document_error(self) -> StatusCode {
        match self {
            Self::GraphqlResponse | Self::Json => StatusCode::BAD_REQUEST,
            Self::JsonByName => StatusCode::OK,
        }
    }
}

/// Whether the client wants a page rather than data: a browser that a person sends there.
pub(super) fn wants_page(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .and_then(|accept| {
            let wanted = |name: &str| {
                accept
                    .split(',')
                    .map(media_range)
                    .find(|(range, _)| range == name)
            };
            let html = wanted("text/html")?.1;
            let json = wanted("application/json").map_or(0, |(_, quality)| quality);
            Some(html > json)
        })
        .unwrap_or(false)
}

/// A media range in lower case, and its quality in thousandths (RFC 9110, section 12.4.2).
fn media_range(range: &str) -> (String, u16) {
    let mut parts = range.split(';');
    let name = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
    let quality = parts
        .find_map(|part| part.trim().strip_prefix("q="))
        .map_or(1_000, thousandths);
    (name, quality)
}

fn thousandths(quality: &str) -> u16 {
    let (whole, fraction) = quality.split_once('.').unwrap_or((quality, ""));
    let digits: String = fraction.chars().chain("000".chars()).take(3).collect();
    let fraction: u16 = digits.parse().unwrap_or(0);
    if whole.trim() == "0" { fraction } else { 1_000 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(accept: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::ACCEPT, accept.parse().expect("a header"))])
    }

    #[test]
    fn the_best_of_both_types_is_chosen() {
        for (accept, media) in [
            ("", Some(Media::Json)),
            ("*/*", Some(Media::Json)),
            ("application/json", Some(Media::JsonByName)),
            (
                "application/graphql-response+json",
                Some(Media::GraphqlResponse),
            ),
            (
                "application/graphql-response+json, application/json",
                Some(Media::GraphqlResponse),
            ),
            (
                "application/graphql-response+json;q=0.5, application/json;q=0.9",
                Some(Media::JsonByName),
            ),
            ("text/html", None),
            ("application/json;q=0", None),
        ] {
            assert_eq!(Media::accepted(&headers(accept)), media, "{accept}");
        }
        assert_eq!(Media::accepted(&HeaderMap::new()), Some(Media::Json));
    }

    #[test]
    fn browsers_want_pages_and_programs_do_not() {
        let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        assert!(wants_page(&headers(browser)));
        assert!(!wants_page(&headers("*/*")));
        assert!(!wants_page(&headers("application/json, text/html;q=0.5")));
    }
}
