//! Which clicks lead to a page of this site.

use leptos::{
    prelude::location,
    wasm_bindgen::JsCast,
    web_sys::{Element, Event, HtmlAnchorElement, MouseEvent},
};

use super::target::Target;
use crate::pages::Page;

/// Where the link leads that something happens to.
pub(super) fn under(event: &Event) -> Option<Target> {
    let element: Element = event.target()?.dyn_into().ok()?;
    let link: HtmlAnchorElement = element.closest("a[href]").ok()??.dyn_into().ok()?;
    let here = link.origin() == location().origin().ok()?
        && link.target().is_empty()
        && !link.has_attribute("download")
        && !link.rel().split(' ').any(|word| word == "external");
    let path = link.pathname();
    (here && Page::at(&path) != Page::NotFound).then(|| Target {
        path,
        query: link.search().trim_start_matches('?').to_owned(),
        hash: link.hash(),
    })
}

/// Where a click leads, if it is a plain one on a link to a page of this site. The browser follows all others.
pub(super) fn target(event: &MouseEvent) -> Option<Target> {
    let plain = event.button() == 0
        && !event.default_prevented()
        && !(event.meta_key() || event.alt_key() || event.ctrl_key() || event.shift_key());
    if plain { under(event) } else { None }
}
