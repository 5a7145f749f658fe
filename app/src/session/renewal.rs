//! Renewing the token ahead of its expiry. Calls [`crate::api`].
//!
//! A renewal is due at two thirds of a token's lifetime, counted from when it was received. Only the server
//! ends a session: when it cannot be reached, or has no verdict, the token is kept and tried again.

use std::time::Duration;

use leptos::{
    prelude::{UpdateValue, WithValue, set_timeout_with_handle},
    task::spawn_local,
    web_sys::js_sys::Date,
};

use super::{Identity, Session, Why, token::Token};
use crate::{api, error::ApiError};

/// Timers longer than 24 days overflow in browsers, and a machine may sleep.
const LONGEST_DELAY: Duration = Duration::from_hours(12);
const SHORTEST_DELAY: Duration = Duration::from_millis(250);
const LONGEST_BACKOFF: Duration = Duration::from_secs(30);

impl Session {
    /// Goes on with this token, which is young.
    pub(super) fn adopt(self, raw: String) {
        let token = Token::read(raw);
        let delay = (token.lifetime * 2 / 3).clamp(SHORTEST_DELAY, LONGEST_DELAY);
        let identity = Identity::SignedIn(token.username.clone());
        self.state.update_value(|state| {
            state.token = Some(token);
            state.failures = 0;
        });
        self.renew_after(delay);
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

    pub(super) fn renew_if_due(self) {
        if self.state.with_value(|state| state.due) <= Date::now() {
            self.renew();
        }
    }

    /// Exchanges the token for a younger one.
    pub(super) fn renew(self) {
        let Some(raw) = self.raw() else { return };
        if self.state.with_value(|state| state.renewing) {
            return;
        }
        self.state.update_value(|state| state.renewing = true);
        spawn_local(async move {
            let outcome = api::refresh(raw.clone()).await;
            self.state.update_value(|state| state.renewing = false);
            if self.stored().as_ref() != Some(&raw) || self.raw().as_ref() != Some(&raw) {
                // Someone logged in or out meanwhile, here or in another tab: the answer is about the past.
                self.follow();
                return self.renew_if_due();
            }
            match outcome {
                Ok(younger) => self.sign_in(younger),
                Err(error) if error.ends_session() => self.end(Why::Over),
                Err(error) => self.try_later(&error),
            }
        });
    }

    /// No verdict on the session: it goes on with the token it has.
    fn try_later(self, error: &ApiError) {
        self.state
            .update_value(|state| state.failures = state.failures.saturating_add(1));
        let (failures, token) = self
            .state
            .with_value(|state| (state.failures, state.token.clone()));
        let Some(token) = token else { return };
        // A short-lived token leaves little time for another try.
        let first = (token.lifetime / 10).clamp(SHORTEST_DELAY, Duration::from_secs(2));
        let asked = match error.retry_after() {
            Some(seconds) => Duration::from_secs(seconds.into()),
            // A server may be set up not to renew tokens. Asked when this one has expired, it ends the session.
            None if error.is("REFRESH_NOT_ALLOWED") => token.lifetime,
            None => Duration::ZERO,
        };
        let backoff = first
            .saturating_mul(1 << failures.min(8))
            .min(LONGEST_BACKOFF);
        self.renew_after(backoff.max(asked).min(LONGEST_DELAY));
        self.identify(Identity::SignedIn(token.username));
    }
}
