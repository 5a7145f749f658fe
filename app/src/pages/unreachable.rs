//! What stands in the place of a page whose code could not be had.

use leptos::prelude::*;

use crate::{
    components::{busy_button::busy_button, heading::Heading},
    error::ApiError,
};

/// Says so, and loads the whole document when it is asked to.
#[component]
pub(crate) fn UnreachablePage() -> impl IntoView {
    let busy = RwSignal::new(false);
    let retry = Callback::new(move |()| {
        busy.set(true);
        location().reload().ok();
    });
    view! {
        <section class="page page--narrow">
            <Heading text="This page could not be loaded"/>
            <div class="state" role="alert">
                <p class="state__text">{ApiError::Offline.sentence()}</p>
                {busy_button("Try again", "button", busy, retry)}
            </div>
        </section>
    }
}
