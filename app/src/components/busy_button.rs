//! A button that says that its work is under way.

use leptos::prelude::*;

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
            aria-busy=move || busy.get().then_some("true")
            aria-disabled=move || busy.get().then_some("true")
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
