//! What stands in the place of data that could not be had.

use leptos::prelude::*;
use leptos_router::{hooks::use_location, location::Location};

use crate::{components::busy_button::busy_button, error::ApiError, next::log_in_then};

/// Why data is missing, and the way on: log in where that helps, otherwise try again. `busy` says whether
/// another try is under way, `retry` starts one.
pub(crate) fn failure(
    error: &ApiError,
    busy: RwSignal<bool>,
    retry: Callback<()>,
) -> impl IntoView + use<> {
    let needs_sign_in = error.needs_sign_in();
    let here = use_location();
    view! {
        <div class="state" role="alert">
            <p class="state__text">{if needs_sign_in { "Only people with an account can see this.".to_owned() } else { error.sentence() }}</p>
            {needs_sign_in
                .then(|| {
                    view! {
                        <a class="button button--primary" href=log_in_then(&address(&here))>
                            "Log in to go on"
                        </a>
                    }
                })}
            {(!needs_sign_in).then(|| busy_button("Try again", "button", busy, retry))}
        </div>
    }
}

/// Where the person is, with what they look for there.
fn address(here: &Location) -> String {
    let (path, query) = (here.pathname.get_untracked(), here.search.get_untracked());
    if query.is_empty() {
        path
    } else {
        format!("{path}?{query}")
    }
}
