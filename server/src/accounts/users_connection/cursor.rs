//! Cursors: the place of a user in an order, as a text that clients hand back and need not understand.
//!
//! There is nothing secret in one and nothing that is believed: whatever place it names, a list goes on from there.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::model::{UserOrder, UserPlace};

/// Begins every cursor, and is another one when what follows is read otherwise.
const VERSION: u8 = 1;
/// The most characters of a cursor: more than any has.
const MOST_CHARACTERS: usize = 4_096;
/// Bytes of a date.
const DATE_BYTES: usize = 8;

/// The cursor of a place in an order.
pub(super) fn write(order: UserOrder, place: &UserPlace) -> String {
    let mut bytes = vec![VERSION, tag(order)];
    if !order.is_by_username() {
        bytes.extend(place.date_joined.to_be_bytes());
    }
    bytes.extend(place.username_key.bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads a cursor.
///
/// # Errors
/// A sentence: it is none, or one of another order.
pub(super) fn read(order: UserOrder, cursor: &str) -> Result<UserPlace, &'static str> {
    let none = "This is no cursor of a list of users.";
    let decoded = (cursor.len() <= MOST_CHARACTERS)
        .then(|| URL_SAFE_NO_PAD.decode(cursor).ok())
        .flatten()
        .ok_or(none)?;
    let Some((&[VERSION, given], rest)) = decoded.split_first_chunk() else {
        return Err(none);
    };
    if !ORDERS.iter().any(|known| tag(*known) == given) {
        return Err(none);
    }
    if given != tag(order) {
        return Err("This cursor is of a list in another order: begin with its first page.");
    }
    place(order, rest).ok_or(none)
}

const ORDERS: [UserOrder; 4] = [
    UserOrder::DateJoined,
    UserOrder::DateJoinedDesc,
    UserOrder::Username,
    UserOrder::UsernameDesc,
];

fn tag(order: UserOrder) -> u8 {
    match order {
        UserOrder::DateJoined => b'j',
        UserOrder::DateJoinedDesc => b'J',
        UserOrder::Username => b'u',
        UserOrder::UsernameDesc => b'U',
    }
}

fn place(order: UserOrder, bytes: &[u8]) -> Option<UserPlace> {
    let (date_joined, name) = if order.is_by_username() {
        (0, bytes)
    } else {
        let (date, name) = bytes.split_first_chunk::<DATE_BYTES>()?;
        (i64::from_be_bytes(*date), name)
    };
    let name = std::str::from_utf8(name).ok()?;
    // As in every name, so that PostgreSQL takes it and nothing comes between it and the next.
    let plain = !name.chars().any(char::is_control);
    plain.then(|| UserPlace {
        date_joined,
        username_key: name.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_was_written_and_in_no_other_order() {
        for order in ORDERS {
            let place = UserPlace {
                date_joined: if order.is_by_username() {
                    0
                } else {
                    -1_234_567
                },
                username_key: "жанна".to_owned(),
            };
            let cursor = write(order, &place);
            assert_eq!(read(order, &cursor), Ok(place));
            for other in ORDERS.into_iter().filter(|other| *other != order) {
                let refused = read(other, &cursor).unwrap_err();
                assert!(refused.contains("another order"), "{refused}");
            }
        }
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        let with = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        for cursor in [
            String::new(),
            "1".to_owned(),
            "no cursor".to_owned(),
            with(b""),
            with(b"\x01"),
            with(b"\x02jxxxxxxxxada"),
            with(b"\x01xada"),
            with(b"\x01jxxxx"),
            with(b"\x01jxxxxxxxx\xff"),
            with(b"\x01jxxxxxxxxa\0b"),
            "A".repeat(10_000),
        ] {
            let refused = read(UserOrder::DateJoined, &cursor).unwrap_err();
            assert!(refused.contains("no cursor"), "{cursor}: {refused}");
        }
    }
}
