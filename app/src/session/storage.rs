//! Where the tokens outlive the page: local storage. Nothing else in app touches it.
//!
//! Other tabs are told of each key by itself and act on the access token alone. So it is written last and deleted
//! first: whoever acts on it finds the refresh token that belongs to it.

use gloo_storage::{LocalStorage, Storage};
use leptos::prelude::window;

use crate::api::Tokens;

/// Shared with the GraphiQL page; holds the access token as a JSON string.
pub(super) const KEY: &str = "latchkey.token";
/// Shared with the GraphiQL page; holds the refresh token as a JSON string.
const REFRESH_KEY: &str = "latchkey.refreshToken";

/// A script that marks the document where a token is kept, before the first paint: the style sheet then waits with the
/// ways of strangers until the session is known, and shows them at once to everybody else.
pub(crate) fn mark() -> String {
    format!(
        r#"try {{
  if (localStorage.getItem("{KEY}")) document.documentElement.dataset.token = "kept";
}} catch {{
  // A browser may refuse storage altogether.
}}"#
    )
}

/// A browser may refuse storage altogether.
fn available() -> bool {
    matches!(window().local_storage(), Ok(Some(_)))
}

/// Longer than any token of the server's, and shorter than what it takes as a header.
const LONGEST: usize = 8_000;

/// The stored tokens. Anything else under their keys counts as none.
pub(super) fn read() -> Option<Tokens> {
    Some(Tokens {
        access: read_one(KEY)?,
        refresh: read_one(REFRESH_KEY),
    })
}

fn read_one(key: &str) -> Option<String> {
    let stored: Option<String> = available().then(|| LocalStorage::get(key).ok()).flatten();
    stored.filter(|token| token.len() <= LONGEST)
}

/// Stores `tokens`, and says whether that worked. If not, nothing is stored.
pub(super) fn write(tokens: &Tokens) -> bool {
    let written = available()
        && match &tokens.refresh {
            Some(token) => LocalStorage::set(REFRESH_KEY, token).is_ok(),
            None => true,
        }
        && LocalStorage::set(KEY, &tokens.access).is_ok();
    if !written {
        delete();
    }
    written
}

/// Forgets the tokens.
pub(super) fn delete() {
    if available() {
        LocalStorage::delete(KEY);
        LocalStorage::delete(REFRESH_KEY);
    }
}
