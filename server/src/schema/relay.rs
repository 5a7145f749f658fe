//! The mutations as Relay clients send them: one argument `input`, and `clientMutationId` in and out.

use async_graphql::{
    Context, ID, InputObject, MaybeUndefined, Object, ObjectType, Result, SimpleObject,
};

use super::operations;
use super::results::{
    CreateUser, DeleteJsonWebTokenCookie, DeleteRefreshTokenCookie, Logout, LogoutEverywhere,
    ObtainJsonWebToken, Refresh, Revoke, RevokeSession, Verify,
};

/// What can be changed.
pub(crate) struct RelayMutation;

/// A mutation's answer, and what the client calls it.
#[derive(SimpleObject)]
#[graphql(concrete(name = "CreateUserPayload", params(CreateUser)))]
#[graphql(concrete(name = "ObtainJSONWebTokenPayload", params(ObtainJsonWebToken)))]
#[graphql(concrete(name = "VerifyPayload", params(Verify)))]
#[graphql(concrete(name = "RefreshPayload", params(Refresh)))]
#[graphql(concrete(name = "RevokePayload", params(Revoke)))]
#[graphql(concrete(
    name = "DeleteJSONWebTokenCookiePayload",
    params(DeleteJsonWebTokenCookie)
))]
#[graphql(concrete(
    name = "DeleteRefreshTokenCookiePayload",
    params(DeleteRefreshTokenCookie)
))]
#[graphql(concrete(name = "LogoutPayload", params(Logout)))]
#[graphql(concrete(name = "LogoutEverywherePayload", params(LogoutEverywhere)))]
#[graphql(concrete(name = "RevokeSessionPayload", params(RevokeSession)))]
struct Payload<T: ObjectType> {
    #[graphql(flatten)]
    answer: T,
    /// The `clientMutationId` of the input.
    client_mutation_id: Option<String>,
}

impl<T: ObjectType> Payload<T> {
    fn of(answer: T, client_mutation_id: Option<String>) -> Self {
        Self {
            answer,
            client_mutation_id,
        }
    }
}

/// The input of `createUser`.
#[derive(InputObject)]
struct CreateUserInput {
    /// 1 to 150 letters, digits and . + - _
    username: String,
    /// 8 characters or more, as configured; 1,024 bytes at most.
    password: String,
    /// An e-mail address that no other user has.
    email: String,
    /// Given back in the answer.
    client_mutation_id: Option<String>,
}

/// The input of `tokenAuth`.
#[derive(InputObject)]
#[graphql(name = "ObtainJSONWebTokenInput")]
struct ObtainJsonWebTokenInput {
    /// The username or the e-mail address, in any letter case.
    username: String,
    /// The password.
    password: String,
    /// Given back in the answer.
    client_mutation_id: Option<String>,
}

/// The input of `verifyToken`.
#[derive(InputObject)]
struct VerifyInput {
    /// The access token.
    token: Option<String>,
    /// Given back in the answer.
    client_mutation_id: Option<String>,
}

/// The input of `refreshToken`.
#[derive(InputObject)]
struct RefreshInput {
    /// The access token, of a session without a refresh token.
    token: Option<String>,
    /// The refresh token. It is good once.
    refresh_token: MaybeUndefined<String>,
    /// Given back in the answer.
    client_mutation_id: Option<String>,
}

/// The input of `revokeToken`.
#[derive(InputObject)]
struct RevokeInput {
    /// The refresh token.
    refresh_token: Option<String>,
    /// Given back in the answer.
    client_mutation_id: Option<String>,
}

/// The input of `deleteTokenCookie`.
#[derive(InputObject)]
#[graphql(name = "DeleteJSONWebTokenCookieInput")]
struct DeleteJsonWebTokenCookieInput {
    /// Given back in the answer.
    client_mutation_id: Option<String>,
}

/// The input of `deleteRefreshTokenCookie`.
#[derive(InputObject)]
struct DeleteRefreshTokenCookieInput {
    /// Given back in the answer.
    client_mutation_id: Option<String>,
}

/// The input of `logout`.
#[derive(InputObject)]
struct LogoutInput {
    /// Given back in the answer.
    client_mutation_id: Option<String>,
}

/// The input of `logoutEverywhere`.
#[derive(InputObject)]
struct LogoutEverywhereInput {
    /// Whether the session of the request goes on; it does not where this is missing.
    keep_current: Option<bool>,
    /// Given back in the answer.
    client_mutation_id: Option<String>,
}

/// The input of `revokeSession`.
#[derive(InputObject)]
struct RevokeSessionInput {
    /// The session's id, as `me { sessions { id } }` tells it.
    id: ID,
    /// Given back in the answer.
    client_mutation_id: Option<String>,
}

/// What can be changed.
#[Object(name = "Mutation")]
impl RelayMutation {
    /// Signs a user up. Refused with everything that is wrong at once, by field, in `extensions.fields`.
    async fn create_user(
        &self,
        ctx: &Context<'_>,
        input: CreateUserInput,
    ) -> Option<Result<Payload<CreateUser>>> {
        let (username, password, email) = (&input.username, &input.password, &input.email);
        let answer = operations::create_user(ctx, username, password, email).await;
        Some(answer.map(|answer| Payload::of(answer, input.client_mutation_id)))
    }

    /// Logs in: an access token for a username or e-mail address and its password, and a refresh token where that is
    /// selected.
    async fn token_auth(
        &self,
        ctx: &Context<'_>,
        input: ObtainJsonWebTokenInput,
    ) -> Option<Result<Payload<ObtainJsonWebToken>>> {
        let answer = operations::token_auth(ctx, &input.username, &input.password).await;
        Some(answer.map(|answer| Payload::of(answer, input.client_mutation_id)))
    }

    /// Checks that a token is valid now: its signature, its times, its session and its user.
    async fn verify_token(
        &self,
        ctx: &Context<'_>,
        input: VerifyInput,
    ) -> Option<Result<Payload<Verify>>> {
        let answer = operations::verify_token(ctx, input.token.as_deref()).await;
        Some(answer.map(|answer| Payload::of(answer, input.client_mutation_id)))
    }

    /// Exchanges a refresh token for an access token and the next refresh token; or, in a session without a refresh
    /// token, an access token that is still valid for the next one.
    async fn refresh_token(
        &self,
        ctx: &Context<'_>,
        input: RefreshInput,
    ) -> Option<Result<Payload<Refresh>>> {
        let (token, refresh_token) = (input.token.as_deref(), &input.refresh_token);
        let answer = operations::refresh_token(ctx, token, refresh_token).await;
        Some(answer.map(|answer| Payload::of(answer, input.client_mutation_id)))
    }

    /// Ends the session of a refresh token: its access tokens end with it.
    async fn revoke_token(
        &self,
        ctx: &Context<'_>,
        input: RevokeInput,
    ) -> Option<Result<Payload<Revoke>>> {
        let answer = operations::revoke_token(ctx, input.refresh_token.as_deref()).await;
        Some(answer.map(|answer| Payload::of(answer, input.client_mutation_id)))
    }

    /// Deletes the access token's cookie. The token itself stays valid: `logout` ends its session.
    async fn delete_token_cookie(
        &self,
        ctx: &Context<'_>,
        input: DeleteJsonWebTokenCookieInput,
    ) -> Option<Payload<DeleteJsonWebTokenCookie>> {
        let answer = operations::delete_token_cookie(ctx);
        Some(Payload::of(answer, input.client_mutation_id))
    }

    /// Deletes the refresh token's cookie. The token itself stays valid: `logout` ends its session.
    async fn delete_refresh_token_cookie(
        &self,
        ctx: &Context<'_>,
        input: DeleteRefreshTokenCookieInput,
    ) -> Option<Payload<DeleteRefreshTokenCookie>> {
        let answer = operations::delete_refresh_token_cookie(ctx);
        Some(Payload::of(answer, input.client_mutation_id))
    }

    /// Logs out: ends the session of the request's access token, and deletes the cookies.
    async fn logout(
        &self,
        ctx: &Context<'_>,
        input: LogoutInput,
    ) -> Option<Result<Payload<Logout>>> {
        let answer = operations::logout(ctx, None).await;
        Some(answer.map(|answer| Payload::of(answer, input.client_mutation_id)))
    }

    /// Ends every session of the user who is signed in.
    async fn logout_everywhere(
        &self,
        ctx: &Context<'_>,
        input: LogoutEverywhereInput,
    ) -> Option<Result<Payload<LogoutEverywhere>>> {
        let answer =
            operations::logout_everywhere(ctx, input.keep_current.unwrap_or(false), None).await;
        Some(answer.map(|answer| Payload::of(answer, input.client_mutation_id)))
    }

    /// Ends one session of the user who is signed in.
    async fn revoke_session(
        &self,
        ctx: &Context<'_>,
        input: RevokeSessionInput,
    ) -> Option<Result<Payload<RevokeSession>>> {
        let answer = operations::revoke_session(ctx, &input.id, None).await;
        Some(answer.map(|answer| Payload::of(answer, input.client_mutation_id)))
    }
}
