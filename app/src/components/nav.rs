//! The bar at the top of every page.

use leptos::prelude::*;

use crate::{
    components::{heading::focus_main, live::live},
    router::Router,
    session::Session,
};

/// The site's name and the main navigation. Both ways of the account's corner are always laid out, one of
/// them unseen (`data-session`, in the style sheet): nothing jumps when the session becomes known.
#[component]
pub(crate) fn Nav() -> impl IntoView {
    let session = Session::expect();
    view! {
        <header class="bar">
            <div class="bar__inner">
                <a class="brand" href="/">
                    <img class="brand__mark" src="/favicon.svg" alt="" width="30" height="30"/>
                    <span class="brand__name">"Latchkey"</span>
                </a>
                <nav class="nav" aria-label="Main">
                    {link("/users", "Users", "nav__link")} {link("/me", "Me", "nav__link")}
                    <div class="nav__account" data-session=live(move || Some(session.word()))>
                        <div class="nav__way nav__way--anonymous">
                            {link("/login", "Log in", "nav__link")}
                            {link("/signup", "Sign up", "button button--primary button--small")}
                        </div>
                        <div class="nav__way nav__way--signed-in">
                            <button type="button" class="button button--small" on:click=move |_| {
                                session.log_out();
                                focus_main();
                            }>
                                "Log out"
                            </button>
                        </div>
                    </div>
                </nav>
            </div>
        </header>
    }
}

/// A link that knows when it leads to the page that is shown. The router follows every link to this site;
/// its own `A` would weigh more for the same.
fn link(href: &'static str, text: &'static str, class: &'static str) -> impl IntoView {
    let router = Router::expect();
    let current = live(move || router.is_at(href).then_some("page"));
    view! {
        <a class=class href=href aria-current=current>
            {text}
        </a>
    }
}
