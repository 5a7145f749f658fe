//! How tokens are issued and checked.

use std::num::NonZeroU32;

use clap::Args;

use super::{KeyConfig, Secret, SessionConfig, values};

/// How tokens are issued and checked. Names and meanings follow django-graphql-jwt's settings.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Tokens")]
pub struct TokenConfig {
    /// Key that signs tokens with HS256, HS384 and HS512, of 32, 48 and 64 bytes at least [default: made at the first start, kept in the data folder]
    #[arg(
        long,
        env = "LATCHKEY_JWT_SECRET_KEY",
        hide_env_values = true,
        value_name = "SECRET"
    )]
    pub jwt_secret_key: Option<Secret>,
    /// Which keys sign beside it, and which are accepted.
    #[command(flatten)]
    pub keys: KeyConfig,
    /// Lifetime of an access token, in seconds
    #[arg(
        long,
        env = "LATCHKEY_JWT_EXPIRATION_DELTA",
        default_value = "300",
        value_name = "SECONDS",
        value_parser = values::seconds
    )]
    pub jwt_expiration_delta: NonZeroU32,
    /// Whether access tokens can be refreshed by themselves; refresh tokens always can
    #[arg(long, env = "LATCHKEY_JWT_ALLOW_REFRESH", default_value = "true", value_name = "BOOL", action = clap::ArgAction::Set)]
    pub jwt_allow_refresh: bool,
    /// Tolerance for clocks that differ, in seconds
    #[arg(
        long,
        env = "LATCHKEY_JWT_LEEWAY",
        default_value = "0",
        value_name = "SECONDS"
    )]
    pub jwt_leeway: u32,
    /// Whether tokens end at their `exp`; without it they last as long as their session
    #[arg(long, env = "LATCHKEY_JWT_VERIFY_EXPIRATION", default_value = "true", value_name = "BOOL", action = clap::ArgAction::Set)]
    pub jwt_verify_expiration: bool,
    /// Issuer (`iss`) that tokens carry and must carry
    #[arg(long, env = "LATCHKEY_JWT_ISSUER", value_name = "ISSUER", value_parser = values::not_empty)]
    pub jwt_issuer: Option<String>,
    /// Audiences (`aud`) that tokens carry and must carry one of, separated by commas
    #[arg(long, env = "LATCHKEY_JWT_AUDIENCE", value_name = "AUDIENCES", value_delimiter = ',', value_parser = values::not_empty)]
    pub jwt_audience: Vec<String>,
    /// Header that carries the token; `Authorization: Bearer` is read beside any other
    #[arg(long, env = "LATCHKEY_JWT_AUTH_HEADER_NAME", default_value = "Authorization", value_name = "HEADER", value_parser = values::header)]
    pub jwt_auth_header_name: String,
    /// Scheme of that header, accepted beside `Bearer`
    #[arg(long, env = "LATCHKEY_JWT_AUTH_HEADER_PREFIX", default_value = "JWT", value_name = "SCHEME", value_parser = values::scheme)]
    pub jwt_auth_header_prefix: String,
    /// How long sessions last, and how their refresh tokens are made.
    #[command(flatten)]
    pub sessions: SessionConfig,
}
