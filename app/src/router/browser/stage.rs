//! The page that stands in the outlet. Each has an owner of its own, which takes its signals and effects with it.
//!
//! The code of the pages for those who have an account is in modules of their own, which are loaded when somebody goes
//! there. That of the pages that strangers come to is with what all pages share: so each of them is one file to load.

#![expect(
    clippy::unnecessary_wraps,
    reason = "what can fail is the loading, which the macro adds"
)]

use std::cell::RefCell;

use leptos::{
    prelude::*,
    tachys::{
        hydration::Cursor,
        view::{Mountable, PositionState},
    },
    wasm_bindgen::JsValue,
    wasm_split::{SplitLoaderError, wasm_split},
    web_sys::Element,
};

use crate::{
    pages::{
        Page, home::HomePage, log_in::LogInPage, me::MePage, not_found::NotFoundPage,
        sign_up::SignUpPage, unreachable::UnreachablePage, users::UsersPage,
    },
    router::OUTLET,
};

/// Makes a view of what the server has put into the outlet, or puts one there.
pub(super) type Place = fn(&Element, rendered: bool) -> Box<dyn Mountable>;

struct Stage {
    /// What the pages share.
    owner: Owner,
    shown: Option<Shown>,
}

struct Shown {
    owner: Owner,
    view: Box<dyn Mountable>,
}

thread_local! {
    static STAGE: RefCell<Option<Stage>> = const { RefCell::new(None) };
}

/// Loads the code of a page.
pub(super) async fn load(page: Page) -> Result<Place, JsValue> {
    let loaded = match page {
        Page::Home => Ok((|outlet, rendered| place(HomePage(), outlet, rendered)) as Place),
        Page::SignUp => Ok((|outlet, rendered| place(SignUpPage(), outlet, rendered)) as Place),
        Page::LogIn => Ok((|outlet, rendered| place(LogInPage(), outlet, rendered)) as Place),
        Page::NotFound => Ok((|outlet, rendered| place(NotFoundPage(), outlet, rendered)) as Place),
        Page::Users => users().await,
        Page::Me => me().await,
    };
    loaded.map_err(|_| JsValue::from_str("a part of the page could not be loaded"))
}

/// Stands in for a page that could not be loaded.
pub(super) fn unreachable(outlet: &Element, rendered: bool) -> Box<dyn Mountable> {
    place(UnreachablePage(), outlet, rendered)
}

#[wasm_split(users, fallible, wasm_split_path = leptos::wasm_split)]
fn users() -> Result<Place, SplitLoaderError> {
    Ok(|outlet, rendered| place(UsersPage(), outlet, rendered))
}

#[wasm_split(me, fallible, wasm_split_path = leptos::wasm_split)]
fn me() -> Result<Place, SplitLoaderError> {
    Ok(|outlet, rendered| place(MePage(), outlet, rendered))
}

/// Takes over the page that the server has rendered.
pub(super) fn begin(place: Place) {
    let Some(owner) = Owner::current() else {
        return;
    };
    let shown = put(&owner, place, true);
    STAGE.set(Some(Stage { owner, shown }));
}

/// Takes the page away.
pub(super) fn clear() {
    let shown = STAGE.with_borrow_mut(|stage| stage.as_mut()?.shown.take());
    if let Some(mut shown) = shown {
        shown.view.unmount();
        shown.owner.cleanup();
    }
}

/// Shows a page in the empty outlet.
pub(super) fn show(place: Place) {
    let owner = STAGE.with_borrow(|stage| Some(stage.as_ref()?.owner.clone()));
    let shown = owner.and_then(|owner| put(&owner, place, false));
    STAGE.with_borrow_mut(|stage| {
        if let Some(stage) = stage {
            stage.shown = shown;
        }
    });
}

fn put(owner: &Owner, place: Place, rendered: bool) -> Option<Shown> {
    let outlet = document().get_element_by_id(OUTLET)?;
    let owner = owner.child();
    let view = owner.with(|| place(&outlet, rendered));
    Some(Shown { owner, view })
}

fn place<V>(page: V, outlet: &Element, rendered: bool) -> Box<dyn Mountable>
where
    V: IntoView,
    V::State: 'static,
{
    if rendered {
        let cursor = Cursor::new(outlet.clone());
        Box::new(page.hydrate::<true>(&cursor, &PositionState::default()))
    } else {
        let mut view = page.build();
        view.mount(outlet, None);
        Box::new(view)
    }
}
