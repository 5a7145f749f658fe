//! In the browser: follows links and the history, and exchanges what stands in the outlet.

mod links;
mod stage;
mod target;

use std::cell::Cell;

use leptos::{
    ev,
    prelude::*,
    tachys::html::InertElement,
    task::spawn_local,
    wasm_bindgen::JsValue,
    web_sys::{AbortSignal, RequestInit, js_sys::futures::JsFuture},
};

use self::{stage::Place, target::Target};
use super::{Address, Leaving, OUTLET, Router, Way};
use crate::{App, pages::Page};

/// The way of a link.
const LINK: Way = Way {
    replace: false,
    scroll: true,
};

/// How long an answer may take that only tells whether the server is there.
const PATIENCE_MS: u32 = 10_000;

thread_local! {
    /// Counts the ways that were begun: only the last of them is gone to its end.
    static WAYS: Cell<u32> = const { Cell::new(0) };
    /// Takes over the page that the server rendered.
    static FIRST: Cell<Option<Place>> = const { Cell::new(None) };
    /// Something else stands in the place of the page.
    static AMISS: Cell<bool> = const { Cell::new(false) };
}

/// Takes over the page that the server rendered, once its code is there.
pub async fn start() -> Result<(), JsValue> {
    let place = stage::load(Page::at(&address().path)).await?;
    FIRST.set(Some(place));
    leptos::mount::hydrate_body(App);
    Ok(())
}

/// What the address bar says.
pub(super) fn address() -> Address {
    let Target { path, query, .. } = Target::current();
    Address { path, query }
}

/// Follows links and the history.
pub(super) fn watch(router: Router) {
    window_event_listener(ev::click, move |event| {
        if let Some(target) = links::target(&event) {
            event.prevent_default();
            go(router, target, Some(LINK));
        }
    });
    // Whoever points at a link is about to follow it.
    window_event_listener(ev::pointerover, |event| prepare_for(links::under(&event)));
    window_event_listener(ev::focusin, |event| prepare_for(links::under(&event)));
    window_event_listener(ev::popstate, move |_| {
        go(router, Target::current(), None);
    });
}

fn prepare_for(target: Option<Target>) {
    if let Some(target) = target {
        prepare(&target.path);
    }
}

/// Loads the code of the page at an address, which somebody may go to.
pub(super) fn prepare(to: &str) {
    let page = Page::at(&Target::read(to).path);
    spawn_local(async move {
        // Who goes there tries again.
        stage::load(page).await.ok();
    });
}

/// Goes to an address of this site.
pub(super) fn navigate(router: Router, to: &str, way: Way) {
    go(router, Target::read(to), Some(way));
}

/// The page's place, and the page in it: the server has rendered both.
pub(crate) fn outlet() -> impl IntoView {
    if let Some(place) = FIRST.take() {
        stage::begin(place);
    }
    // What stands in it is none of this view's business.
    InertElement::new(format!("<div id=\"{OUTLET}\" class=\"outlet\"></div>"))
}

/// Goes to `target`; by no way if the browser is there already.
fn go(router: Router, target: Target, way: Option<Way>) {
    let page = Page::at(&target.path);
    if page == router.page() && !AMISS.get() {
        return stay(router, target, way);
    }
    let this = begin(
        router,
        Some(way.map_or(Leaving::ByHistory, |_| Leaving::ByLink)),
    );
    spawn_local(async move {
        let loaded = stage::load(page).await;
        // A server that is there has been replaced by another version: its documents name their own files.
        let replaced = loaded.is_err() && answers(&target.address()).await;
        if WAYS.get() != this {
            // Someone went elsewhere meanwhile.
        } else if replaced {
            load_document(&target, way);
        } else {
            AMISS.set(loaded.is_err());
            router.leaving.set(None);
            arrive(
                router,
                target,
                way,
                Some(loaded.unwrap_or(stage::unreachable)),
            );
        }
    });
}

/// Begins a way, and with that ends the one before.
fn begin(router: Router, leaving: Option<Leaving>) -> u32 {
    let this = WAYS.get().wrapping_add(1);
    WAYS.set(this);
    router.leaving.set(leaving);
    this
}

/// Goes to another address of the page that is shown. Whoever is on the way to another page gives that up, unless they
/// only search on this one, or skip to its content, until the other is there.
fn stay(router: Router, target: Target, way: Option<Way>) {
    match (router.leaving.get_untracked(), way) {
        // What would be replaced is the address of the other page.
        (Some(Leaving::ByHistory), Some(way)) if way.replace => return,
        (Some(Leaving::ByLink), Some(way)) if way.replace => {}
        // To an element of the page.
        (Some(Leaving::ByLink), None) if target.document() == router.address_untracked() => {}
        _ => {
            begin(router, None);
        }
    }
    arrive(router, target, way, None);
}

/// Whether there is any answer from an address of this site.
async fn answers(address: &str) -> bool {
    let request = RequestInit::new();
    request.set_signal(Some(&AbortSignal::timeout_with_u32(PATIENCE_MS)));
    JsFuture::from(window().fetch_with_str_and_init(address, &request))
        .await
        .is_ok()
}

/// Leaves the rest of the way to the browser.
fn load_document(target: &Target, way: Option<Way>) {
    let location = location();
    let begun = match way {
        Some(way) if target.document() != Target::current().document() => {
            if way.replace {
                location.replace(&target.address())
            } else {
                location.assign(&target.address())
            }
        }
        // The address bar names it already: the browser would only look for the element.
        _ => location.reload(),
    };
    begun.ok();
}

/// Shows what is at `target`: by `place`, if it is another page.
fn arrive(router: Router, target: Target, way: Option<Way>, place: Option<Place>) {
    if let Some(way) = way {
        remember(&target.address(), way);
    }
    if place.is_some() {
        stage::clear();
    }
    set(router.path, target.path);
    set(router.query, target.query);
    if let Some(place) = place {
        document().set_title(router.page().title());
        stage::show(place);
    }
    if way.is_some_and(|way| way.scroll) {
        scroll(&target.hash);
    }
}

fn set(signal: RwSignal<String>, value: String) {
    if signal.with_untracked(|current| *current != value) {
        signal.set(value);
    }
}

/// Writes an address into the history and the address bar.
fn remember(address: &str, way: Way) {
    let Ok(history) = window().history() else {
        return;
    };
    let same = Target::current().address() == address;
    let written = if way.replace || same {
        history.replace_state_with_url(&JsValue::NULL, "", Some(address))
    } else {
        history.push_state_with_url(&JsValue::NULL, "", Some(address))
    };
    written.ok();
}

/// Shows the page from its beginning, or from the element that is asked for.
fn scroll(hash: &str) {
    match document().get_element_by_id(hash.trim_start_matches('#')) {
        Some(element) if !hash.is_empty() => element.scroll_into_view(),
        _ => window().scroll_to_with_x_and_y(0.0, 0.0),
    }
}
