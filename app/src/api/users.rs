//! The list of users, a page at a time.

use graphql_client::GraphQLQuery;
use serde::{Deserialize, Serialize};

use self::users::{
    UserOrder, UsersUsersConnection, UsersUsersConnectionEdgesNode, UsersUsersConnectionPageInfo,
};
use super::DateTime;
use crate::{
    error::ApiError,
    transport::{Signal, execute_until},
};

/// Users shown at a time.
const COUNT: i64 = 50;

#[derive(GraphQLQuery)]
#[graphql(
    schema_path = "graphql/schema.graphql",
    query_path = "graphql/users.graphql",
    normalization = "rust",
    response_derives = "Clone,Debug,PartialEq,Serialize"
)]
struct Users;

/// A user as the viewer may see them.
pub(crate) type Listed = UsersUsersConnectionEdgesNode;

/// Which users are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Selection {
    /// How their names begin; everyone if it is empty.
    pub(crate) search: String,
    /// Their order, if one was chosen.
    pub(crate) order: Option<Order>,
    /// Which of the pages.
    pub(crate) edge: Edge,
}

/// Which user comes before which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// Who joined first comes first.
    Joined,
    /// Who joined last comes first.
    JoinedDesc,
    /// From A to Z.
    Name,
    /// From Z to A.
    NameDesc,
}

/// Where a page of the list begins or ends. Cursors mean something to the server alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Edge {
    /// It is the first.
    #[default]
    Start,
    /// It follows the user with this cursor.
    After(String),
    /// It comes before the user with this cursor.
    Before(String),
}

impl Selection {
    /// The order the users are in: those who are searched for are in the order of their names, the others as they joined,
    /// if no other was chosen.
    pub(crate) fn order(&self) -> Order {
        match self.order {
            Some(order) => order,
            None if self.search.is_empty() => Order::Joined,
            None => Order::Name,
        }
    }
}

/// A page of the list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct UsersPage {
    /// The users themselves.
    pub(crate) users: Vec<Listed>,
    /// What those before them come before.
    pub(crate) previous: Option<String>,
    /// What those after them follow.
    pub(crate) next: Option<String>,
    /// How many users there are on all pages.
    pub(crate) total: i64,
    /// Whether they were counted to the end.
    pub(crate) exact: bool,
}

/// The users of `selection`, as the owner of `token` may see them.
pub(crate) async fn users(
    selection: Selection,
    token: Option<String>,
    signal: Option<Signal>,
) -> Result<UsersPage, ApiError> {
    let order_by = match selection.order() {
        Order::Joined => UserOrder::DateJoined,
        Order::JoinedDesc => UserOrder::DateJoinedDesc,
        Order::Name => UserOrder::Username,
        Order::NameDesc => UserOrder::UsernameDesc,
    };
    let (after, before) = match selection.edge {
        Edge::Start => (None, None),
        Edge::After(cursor) => (Some(cursor), None),
        Edge::Before(cursor) => (None, Some(cursor)),
    };
    let (first, last) = match &before {
        None => (Some(COUNT), None),
        Some(_) => (None, Some(COUNT)),
    };
    let variables = users::Variables {
        first,
        after,
        last,
        before,
        search: Some(selection.search).filter(|search| !search.is_empty()),
        order_by,
    };
    let data = execute_until::<Users>(variables, token, signal).await?;
    let UsersUsersConnection {
        edges,
        page_info,
        total_count,
        total_count_is_exact,
    } = data.users_connection.ok_or_else(ApiError::broken)?;
    let UsersUsersConnectionPageInfo {
        has_next_page,
        has_previous_page,
        start_cursor,
        end_cursor,
    } = page_info;
    Ok(UsersPage {
        users: edges.into_iter().map(|edge| edge.node).collect(),
        previous: start_cursor.filter(|_| has_previous_page),
        next: end_cursor.filter(|_| has_next_page),
        total: total_count,
        exact: total_count_is_exact,
    })
}
