//! Where the pages for signing up and logging in lead.

use leptos::prelude::*;

use crate::{
    next::{escape, local_path, parameter},
    pages::Page,
    router::{Router, Way},
    session::{Identity, Session},
};

/// The way on after the form, as the address of the page says (`next`).
#[derive(Clone, Copy)]
pub(crate) struct Onward(StoredValue<Option<String>>);

impl Onward {
    /// Reads the way on, and takes it as soon as someone is signed in: by this page's form, in another tab,
    /// or since before the page was opened.
    pub(crate) fn start() -> Self {
        let router = Router::expect();
        let next =
            parameter(&router.query_untracked(), "next").filter(|next| local_path(next).is_some());
        let onward = Self(StoredValue::new(next));
        let session = Session::expect();
        Effect::new(move |_| {
            if !matches!(session.identity(), Identity::SignedIn(_)) {
                return;
            }
            let next = onward.next();
            let path = next.split(['?', '#']).next().unwrap_or_default();
            if Page::at(path) == Page::NotFound {
                // Not one of these pages: the server knows what stands there.
                location().replace(&next).ok();
            } else {
                router.navigate(&next, Way::REDIRECT);
            }
        });
        onward
    }

    fn next(self) -> String {
        self.0.get_value().unwrap_or_else(|| "/me".to_owned())
    }

    /// Gets ready to go on.
    pub(crate) fn prepare(self) {
        Router::prepare(&self.next());
    }

    /// The address of the other form, with the same way on.
    pub(crate) fn link(self, path: &str) -> String {
        self.0.with_value(|next| match next {
            None => path.to_owned(),
            Some(next) => format!("{path}?next={}", escape(next)),
        })
    }
}
