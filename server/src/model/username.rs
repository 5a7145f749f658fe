//! A username: what may be one, and the form it is compared in.

use unicode_normalization::UnicodeNormalization as _;

/// A username that may be signed up with: 1 to 150 Unicode letters, digits and `. + - _`, NFKC-normalised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Username {
    text: String,
    key: String,
}

impl Username {
    /// The most characters.
    pub(crate) const MOST_CHARACTERS: usize = 150;

    /// Normalises and checks `text`.
    ///
    /// # Errors
    /// Every rule that the name breaks, a sentence each.
    pub(crate) fn parse(text: &str) -> Result<Self, Vec<String>> {
        // Bounded first, so that a huge name costs nothing: normalised, one character becomes at most 18.
        if text.is_empty() {
            return Err(vec!["Enter a username.".to_owned()]);
        }
        let normal: String = text.nfkc().take(Self::MOST_CHARACTERS + 1).collect();
        let mut errors = Vec::new();
        if normal.chars().count() > Self::MOST_CHARACTERS {
            errors.push(format!(
                "A username has at most {} characters.",
                Self::MOST_CHARACTERS
            ));
        }
        let allowed = |c: char| c.is_alphanumeric() || matches!(c, '.' | '+' | '-' | '_');
        if !normal.chars().all(allowed) {
            errors.push(
                "A username holds only letters, digits and the signs . + - and _.".to_owned(),
            );
        }
        match super::folded(&normal) {
            Some(key) if errors.is_empty() => Ok(Self { text: normal, key }),
            _ => Err(errors),
        }
    }

    /// The name as it is shown.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// The name as it is compared.
    pub(crate) fn key(&self) -> &str {
        &self.key
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_any_script_digits_and_four_signs_are_allowed() {
        for name in ["ada", "Ada.Lovelace+1_2-3", "Жанна", "金田一", "José", "7"] {
            assert!(Username::parse(name).is_ok(), "{name}");
        }
        for name in ["", "a b", "a@b", "a/b", "a\0b", "<b>", "🙂", "a\u{200b}b"] {
            assert!(Username::parse(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn length_is_counted_in_characters() {
        assert!(Username::parse(&"é".repeat(150)).is_ok());
        assert!(Username::parse(&"é".repeat(151)).is_err());
    }

    #[test]
    fn a_name_is_kept_as_normalised_and_compared_as_folded() {
        let name = Username::parse("Ｊose\u{301}").unwrap();
        assert_eq!(name.as_str(), "José");
        assert_eq!(name.key(), "josé");
    }
}
