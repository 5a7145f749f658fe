//! The mutations, each nullable: one that fails is null, and no other is touched.

use async_graphql::{Context, ID, MaybeUndefined, Object, Result};

use super::operations;
use super::results::{
    CreateUser, DeleteJsonWebTokenCookie, DeleteRefreshTokenCookie, Logout, LogoutEverywhere,
    ObtainJsonWebToken, Refresh, Revoke, RevokeSession, Verify,
};

/// What can be changed.
pub(crate) struct Mutation;

/// What can be changed.
#[Object]
impl Mutation {
    /// Signs a user up. Refused with everything that is wrong at once, by field, in `extensions.fields`.
    async fn create_user(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "1 to 150 letters, digits and . + - _")] username: String,
        #[graphql(desc = "8 characters or more, as configured; 1,024 bytes at most.")]
        password: String,
        #[graphql(desc = "An e-mail address that no other user has.")] email: String,
    ) -> Option<Result<CreateUser>> {
        Some(operations::create_user(ctx, &username, &password, &email).await)
    }

    /// Logs in: an access token for a username or e-mail address and its password, and a refresh token where that is
    /// selected.
    async fn token_auth(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The username or the e-mail address, in any letter case.")]
        username: String,
        #[graphql(desc = "The password.")] password: String,
    ) -> Option<Result<ObtainJsonWebToken>> {
        Some(operations::token_auth(ctx, &username, &password).await)
    }

    /// Checks that a token is valid now: its signature, its times, its session and its user.
    async fn verify_token(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The access token.")] token: Option<String>,
    ) -> Option<Result<Verify>> {
        Some(operations::verify_token(ctx, token.as_deref()).await)
    }

    /// Exchanges a refresh token for an access token and the next refresh token; or, in a session without a refresh
    /// token, an access token that is still valid for the next one.
    async fn refresh_token(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The access token, of a session without a refresh token.")] token: Option<
            String,
        >,
        #[graphql(desc = "The refresh token. It is good once.")] refresh_token: MaybeUndefined<
            String,
        >,
    ) -> Option<Result<Refresh>> {
        Some(operations::refresh_token(ctx, token.as_deref(), &refresh_token).await)
    }

    /// Ends the session of a refresh token: its access tokens end with it.
    async fn revoke_token(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The refresh token.")] refresh_token: Option<String>,
    ) -> Option<Result<Revoke>> {
        Some(operations::revoke_token(ctx, refresh_token.as_deref()).await)
    }

    /// Deletes the access token's cookie. The token itself stays valid: `logout` ends its session.
    async fn delete_token_cookie(&self, ctx: &Context<'_>) -> Option<DeleteJsonWebTokenCookie> {
        Some(operations::delete_token_cookie(ctx))
    }

    /// Deletes the refresh token's cookie. The token itself stays valid: `logout` ends its session.
    async fn delete_refresh_token_cookie(
        &self,
        ctx: &Context<'_>,
    ) -> Option<DeleteRefreshTokenCookie> {
        Some(operations::delete_refresh_token_cookie(ctx))
    }

    /// Logs out: ends the session of the request's access token, and deletes the cookies.
    async fn logout(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "An access token, before the header's; only where the operator allows it.",
            visible = "super::arguments::is_shown"
        )]
        token: Option<String>,
    ) -> Option<Result<Logout>> {
        Some(operations::logout(ctx, token.as_deref()).await)
    }

    /// Ends every session of the user who is signed in.
    async fn logout_everywhere(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Whether the session of the request goes on; it does not where this is missing."
        )]
        keep_current: Option<bool>,
        #[graphql(
            desc = "An access token, before the header's; only where the operator allows it.",
            visible = "super::arguments::is_shown"
        )]
        token: Option<String>,
    ) -> Option<Result<LogoutEverywhere>> {
        Some(
            operations::logout_everywhere(ctx, keep_current.unwrap_or(false), token.as_deref())
                .await,
        )
    }

    /// Ends one session of the user who is signed in.
    async fn revoke_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The session's id, as `me { sessions { id } }` tells it.")] id: ID,
        #[graphql(
            desc = "An access token, before the header's; only where the operator allows it.",
            visible = "super::arguments::is_shown"
        )]
        token: Option<String>,
    ) -> Option<Result<RevokeSession>> {
        Some(operations::revoke_session(ctx, &id, token.as_deref()).await)
    }
}
