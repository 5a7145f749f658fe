//! Where the visitor is, and how they get elsewhere. The router of Leptos would weigh more than all pages together,
//! since it compiles each view several times over.
//!
//! `browser` follows links and the history and exchanges the page; on the server there is one page for each request.

#[cfg(target_arch = "wasm32")]
mod browser;
#[cfg(not(target_arch = "wasm32"))]
mod server;

use leptos::prelude::*;

#[cfg(target_arch = "wasm32")]
use browser as side;
#[cfg(target_arch = "wasm32")]
pub use browser::start;
#[cfg(not(target_arch = "wasm32"))]
use server as side;
pub(crate) use side::outlet;

use crate::pages::Page;

/// The id of the element that holds the page.
const OUTLET: &str = "page";

/// The address of a page within the site.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Address {
    /// The path, as it is written in the address bar.
    pub path: String,
    /// What follows the question mark, as it is written.
    pub query: String,
}

/// How to go to an address.
#[derive(Clone, Copy)]
#[cfg_attr(
    not(target_arch = "wasm32"),
    expect(dead_code, reason = "nobody goes anywhere on the server")
)]
pub(crate) struct Way {
    /// The history keeps it in the place of the address before.
    pub(crate) replace: bool,
    /// The page is shown from its beginning.
    pub(crate) scroll: bool,
}

impl Way {
    /// To where the visitor should have been in the first place.
    pub(crate) const REDIRECT: Self = Self {
        replace: true,
        scroll: true,
    };
}

/// How the page that is shown is being left, while the code of another is on its way.
#[derive(Clone, Copy)]
#[cfg_attr(
    not(target_arch = "wasm32"),
    expect(dead_code, reason = "nobody goes anywhere on the server")
)]
enum Leaving {
    /// The address bar follows when the other page is there.
    ByLink,
    /// The address bar names the other page already.
    ByHistory,
}

/// Where the visitor is.
#[derive(Clone, Copy)]
pub(crate) struct Router {
    path: RwSignal<String>,
    query: RwSignal<String>,
    leaving: RwSignal<Option<Leaving>>,
}

impl Router {
    /// Begins at the address of the request, or of the browser's tab, and provides itself as context.
    pub(crate) fn provide() {
        let Address { path, query } = side::address();
        let router = Self {
            path: RwSignal::new(path),
            query: RwSignal::new(query),
            leaving: RwSignal::new(None),
        };
        provide_context(router);
        side::watch(router);
    }

    /// The router that [`Router::provide`] made.
    pub(crate) fn expect() -> Self {
        expect_context()
    }

    /// The path. Tracked.
    pub(crate) fn path(self) -> String {
        self.path.get()
    }

    /// The whole address. Tracked.
    pub(crate) fn address(self) -> String {
        let (path, query) = (self.path.get(), self.query.get());
        let mark = if query.is_empty() { "" } else { "?" };
        [&*path, mark, &*query].concat()
    }

    /// The whole address at this moment.
    pub(crate) fn address_untracked(self) -> String {
        untrack(|| self.address())
    }

    /// Whether this is the path. Tracked.
    pub(crate) fn is_at(self, path: &str) -> bool {
        self.path.with(|current| current == path)
    }

    /// What the address asks of the page, as it is written. Tracked.
    pub(crate) fn query(self) -> String {
        self.query.get()
    }

    /// What the address asks of the page at this moment.
    pub(crate) fn query_untracked(self) -> String {
        self.query.get_untracked()
    }

    /// Whether another page is on its way. Tracked.
    pub(crate) fn is_leaving(self) -> bool {
        self.leaving.with(Option::is_some)
    }

    /// Goes to an address of this site: a path, and what may follow it.
    pub(crate) fn navigate(self, to: &str, way: Way) {
        side::navigate(self, to, way);
    }

    /// Gets ready for going to an address of this site.
    pub(crate) fn prepare(to: &str) {
        side::prepare(to);
    }

    /// The page that is shown.
    fn page(self) -> Page {
        self.path.with_untracked(|path| Page::at(path))
    }
}
