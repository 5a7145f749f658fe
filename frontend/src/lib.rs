//! The entry point of the WebAssembly module: takes over the page that the server rendered.

// The type of a view is as deep as the page; the compiler's default is not deep enough for their layouts.
#![recursion_limit = "256"]

use wasm_bindgen::prelude::wasm_bindgen;

/// Hydrates the page. The loader script of the document calls it once.
#[wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(app::App);
}
