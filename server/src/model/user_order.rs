//! The orders that users are listed in, and places in them.

use super::Username;

/// An order of users.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UserOrder {
    /// Who joined first comes first; who joined at the same moment comes by name.
    DateJoined,
    DateJoinedDesc,
    /// By the folded name, character by character.
    Username,
    UsernameDesc,
}

impl UserOrder {
    /// The same from its end.
    pub(crate) fn reversed(self) -> Self {
        match self {
            Self::DateJoined => Self::DateJoinedDesc,
            Self::DateJoinedDesc => Self::DateJoined,
            Self::Username => Self::UsernameDesc,
            Self::UsernameDesc => Self::Username,
        }
    }

    /// Whether places grow less along it.
    pub(crate) fn is_descending(self) -> bool {
        matches!(self, Self::DateJoinedDesc | Self::UsernameDesc)
    }

    /// Whether names alone make it.
    pub(crate) const fn is_by_username(self) -> bool {
        matches!(self, Self::Username | Self::UsernameDesc)
    }
}

/// Where a user stands in an order: no two stand in one place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct UserPlace {
    /// In microseconds; always 0 where names alone make the order.
    pub(crate) date_joined: i64,
    /// The username as it is compared.
    pub(crate) username_key: String,
}

impl UserPlace {
    /// Before every user.
    pub(crate) fn first() -> Self {
        Self {
            date_joined: i64::MIN,
            username_key: String::new(),
        }
    }

    /// Behind every user: a name is shorter than this.
    pub(crate) fn end() -> Self {
        Self {
            date_joined: i64::MAX,
            username_key: char::MAX.to_string().repeat(Username::MOST_CHARACTERS + 1),
        }
    }

    /// The next one that a user could stand in: names hold no control characters, so none is in between.
    pub(crate) fn next(&self) -> Self {
        Self {
            date_joined: self.date_joined,
            username_key: format!("{}\u{1}", self.username_key),
        }
    }
}

/// The least text that is greater than all that begin with `beginning`, as bytes compare. None where there is none.
pub(crate) fn beyond_beginning(beginning: &str) -> Option<String> {
    let mut rest = beginning.to_owned();
    while let Some(last) = rest.pop() {
        // The range knows that there are no characters among the surrogates.
        if let Some(next) = (last..=char::MAX).nth(1) {
            rest.push(next);
            return Some(rest);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_alike_ends_before_the_next_text() {
        for (beginning, next) in [
            ("ada", Some("adb")),
            ("a\u{7f}", Some("a\u{80}")),
            ("\u{d7ff}", Some("\u{e000}")),
            ("a\u{10ffff}\u{10ffff}", Some("b")),
            ("\u{10ffff}", None),
            ("", None),
        ] {
            assert_eq!(
                beyond_beginning(beginning).as_deref(),
                next,
                "{beginning:?}"
            );
        }
    }

    #[test]
    fn a_place_is_followed_by_what_a_name_can_be_next() {
        let place = |name: &str| UserPlace {
            date_joined: 7,
            username_key: name.to_owned(),
        };
        assert!(place("ada") < place("ada").next());
        assert!(place("ada").next() < place("ada ").next());
        assert!(place("ada").next() < place("ada "));
        assert!(UserPlace::first() < place("") && place("\u{10ffff}") < UserPlace::end());
    }
}
