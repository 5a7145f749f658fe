//! The object types of the contract. Their names are what clients cache by.

use async_graphql::{ID, Object, SimpleObject};

use super::scalars::{DateTime, GenericScalar};
use crate::accounts::{Accounts, IssuedToken};
use crate::model::{User, Viewer};

/// A user, as the viewer may see them.
pub(super) struct UserType {
    user: User,
    private: bool,
}

impl UserType {
    /// `user` as `viewer` may see them.
    pub(super) fn seen(accounts: &Accounts, viewer: &Viewer, user: User) -> Self {
        let private = accounts.sees_private(viewer, &user);
        Self { user, private }
    }

    /// `user` as to themselves.
    pub(super) fn own(user: User) -> Self {
        Self {
            user,
            private: true,
        }
    }

    fn if_private<'a>(&self, text: &'a str) -> &'a str {
        if self.private { text } else { "" }
    }
}

/// A user account.
#[Object(name = "UserType")]
impl UserType {
    /// The id: a decimal number, given in the order of signing up, never reused.
    async fn id(&self) -> ID {
        ID(self.user.id.to_string())
    }

    /// When the user last logged in; null before the first time, and where the viewer may not see it.
    async fn last_login(&self) -> Option<DateTime> {
        self.user.last_login.filter(|_| self.private).map(DateTime)
    }

    /// Whether the user may do everything.
    async fn is_superuser(&self) -> bool {
        self.user.is_superuser
    }

    /// The name that the user logs in with: unique without regard to case.
    async fn username(&self) -> &str {
        &self.user.username
    }

    /// The first name; blank where there is none, and where the viewer may not see it.
    async fn first_name(&self) -> &str {
        self.if_private(&self.user.first_name)
    }

    /// The last name; blank where there is none, and where the viewer may not see it.
    async fn last_name(&self) -> &str {
        self.if_private(&self.user.last_name)
    }

    /// The e-mail address; blank where the viewer may not see it.
    async fn email(&self) -> &str {
        self.if_private(&self.user.email)
    }

    /// Whether the user is staff, who see every user's e-mail address.
    async fn is_staff(&self) -> bool {
        self.user.is_staff
    }

    /// Whether the user may log in.
    async fn is_active(&self) -> bool {
        self.user.is_active
    }

    /// When the user signed up.
    async fn date_joined(&self) -> DateTime {
        DateTime(self.user.date_joined)
    }
}

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
    /// Until when the token can be refreshed: seconds since 1970-01-01 UTC, whatever the name says.
    refresh_expires_in: i64,
    /// The access token, for the header `Authorization: JWT <token>`.
    token: String,
}

/// The answer to `refreshToken`.
#[derive(SimpleObject)]
#[expect(clippy::struct_field_names, reason = "the contract names the field")]
pub(super) struct Refresh {
    /// The new token's claims.
    payload: GenericScalar,
    /// Until when the token can be refreshed: seconds since 1970-01-01 UTC, whatever the name says.
    refresh_expires_in: i64,
    /// The new access token.
    token: String,
}

/// The answer to `verifyToken`.
#[derive(SimpleObject)]
pub(super) struct Verify {
    /// The token's claims, exactly as they stand in it.
    pub(super) payload: GenericScalar,
}

impl From<IssuedToken> for ObtainJsonWebToken {
    fn from(issued: IssuedToken) -> Self {
        Self {
            payload: GenericScalar(issued.payload.to_json()),
            refresh_expires_in: issued.refresh_expires_in,
            token: issued.token,
        }
    }
}

impl From<IssuedToken> for Refresh {
    fn from(issued: IssuedToken) -> Self {
        Self {
            payload: GenericScalar(issued.payload.to_json()),
            refresh_expires_in: issued.refresh_expires_in,
            token: issued.token,
        }
    }
}
