//! Where the tokens outlive the page: local storage. Nothing else in app touches it.
//!
//! Other tabs are told of each key by itself and act on the access token alone. So it is written last and deleted
//! first: whoever acts on it finds the refresh token that belongs to it.

use gloo_storage::{LocalStorage, Storage as _};
use leptos::{
    prelude::window,
    web_sys::{self, js_sys::JSON},
};

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

/// The storage itself: gloo's own way of reading and writing brings `serde_json` along, and the rest does without it.
fn storage() -> Option<web_sys::Storage> {
    // A browser may refuse storage altogether.
    let available = matches!(window().local_storage(), Ok(Some(_)));
    available.then(LocalStorage::raw)
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
    let stored = storage()?.get_item(key).ok()??;
    let token = JSON::parse(&stored).ok()?.as_string()?;
    (token.len() <= LONGEST).then_some(token)
}

/// Stores `tokens`, and says whether that worked. If not, nothing is stored.
pub(super) fn write(tokens: &Tokens) -> bool {
    let written = write_both(tokens).is_some();
    if !written {
        delete();
    }
    written
}

fn write_both(tokens: &Tokens) -> Option<()> {
    let storage = storage()?;
    let write = |key: &str, token: &str| {
        let token = JSON::stringify(&token.into()).ok()?.as_string()?;
        storage.set_item(key, &token).ok()
    };
    if let Some(token) = &tokens.refresh {
        write(REFRESH_KEY, token)?;
    }
    write(KEY, &tokens.access)
}

/// Forgets the tokens.
pub(super) fn delete() {
    if let Some(storage) = storage() {
        for key in [KEY, REFRESH_KEY] {
            storage.remove_item(key).ok();
        }
    }
}
