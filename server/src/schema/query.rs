//! The queries. A field is nullable and fails alone: `Option<Result<…>>` is what async-graphql makes that of.

use async_graphql::{Context, ID, Object, Result};

use super::error::resolver_error;
use super::types::UserType;
use super::{accounts, viewer};
use crate::accounts::{AccountsError, Page};

/// What can be asked.
pub(crate) struct Query;

/// What can be asked.
#[Object]
impl Query {
    /// The user who is signed in.
    async fn me(&self, ctx: &Context<'_>) -> Option<Result<UserType>> {
        Some(me(ctx).await)
    }

    /// All users, oldest first. Without `first` refused with the code `TOO_MANY_USERS` where one answer cannot hold
    /// them all: then page through them.
    async fn users(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many users to answer with: 1 to 1000, as configured.")] first: Option<
            i32,
        >,
        #[graphql(desc = "The id of the last user seen: answer with those after it.")]
        after: Option<ID>,
    ) -> Option<Result<Vec<Option<UserType>>>> {
        let page = Page {
            first,
            after: after.as_ref().map(|id| id.as_str()),
        };
        Some(users(ctx, page).await)
    }
}

async fn me(ctx: &Context<'_>) -> Result<UserType> {
    match viewer(ctx).await?.user() {
        Some(user) => Ok(UserType::own(user.clone())),
        None => Err(resolver_error(ctx, &AccountsError::NotSignedIn)),
    }
}

async fn users(ctx: &Context<'_>, page: Page<'_>) -> Result<Vec<Option<UserType>>> {
    let viewer = viewer(ctx).await?;
    let accounts = accounts(ctx);
    let users = accounts
        .users(viewer, page)
        .await
        .map_err(|error| resolver_error(ctx, &error))?;
    let seen = |user| Some(UserType::seen(accounts, viewer, user));
    Ok(users.into_iter().map(seen).collect())
}
