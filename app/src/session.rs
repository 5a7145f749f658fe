//! Who is signed in. Keeps the token, in memory and in local storage, which the tabs of a
//! browser share; `renewal` renews it for as long as a page is open.
//!
//! The server renders every page for nobody in particular, since the token lives in the browser: a session
//! is `Unknown` until the page is hydrated, on both sides, so that both render the same.

mod renewal;
mod storage;
mod token;

use leptos::{ev, leptos_dom::helpers::TimeoutHandle, prelude::*};

pub(crate) use self::storage::mark;
use self::token::Token;
use crate::error::ApiError;

/// Who looks at the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Identity {
    /// Not known yet: the page is not hydrated, or the stored token is being tried.
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
    /// The browser refused to store the token: it is this page's alone.
    unstored: bool,
    /// When to renew, in this browser's milliseconds.
    due: f64,
    timer: Option<TimeoutHandle>,
    renewing: bool,
    /// Renewals in a row that got no answer to go by.
    failures: u32,
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

    /// Starts a session with a token that the server just gave.
    pub(crate) fn sign_in(self, raw: String) {
        let stored = storage::write(&raw);
        self.state.update_value(|state| state.unstored = !stored);
        self.adopt(raw);
    }

    /// Ends the session because the person asked for it.
    pub(crate) fn log_out(self) {
        self.end(Why::LoggedOut);
    }

    /// Stops telling the person that the session is over.
    pub(crate) fn dismiss(self) {
        self.identity.set(Identity::Anonymous(Why::Never));
    }

    /// Runs an operation as the signed-in person, or as nobody, and ends the session if the server says
    /// that it is over.
    pub(crate) async fn call<T, F>(
        self,
        operation: impl Fn(Option<String>) -> F,
    ) -> Result<T, ApiError>
    where
        F: Future<Output = Result<T, ApiError>>,
    {
        // Whose token it is has to be known: what is fetched with it is shown to its owner alone.
        let known = self
            .identity
            .with_untracked(|identity| matches!(identity, Identity::SignedIn(_)));
        let used = self.raw().filter(|_| known);
        let outcome = operation(used.clone()).await;
        match &outcome {
            Err(error) if used.is_some() && error.ends_session() => {
                // Another tab may have renewed the token, or someone else logged in, while the request was on
                // its way.
                self.follow();
                if self.raw() != used {
                    return operation(self.raw()).await;
                }
                self.end(Why::Over);
                outcome
            }
            _ => outcome,
        }
    }

    fn raw(self) -> Option<String> {
        self.state
            .with_value(|state| state.token.as_ref().map(|token| token.raw.clone()))
    }

    /// What the tabs of this browser hold.
    fn stored(self) -> Option<String> {
        if self.state.with_value(|state| state.unstored) {
            self.raw()
        } else {
            storage::read()
        }
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

        match storage::read() {
            None => self.identity.set(Identity::Anonymous(Why::Never)),
            // The local clock is no witness: whether the token is still good is asked, not computed.
            Some(raw) => {
                self.state
                    .update_value(|state| state.token = Some(Token::read(raw)));
                self.renew();
            }
        }
    }

    /// Does what another tab did.
    fn follow(self) {
        match (self.stored(), self.raw()) {
            (None, Some(_)) => self.end(Why::Over),
            (Some(stored), current) if current.as_ref() != Some(&stored) => {
                self.adopt(stored);
                if document().hidden() {
                    // How long the event waited for this tab to be woken is unknown.
                    self.state.update_value(|state| state.due = 0.0);
                }
            }
            _ => {}
        }
    }

    /// Makes up for what a page that was hidden, frozen or offline missed.
    fn wake(self) {
        if document().hidden() {
            return;
        }
        self.follow();
        self.renew_if_due();
    }

    fn end(self, why: Why) {
        storage::delete();
        self.state.update_value(|state| {
            if let Some(timer) = state.timer.take() {
                timer.clear();
            }
            *state = State {
                renewing: state.renewing,
                ..State::default()
            };
        });
        self.identify(Identity::Anonymous(why));
    }

    /// Renewals change nothing for the pages: they are told only who is new.
    fn identify(self, identity: Identity) {
        if self.identity.with_untracked(|current| *current != identity) {
            self.identity.set(identity);
        }
    }
}
