//! Where a person goes after logging in: only ever to a page of this site.

/// No page of this site has a longer address.
const LONGEST: usize = 2_000;

/// `next` if it is the absolute path of a page of this site to which a signed-in person can go.
pub(crate) fn local_path(next: &str) -> Option<&str> {
    let path = next.split(['?', '#']).next().unwrap_or_default();
    let plain = next.len() <= LONGEST
        && next.starts_with('/')
        // Browsers drop tabs and line breaks from addresses and read `\` as `/`.
        && !next.contains(|c: char| c.is_control() || c == '\\')
        // `//host` is another site, at the start and after dot segments are resolved.
        && !path.contains("//")
        && !path.split('/').any(is_dots);
    let form = matches!(path.trim_end_matches('/'), "/login" | "/signup");
    (plain && !form).then_some(next)
}

/// Whether browsers resolve this path segment instead of sending it.
fn is_dots(segment: &str) -> bool {
    matches!(
        segment.to_ascii_lowercase().replace("%2e", ".").as_str(),
        "." | ".."
    )
}

/// The address of the log-in page that leads back to `path`.
pub(crate) fn log_in_then(path: &str) -> String {
    match local_path(path) {
        None => "/login".to_owned(),
        Some(path) => format!("/login?next={}", escape(path)),
    }
}

/// Percent-encodes what would end a query value or be changed in it.
pub(crate) fn escape(path: &str) -> String {
    let mut escaped = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_' | b'.' | b'~') {
            escaped.push(byte.into());
        } else {
            escaped.push('%');
            for digit in [byte >> 4, byte & 0xF] {
                escaped.push(b"0123456789ABCDEF"[usize::from(digit)].into());
            }
        }
    }
    escaped
}

/// The value of a parameter in the query of an address. Of several with the name, the first.
pub(crate) fn parameter(query: &str, name: &str) -> Option<String> {
    let mut pairs = query
        .split('&')
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let (_, value) = pairs.find(|(key, _)| *key == name)?;
    Some(unescape(value))
}

/// Undoes what browsers and [`escape`] do to a query value.
pub(crate) fn unescape(value: &str) -> String {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        bytes.push(match (first, after) {
            (b'+', _) => b' ',
            (b'%', [high, low, after @ ..]) => match (digit(*high), digit(*low)) {
                (Some(high), Some(low)) => {
                    rest = after;
                    high << 4 | low
                }
                _ => b'%',
            },
            _ => *first,
        });
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_this_site_are_followed() {
        for path in [
            "/",
            "/me",
            "/users",
            "/users?after=50",
            "/a.b/..c#d",
            "/me?x=//y",
            "/login-help",
            "/zoë",
        ] {
            assert_eq!(local_path(path), Some(path));
        }
    }

    #[test]
    fn other_sites_are_not() {
        for path in [
            "",
            "me",
            "https://evil.example",
            "javascript:alert(1)",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "\t//evil.example",
            " //evil.example",
            "/me\0",
            "/..//evil.example",
            "/./me",
            "/%2e%2E/me",
            "/a\\..\\b",
        ] {
            assert_eq!(local_path(path), None, "{path:?}");
        }
        assert_eq!(local_path(&format!("/{}", "a".repeat(LONGEST))), None);
    }

    #[test]
    fn logging_in_does_not_lead_to_a_form_again() {
        for path in [
            "/login",
            "/login/",
            "/login?next=/login",
            "/signup",
            "/signup#top",
        ] {
            assert_eq!(local_path(path), None, "{path:?}");
        }
    }

    #[test]
    fn the_way_back_survives_the_query_string() {
        assert_eq!(log_in_then("/me"), "/login?next=/me");
        assert_eq!(
            log_in_then("/users?a=1&b=ë%"),
            "/login?next=/users%3Fa%3D1%26b%3D%C3%AB%25"
        );
        assert_eq!(log_in_then("/login"), "/login");
        for path in ["/me", "/users?a=1&b=ë%+", "/a=b"] {
            let query = log_in_then(path);
            let query = query.strip_prefix("/login?").expect("a query");
            assert_eq!(parameter(query, "next").as_deref(), Some(path));
        }
    }

    #[test]
    fn a_parameter_is_found_by_its_whole_name() {
        assert_eq!(parameter("", "next"), None);
        assert_eq!(parameter("xnext=/a&nextx=/b", "next"), None);
        assert_eq!(
            parameter("a=1&next=%2Fme+x%2", "next").as_deref(),
            Some("/me x%2")
        );
        assert_eq!(parameter("next", "next").as_deref(), Some(""));
        assert_eq!(parameter("next=%FF", "next").as_deref(), Some("\u{FFFD}"));
    }
}
