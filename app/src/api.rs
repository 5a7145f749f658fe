//! One typed function per operation of the API. Calls [`crate::transport`]; pages call nothing below this.

mod users;

use graphql_client::GraphQLQuery;

pub(crate) use self::users::{Edge, Listed, Order, Selection, UsersPage, users};
use crate::{
    error::ApiError,
    transport::{execute, perform, perform_beyond_page},
};

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
    query_path = "graphql/log_out.graphql"
)]
struct LogOut;

#[derive(GraphQLQuery)]
#[graphql(
    schema_path = "graphql/schema.graphql",
    query_path = "graphql/log_out_everywhere.graphql"
)]
struct LogOutEverywhere;

#[derive(GraphQLQuery)]
#[graphql(
    schema_path = "graphql/schema.graphql",
    query_path = "graphql/revoke_session.graphql"
)]
struct RevokeSession;

#[derive(GraphQLQuery)]
#[graphql(
    schema_path = "graphql/schema.graphql",
    query_path = "graphql/me.graphql",
    response_derives = "Clone,Debug,PartialEq"
)]
struct Me;

/// The signed-in person's own account.
pub(crate) type Account = me::MeMe;

/// A place where the signed-in person is signed in.
pub(crate) type Place = me::MeMeSessions;

/// What a session goes on with.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Tokens {
    /// Shows who asks. Short-lived.
    pub(crate) access: String,
    /// Is good once, for the next tokens. A session that was begun before there were any has none.
    pub(crate) refresh: Option<String>,
}

/// Makes an account. It does not sign anyone in.
pub(crate) async fn sign_up(
    username: String,
    email: String,
    password: String,
) -> Result<(), ApiError> {
    perform::<SignUp>(
        sign_up::Variables {
            username,
            email,
            password,
        },
        None,
    )
    .await
}

/// Exchanges a username or e-mail address and a password for tokens.
pub(crate) async fn log_in(username: String, password: String) -> Result<Tokens, ApiError> {
    let data = execute::<LogIn>(log_in::Variables { username, password }, None).await?;
    let given = data.token_auth.ok_or_else(ApiError::broken)?;
    Ok(Tokens {
        access: given.token,
        refresh: Some(given.refresh_token),
    })
}

/// Exchanges tokens for the next ones: by the refresh token, or, where there is none, by an access token that has not
/// expired.
pub(crate) async fn refresh(tokens: Tokens) -> Result<Tokens, ApiError> {
    let Tokens { access, refresh } = tokens;
    let variables = refresh::Variables {
        token: refresh.is_none().then_some(access),
        refresh_token: refresh,
    };
    let data = execute::<Refresh>(variables, None).await?;
    let given = data.refresh_token.ok_or_else(ApiError::broken)?;
    Ok(Tokens {
        access: given.token,
        refresh: Some(given.refresh_token),
    })
}

/// Ends the session of a refresh token.
pub(crate) async fn log_out(refresh_token: String) -> Result<(), ApiError> {
    perform_beyond_page::<LogOut>(log_out::Variables { refresh_token }).await
}

/// Ends one session of the owner of `token`, or every other one.
pub(crate) async fn end_elsewhere(
    id: Option<String>,
    token: Option<String>,
) -> Result<(), ApiError> {
    match id {
        Some(id) => perform::<RevokeSession>(revoke_session::Variables { id }, token).await,
        None => perform::<LogOutEverywhere>(log_out_everywhere::Variables, token).await,
    }
}

/// The account of the owner of `token`.
pub(crate) async fn me(token: Option<String>) -> Result<Account, ApiError> {
    execute::<Me>(me::Variables, token)
        .await?
        .me
        .ok_or_else(ApiError::broken)
}
