//! What stands in the place of data that could not be had.

use leptos::prelude::*;

use crate::{
    components::busy_button::busy_button, error::ApiError, next::log_in_then, router::Router,
};

/// Why data is missing, and the way on: log in where that helps, otherwise try again. `busy` says whether
/// another try is under way, `retry` starts one.
pub(crate) fn failure(
    error: &ApiError,
    busy: RwSignal<bool>,
    retry: Callback<()>,
) -> impl IntoView + use<> {
    let needs_sign_in = error.needs_sign_in();
    let here = Router::expect().address_untracked();
    view! {
        <div class="state" role="alert">
            <p class="state__text">{if needs_sign_in { "Only people with an account can see this.".to_owned() } else { error.sentence() }}</p>
            {needs_sign_in
                .then(|| {
                    view! {
                        <a class="button button--primary" href=log_in_then(&here)>
                            "Log in to go on"
                        </a>
                    }
                })}
            {(!needs_sign_in).then(|| busy_button("Try again", "button", busy, retry))}
        </div>
    }
}
