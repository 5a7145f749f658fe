//! The mutations, each nullable: one that fails is null, and no other is touched.
//! None of them looks at the Authorization header: a stale token never stands in the way of a new one.

use async_graphql::{Context, Object, Result};

use super::accounts;
use super::error::resolver_error;
use super::scalars::GenericScalar;
use super::types::{CreateUser, ObtainJsonWebToken, Refresh, UserType, Verify};
use crate::accounts::{AccountsError, SignUp};

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
        let input = SignUp {
            username: &username,
            email: &email,
            password: &password,
            is_staff: false,
        };
        let signed_up = accounts(ctx).directory().sign_up(&input).await;
        Some(answer(ctx, signed_up, |user| CreateUser {
            user: Some(UserType::own(user)),
        }))
    }

    /// Logs in: an access token for a username or e-mail address and its password.
    async fn token_auth(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The username or the e-mail address, in any letter case.")]
        username: String,
        #[graphql(desc = "The password.")] password: String,
    ) -> Option<Result<ObtainJsonWebToken>> {
        let issued = accounts(ctx).log_in(&username, &password).await;
        Some(answer(ctx, issued, ObtainJsonWebToken::from))
    }

    /// Checks that a token is valid now: its signature, its times, its session and its user.
    async fn verify_token(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The access token.")] token: Option<String>,
    ) -> Option<Result<Verify>> {
        let claims = accounts(ctx).verify(token.as_deref()).await;
        Some(answer(ctx, claims, |claims| Verify {
            payload: GenericScalar(claims.to_json()),
        }))
    }

    /// Exchanges an access token that is still valid for a new one of the same session.
    async fn refresh_token(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The access token.")] token: Option<String>,
    ) -> Option<Result<Refresh>> {
        let issued = accounts(ctx).refresh(token.as_deref()).await;
        Some(answer(ctx, issued, Refresh::from))
    }
}

/// What a use case gave, as the field's answer.
fn answer<T, U>(
    ctx: &Context<'_>,
    given: std::result::Result<T, AccountsError>,
    translate: impl FnOnce(T) -> U,
) -> Result<U> {
    given
        .map(translate)
        .map_err(|error| resolver_error(ctx, &error))
}
