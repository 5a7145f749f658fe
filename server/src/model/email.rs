//! An e-mail address: what may be one, and the form it is compared in.

use email_address::{EmailAddress, Options};
use unicode_normalization::UnicodeNormalization as _;

/// The most characters of an address that can be delivered to (RFC 5321, section 4.5.3.1.3, less the brackets).
const MOST_CHARACTERS: usize = 254;

/// An e-mail address that may be signed up with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Email {
    text: String,
    key: String,
}

impl Email {
    /// Checks `text`; white space around it is dropped.
    ///
    /// # Errors
    /// What is wrong with the address, in a sentence.
    pub(crate) fn parse(text: &str) -> Result<Self, Vec<String>> {
        let wrong = |sentence: &str| Err(vec![sentence.to_owned()]);
        let text = text.trim();
        if text.is_empty() {
            return wrong("Enter an e-mail address.");
        }
        let text: String = text.nfc().take(MOST_CHARACTERS + 1).collect();
        if text.chars().count() > MOST_CHARACTERS {
            return wrong("An e-mail address has at most 254 characters.");
        }
        let options = Options::default()
            .without_display_text()
            .without_domain_literal()
            .with_required_tld();
        let plain = !text
            .chars()
            .any(|c| c.is_control() || c.is_whitespace() || matches!(c, '<' | '>' | '"'));
        match super::folded(&text) {
            Some(key) if plain && EmailAddress::parse_with_options(&text, options).is_ok() => {
                Ok(Self { text, key })
            }
            _ => wrong("Enter an e-mail address such as name@example.com."),
        }
    }

    /// The address as it was given.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// The address as it is compared.
    pub(crate) fn key(&self) -> &str {
        &self.key
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_checked_by_syntax() {
        for address in [
            "ada@example.com",
            " ada@example.com ",
            "ada+tag@mail.example.co.uk",
            "o'brien@example.ie",
            "用户@例子.测试",
        ] {
            assert!(Email::parse(address).is_ok(), "{address}");
        }
        for address in [
            "",
            "ada",
            "ada@",
            "@example.com",
            "ada@example",
            "a b@example.com",
            "ada@exam ple.com",
            "Ada <ada@example.com>",
            "ada@example.com\0",
            "ada@@example.com",
            "ada@[127.0.0.1]",
            "ada@-example.com",
            "ada@example..com",
        ] {
            assert!(Email::parse(address).is_err(), "{address:?}");
        }
    }

    #[test]
    fn an_address_has_at_most_254_characters() {
        let domain = format!("{}.example.com", "d".repeat(60));
        let longest = |length: usize| format!("{}@{domain}", "a".repeat(length - 1 - domain.len()));
        assert!(Email::parse(&longest(120)).is_ok());
        assert!(Email::parse(&longest(255)).is_err());
    }
}
