//! A token as the browser sees it: an opaque string with a few readable claims. Nothing here decides
//! whether a token is good; only the server can.

use std::time::Duration;

use serde::Deserialize;

/// Lifetime assumed of a token whose claims do not say.
const USUAL_LIFETIME: Duration = Duration::from_mins(1);

/// The claims that the pages use. All are optional: a token made elsewhere with the same secret may lack some.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Claims {
    username: String,
    exp: Option<i64>,
    iat: Option<i64>,
    orig_iat: Option<i64>,
}

/// A token and what it says about itself.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Token {
    /// What the API is given.
    pub(super) raw: String,
    /// Whose token it is; empty if it does not say.
    pub(super) username: String,
    /// From issue to expiry. Lengths of time are compared, never moments: the clock here may be wrong.
    pub(super) lifetime: Duration,
}

impl Token {
    pub(super) fn read(raw: String) -> Self {
        let claims: Claims = raw
            .split('.')
            .nth(1)
            .and_then(decode)
            .and_then(|payload| serde_json::from_str(&String::from_utf8(payload).ok()?).ok())
            .unwrap_or_default();
        let lifetime = match (claims.exp, claims.iat.or(claims.orig_iat)) {
            (Some(exp), Some(iat)) => {
                u64::try_from(exp.saturating_sub(iat)).map_or(USUAL_LIFETIME, Duration::from_secs)
            }
            _ => USUAL_LIFETIME,
        };
        Self {
            raw,
            username: claims.username,
            lifetime,
        }
    }
}

/// Decodes unpadded base64url (RFC 7515, section 2).
fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 2);
    let (mut buffer, mut bits) = (0_u32, 0_u32);
    for symbol in text.bytes() {
        let value = match symbol {
            b'A'..=b'Z' => symbol - b'A',
            b'a'..=b'z' => symbol - b'a' + 26,
            b'0'..=b'9' => symbol - b'0' + 52,
            b'-' => 62,
            b'_' => 63,
            _ => return None,
        };
        buffer = buffer << 6 | u32::from(value);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((buffer >> bits & 0xFF) as u8);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64url_is_decoded_whatever_its_length() {
        assert_eq!(decode("").as_deref(), Some(&b""[..]));
        assert_eq!(decode("Zg").as_deref(), Some(&b"f"[..]));
        assert_eq!(decode("Zm8").as_deref(), Some(&b"fo"[..]));
        assert_eq!(decode("Zm9v").as_deref(), Some(&b"foo"[..]));
        assert_eq!(decode("-_8").as_deref(), Some(&[0xFB, 0xFF][..]));
        assert_eq!(decode("Zm9v+"), None);
    }

    #[test]
    fn the_lifetime_counts_from_the_issue_of_this_token() {
        // {"username":"zoë","exp":1300,"origIat":100,"iat":1000}
        let token = Token::read(
            "h.eyJ1c2VybmFtZSI6Inpvw6siLCJleHAiOjEzMDAsIm9yaWdJYXQiOjEwMCwiaWF0IjoxMDAwfQ.s"
                .to_owned(),
        );
        assert_eq!(token.username, "zoë");
        assert_eq!(token.lifetime, Duration::from_mins(5));
    }

    #[test]
    fn an_unreadable_token_is_left_to_the_server() {
        for raw in ["", "x", "a.!.c", "a.Zm9v.c"] {
            let token = Token::read(raw.to_owned());
            assert_eq!(
                (token.username.as_str(), token.lifetime),
                ("", USUAL_LIFETIME)
            );
        }
    }
}
