//! A sentence that comes and goes.

use leptos::prelude::*;

/// What is said, and how.
pub(crate) struct Message {
    /// For the style sheet.
    pub(crate) class: &'static str,
    /// `alert`, where it is to be read aloud at once.
    pub(crate) role: Option<&'static str>,
    /// By which others refer to it.
    pub(crate) id: Option<String>,
    /// The sentence.
    pub(crate) text: String,
}

impl Message {
    /// A paragraph of its own. One type for all of them: each type of view costs its bytes.
    pub(crate) fn view(self) -> impl IntoView + use<> {
        view! {
            <p class=self.class role=self.role id=self.id>
                {self.text}
            </p>
        }
    }

    /// That something went wrong with the whole.
    pub(crate) fn alert(text: String) -> Self {
        Self {
            class: "alert",
            role: Some("alert"),
            id: None,
            text,
        }
    }
}
