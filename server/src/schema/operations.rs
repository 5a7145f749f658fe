//! What the mutations do, for the plain schema and for the Relay one: each hands over to `accounts` and translates the
//! answer.
//!
//! Those that issue, check or revoke tokens do not look at the Authorization header: a stale token never stands in the
//! way of a new one.
//!
//! What writes is put on the heap: else the future of every mutation is as large as that of the largest, and moved as often
//! as that of the smallest.

use async_graphql::{Context, MaybeUndefined, Result};

use super::accounts;
use super::caller::{caller, viewer};
use super::cookies;
use super::error::resolver_error;
use super::results::{
    CreateUser, DeleteJsonWebTokenCookie, DeleteRefreshTokenCookie, Logout, LogoutEverywhere,
    ObtainJsonWebToken, Refresh, Revoke, RevokeSession, Verify,
};
use super::scalars::GenericScalar;
use super::user_type::UserType;
use crate::accounts::{AccountsError, IssuedToken, LogIn, SignUp, TokenError};

type Given<T> = std::result::Result<T, AccountsError>;

pub(super) async fn create_user(
    ctx: &Context<'_>,
    username: &str,
    password: &str,
    email: &str,
) -> Result<CreateUser> {
    let input = SignUp {
        username,
        email,
        password,
        is_staff: false,
    };
    let signed_up = Box::pin(accounts(ctx).directory().sign_up(&input)).await;
    answer(ctx, signed_up, |user| CreateUser {
        user: Some(UserType::own(user, None)),
    })
}

pub(super) async fn token_auth(
    ctx: &Context<'_>,
    username: &str,
    password: &str,
) -> Result<ObtainJsonWebToken> {
    let input = LogIn {
        login: username,
        password,
        device: &caller(ctx).sent.device(),
        refresh_token: selects_refresh_token(ctx) || cookies::want_refresh_token(ctx),
    };
    let issued = Box::pin(accounts(ctx).log_in(&input)).await;
    answer(ctx, kept(ctx, issued), ObtainJsonWebToken::from)
}

pub(super) async fn verify_token(ctx: &Context<'_>, token: Option<&str>) -> Result<Verify> {
    let caller = caller(ctx);
    let claims = if let Some(verified) = caller.take_verified() {
        verified
    } else {
        let token = token.or(caller.sent.access_cookie.as_deref());
        accounts(ctx).verify(token).await
    };
    answer(ctx, claims, |claims| Verify {
        payload: GenericScalar(claims),
    })
}

/// By the refresh token where one is given, else by the access token, else by what the cookies hold.
pub(super) async fn refresh_token(
    ctx: &Context<'_>,
    token: Option<&str>,
    refresh_token: &MaybeUndefined<String>,
) -> Result<Refresh> {
    let sent = &caller(ctx).sent;
    let accounts = accounts(ctx);
    let wanted = selects_refresh_token(ctx) || cookies::want_refresh_token(ctx);
    let long_running =
        refresh_token.is_null() || cookies::config(ctx).jwt_long_running_refresh_token;
    let device = sent.device();
    let rotate = |given| Box::pin(accounts.rotate(given, &device));
    let refresh = |given| Box::pin(accounts.refresh(given, &device, wanted));
    let issued = match (refresh_token.value(), token) {
        (Some(given), _) => rotate(Some(given)).await,
        (None, Some(given)) => refresh(Some(given)).await,
        (None, None) => match (&sent.refresh_cookie, &sent.access_cookie) {
            (Some(cookie), _) => rotate(Some(cookie)).await,
            (None, Some(cookie)) if !long_running => refresh(Some(cookie)).await,
            _ if long_running => rotate(None).await,
            _ => refresh(None).await,
        },
    };
    answer(ctx, kept(ctx, issued), Refresh::from)
}

pub(super) async fn revoke_token(ctx: &Context<'_>, token: Option<&str>) -> Result<Revoke> {
    let token = token.or(caller(ctx).sent.refresh_cookie.as_deref());
    let revoked = Box::pin(accounts(ctx).revoke(token)).await;
    answer(ctx, revoked, |revoked| Revoke { revoked })
}

pub(super) fn delete_token_cookie(ctx: &Context<'_>) -> DeleteJsonWebTokenCookie {
    let deleted = cookies::delete_access(ctx);
    DeleteJsonWebTokenCookie { deleted }
}

pub(super) fn delete_refresh_token_cookie(ctx: &Context<'_>) -> DeleteRefreshTokenCookie {
    let deleted = cookies::delete_refresh(ctx);
    DeleteRefreshTokenCookie { deleted }
}

/// By the access token, or by the refresh token's cookie where the access token's has expired. Deletes both cookies,
/// whatever comes of it: scripts cannot.
pub(super) async fn logout(ctx: &Context<'_>, token: Option<&str>) -> Result<Logout> {
    let accounts = accounts(ctx);
    cookies::delete_access(ctx);
    cookies::delete_refresh(ctx);
    let ended = match (viewer(ctx, token).await, &caller(ctx).sent.refresh_cookie) {
        (Ok(viewer), None) => Box::pin(accounts.log_out(&viewer)).await,
        (Ok(viewer), Some(_)) if viewer.user().is_some() => {
            Box::pin(accounts.log_out(&viewer)).await
        }
        (_, Some(cookie)) => match Box::pin(accounts.revoke(Some(cookie))).await {
            // It had ended before.
            Err(AccountsError::Token(TokenError::RefreshTokenInvalid)) => Ok(false),
            revoked => revoked.map(|_| true),
        },
        (Err(error), None) => return Err(error),
    };
    answer(ctx, ended, |logged_out| Logout { logged_out })
}

pub(super) async fn logout_everywhere(
    ctx: &Context<'_>,
    keep_current: bool,
    token: Option<&str>,
) -> Result<LogoutEverywhere> {
    let viewer = viewer(ctx, token).await?;
    let ended = Box::pin(accounts(ctx).log_out_everywhere(&viewer, keep_current)).await;
    if ended.is_ok() && !keep_current {
        cookies::delete_access(ctx);
        cookies::delete_refresh(ctx);
    }
    answer(ctx, ended, |ended| LogoutEverywhere {
        ended: i32::try_from(ended).unwrap_or(i32::MAX),
    })
}

pub(super) async fn revoke_session(
    ctx: &Context<'_>,
    id: &str,
    token: Option<&str>,
) -> Result<RevokeSession> {
    let viewer = viewer(ctx, token).await?;
    let revoked = Box::pin(accounts(ctx).revoke_session(&viewer, id)).await;
    answer(ctx, revoked, |revoked| RevokeSession { revoked })
}

/// A refresh token is made where it is asked for: who cannot keep one safe need not get one.
fn selects_refresh_token(ctx: &Context<'_>) -> bool {
    ctx.look_ahead().field("refreshToken").exists()
}

fn kept(ctx: &Context<'_>, issued: Given<IssuedToken>) -> Given<IssuedToken> {
    issued.inspect(|issued| cookies::keep(ctx, issued))
}

/// What a use case gave, as the field's answer.
fn answer<T, U>(ctx: &Context<'_>, given: Given<T>, translate: impl FnOnce(T) -> U) -> Result<U> {
    given
        .map(translate)
        .map_err(|error| resolver_error(ctx, &error))
}
