//! Who is signed in. Keeps the tokens, in memory and in local storage, which the tabs of a
//! browser share; `renewal` renews them for as long as a page is open.
//!
//! The server renders every page for nobody in particular, since the tokens live in the browser: a session
//! is `Unknown` until the page is hydrated, on both sides, so that both render the same.

mod call;
mod ending;
mod lock;
mod renewal;
mod storage;
mod token;

use std::time::Duration;

use leptos::{
    ev,
    leptos_dom::helpers::TimeoutHandle,
    prelude::*,
    task::{spawn_local, tick},
    web_sys::js_sys::Date,
};

pub(crate) use self::storage::mark;
use self::token::Token;
use crate::api::Tokens;

/// Who looks at the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Identity {
    /// Not known yet: the page is not hydrated, or the stored tokens are being tried.
    Unknown,
    /// Nobody.
    Anonymous(Why),
    /// The owner of this username.
    SignedIn(String),
}

/// Why nobody is signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// Nobody was when the page was opened.
    Never,
    /// The person logged out on this page.
    LoggedOut,
    /// The session ended without the person's doing: it expired, or ended on the server or in another tab.
    Over,
}

/// The session of this page.
#[derive(Clone, Copy)]
pub(crate) struct Session {
    identity: RwSignal<Identity>,
    state: StoredValue<State>,
}

#[derive(Default)]
struct State {
    token: Option<Token>,
    /// The browser refused to store the tokens: they are this page's alone.
    unstored: bool,
    /// When to renew, in this browser's milliseconds.
    due: f64,
    timer: Option<TimeoutHandle>,
    renewing: bool,
    /// Renewals in a row that got no answer to go by.
    failures: u32,
    /// Those of a session that has ended here, and the server could not be told.
    untold: Option<Tokens>,
}

impl Session {
    /// Makes the session of a page and provides it as context.
    pub(crate) fn provide() -> Self {
        let session = Self {
            identity: RwSignal::new(Identity::Unknown),
            state: StoredValue::default(),
        };
        provide_context(session);
        Effect::new(move |_| session.open());
        session
    }

    /// The session that [`Session::provide`] made.
    pub(crate) fn expect() -> Self {
        expect_context()
    }

    /// Who looks at the page. Tracked.
    pub(crate) fn identity(self) -> Identity {
        self.identity.get()
    }

    /// The signed-in person's name: it changes with the person, not with each renewal. Tracked.
    pub(crate) fn username(self) -> Option<String> {
        self.identity.with(|identity| match identity {
            Identity::SignedIn(username) => Some(username.clone()),
            Identity::Unknown | Identity::Anonymous(_) => None,
        })
    }

    /// A word for the style sheet: `unknown`, `anonymous` or `signed-in`. Tracked.
    pub(crate) fn word(self) -> &'static str {
        self.identity.with(|identity| match identity {
            Identity::Unknown => "unknown",
            Identity::Anonymous(_) => "anonymous",
            Identity::SignedIn(_) => "signed-in",
        })
    }

    /// Starts a session with tokens that the server just gave.
    pub(crate) fn sign_in(self, tokens: Tokens) {
        self.keep(Token::read(tokens));
    }

    /// Stops telling the person that the session is over.
    pub(crate) fn dismiss(self) {
        self.identity.set(Identity::Anonymous(Why::Never));
    }

    fn token(self) -> Option<Token> {
        self.state.with_value(|state| state.token.clone())
    }

    fn access(self) -> Option<String> {
        self.token().map(|token| token.tokens.access)
    }

    /// What the tabs of this browser hold.
    fn stored(self) -> Option<Tokens> {
        if self.state.with_value(|state| state.unstored) {
            self.token().map(|token| token.tokens)
        } else {
            storage::read()
        }
    }

    /// Goes on with new tokens, in all tabs.
    fn keep(self, token: Token) {
        let stored = storage::write(&token.tokens);
        self.state.update_value(|state| state.unstored = !stored);
        self.adopt(token, Duration::ZERO);
    }

    /// Finds out who looks at the page, and keeps knowing it.
    fn open(self) {
        window_event_listener(ev::storage, move |event| {
            if event.key().is_none_or(|key| key == storage::KEY) {
                self.follow();
            }
        });
        window_event_listener_untyped("visibilitychange", move |_| self.wake());
        window_event_listener_untyped("pageshow", move |_| self.wake());
        window_event_listener(ev::online, move |_| self.wake());

        spawn_local(async move {
            // What the page fetches has to be under way, or it would not notice that somebody is there.
            tick().await;
            self.resume();
        });
    }

    /// Goes on with the tokens that are stored.
    fn resume(self) {
        let Some(token) = storage::read().map(Token::read) else {
            return self.identify(Identity::Anonymous(Why::Never));
        };
        match token.young(Date::now()) {
            // The local clock is no witness, but it saves a question. Where it is wrong, the first call finds out.
            Some(age) if token.tokens.refresh.is_some() => self.adopt(token, age),
            _ => {
                self.state.update_value(|state| state.token = Some(token));
                self.renew();
            }
        }
    }

    /// Does what another tab did.
    fn follow(self) {
        let current = self.token().map(|token| token.tokens);
        match self.stored() {
            None if current.is_some() => self.forget(Why::Over),
            Some(stored) if current.as_ref() != Some(&stored) => {
                self.adopt(Token::read(stored), Duration::ZERO);
            }
            _ => {}
        }
    }

    /// Makes up for what a page that was hidden, frozen or offline missed.
    fn wake(self) {
        if document().hidden() {
            return;
        }
        self.catch_up();
        self.follow();
        self.renew_if_due();
    }

    /// Renewals change nothing for the pages: they are told only who is new.
    fn identify(self, identity: Identity) {
        if self.identity.with_untracked(|current| *current != identity) {
            self.identity.set(identity);
        }
    }
}
