//! How long sessions last, and how their refresh tokens are made.

use std::num::NonZeroU32;

use clap::Args;

use super::values;

/// How long a token can be refreshed where nothing is configured, in seconds: 7 days, as with django-graphql-jwt.
const REFRESH_WINDOW: u32 = 7 * 24 * 60 * 60;
/// How long a session with a refresh token lasts without being used where nothing is configured, in seconds: 30 days.
const LIFETIME: u32 = 30 * 24 * 60 * 60;

/// How long sessions last, and how their refresh tokens are made.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Tokens")]
pub struct SessionConfig {
    /// How long after the log-in an access token can be refreshed, in seconds [default: 604800]
    #[arg(
        long,
        env = "LATCHKEY_JWT_REFRESH_EXPIRATION_DELTA",
        value_name = "SECONDS",
        value_parser = values::seconds
    )]
    pub jwt_refresh_expiration_delta: Option<NonZeroU32>,
    /// How long a refresh token lasts when it is not used, in seconds [default: 2592000, or
    /// --jwt-refresh-expiration-delta where that is given]
    #[arg(
        long,
        env = "LATCHKEY_SESSION_LIFETIME",
        value_name = "SECONDS",
        value_parser = values::seconds
    )]
    pub session_lifetime: Option<NonZeroU32>,
    /// How long a refresh token that was just used is answered with the same successor, in seconds
    #[arg(
        long,
        env = "LATCHKEY_REFRESH_TOKEN_GRACE",
        default_value = "10",
        value_name = "SECONDS",
        value_parser = clap::value_parser!(u32).range(0..=300)
    )]
    pub refresh_token_grace: u32,
    /// Bytes of a refresh token, written as two hexadecimal digits each
    #[arg(
        long,
        env = "LATCHKEY_JWT_REFRESH_TOKEN_N_BYTES",
        default_value = "20",
        value_name = "BYTES",
        value_parser = clap::value_parser!(u8).range(20..=120)
    )]
    pub jwt_refresh_token_n_bytes: u8,
}

impl SessionConfig {
    /// How long after the log-in an access token can be refreshed, in seconds.
    pub(crate) fn refresh_window(&self) -> i64 {
        let window = self.jwt_refresh_expiration_delta.map(NonZeroU32::get);
        window.unwrap_or(REFRESH_WINDOW).into()
    }

    /// How long a refresh token lasts when it is not used, in seconds.
    pub(crate) fn lifetime(&self) -> i64 {
        let lifetime = self.session_lifetime.or(self.jwt_refresh_expiration_delta);
        lifetime.map_or(LIFETIME, NonZeroU32::get).into()
    }
}
