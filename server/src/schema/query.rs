//! The queries. A field is nullable and fails alone: `Option<Result<…>>` is what async-graphql makes that of.

use async_graphql::{Context, ID, Object, Result};

use super::accounts;
use super::caller::viewer;
use super::error::resolver_error;
use super::user_type::UserType;
use super::users_connection::{UserConnection, UserOrder, users_connection};
use crate::accounts::{AccountsError, Connection, Page};
use crate::model::{SignedIn, User};

/// What can be asked.
pub(crate) struct Query;

/// What can be asked.
#[Object]
impl Query {
    /// The user who is signed in.
    async fn me(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "An access token, before the header's; only where the operator allows it.",
            visible = "super::arguments::is_shown"
        )]
        token: Option<String>,
    ) -> Option<Result<UserType>> {
        Some(me(ctx, token.as_deref()).await)
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
        #[graphql(
            desc = "An access token, before the header's; only where the operator allows it.",
            visible = "super::arguments::is_shown"
        )]
        token: Option<String>,
    ) -> Option<Result<Vec<Option<UserType>>>> {
        let page = Page {
            first,
            after: after.as_ref().map(|id| id.as_str()),
        };
        // On the heap, as whatever would make the futures of all queries large.
        Some(Box::pin(users(ctx, page, token.as_deref())).await)
    }

    /// Users page by page, as Relay's specification of cursor connections has it: `first` and `after` go forward, `last`
    /// and `before` backward. The first 50 where neither `first` nor `last` is given.
    #[expect(
        clippy::too_many_arguments,
        reason = "each is an argument of the field"
    )]
    async fn users_connection(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many users to answer with, at most: 0 to 1000, as configured.")]
        first: Option<i32>,
        #[graphql(desc = "A cursor: answer with users after it.")] after: Option<String>,
        #[graphql(desc = "The same as `first`, from the end.")] last: Option<i32>,
        #[graphql(desc = "A cursor: answer with users before it.")] before: Option<String>,
        #[graphql(
            desc = "What the username begins with, in any letter case; or, for those who see everybody's, a whole \
                    e-mail address."
        )]
        search: Option<String>,
        #[graphql(
            desc = "DATE_JOINED where it is missing. What is searched for is listed by USERNAME or USERNAME_DESC."
        )]
        order_by: Option<UserOrder>,
        #[graphql(
            desc = "An access token, before the header's; only where the operator allows it.",
            visible = "super::arguments::is_shown"
        )]
        token: Option<String>,
    ) -> Option<Result<UserConnection>> {
        let asked = Connection {
            first,
            after: after.as_deref(),
            last,
            before: before.as_deref(),
            search: search.as_deref(),
            order: order_by.map(Into::into),
            ..Connection::default()
        };
        Some(Box::pin(users_connection(ctx, asked, token.as_deref())).await)
    }
}

async fn me(ctx: &Context<'_>, token: Option<&str>) -> Result<UserType> {
    let viewer = viewer(ctx, token).await?;
    match viewer.signed_in() {
        Some(SignedIn { user, session }) => Ok(UserType::own(User::clone(user), session.clone())),
        None => Err(resolver_error(ctx, &AccountsError::NotSignedIn)),
    }
}

async fn users(
    ctx: &Context<'_>,
    page: Page<'_>,
    token: Option<&str>,
) -> Result<Vec<Option<UserType>>> {
    let viewer = viewer(ctx, token).await?;
    let accounts = accounts(ctx);
    let users = accounts
        .users(&viewer, page)
        .await
        .map_err(|error| resolver_error(ctx, &error))?;
    let seen = |user| Some(UserType::seen(accounts, &viewer, user));
    Ok(users.into_iter().map(seen).collect())
}
