//! A labelled field of a form, with its hint and what is wrong with it.

use leptos::prelude::*;

use super::form::FormState;

/// A text field. Its id is its name: a page has one form.
#[component]
pub(crate) fn Field(
    /// What the form knows.
    form: FormState,
    /// Under which the value is sent, and errors come back.
    name: &'static str,
    /// What the person reads.
    label: &'static str,
    /// What browsers and password managers may fill in.
    autocomplete: &'static str,
    /// The type of the input.
    #[prop(default = "text")]
    kind: &'static str,
    /// What to know before typing.
    #[prop(optional)]
    hint: Option<&'static str>,
) -> impl IntoView {
    // Typed characters of a secret are hidden until the person asks to see them.
    let shown = RwSignal::new(false);
    let secret = kind == "password";
    let hint_id = format!("{name}-hint");
    let error_id = format!("{name}-error");
    let described_by = {
        let (hint_id, error_id) = (hint_id.clone(), error_id.clone());
        move || match (is_wrong(form, name), hint) {
            (true, Some(_)) => Some(format!("{error_id} {hint_id}")),
            (true, None) => Some(error_id.clone()),
            (false, Some(_)) => Some(hint_id.clone()),
            (false, None) => None,
        }
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
                    type=move || if secret && shown.get() { "text" } else { kind }
                    autocomplete=autocomplete
                    autocapitalize="none"
                    spellcheck="false"
                    required
                    aria-invalid=move || is_wrong(form, name).then_some("true")
                    aria-describedby=described_by
                />
                {secret.then(|| view! { <Reveal shown name/> })}
            </div>
            {move || {
                form.wrong_with(name)
                    .map(|sentence| {
                        view! {
                            <p class="field__error" id=error_id.clone()>
                                {sentence}
                            </p>
                        }
                    })
            }}
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
    let word = move || if shown.get() { "Hide" } else { "Show" };
    view! {
        <button
            type="button"
            class="field__reveal"
            aria-controls=name
            aria-label=move || format!("{} characters", word())
            on:click=move |_| shown.update(|shown| *shown = !*shown)
        >
            {word}
        </button>
    }
}
