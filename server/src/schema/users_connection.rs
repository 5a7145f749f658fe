//! `usersConnection`: its types, and what is looked up for the fields that are selected.

use async_graphql::{Context, Enum, Result, SimpleObject};

use super::accounts;
use super::caller::viewer;
use super::error::resolver_error;
use super::user_type::UserType;
use crate::accounts::Connection;
use crate::model;

/// In which order users are listed.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "model::UserOrder")]
pub(super) enum UserOrder {
    /// Who joined first comes first; those who joined at the same moment by username.
    DateJoined,
    /// Who joined last comes first.
    DateJoinedDesc,
    /// By username, without regard to letter case, character by character as Unicode numbers them.
    Username,
    /// By username, the last first.
    UsernameDesc,
}

/// A page of users.
#[derive(SimpleObject)]
pub(super) struct UserConnection {
    /// The users of the page, each with a cursor.
    edges: Vec<UserEdge>,
    /// Where the page lies.
    page_info: PageInfo,
    /// How many users there are on all pages; of those that a search finds, counted up to 1000.
    total_count: i32,
    /// Whether there are no more than `totalCount`.
    total_count_is_exact: bool,
}

/// A user on a page.
#[derive(SimpleObject)]
struct UserEdge {
    /// The user.
    node: UserType,
    /// Where the user stands in the list, for `after` and `before` in the same order.
    cursor: String,
}

/// Where a page lies.
#[derive(SimpleObject)]
struct PageInfo {
    /// Whether there are users after the page.
    has_next_page: bool,
    /// Whether there are users before the page.
    has_previous_page: bool,
    /// The cursor of the first user; null where there is none.
    start_cursor: Option<String>,
    /// The cursor of the last user; null where there is none.
    end_cursor: Option<String>,
}

/// A page of users; what is not selected is not looked up.
pub(super) async fn users_connection(
    ctx: &Context<'_>,
    asked: Connection<'_>,
    token: Option<&str>,
) -> Result<UserConnection> {
    let viewer = viewer(ctx, token).await?;
    let accounts = accounts(ctx);
    let selected = ctx.look_ahead();
    let page_info = selected.field("pageInfo");
    let asked = Connection {
        total: selected.field("totalCount").exists()
            || selected.field("totalCountIsExact").exists(),
        neighbours: page_info.field("hasNextPage").exists()
            || page_info.field("hasPreviousPage").exists(),
        ..asked
    };
    let page = accounts
        .users_connection(&viewer, asked)
        .await
        .map_err(|error| resolver_error(ctx, &error))?;
    let cursor = |user: Option<&(_, String)>| user.map(|(_, cursor)| cursor.clone());
    let page_info = PageInfo {
        has_next_page: page.has_next,
        has_previous_page: page.has_previous,
        start_cursor: cursor(page.users.first()),
        end_cursor: cursor(page.users.last()),
    };
    let edge = |(user, cursor)| UserEdge {
        node: UserType::seen(accounts, &viewer, user),
        cursor,
    };
    let total = page.total.unwrap_or_default();
    Ok(UserConnection {
        edges: page.users.into_iter().map(edge).collect(),
        page_info,
        total_count: i32::try_from(total.users).unwrap_or(i32::MAX),
        total_count_is_exact: total.is_exact,
    })
}
