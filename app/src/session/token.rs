//! Tokens as the browser sees them: opaque strings, one of them with a few readable claims. Nothing here decides
//! whether a token is good; only the server can.

use std::time::Duration;

use serde::Deserialize;

use crate::{api::Tokens, json};

/// Lifetime assumed of a token whose claims do not say.
const USUAL_LIFETIME: Duration = Duration::from_mins(1);

/// The claims that the pages use. All are optional: a token made elsewhere with the same secret may lack some.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Claims {
    username: String,
    sid: String,
    exp: Option<f64>,
    iat: Option<f64>,
    orig_iat: Option<f64>,
}

/// Tokens, and what the access token says about itself.
#[derive(Clone, PartialEq)]
pub(super) struct Token {
    /// What the API is given.
    pub(super) tokens: Tokens,
    /// Whose token it is; empty if it does not say.
    pub(super) username: String,
    /// From issue to expiry.
    pub(super) lifetime: Duration,
    /// The id of its session; empty if it does not say.
    session: String,
    /// When it was issued, in seconds since 1970.
    issued: f64,
}

impl Token {
    pub(super) fn read(tokens: Tokens) -> Self {
        let claims: Claims = tokens
            .access
            .split('.')
            .nth(1)
            .and_then(decode)
            .and_then(|payload| json::read(&String::from_utf8(payload).ok()?))
            .unwrap_or_default();
        let issued = claims.iat.or(claims.orig_iat);
        let lifetime = match (claims.exp, issued) {
            (Some(exp), Some(iat)) => {
                Duration::try_from_secs_f64(exp - iat).unwrap_or(USUAL_LIFETIME)
            }
            _ => USUAL_LIFETIME,
        };
        Self {
            tokens,
            username: claims.username,
            lifetime,
            session: claims.sid,
            issued: issued.unwrap_or_default(),
        }
    }

    /// The age at which it is to be renewed.
    pub(super) fn due(&self) -> Duration {
        self.lifetime / 3 * 2
    }

    /// Its age at `now`, in milliseconds since 1970, if that is one at which nothing has to be done yet. A hint, and no
    /// more: the clock that tells `now` may be wrong.
    pub(super) fn young(&self, now: f64) -> Option<Duration> {
        let age = Duration::try_from_secs_f64(now / 1e3 - self.issued).ok()?;
        (age < self.due()).then_some(age)
    }

    /// Whether it is of the same session as one from before.
    pub(super) fn continues(&self, before: &Self) -> bool {
        before.session.is_empty() || self.session == before.session
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

    fn read(access: &str) -> Token {
        Token::read(Tokens {
            access: access.to_owned(),
            refresh: None,
        })
    }

    /// `{"username":"zoë","exp":1300,"origIat":100,"iat":1000}`
    const ZOE: &str =
        "h.eyJ1c2VybmFtZSI6Inpvw6siLCJleHAiOjEzMDAsIm9yaWdJYXQiOjEwMCwiaWF0IjoxMDAwfQ.s";

    #[test]
    fn the_lifetime_counts_from_the_issue_of_this_token() {
        let token = read(ZOE);
        assert_eq!(token.username, "zoë");
        assert_eq!(token.lifetime, Duration::from_mins(5));
    }

    #[test]
    fn a_token_is_young_until_it_is_due() {
        let token = read(ZOE);
        assert_eq!(token.young(1_000_000.0), Some(Duration::ZERO));
        assert_eq!(token.young(1_199_000.0), Some(Duration::from_secs(199)));
        assert_eq!(token.young(1_200_000.0), None);
        // By this clock it has not been issued yet: then the clock is wrong.
        assert_eq!(token.young(999_000.0), None);
    }

    #[test]
    fn tokens_of_one_session_continue_one_another() {
        // {"sid":"a"} and {"sid":"b"}
        let (a, b) = (read("h.eyJzaWQiOiJhIn0.s"), read("h.eyJzaWQiOiJiIn0.s"));
        assert!(a.continues(&a) && !b.continues(&a));
        // Made elsewhere, it had no session until it was exchanged.
        assert!(a.continues(&read(ZOE)));
    }

    #[test]
    fn an_unreadable_token_is_left_to_the_server() {
        for access in ["", "x", "a.!.c", "a.Zm9v.c"] {
            let token = read(access);
            assert_eq!(
                (token.username.as_str(), token.lifetime),
                ("", USUAL_LIFETIME)
            );
        }
    }
}
