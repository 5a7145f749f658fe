//! The entry point of the WebAssembly module: takes over the page that the server rendered.

#![cfg(target_arch = "wasm32")]
// The type of a view is as deep as the page; the compiler's default is not deep enough for their layouts.
#![recursion_limit = "256"]

use leptos::web_sys::js_sys::{Promise, futures::future_to_promise};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

/// Hydrates the page. The loader script of the document calls it once.
#[wasm_bindgen]
pub fn hydrate() -> Promise {
    console_error_panic_hook::set_once();
    future_to_promise(async { app::start().await.map(|()| JsValue::UNDEFINED) })
}
