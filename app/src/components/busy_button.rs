//! A button that says that its work is under way.

use leptos::prelude::*;

use super::live::{live, word};

/// A button of a page. While `busy` it cannot be pressed again, and keeps the focus: so it is not `disabled` then.
pub(crate) fn busy_button(
    text: &'static str,
    class: &'static str,
    busy: RwSignal<bool>,
    press: Callback<()>,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class=class
            aria-busy=live(move || word(busy.get()))
            aria-disabled=live(move || word(busy.get()))
            on:click=move |_| {
                if !busy.get_untracked() {
                    press.run(());
                }
            }
        >
            {text}
        </button>
    }
}
