//! The end of a session: here first, then in the other tabs, then on the server. Calls [`crate::api`].

use leptos::{prelude::UpdateValue, task::spawn_local};

use super::{Identity, Session, State, Why, storage};
use crate::api::{self, Tokens};

impl Session {
    /// Ends the session because the person asked for it: at once in all tabs, whether the server can be reached or not,
    /// and then on the server.
    pub(crate) fn log_out(self) {
        let tokens = self.stored();
        self.end(Why::LoggedOut);
        if let Some(tokens) = tokens {
            self.revoke(tokens);
        }
    }

    /// Ends the session in all tabs.
    pub(super) fn end(self, why: Why) {
        storage::delete();
        self.forget(why);
    }

    /// Ends the session in this tab. What is stored is left alone: somebody may have logged in since.
    pub(super) fn forget(self, why: Why) {
        self.state.update_value(|state| {
            if let Some(timer) = state.timer.take() {
                timer.clear();
            }
            *state = State {
                renewing: state.renewing,
                untold: state.untold.take(),
                ..State::default()
            };
        });
        self.identify(Identity::Anonymous(why));
    }

    /// Tells the server that a session has ended here.
    pub(super) fn revoke(self, tokens: Tokens) {
        let Some(refresh) = tokens.refresh.clone() else {
            return;
        };
        spawn_local(async move {
            if let Err(error) = api::log_out(refresh).await
                && error.leaves_open()
            {
                self.state.update_value(|state| state.untold = Some(tokens));
            }
        });
    }

    /// Tells the server what it could not be told before, for as long as the page is open.
    pub(super) fn catch_up(self) {
        let untold = self
            .state
            .try_update_value(|state| state.untold.take())
            .flatten();
        if let Some(tokens) = untold {
            self.revoke(tokens);
        }
    }
}
