//! Where the token outlives the page: local storage. Nothing else in app touches it.

use gloo_storage::{LocalStorage, Storage};
use leptos::prelude::window;

/// Shared with the GraphiQL page; holds the token as a JSON string.
pub(super) const KEY: &str = "latchkey.token";

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

/// The stored token. Anything else under the key counts as none.
pub(super) fn read() -> Option<String> {
    let stored: Option<String> = available().then(|| LocalStorage::get(KEY).ok()).flatten();
    stored.filter(|token| token.len() <= LONGEST)
}

/// Stores `token`, and says whether that worked.
pub(super) fn write(token: &str) -> bool {
    available() && LocalStorage::set(KEY, token).is_ok()
}

/// Forgets the token.
pub(super) fn delete() {
    if available() {
        LocalStorage::delete(KEY);
    }
}
