//! Where the token outlives the page: local storage. Nothing else in app touches it.

use gloo_storage::{LocalStorage, Storage};
use leptos::prelude::window;

/// Shared with the GraphiQL page; holds the token as a JSON string.
pub(super) const KEY: &str = "latchkey.token";

/// A browser may refuse storage altogether.
fn available() -> bool {
    matches!(window().local_storage(), Ok(Some(_)))
}

/// The stored token. Anything else under the key counts as none.
pub(super) fn read() -> Option<String> {
    available().then(|| LocalStorage::get(KEY).ok()).flatten()
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
