//! Plain values that every room may hold: checked once at the edge, then trusted.

mod email;
pub(crate) mod moment;
mod refresh_token;
mod request;
mod session;
mod source;
mod user;
mod user_order;
mod username;

pub(crate) use email::Email;
pub(crate) use refresh_token::{RefreshKey, RefreshToken};
pub(crate) use request::{LoggedRequest, RequestId};
pub(crate) use session::{Authentication, Device, Ending, Session, SessionId};
pub(crate) use source::{Column, ColumnMap, SourceToken, SourceUser, TokenOwner};
pub(crate) use user::{SignedIn, User, UserId, Viewer, WholeUser};
pub(crate) use user_order::{UserOrder, UserPlace, beyond_beginning};
pub(crate) use username::Username;

use unicode_normalization::UnicodeNormalization as _;

/// Lower-case hexadecimal digits of `bytes`.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Random bytes of the operating system's.
///
/// # Errors
/// Where it gives none.
pub(crate) fn random<const N: usize>() -> anyhow::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|error| anyhow::anyhow!("the system gives no random numbers: {error}"))?;
    Ok(bytes)
}

/// The form that names and addresses are compared in: compatibility-composed and case-folded (Unicode, section 3.13),
/// so that no two people can hold what readers take for the same name.
///
/// None where the text holds a control character: no name or address does, and PostgreSQL cannot store NUL.
pub(crate) fn folded(text: &str) -> Option<String> {
    if text.chars().any(char::is_control) {
        return None;
    }
    // Folding can undo composition and the other way round, hence once before and once after.
    Some(
        caseless::default_case_fold_str(&text.nfkc().collect::<String>())
            .nfkc()
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_makes_the_same_of_what_looks_the_same() {
        for (one, other) in [
            ("Ada", "aDA"),
            ("STRASSE", "straße"),
            ("ＡＤＡ", "ada"),
            ("e\u{301}", "É"),
            ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ] {
            assert_eq!(folded(one), folded(other), "{one} and {other}");
        }
        assert_ne!(folded("ada"), folded("ado"));
        assert_eq!(folded("a\0b"), None);
    }
}
