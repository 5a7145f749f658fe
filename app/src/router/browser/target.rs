//! Addresses of this site, taken apart.

use leptos::prelude::location;

/// Where a link leads.
pub(super) struct Target {
    pub(super) path: String,
    pub(super) query: String,
    /// Empty, or with the number sign.
    pub(super) hash: String,
}

impl Target {
    /// What the address bar says.
    pub(super) fn current() -> Self {
        let location = location();
        let query = location.search().unwrap_or_default();
        Self {
            path: location.pathname().unwrap_or_default(),
            query: query.trim_start_matches('?').to_owned(),
            hash: location.hash().unwrap_or_default(),
        }
    }

    /// What an address of this site says.
    pub(super) fn read(address: &str) -> Self {
        let (rest, hash) = address.split_at(address.find('#').unwrap_or(address.len()));
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        Self {
            path: path.to_owned(),
            query: query.to_owned(),
            hash: hash.to_owned(),
        }
    }

    /// Without the element of the page.
    pub(super) fn document(&self) -> String {
        let mark = if self.query.is_empty() { "" } else { "?" };
        [&*self.path, mark, &*self.query].concat()
    }

    /// All of it.
    pub(super) fn address(&self) -> String {
        self.document() + &self.hash
    }
}
