//! Taking turns with the other tabs of the browser (Web Locks). The GraphiQL page takes part.

use std::time::Duration;

use leptos::{
    prelude::{set_timeout, window},
    wasm_bindgen::{JsCast, JsValue, closure::Closure},
    web_sys::js_sys::{Array, Function, Object, Promise, Reflect, futures::JsFuture},
};
use web_sys::AbortSignal;

use crate::error::ApiError;

/// Shared with the GraphiQL page.
const NAME: &str = "latchkey.refresh";

/// Longer than whoever has the turn waits for an answer. A tab that keeps it for longer has been frozen by the browser.
const PATIENCE_MS: u32 = 60_000;

/// What is written to local storage takes a moment to reach the tabs that run in other processes of the browser.
const AFTERWARDS: Duration = Duration::from_millis(100);

/// The turn of this tab. It ends when this is dropped, or rather a moment later, when the next tab can see what this one
/// has stored.
pub(super) struct Turn(Option<Function>);

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(release) = self.0.take() {
            set_timeout(
                move || {
                    release.call0(&JsValue::UNDEFINED).ok();
                },
                AFTERWARDS,
            );
        }
    }
}

/// Waits for the turn of this tab.
///
/// Browsers have no locks where the site is not secure (plain HTTP, but for the machine's own address). Then every tab
/// goes on at once: the server answers two who come within its grace time alike.
pub(super) async fn turn() -> Result<Turn, ApiError> {
    let Ok((locks, request)) = manager() else {
        return Ok(Turn(None));
    };
    let patience = AbortSignal::timeout_with_u32(PATIENCE_MS);
    let granted = ask(&locks, &request, &patience);
    match JsFuture::from(granted).await {
        Ok(release) => Ok(Turn(release.dyn_into().ok())),
        // Going on regardless could use a refresh token twice, too far apart to be forgiven.
        Err(_) if patience.aborted() => Err(ApiError::Offline),
        Err(_) => Ok(Turn(None)),
    }
}

/// `navigator.locks` and its function `request`. By hand: in web-sys they need a flag of the compiler.
fn manager() -> Result<(JsValue, Function), JsValue> {
    let locks = Reflect::get(&window().navigator(), &"locks".into())?;
    let request = Reflect::get(&locks, &"request".into())?.dyn_into()?;
    Ok((locks, request))
}

/// A promise of the function that gives the turn back; it is refused where there will be no turn.
fn ask(locks: &JsValue, request: &Function, patience: &AbortSignal) -> Promise {
    let mut asked = JsValue::UNDEFINED;
    let granted = Promise::new(&mut |grant, refuse| {
        // The browser holds the lock for as long as the promise that this gives is open.
        let hold = Closure::once_into_js(move |_lock: JsValue| {
            Promise::new(&mut |release, _| {
                grant.call1(&JsValue::UNDEFINED, &release).ok();
            })
        });
        let options = Object::new();
        Reflect::set(&options, &"signal".into(), patience).ok();
        match request.call3(locks, &NAME.into(), &options, &hold) {
            Ok(promise) => asked = promise,
            Err(error) => {
                refuse.call1(&JsValue::UNDEFINED, &error).ok();
            }
        }
    });
    Promise::race(&Array::of2(&granted, &asked))
}
