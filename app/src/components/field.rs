//! A labelled field of a form, with its hint and what is wrong with it.

use leptos::prelude::*;

use super::{
    form::FormState,
    live::{live, word},
    message::Message,
};

/// What a field is.
pub(crate) struct FieldOf {
    /// Under which the value is sent, and errors come back.
    pub(crate) name: &'static str,
    /// What the person reads.
    pub(crate) label: &'static str,
    /// What browsers and password managers may fill in.
    pub(crate) autocomplete: &'static str,
    /// The type of the input.
    pub(crate) kind: &'static str,
    /// What to know before typing.
    pub(crate) hint: Option<&'static str>,
    /// What to say when it was left empty.
    pub(crate) missing: &'static str,
}

/// A text field. Its id is its name: a page has one form.
pub(super) fn field(form: FormState, of: &'static FieldOf) -> impl IntoView {
    let FieldOf {
        name,
        label,
        autocomplete,
        kind,
        hint,
        ..
    } = *of;
    // Typed characters of a secret are hidden until the person asks to see them.
    let shown = RwSignal::new(false);
    let secret = kind == "password";
    let hint_id = format!("{name}-hint");
    let error_id = format!("{name}-error");
    let described_by = {
        let (hint_id, error_id) = (hint_id.clone(), error_id.clone());
        live(move || match (is_wrong(form, name), hint) {
            (true, Some(_)) => Some(format!("{error_id} {hint_id}")),
            (true, None) => Some(error_id.clone()),
            (false, Some(_)) => Some(hint_id.clone()),
            (false, None) => None,
        })
    };
    view! {
        <div class="field">
            <label class="field__label" for=name>
                {label}
            </label>
            <div class="field__control">
                <input
                    class="field__input"
                    id=name
                    name=name
                    type=live(move || Some(if secret && shown.get() { "text" } else { kind }))
                    autocomplete=autocomplete
                    autocapitalize="none"
                    spellcheck="false"
                    required
                    aria-invalid=live(move || word(is_wrong(form, name)))
                    aria-describedby=described_by
                />
                {secret.then(|| view! { <Reveal shown name/> })}
            </div>
            {live(move || {
                let wrong = |text| Message {
                    class: "field__error",
                    role: None,
                    id: Some(error_id.clone()),
                    text,
                };
                form.wrong_with(name).map(|text| wrong(text).view())
            })}
            {hint.map(|hint| view! { <p class="field__hint" id=hint_id>{hint}</p> })}
        </div>
    }
}

fn is_wrong(form: FormState, name: &str) -> bool {
    form.wrong_with(name).is_some()
}

/// Shows and hides the characters of a password. Its name does not contain the field's label, so that whoever
/// looks for "Password" finds the field alone.
#[component]
fn Reveal(shown: RwSignal<bool>, name: &'static str) -> impl IntoView {
    let label = move || if shown.get() { "Hide" } else { "Show" };
    view! {
        <button
            type="button"
            class="field__reveal"
            aria-controls=name
            aria-label=live(move || Some([label(), " characters"].concat()))
            on:click=move |_| shown.update(|shown| *shown = !*shown)
        >
            {live(move || label().to_owned())}
        </button>
    }
}
