//! Tells people what became of their session, without taking anything away from under their hands.

use leptos::prelude::*;

use crate::{
    components::{heading::focus_main, live::live, message::Message},
    next::log_in_then,
    router::Router,
    session::{Identity, Session, Why},
};

/// A notice above the page once the session is over. The live region is always there, because screen readers
/// announce changes of a region they know, not new regions.
#[component]
pub(crate) fn SessionNotice() -> impl IntoView {
    let session = Session::expect();
    let is = move |why| session.identity() == Identity::Anonymous(why);
    view! {
        <div role="status">
            {live(move || is(Why::LoggedOut).then(|| logged_out().view()))}
            {move || is(Why::Over).then(over)}
        </div>
    }
}

fn logged_out() -> Message {
    Message {
        class: "visually-hidden",
        role: None,
        id: None,
        text: "You are logged out.".to_owned(),
    }
}

fn over() -> impl IntoView {
    let session = Session::expect();
    let router = Router::expect();
    // On a form page the way to log in is before the person's eyes.
    let elsewhere = move || !matches!(router.path().as_str(), "/login" | "/signup");
    view! {
        <div class="notice">
            <p class="notice__text">
                <strong>"Your session is over."</strong>
                " Log in to go on. What you have typed on this page stays."
            </p>
            <span class="notice__actions">
                {move || {
                    elsewhere()
                        .then(|| {
                            view! {
                                <a class="button button--primary button--small" href=live(move || log_in_then(&router.address()))>
                                    "Log in"
                                </a>
                            }
                        })
                }}
                <button type="button" class="button button--quiet button--small" on:click=move |_| {
                        session.dismiss();
                        focus_main();
                    }>
                    "Dismiss"
                </button>
            </span>
        </div>
    }
}
