//! Latchkey's pages: one tree of components that the server renders and the browser hydrates.
//!
//! The route table is here; a page is a file in `pages`, what pages share is in `components`. Calls go one
//! way: page → session → api → transport.

// The type of a view is as deep as the page; the compiler's default is not deep enough for their layouts.
#![recursion_limit = "256"]
#![expect(
    unreachable_pub,
    reason = "the component macro makes a `pub` item of every component's properties"
)]

mod api;
mod components;
mod error;
mod json;
mod next;
mod pages;
mod router;
mod session;
mod shell;
pub mod transport;
mod when;

use leptos::prelude::*;

use components::{
    heading::Visited,
    live::{live, word},
    nav::Nav,
    session_notice::SessionNotice,
};
use pages::Page;
pub use router::Address;
#[cfg(target_arch = "wasm32")]
pub use router::start;
use router::{Router, outlet};
use session::Session;
pub use shell::{Assets, shell};

/// Whether the page answers to its user yet: false on the server, and in the browser until hydration is done.
#[derive(Clone, Copy)]
struct Hydrated(ReadSignal<bool>);

/// The paths of the pages.
pub fn paths() -> impl Iterator<Item = &'static str> {
    Page::ALL.into_iter().map(Page::path)
}

/// The whole site.
#[component]
pub fn App() -> impl IntoView {
    let (hydrated, set_hydrated) = signal(false);
    Effect::new(move |_| set_hydrated.set(true));
    provide_context(Hydrated(hydrated));
    Session::provide();
    Visited::provide();
    Router::provide();
    view! {
        // `external`: the browser moves the focus, which the router would not.
        <a class="skip" href="#main" rel="external">
            "Skip to content"
        </a>
        <Nav/>
        <main id="main" class="main" tabindex="-1" data-hydrated=live(move || word(hydrated.get()))>
            <p class="start-failure" role="alert">
                "Latchkey could not start in this browser. Reload the page to try again."
            </p>
            <SessionNotice/>
            {outlet()}
        </main>
        <footer class="foot">
            <div class="foot__inner">
                <span>"Latchkey"</span>
                <a href="/graphiql" rel="external">
                    "GraphiQL"
                </a>
            </div>
        </footer>
    }
}
