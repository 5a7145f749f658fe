//! One typed function per operation of the API. Calls [`crate::transport`]; pages call nothing below this.

use graphql_client::GraphQLQuery;
use serde::{Deserialize, Serialize};

use crate::{error::ApiError, transport::execute};

/// A moment as the API prints it: RFC 3339, in UTC.
type DateTime = String;

#[derive(GraphQLQuery)]
#[graphql(
    schema_path = "graphql/schema.graphql",
    query_path = "graphql/sign_up.graphql"
)]
struct SignUp;

#[derive(GraphQLQuery)]
#[graphql(
    schema_path = "graphql/schema.graphql",
    query_path = "graphql/log_in.graphql"
)]
struct LogIn;

#[derive(GraphQLQuery)]
#[graphql(
    schema_path = "graphql/schema.graphql",
    query_path = "graphql/refresh.graphql"
)]
struct Refresh;

#[derive(GraphQLQuery)]
#[graphql(
    schema_path = "graphql/schema.graphql",
    query_path = "graphql/me.graphql",
    response_derives = "Clone,Debug,PartialEq"
)]
struct Me;

#[derive(GraphQLQuery)]
#[graphql(
    schema_path = "graphql/schema.graphql",
    query_path = "graphql/users.graphql",
    response_derives = "Clone,Debug,PartialEq,Serialize"
)]
struct Users;

/// The signed-in person's own account.
pub(crate) type Account = me::MeMe;

/// A user as everyone may see them.
pub(crate) type Listed = users::UsersUsers;

/// Some users, oldest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct UsersPage {
    /// The users themselves.
    pub(crate) users: Vec<Listed>,
    /// Whether others follow the last one.
    pub(crate) more: bool,
}

/// Makes an account. It does not sign anyone in.
pub(crate) async fn sign_up(
    username: String,
    email: String,
    password: String,
) -> Result<(), ApiError> {
    execute::<SignUp>(
        sign_up::Variables {
            username,
            email,
            password,
        },
        None,
    )
    .await
    .map(drop)
}

/// Exchanges a username or e-mail address and a password for a token.
pub(crate) async fn log_in(username: String, password: String) -> Result<String, ApiError> {
    let data = execute::<LogIn>(log_in::Variables { username, password }, None).await?;
    Ok(data.token_auth.ok_or_else(ApiError::broken)?.token)
}

/// Exchanges a token that has not expired for a younger one.
pub(crate) async fn refresh(token: String) -> Result<String, ApiError> {
    let data = execute::<Refresh>(refresh::Variables { token }, None).await?;
    Ok(data.refresh_token.ok_or_else(ApiError::broken)?.token)
}

/// The account of the owner of `token`.
pub(crate) async fn me(token: Option<String>) -> Result<Account, ApiError> {
    execute::<Me>(me::Variables, token)
        .await?
        .me
        .ok_or_else(ApiError::broken)
}

/// Up to `count` users who follow the user `after`, as the owner of `token` may see them.
pub(crate) async fn users(
    count: u16,
    after: Option<String>,
    token: Option<String>,
) -> Result<UsersPage, ApiError> {
    // One more than is shown tells whether others follow.
    let variables = users::Variables {
        first: i64::from(count) + 1,
        after,
    };
    let data = execute::<Users>(variables, token).await?;
    let mut users: Vec<Listed> = data
        .users
        .unwrap_or_default()
        .into_iter()
        .flatten()
        .collect();
    let more = users.len() > usize::from(count);
    users.truncate(count.into());
    Ok(UsersPage { users, more })
}
