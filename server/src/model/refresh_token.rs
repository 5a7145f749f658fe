//! A refresh token: what is stored of one, and how the next one is made of it.

use std::fmt;

use aws_lc_rs::{digest, hkdf};

/// Characters that all refresh tokens of a session begin with. They find the session; the rest is the secret.
const SELECTOR: usize = 12;
/// The fewest and the most characters of a token: those of other back ends are imported as they are.
const LENGTHS: std::ops::RangeInclusive<usize> = 2 * SELECTOR..=255;

/// A refresh token as a client holds it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct RefreshToken(String);

impl RefreshToken {
    /// Reads what a client gives; None for what can be no refresh token.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let plain = text.bytes().all(|byte| byte.is_ascii_graphic());
        (plain && LENGTHS.contains(&text.len())).then(|| Self(text.to_owned()))
    }

    /// The first one of a session, of so many random bytes.
    ///
    /// # Errors
    /// Where the system gives no random numbers.
    pub(crate) fn random(bytes: u8) -> anyhow::Result<Self> {
        let mut random = vec![0; bytes.into()];
        getrandom::fill(&mut random)
            .map_err(|error| anyhow::anyhow!("the system gives no random numbers: {error}"))?;
        Ok(Self(super::hex(&random)))
    }

    /// The one that this one is exchanged for: always the same, and to be found only with the key.
    pub(crate) fn successor(&self, key: &RefreshKey, bytes: u8) -> Self {
        let selector: String = self.0.chars().take(SELECTOR).collect();
        let digits = usize::from(bytes) * 2 - SELECTOR;
        let secret = key.expand(self.0.as_bytes(), digits.div_ceil(2));
        Self(format!("{selector}{}", &super::hex(&secret)[..digits]))
    }

    /// What finds the session: stored as it is, and no secret.
    pub(crate) fn selector(&self) -> &str {
        &self.0[..SELECTOR]
    }

    /// What is stored of the whole: SHA-256, in hexadecimal digits. A hash for passwords would be slow for nothing: there
    /// is too much to guess.
    pub(crate) fn hash(&self) -> String {
        super::hex(digest::digest(&digest::SHA256, self.0.as_bytes()).as_ref())
    }

    /// The token itself, for the client that it belongs to.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

/// Never the token.
impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// The key that successors are made with.
pub(crate) struct RefreshKey(hkdf::Prk);

impl RefreshKey {
    /// A key of its own, made of the server's secret (RFC 5869): one key serves one purpose.
    pub(crate) fn new(secret: &[u8]) -> Self {
        let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, b"latchkey refresh tokens");
        Self(salt.extract(secret))
    }

    fn expand(&self, info: &[u8], bytes: usize) -> Vec<u8> {
        struct Length(usize);
        impl hkdf::KeyType for Length {
            fn len(&self) -> usize {
                self.0
            }
        }
        let mut output = vec![0; bytes];
        // HKDF gives up to 8,160 bytes; the settings ask for 120 at most.
        self.0
            .expand(&[info], Length(bytes))
            .and_then(|expanded| expanded.fill(&mut output))
            .expect("the settings bound the length of a refresh token");
        output
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_successor_is_always_the_same_and_of_the_same_session() {
        let key = RefreshKey::new(b"a key");
        let first = RefreshToken::random(20).unwrap();
        let next = first.successor(&key, 20);
        assert_eq!(next, first.successor(&key, 20));
        assert_ne!(next, first.successor(&RefreshKey::new(b"another"), 20));
        assert_ne!(next, first);
        assert_eq!(next.selector(), first.selector());
        assert_eq!(first.successor(&key, 120).expose().len(), 240);
    }

    #[test]
    fn tokens_are_hexadecimal_and_as_long_as_configured() {
        let token = RefreshToken::random(20).unwrap();
        let next = token.successor(&RefreshKey::new(b"a key"), 20);
        for token in [token, next] {
            assert_eq!(token.expose().len(), 40);
            let digit = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
            assert!(token.expose().chars().all(digit));
        }
    }

    #[test]
    fn what_can_be_no_token_is_not_looked_up() {
        for text in [
            "",
            "short",
            "with spaces in it, and long enough",
            &"x".repeat(256),
        ] {
            assert_eq!(RefreshToken::parse(text), None, "{text}");
        }
        assert!(RefreshToken::parse(&"é".repeat(20)).is_none());
        assert!(RefreshToken::parse(&"a1".repeat(20)).is_some());
    }
}
