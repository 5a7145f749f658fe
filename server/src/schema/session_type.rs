//! A session, as its user is shown it.

use async_graphql::{Enum, ID, Object};

use super::scalars::DateTime;
use crate::accounts::device_name;
use crate::model::{Authentication, Session, SessionId};

/// A session of the viewer.
pub(super) struct SessionType {
    session: Session,
    current: bool,
}

impl SessionType {
    /// A session, where the viewer asks in `current`.
    pub(super) fn new(session: Session, current: Option<&SessionId>) -> Self {
        let current = current == Some(&session.id);
        Self { session, current }
    }
}

/// How the user of a session showed who they are.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(name = "AuthenticationMethod")]
enum Method {
    /// By their password.
    Password,
    /// By a token that another program had signed with the same key.
    Token,
    /// By a refresh token that was imported with the user.
    Import,
}

/// A place where a user is signed in.
#[Object(name = "SessionType")]
impl SessionType {
    /// The id, for `revokeSession`: that of the claim `sid`.
    async fn id(&self) -> ID {
        ID(self.session.id.0.clone())
    }

    /// What the session began on, such as "Firefox on Linux".
    async fn device(&self) -> String {
        device_name(&self.session.user_agent)
    }

    /// The address that it was last used from; blank where it is not known.
    async fn ip_address(&self) -> &str {
        &self.session.ip_address
    }

    /// How the user showed who they are.
    async fn authenticated_by(&self) -> Method {
        match self.session.authenticated_by {
            Authentication::Password => Method::Password,
            Authentication::Token => Method::Token,
            Authentication::Import => Method::Import,
        }
    }

    /// When it began.
    async fn created_at(&self) -> DateTime {
        DateTime(self.session.created_at)
    }

    /// When it was last used: at the log-in, or at the last refresh.
    async fn last_used_at(&self) -> DateTime {
        DateTime(self.session.last_used_at)
    }

    /// When it ends, unless it is refreshed.
    async fn expires_at(&self) -> DateTime {
        DateTime(self.session.expires_at)
    }

    /// Whether it is the session that asks.
    async fn current(&self) -> bool {
        self.current
    }
}
