//! Latchkey's pages: one tree of components that the server renders and the browser hydrates.
//!
//! The route table is here; a page is a file in `pages`, what pages share is in `components`. Calls go one
//! way: page → session → api → transport.

#![expect(
    unreachable_pub,
    reason = "the component macro makes a `pub` item of every component's properties"
)]

mod api;
mod components;
mod error;
mod next;
mod pages;
mod session;
mod shell;
pub mod transport;
mod when;

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{FlatRoutes, Route, Router},
    path,
};

use components::{heading::Visited, nav::Nav, session_notice::SessionNotice};
use pages::{
    home::HomePage, log_in::LogInPage, me::MePage, not_found::NotFoundPage, sign_up::SignUpPage,
    users::UsersPage,
};
use session::Session;
pub use shell::{Assets, shell};

/// Whether the page answers to its user yet: false on the server, and in the browser until hydration is done.
#[derive(Clone, Copy)]
struct Hydrated(ReadSignal<bool>);

/// The whole site.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    let (hydrated, set_hydrated) = signal(false);
    Effect::new(move |_| set_hydrated.set(true));
    provide_context(Hydrated(hydrated));
    Session::provide();
    Visited::provide();
    view! {
        <Title formatter=|title: String| format!("{title} · Latchkey")/>
        <Router>
            // `external`: the browser moves the focus, which the router would not.
            <a class="skip" href="#main" rel="external">
                "Skip to content"
            </a>
            <Nav/>
            <main id="main" class="main" tabindex="-1" data-hydrated=move || hydrated.get().then_some("true")>
                <p class="start-failure" role="alert">
                    "Latchkey could not start in this browser. Reload the page to try again."
                </p>
                <SessionNotice/>
                <FlatRoutes fallback=NotFoundPage>
                    <Route path=path!("/") view=HomePage/>
                    <Route path=path!("/signup") view=SignUpPage/>
                    <Route path=path!("/login") view=LogInPage/>
                    <Route path=path!("/users") view=UsersPage ssr=SsrMode::Async/>
                    <Route path=path!("/me") view=MePage/>
                </FlatRoutes>
            </main>
            <footer class="foot">
                <div class="foot__inner">
                    <span>"Latchkey"</span>
                    <a href="/graphiql" rel="external">
                        "GraphiQL"
                    </a>
                </div>
            </footer>
        </Router>
    }
}
