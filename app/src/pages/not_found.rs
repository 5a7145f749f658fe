//! What stands at addresses that lead nowhere.

use leptos::prelude::*;

use crate::components::heading::Heading;

/// The page for addresses without a page. The server sends it with status 404.
#[component]
pub(crate) fn NotFoundPage() -> impl IntoView {
    view! {
        <section class="page page--narrow lost">
            <p class="lost__code" aria-hidden="true">
                "404"
            </p>
            <Heading text="There is no page here"/>
            <p class="lead">"The address may be mistyped, or the page may have gone."</p>
            <a class="button button--primary" href="/">
                "Back to the start"
            </a>
        </section>
    }
}
