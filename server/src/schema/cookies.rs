//! Tokens in cookies: set by the fields that issue tokens, read where there is no header, deleted on demand.
//!
//! What a request of another site could do with them is refused before any field runs, in `http/cross_site.rs`.

use async_graphql::Context;
use cookie::time::{Duration, OffsetDateTime};
use cookie::{Cookie, SameSite};

use super::caller::caller;
use crate::accounts::IssuedToken;
use crate::config::{CarrierConfig, CookieSameSite, CookieSecure};

pub(super) fn config<'a>(ctx: &Context<'a>) -> &'a CarrierConfig {
    ctx.data_unchecked::<CarrierConfig>()
}

/// Puts the tokens into cookies that last as long as they, where cookies are used.
pub(super) fn keep(ctx: &Context<'_>, issued: &IssuedToken) {
    let config = config(ctx);
    if !config.jwt_cookie {
        return;
    }
    set(
        ctx,
        &config.jwt_cookie_name,
        &issued.token,
        issued.issued_at,
        issued.expires_at,
    );
    let Some(token) = &issued.refresh_token else {
        // One that is there is another session's: the two cookies would be of two people.
        delete_refresh(ctx);
        return;
    };
    let name = &config.jwt_refresh_token_cookie_name;
    set(
        ctx,
        name,
        token.expose(),
        issued.issued_at,
        issued.refresh_expires_in,
    );
}

/// Deletes the access token's cookie, and says whether it was sent.
pub(super) fn delete_access(ctx: &Context<'_>) -> bool {
    let sent = caller(ctx).sent.access_cookie.is_some();
    delete(ctx, &config(ctx).jwt_cookie_name, sent)
}

/// Deletes the refresh token's cookie, and says whether it was sent.
pub(super) fn delete_refresh(ctx: &Context<'_>) -> bool {
    let sent = caller(ctx).sent.refresh_cookie.is_some();
    delete(ctx, &config(ctx).jwt_refresh_token_cookie_name, sent)
}

/// Whether every log-in is given a refresh token, because a cookie is to hold it.
pub(super) fn want_refresh_token(ctx: &Context<'_>) -> bool {
    let config = config(ctx);
    config.jwt_cookie && config.jwt_long_running_refresh_token
}

fn delete(ctx: &Context<'_>, name: &str, sent: bool) -> bool {
    if sent {
        set(ctx, name, "", 0, 0);
    }
    sent
}

/// Sets a cookie from `now` until `expires`, both in seconds.
fn set(ctx: &Context<'_>, name: &str, value: &str, now: i64, expires: i64) {
    let config = config(ctx);
    let secure = match config.jwt_cookie_secure {
        CookieSecure::True => true,
        CookieSecure::False => false,
        CookieSecure::Auto => caller(ctx).sent.https,
    };
    let same_site = match config.jwt_cookie_samesite {
        CookieSameSite::Strict => SameSite::Strict,
        CookieSameSite::Lax => SameSite::Lax,
        CookieSameSite::None => SameSite::None,
    };
    let mut cookie = Cookie::build((name, value))
        .path(config.jwt_cookie_path.as_str())
        .http_only(true)
        .secure(secure)
        .same_site(same_site)
        .max_age(Duration::seconds(expires.saturating_sub(now)));
    if let Ok(expires) = OffsetDateTime::from_unix_timestamp(expires) {
        cookie = cookie.expires(expires);
    }
    if let Some(domain) = &config.jwt_cookie_domain {
        cookie = cookie.domain(domain.as_str());
    }
    ctx.append_http_header("set-cookie", cookie.build().to_string());
}
