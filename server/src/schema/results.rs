//! What the mutations answer with. The names are the contract's.

use async_graphql::SimpleObject;

use super::scalars::GenericScalar;
use super::user_type::UserType;
use crate::accounts::IssuedToken;

/// The answer to `createUser`.
#[derive(SimpleObject)]
pub(super) struct CreateUser {
    /// The new user.
    pub(super) user: Option<UserType>,
}

/// The answer to `tokenAuth`.
#[derive(SimpleObject)]
#[graphql(name = "ObtainJSONWebToken")]
pub(super) struct ObtainJsonWebToken {
    /// The token's claims.
    payload: GenericScalar,
    /// Until when the session can be refreshed: seconds since 1970-01-01 UTC, whatever the name says.
    refresh_expires_in: i64,
    /// The access token, for the header `Authorization: JWT <token>`.
    token: String,
    /// The refresh token of the session, which is given one where this field is selected: from then on nothing else
    /// refreshes it.
    refresh_token: String,
}

/// The answer to `refreshToken`.
#[derive(SimpleObject)]
#[expect(clippy::struct_field_names, reason = "the contract names the fields")]
pub(super) struct Refresh {
    /// The new token's claims.
    payload: GenericScalar,
    /// Until when the session can be refreshed: seconds since 1970-01-01 UTC, whatever the name says.
    refresh_expires_in: i64,
    /// The new access token.
    token: String,
    /// The next refresh token. A session that had none is given its first where this field is selected.
    refresh_token: String,
}

/// The answer to `verifyToken`.
#[derive(SimpleObject)]
pub(super) struct Verify {
    /// The token's claims, exactly as they stand in it.
    pub(super) payload: GenericScalar,
}

/// The answer to `revokeToken`.
#[derive(SimpleObject)]
pub(super) struct Revoke {
    /// When the refresh token was revoked, and its session ended: seconds since 1970-01-01 UTC.
    pub(super) revoked: i64,
}

/// The answer to `deleteTokenCookie`.
#[derive(SimpleObject)]
#[graphql(name = "DeleteJSONWebTokenCookie")]
pub(super) struct DeleteJsonWebTokenCookie {
    /// Whether there was one.
    pub(super) deleted: bool,
}

/// The answer to `deleteRefreshTokenCookie`.
#[derive(SimpleObject)]
pub(super) struct DeleteRefreshTokenCookie {
    /// Whether there was one.
    pub(super) deleted: bool,
}

/// The answer to `logout`.
#[derive(SimpleObject)]
pub(super) struct Logout {
    /// Whether the session went on until now; false too where the token belongs to no session, for another program
    /// made it.
    pub(super) logged_out: bool,
}

/// The answer to `logoutEverywhere`.
#[derive(SimpleObject)]
pub(super) struct LogoutEverywhere {
    /// How many sessions were ended.
    pub(super) ended: i32,
}

/// The answer to `revokeSession`.
#[derive(SimpleObject)]
pub(super) struct RevokeSession {
    /// When the session was ended: seconds since 1970-01-01 UTC.
    pub(super) revoked: i64,
}

/// The text of a refresh token. Without one nobody has selected the field.
fn refresh_token(issued: &IssuedToken) -> String {
    let token = issued.refresh_token.as_ref();
    token.map_or_else(String::new, |token| token.expose().to_owned())
}

impl From<IssuedToken> for ObtainJsonWebToken {
    fn from(issued: IssuedToken) -> Self {
        Self {
            refresh_expires_in: issued.refresh_expires_in,
            refresh_token: refresh_token(&issued),
            payload: GenericScalar(issued.payload),
            token: issued.token,
        }
    }
}

impl From<IssuedToken> for Refresh {
    fn from(issued: IssuedToken) -> Self {
        Self {
            refresh_expires_in: issued.refresh_expires_in,
            refresh_token: refresh_token(&issued),
            payload: GenericScalar(issued.payload),
            token: issued.token,
        }
    }
}
