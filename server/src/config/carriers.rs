//! Where tokens are read from and put, beside the Authorization header and the answer's fields.

use clap::{Args, ValueEnum};

use super::values;

/// Where tokens are read from and put, beside the Authorization header and the answer's fields. Names and meanings
/// follow django-graphql-jwt's settings.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Cookies and arguments")]
pub struct CarrierConfig {
    /// Whether tokens are kept in cookies too: set by `tokenAuth` and `refreshToken`, read where there is no header
    #[arg(long, env = "LATCHKEY_JWT_COOKIE", default_value = "false", value_name = "BOOL", action = clap::ArgAction::Set)]
    pub jwt_cookie: bool,
    /// Name of the access token's cookie
    #[arg(long, env = "LATCHKEY_JWT_COOKIE_NAME", default_value = "JWT", value_name = "NAME", value_parser = values::cookie_name)]
    pub jwt_cookie_name: String,
    /// Name of the refresh token's cookie
    #[arg(long, env = "LATCHKEY_JWT_REFRESH_TOKEN_COOKIE_NAME", default_value = "JWT-refresh-token", value_name = "NAME", value_parser = values::cookie_name)]
    pub jwt_refresh_token_cookie_name: String,
    /// Path that the cookies are sent to
    #[arg(long, env = "LATCHKEY_JWT_COOKIE_PATH", default_value = "/", value_name = "PATH", value_parser = values::cookie_path)]
    pub jwt_cookie_path: String,
    /// Domain that the cookies are sent to, subdomains included [default: the host that set them, alone]
    #[arg(long, env = "LATCHKEY_JWT_COOKIE_DOMAIN", value_name = "DOMAIN", value_parser = values::cookie_domain)]
    pub jwt_cookie_domain: Option<String>,
    /// Whether the cookies are sent over HTTPS alone; `auto`: where the request came over HTTPS
    #[arg(
        long,
        env = "LATCHKEY_JWT_COOKIE_SECURE",
        default_value = "auto",
        value_name = "WHEN"
    )]
    pub jwt_cookie_secure: CookieSecure,
    /// Which requests of other sites the cookies are sent with
    #[arg(
        long,
        env = "LATCHKEY_JWT_COOKIE_SAMESITE",
        default_value = "lax",
        value_name = "WHICH"
    )]
    pub jwt_cookie_samesite: CookieSameSite,
    /// With cookies, whether every log-in is given a refresh token, also where the field is not selected
    #[arg(long, env = "LATCHKEY_JWT_LONG_RUNNING_REFRESH_TOKEN", default_value = "false", value_name = "BOOL", action = clap::ArgAction::Set)]
    pub jwt_long_running_refresh_token: bool,
    /// Whether fields that need a user take an access token as an argument, which goes before header and cookie
    #[arg(long, env = "LATCHKEY_JWT_ALLOW_ARGUMENT", default_value = "false", value_name = "BOOL", action = clap::ArgAction::Set)]
    pub jwt_allow_argument: bool,
    /// Name of that argument
    #[arg(long, env = "LATCHKEY_JWT_ARGUMENT_NAME", default_value = "token", value_name = "NAME", value_parser = values::graphql_name)]
    pub jwt_argument_name: String,
}

/// The other arguments of the fields that take a token.
const TAKEN_ARGUMENTS: [&str; 5] = ["after", "first", "id", "input", "keepCurrent"];

/// Whether cookies are sent over HTTPS alone (RFC 6265, section 5.2.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CookieSecure {
    /// Where the request came over HTTPS
    Auto,
    /// Always
    True,
    /// Never
    False,
}

/// Which requests of other sites cookies are sent with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CookieSameSite {
    /// None
    Strict,
    /// Links that are followed, alone
    Lax,
    /// All of them; browsers ask for `--jwt-cookie-secure true` then
    None,
}

impl CarrierConfig {
    /// Refuses what browsers would not take.
    ///
    /// # Errors
    /// A sentence that names the settings.
    pub fn check(&self) -> anyhow::Result<()> {
        anyhow::ensure!(
            !self.jwt_cookie
                || self.jwt_cookie_samesite != CookieSameSite::None
                || self.jwt_cookie_secure == CookieSecure::True,
            "--jwt-cookie-samesite none needs --jwt-cookie-secure true: browsers drop such cookies otherwise"
        );
        anyhow::ensure!(
            !TAKEN_ARGUMENTS.contains(&self.jwt_argument_name.as_str()),
            "--jwt-argument-name {} is the name of another argument: choose one of its own",
            self.jwt_argument_name
        );
        anyhow::ensure!(
            self.jwt_cookie_name != self.jwt_refresh_token_cookie_name,
            "--jwt-cookie-name and --jwt-refresh-token-cookie-name are the same: each token needs a cookie of its own"
        );
        Ok(())
    }
}
