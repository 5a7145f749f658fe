//! Where the pages for signing up and logging in lead.

use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    hooks::{use_navigate, use_query_map},
};

use crate::{
    next::{escape, local_path},
    session::{Identity, Session},
};

/// The pages that are shown without asking the server for a document.
const PAGES: [&str; 3] = ["/", "/users", "/me"];

/// The way on after the form, as the address of the page says (`next`).
#[derive(Clone, Copy)]
pub(crate) struct Onward(StoredValue<Option<String>>);

impl Onward {
    /// Reads the way on, and takes it as soon as someone is signed in: by this page's form, in another tab,
    /// or since before the page was opened.
    pub(crate) fn start() -> Self {
        let query = use_query_map().get_untracked();
        let next = query
            .get_str("next")
            .and_then(local_path)
            .map(str::to_owned);
        let onward = Self(StoredValue::new(next));
        let session = Session::expect();
        let navigate = use_navigate();
        Effect::new(move |_| {
            if !matches!(session.identity(), Identity::SignedIn(_)) {
                return;
            }
            let next = onward.0.get_value().unwrap_or_else(|| "/me".to_owned());
            let path = next.split(['?', '#']).next().unwrap_or_default();
            if PAGES.contains(&path) {
                navigate(
                    &next,
                    NavigateOptions {
                        replace: true,
                        ..NavigateOptions::default()
                    },
                );
            } else {
                location().replace(&next).ok();
            }
        });
        onward
    }

    /// The address of the other form, with the same way on.
    pub(crate) fn link(self, path: &str) -> String {
        self.0.with_value(|next| match next {
            None => path.to_owned(),
            Some(next) => format!("{path}?next={}", escape(next)),
        })
    }
}
