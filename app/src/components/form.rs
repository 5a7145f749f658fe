//! A form: reads what was typed when it is sent, sends it once, and shows what is wrong where it is wrong.
//!
//! Fields are not bound to signals, so what a person typed before the page was hydrated is not lost.

use leptos::{
    ev::SubmitEvent,
    prelude::*,
    wasm_bindgen::JsCast,
    web_sys::{FormData, HtmlElement, HtmlFormElement},
};

use super::{
    field::{FieldOf, field},
    live::{live, word},
    message::Message,
};
use crate::{
    Hydrated,
    error::{ApiError, FieldErrors},
};

/// What a form knows about its last try. The fields and the button of the form share it.
#[derive(Clone, Copy)]
pub(crate) struct FormState {
    /// A try is under way.
    pub(crate) busy: RwSignal<bool>,
    /// What is wrong with which field.
    fields: RwSignal<FieldErrors>,
    /// What is wrong with the whole.
    problem: RwSignal<Option<String>>,
}

impl FormState {
    /// A form that nobody has sent yet.
    pub(crate) fn new() -> Self {
        Self {
            busy: RwSignal::new(false),
            fields: RwSignal::default(),
            problem: RwSignal::new(None),
        }
    }

    /// The sentences about one field. Tracked.
    pub(super) fn wrong_with(self, name: &str) -> Option<String> {
        self.fields.with(|fields| {
            let found = fields.iter().find(|(field, _)| field == name);
            found.map(|(_, sentence)| sentence.clone())
        })
    }

    /// What is wrong with the fields, for those who listen. Tracked.
    fn summary(self) -> String {
        self.fields.with(|fields| {
            let sentences: Vec<&str> = fields.iter().map(|(_, sentence)| &**sentence).collect();
            sentences.join(" ")
        })
    }

    /// Shows what is wrong with the whole form.
    pub(crate) fn report(self, problem: String) {
        self.busy.set(false);
        self.problem.set(Some(problem));
    }

    /// Shows an error of the API: beside the fields it names, or else above the form.
    pub(crate) fn refuse(self, error: &ApiError) {
        let has_field = |name: &str| document().get_element_by_id(name).is_some();
        let (here, elsewhere): (FieldErrors, FieldErrors) = error
            .fields()
            .into_iter()
            .partition(|(name, _)| has_field(name));
        if here.is_empty() {
            return self.report(error.sentence());
        }
        self.point_out(here);
        if !elsewhere.is_empty() {
            let sentences: Vec<String> = elsewhere
                .into_iter()
                .map(|(_, sentence)| sentence)
                .collect();
            self.problem.set(Some(sentences.join(" ")));
        }
    }

    /// Shows what is wrong with fields and takes the person to the first of them.
    fn point_out(self, fields: FieldErrors) {
        self.busy.set(false);
        self.fields.set(fields);
        // The sentence has to be in the document before the field is focused, for screen readers to read it.
        request_animation_frame(|| {
            if let Ok(Some(field)) = document().query_selector("[aria-invalid=true]") {
                field.unchecked_into::<HtmlElement>().focus().ok();
            }
        });
    }

    /// Begins a try: whether every field holds something.
    fn begin(self, values: &Values, fields: &[FieldOf]) -> bool {
        self.fields.set(FieldErrors::new());
        self.problem.set(None);
        let missing: FieldErrors = fields
            .iter()
            .filter(|field| values.exact(field.name).trim().is_empty())
            .map(|field| (field.name.to_owned(), field.missing.to_owned()))
            .collect();
        if !missing.is_empty() {
            self.point_out(missing);
            return false;
        }
        self.busy.set(true);
        true
    }
}

/// What was typed into a form.
pub(crate) struct Values(FormData);

impl Values {
    /// A field to the letter, as a password has to be taken.
    pub(crate) fn exact(&self, name: &str) -> String {
        self.0.get(name).as_string().unwrap_or_default()
    }

    /// A field without the space that keyboards of phones leave at its end.
    pub(crate) fn trimmed(&self, name: &str) -> String {
        self.exact(name).trim().to_owned()
    }
}

/// A form with its error, its fields and its one button.
///
/// It is of method POST and its button is off until the page is hydrated, so that no password ever gets into
/// an address or is sent as a page request.
#[component]
pub(crate) fn Form(
    /// What the form shares with its fields.
    state: FormState,
    /// What the button says.
    action: &'static str,
    /// Sends the values.
    send: Callback<Values>,
    /// The fields.
    fields: &'static [FieldOf],
) -> impl IntoView {
    let Hydrated(hydrated) = expect_context();
    let busy = state.busy;
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let form = event_target::<HtmlFormElement>(&event);
        if busy.get_untracked() {
            return;
        }
        if let Ok(data) = FormData::new_with_form(&form) {
            let values = Values(data);
            if state.begin(&values, fields) {
                send.run(values);
            }
        }
    };
    view! {
        <form class="form" method="post" novalidate on:submit=submit>
            <noscript class="notice">"This form needs JavaScript, which is switched off in your browser."</noscript>
            // Says aloud what the red sentences say to the eye: the focus may be in the field already.
            <p class="visually-hidden" role="status">
                {live(move || state.summary())}
            </p>
            {live(move || state.problem.get().map(|problem| Message::alert(problem).view()))}
            {fields.iter().map(|of| field(state, of)).collect_view()}
            // While busy it keeps the focus, so it is not `disabled` then.
            <button
                type="submit"
                class="button button--primary button--wide"
                disabled=live(move || (!hydrated.get()).then_some(""))
                aria-busy=live(move || word(busy.get()))
                aria-disabled=live(move || word(busy.get()))
            >
                {action}
            </button>
        </form>
    }
}
