//! A moment, readable for people and for machines.

use leptos::prelude::*;

use crate::when;

/// The day of a moment.
#[component]
pub(crate) fn Day(moment: String) -> impl IntoView {
    let text = when::day(&moment);
    view! { <time datetime=moment>{text}</time> }
}

/// A moment to the minute.
#[component]
pub(crate) fn Minute(moment: String) -> impl IntoView {
    let text = when::minute(&moment);
    view! { <time datetime=moment>{text}</time> }
}
