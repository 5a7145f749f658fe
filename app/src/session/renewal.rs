//! Exchanging the tokens for younger ones: ahead of their expiry, or when the server refused one. Calls [`crate::api`].
//!
//! A renewal is due at two thirds of a token's lifetime, counted from when it was received. Only the server
//! ends a session: when it cannot be reached, or has no verdict, the tokens are kept and tried again.

use std::time::Duration;

use futures_channel::oneshot;
use leptos::{
    prelude::{UpdateValue, WithValue, set_timeout_with_handle},
    task::spawn_local,
    web_sys::js_sys::Date,
};

use super::{Identity, Session, Why, lock, token::Token};
use crate::{
    api::{self, Tokens},
    error::ApiError,
};

/// Timers longer than 24 days overflow in browsers, and a machine may sleep.
const LONGEST_DELAY: Duration = Duration::from_hours(12);
const SHORTEST_DELAY: Duration = Duration::from_millis(250);
const LONGEST_BACKOFF: Duration = Duration::from_secs(30);

impl Session {
    /// Goes on with these tokens, which are of this age.
    pub(super) fn adopt(self, token: Token, age: Duration) {
        let delay = token.due().saturating_sub(age);
        let identity = Identity::SignedIn(token.username.clone());
        self.state.update_value(|state| {
            state.token = Some(token);
            state.failures = 0;
        });
        self.renew_after(delay.clamp(SHORTEST_DELAY, LONGEST_DELAY));
        self.identify(identity);
    }

    fn renew_after(self, delay: Duration) {
        let timer = set_timeout_with_handle(move || self.renew(), delay).ok();
        self.state.update_value(|state| {
            state.due =
                Date::now() + f64::from(u32::try_from(delay.as_millis()).unwrap_or(u32::MAX));
            if let Some(previous) = std::mem::replace(&mut state.timer, timer) {
                previous.clear();
            }
        });
    }

    /// For a page that has slept, or is online again.
    pub(super) fn renew_if_due(self) {
        if self
            .state
            .with_value(|state| state.failures > 0 || state.due <= Date::now())
        {
            self.renew();
        }
    }

    /// Exchanges the tokens for younger ones, unless that is under way.
    pub(super) fn renew(self) {
        let Some(used) = self.access() else { return };
        if self.state.with_value(|state| state.renewing) {
            return;
        }
        self.state.update_value(|state| state.renewing = true);
        spawn_local(async move {
            self.refresh(&used).await.ok();
            self.state.update_value(|state| state.renewing = false);
        });
    }

    /// Exchanges the tokens for younger ones and waits for that. Who waits may lose interest, such as a page that is
    /// left; what is exchanged is kept nevertheless, for it can be had but once.
    pub(super) async fn refreshed(self, used: String) -> Result<(), ApiError> {
        let (tell, told) = oneshot::channel();
        spawn_local(async move {
            tell.send(self.refresh(&used).await).ok();
        });
        told.await.unwrap_or(Err(ApiError::Offline))
    }

    /// Sees to it that this page has other tokens than the access token `used` and its refresh token. One tab at a time
    /// asks the server; those that waited take over what it got.
    async fn refresh(self, used: &str) -> Result<(), ApiError> {
        let turn = lock::turn().await;
        self.follow();
        let Some(held) = self.token().filter(|held| held.tokens.access == used) else {
            return Ok(());
        };
        let outcome = match &turn {
            Ok(_) => api::refresh(held.tokens.clone()).await,
            Err(error) => Err(error.clone()),
        };
        if self.stored().as_ref() != Some(&held.tokens) || self.token().as_ref() != Some(&held) {
            // Someone logged in or out meanwhile, here or in another tab: the answer is about the past.
            self.drop_late(outcome);
            return Ok(());
        }
        match outcome.map(Token::read) {
            Ok(young) if young.continues(&held) => {
                self.keep(young);
                Ok(())
            }
            Ok(stray) => {
                // A page from before there were refresh tokens leaves one behind when it logs out.
                self.revoke(stray.tokens);
                self.try_later(&ApiError::broken());
                Err(ApiError::broken())
            }
            Err(error) => {
                if error.refuses_token() {
                    self.end(Why::Over);
                } else {
                    self.try_later(&error);
                }
                Err(error)
            }
        }
    }

    /// Makes sure that tokens which came after the end of their session are good for nobody.
    fn drop_late(self, outcome: Result<Tokens, ApiError>) {
        self.follow();
        if let Ok(late) = outcome.map(Token::read)
            && !self.token().is_some_and(|held| late.continues(&held))
        {
            self.revoke(late.tokens);
        }
    }

    /// No verdict on the session: it goes on with the tokens it has.
    fn try_later(self, error: &ApiError) {
        self.state
            .update_value(|state| state.failures = state.failures.saturating_add(1));
        let failures = self.state.with_value(|state| state.failures);
        let Some(token) = self.token() else { return };
        // A short-lived token leaves little time for another try.
        let first = (token.lifetime / 10).clamp(SHORTEST_DELAY, Duration::from_secs(2));
        let asked = Duration::from_secs(error.retry_after().unwrap_or_default().into());
        let backoff = first
            .saturating_mul(1 << failures.min(8))
            .min(LONGEST_BACKOFF);
        self.renew_after(backoff.max(asked).min(LONGEST_DELAY));
        self.identify(Identity::SignedIn(token.username));
    }
}
