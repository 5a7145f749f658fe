//! What a page of users is asked for with, checked.

use super::cursor;
use super::{Connection, FIRST_WITHOUT_WORD};
use crate::accounts::{AccountsError, Field, FieldErrors, Result};
use crate::model::{self, UserOrder, UserPlace, beyond_beginning};
use crate::store::Stretch;

/// The most characters that are searched for: those of an e-mail address.
const MOST_SEARCHED: usize = 254;

/// A page that can be given.
pub(super) struct Page {
    /// The order of the list.
    pub(super) order: UserOrder,
    /// How many users.
    pub(super) size: u32,
    /// Whether it is the end of the list that is asked for.
    pub(super) from_end: bool,
    /// Where the user stands whom the page comes after.
    pub(super) after: Option<UserPlace>,
    /// Where the user stands whom the page comes before.
    pub(super) before: Option<UserPlace>,
    /// What names begin with, or a whole e-mail address; folded.
    pub(super) search: Option<String>,
}

impl Page {
    /// Checks the arguments; a page has at most `most` users.
    pub(super) fn new(asked: &Connection<'_>, most: u32) -> Result<Self> {
        let mut errors = FieldErrors::default();
        let search = searched(asked.search);
        let search = errors.take(Field::Search, search).flatten();
        let order = order(asked.order, search.is_some());
        let order = errors
            .take(Field::OrderBy, order)
            .unwrap_or(UserOrder::Username);
        let mut size_of = |field, size: Option<i32>| {
            let checked = size.map(|size| checked_size(size, most)).transpose();
            errors.take(field, checked).flatten()
        };
        let first = size_of(Field::First, asked.first);
        let last = size_of(Field::Last, asked.last);
        if asked.first.is_some() && asked.last.is_some() {
            let sentence = "Ask for the first users or for the last ones, not for both.";
            errors.add(Field::Last, vec![sentence.to_owned()]);
        }
        let mut place_of = |field, text: Option<&str>| {
            let read = |text| cursor::read(order, text).map_err(|why| vec![why.to_owned()]);
            errors.take(field, text.map(read).transpose()).flatten()
        };
        let after = place_of(Field::After, asked.after);
        let before = place_of(Field::Before, asked.before);
        if !errors.is_empty() {
            return Err(AccountsError::InvalidInput(errors));
        }
        Ok(Self {
            order,
            size: first.or(last).unwrap_or(FIRST_WITHOUT_WORD.min(most)),
            from_end: last.is_some(),
            after,
            before,
            search,
        })
    }

    /// The order in which users are read: from the end of the page that is known.
    pub(super) fn reading_order(&self) -> UserOrder {
        if self.from_end {
            self.order.reversed()
        } else {
            self.order
        }
    }

    /// The part of `whole` between the cursors.
    pub(super) fn between_cursors(&self, whole: Stretch) -> Stretch {
        let after = self
            .after
            .as_ref()
            .map(|after| self.side(after, Side::After));
        let before = self
            .before
            .as_ref()
            .map(|before| self.side(before, Side::Before));
        let parts = [after, before].into_iter().flatten();
        parts.fold(whole, |whole, part| part.within(&whole))
    }

    /// Where the cursor `after` leads away from: the user who stands there, and all before.
    pub(super) fn up_to_after(&self) -> Option<Stretch> {
        let after = self.after.as_ref()?;
        Some(self.side(after, Side::UpTo))
    }

    /// Where the cursor `before` leads away from: the user who stands there, and all after.
    pub(super) fn rest_from_before(&self) -> Option<Stretch> {
        let before = self.before.as_ref()?;
        Some(self.side(before, Side::From))
    }

    /// All that stand, in the order, on one side of a place.
    fn side(&self, place: &UserPlace, side: Side) -> Stretch {
        let place = match (side, self.order.is_descending()) {
            (Side::After | Side::UpTo, false) | (Side::Before | Side::From, true) => place.next(),
            _ => place.clone(),
        };
        let is_less = matches!(side, Side::Before | Side::UpTo) != self.order.is_descending();
        let all = everybody();
        if is_less {
            Stretch { to: place, ..all }
        } else {
            Stretch { from: place, ..all }
        }
    }
}

/// The sides of a place in an order; the latter two hold the place itself.
#[derive(Clone, Copy)]
enum Side {
    Before,
    After,
    UpTo,
    From,
}

/// All users.
pub(super) fn everybody() -> Stretch {
    Stretch {
        from: UserPlace::first(),
        to: UserPlace::end(),
    }
}

/// The users whose names begin with `beginning`, as they stand by name.
pub(super) fn beginning_with(beginning: &str) -> Stretch {
    let place = |name: String| UserPlace {
        date_joined: 0,
        username_key: name,
    };
    Stretch {
        from: place(beginning.to_owned()),
        to: beyond_beginning(beginning).map_or_else(UserPlace::end, place),
    }
}

/// What is searched for, folded; None for nothing.
fn searched(text: Option<&str>) -> std::result::Result<Option<String>, Vec<String>> {
    let text = text.unwrap_or_default().trim();
    if text.is_empty() {
        return Ok(None);
    }
    // Bounded first, so that a huge text costs nothing.
    let short = text.chars().nth(MOST_SEARCHED).is_none();
    let folded = short.then(|| model::folded(text)).flatten();
    let sentence = "Search for 1 to 254 characters, none of them a control character.";
    folded.map(Some).ok_or_else(|| vec![sentence.to_owned()])
}

fn order(asked: Option<UserOrder>, searches: bool) -> std::result::Result<UserOrder, Vec<String>> {
    match asked {
        None if searches => Ok(UserOrder::Username),
        None => Ok(UserOrder::DateJoined),
        Some(order) if searches && !order.is_by_username() => {
            let sentence = "What is searched for is listed by USERNAME or USERNAME_DESC.";
            Err(vec![sentence.to_owned()])
        }
        Some(order) => Ok(order),
    }
}

fn checked_size(size: i32, most: u32) -> std::result::Result<u32, Vec<String>> {
    u32::try_from(size)
        .ok()
        .filter(|size| *size <= most)
        .ok_or_else(|| vec![format!("Ask for 0 to {most} users at once.")])
}
