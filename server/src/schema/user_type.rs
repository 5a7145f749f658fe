//! A user, as the API shows one. Clients cache by the type's name.

use async_graphql::{Context, ID, Object, Result};

use super::accounts;
use super::error::resolver_error;
use super::scalars::DateTime;
use super::session_type::SessionType;
use crate::accounts::Accounts;
use crate::model::{SessionId, User, Viewer};

/// A user, as the viewer may see them.
pub(super) struct UserType {
    user: User,
    private: bool,
    own: Option<Own>,
}

/// What is known where a user is the viewer: the session that asks, where there is one.
struct Own(Option<SessionId>);

impl UserType {
    /// `user` as `viewer` may see them.
    pub(super) fn seen(accounts: &Accounts, viewer: &Viewer, user: User) -> Self {
        match viewer.signed_in() {
            Some(asks) if asks.user.id == user.id => Self::own(user, asks.session.clone()),
            _ => Self {
                private: accounts.sees_private(viewer, &user),
                user,
                own: None,
            },
        }
    }

    /// `user` as to themselves, asking in `session`.
    pub(super) fn own(user: User, session: Option<SessionId>) -> Self {
        Self {
            user,
            private: true,
            own: Some(Own(session)),
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

    /// Where the user is signed in, the last used first; null where another user asks.
    async fn sessions(&self, ctx: &Context<'_>) -> Option<Result<Vec<SessionType>>> {
        let Own(current) = self.own.as_ref()?;
        // On the heap: each field of a user has room for the largest, and lists have many.
        let sessions = Box::pin(accounts(ctx).sessions_of(&self.user)).await;
        let sessions = sessions.map_err(|error| resolver_error(ctx, &error));
        let shown = |session| SessionType::new(session, current.as_ref());
        Some(sessions.map(|sessions| sessions.into_iter().map(shown).collect()))
    }
}
