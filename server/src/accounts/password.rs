//! What may be a password: long enough, not common, not only digits, not near to the account's own words.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;
use zxcvbn::matching::patterns::{DictionaryPattern, MatchPattern};

/// The most bytes of a password. It is refused beyond them, never cut.
pub(super) const MOST_BYTES: usize = 1_024;
/// How near to the name or address a password may come, by the share of characters in common.
const MOST_SIMILAR: f64 = 0.7;
/// No password on the list is longer, in characters; what is longer need not be looked up.
const LONGEST_LISTED: usize = 40;
/// As many passwords as are on the list: what can be guessed in so many tries is as bad as being on it.
const LISTED: u64 = 30_000;

/// What a new password is judged by beside what all are.
#[derive(Deserialize, Serialize)]
pub(super) struct Rules {
    /// The fewest characters.
    pub(super) min_length: usize,
    /// The account's own words, each with what it is called.
    pub(super) words: [(String, String); 2],
}

/// Checks a new password against every rule.
///
/// # Errors
/// Every rule that it breaks, a sentence each.
pub(super) fn check(password: &str, rules: &Rules) -> Result<(), Vec<String>> {
    let Rules { min_length, words } = rules;
    if password.len() > MOST_BYTES {
        // Alone, so that nothing is computed over a text of any size.
        return Err(vec![format!("A password has at most {MOST_BYTES} bytes.")]);
    }
    let password: String = password.nfc().collect();
    let length = password.chars().count();
    let mut errors = Vec::new();
    if length < *min_length {
        errors.push(format!(
            "This password is too short: use at least {min_length} characters."
        ));
    }
    if let Some((called, _)) = words.iter().find(|(_, word)| is_near(&password, word)) {
        errors.push(format!("This password is too similar to the {called}."));
    }
    if length <= LONGEST_LISTED && is_common(&password) {
        errors.push("This password is among the ones tried first: choose a rarer one.".to_owned());
    }
    if !password.is_empty() && password.chars().all(char::is_numeric) {
        errors.push("This password is only digits: add other characters.".to_owned());
    }
    if errors.is_empty() {
        Ok(())
    } else {
        Err(errors)
    }
}

/// Whether the whole password, in any letter case, is on the list of common ones or as easily guessed.
fn is_common(password: &str) -> bool {
    let lower = password.to_lowercase();
    let entropy = zxcvbn::zxcvbn(&lower, &[]);
    let listed = |pattern: &DictionaryPattern| !pattern.reversed && !pattern.l33t;
    let whole_word = match entropy.sequence() {
        [only] => matches!(&only.pattern, MatchPattern::Dictionary(word) if listed(word)),
        _ => false,
    };
    whole_word || entropy.guesses() < LISTED
}

/// Whether the password is near to `word` or to one of its parts, as Django's check judges it: by the characters in
/// common, whatever their order.
fn is_near(password: &str, word: &str) -> bool {
    let password = password.to_lowercase();
    let word = word.to_lowercase();
    let parts = word.split(|c: char| !c.is_alphanumeric() && c != '_');
    parts
        .chain([word.as_str()])
        .filter(|part| !part.is_empty())
        .any(|part| similarity(&password, part) >= MOST_SIMILAR)
}

/// Twice the characters in common over all characters of both: 1 for the same characters, 0 for none in common.
fn similarity(one: &str, other: &str) -> f64 {
    let mut left: HashMap<char, usize> = HashMap::new();
    for c in other.chars() {
        *left.entry(c).or_default() += 1;
    }
    let mut common = 0_u32;
    let mut all = u32::try_from(other.chars().count()).unwrap_or(u32::MAX);
    for c in one.chars() {
        all = all.saturating_add(1);
        if let Some(count) = left.get_mut(&c).filter(|count| **count > 0) {
            *count -= 1;
            common += 1;
        }
    }
    f64::from(2 * common) / f64::from(all.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(password: &str) -> Vec<String> {
        let words = [
            ("username", "ada.lovelace"),
            ("e-mail address", "countess@example.com"),
        ];
        let rules = Rules {
            min_length: 8,
            words: words.map(|(called, word)| (called.to_owned(), word.to_owned())),
        };
        check(password, &rules).err().unwrap_or_default()
    }

    #[test]
    fn good_passwords_of_any_kind_are_taken() {
        for password in [
            "correct horse battery staple",
            "fd7!kqPz",
            "пароль-у-реки-осенью",
            "   spaces   count   ",
            "🐢🐢🐍🦎🐊🦖🐸🐌",
        ] {
            assert_eq!(errors(password), Vec::<String>::new(), "{password}");
        }
    }

    #[test]
    fn length_is_counted_in_characters_after_composition() {
        assert!(errors("fd7!kqP")[0].contains("at least 8 characters"));
        // Seven characters that were typed as fourteen.
        assert!(!errors(&"e\u{301}".repeat(7)).is_empty());
    }

    #[test]
    fn common_passwords_are_refused_in_any_letter_case() {
        for password in [
            "password",
            "PASSWORD1",
            "qwertyuiop",
            "iloveyou",
            "aaaaaaaa",
            "abcd1234",
        ] {
            assert!(!errors(password).is_empty(), "{password}");
        }
    }

    #[test]
    fn passwords_of_digits_alone_are_refused() {
        assert!(errors("8402957163").iter().any(|e| e.contains("digits")));
    }

    #[test]
    fn passwords_near_to_the_account_are_refused() {
        assert!(
            errors("ada.lovelace1")
                .iter()
                .any(|e| e.contains("username"))
        );
        assert!(errors("ecalevol1").iter().any(|e| e.contains("username")));
        assert!(
            errors("countess7")
                .iter()
                .any(|e| e.contains("e-mail address"))
        );
    }

    #[test]
    fn long_passwords_are_refused_and_never_cut() {
        assert_eq!(errors(&"kX9 ".repeat(256)), Vec::<String>::new());
        assert!(errors(&"kX9 ".repeat(257))[0].contains("1024 bytes"));
    }

    #[test]
    fn every_broken_rule_is_named() {
        assert_eq!(errors("123").len(), 3, "{:?}", errors("123"));
    }
}
