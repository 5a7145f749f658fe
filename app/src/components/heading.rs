//! The heading of a page, where a screen reader starts reading after a navigation.

use leptos::{html::H1, prelude::*, wasm_bindgen::JsCast, web_sys::HtmlElement};

/// Whether a page was shown before this one.
#[derive(Clone, Copy)]
pub(crate) struct Visited(StoredValue<bool>);

impl Visited {
    /// Makes the mark and provides it as context.
    pub(crate) fn provide() {
        provide_context(Self(StoredValue::new(false)));
    }
}

/// Puts the focus where the page begins: the button that had it is about to go.
pub(crate) fn focus_main() {
    focus("main");
}

/// Puts the focus on the element with this id, if there is one.
pub(crate) fn focus(id: &str) {
    if let Some(element) = document().get_element_by_id(id) {
        element.unchecked_into::<HtmlElement>().focus().ok();
    }
}

/// The one `h1` of a page. It takes the focus when the page was come to from
/// another page of the site; on the first page the browser does what it does.
#[component]
pub(crate) fn Heading(text: &'static str) -> impl IntoView {
    let Visited(visited) = expect_context();
    let node = NodeRef::<H1>::new();
    Effect::new(move |_| {
        let Some(heading) = node.get() else { return };
        if visited.get_value() {
            // Without a heading in the document there is nothing to focus; the next frame has it.
            if heading.is_connected() {
                heading.focus().ok();
            } else {
                request_animation_frame(move || {
                    heading.focus().ok();
                });
            }
        }
        visited.set_value(true);
    });
    view! {
        <h1 class="heading" tabindex="-1" node_ref=node>
            {text}
        </h1>
    }
}
