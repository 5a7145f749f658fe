//! A user, as the API shows one. Clients cache by the type's name.

use std::borrow::Cow;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{Field, Selection, SelectionSet};
use async_graphql::registry::Registry;
use async_graphql::{
    Context, ContextSelectionSet, ID, Object, OutputType, Positioned, Result, ScalarType as _,
    ServerResult, Value,
};

use super::accounts;
use super::error::resolver_error;
use super::scalars::DateTime;
use super::session_type::SessionType;
use crate::accounts::Accounts;
use crate::model::{SessionId, User, Viewer};

/// A user, as the viewer may see them.
pub(super) struct UserType(Shown);

/// What of a user is answered, field by field.
struct Shown {
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
            _ => Self(Shown {
                private: accounts.sees_private(viewer, &user),
                user,
                own: None,
            }),
        }
    }

    /// `user` as to themselves, asking in `session`.
    pub(super) fn own(user: User, session: Option<SessionId>) -> Self {
        Self(Shown {
            user,
            private: true,
            own: Some(Own(session)),
        })
    }
}

/// Lists are long, and nearly all that is asked of each user is there already. async-graphql makes a future for each field, and a
/// queue for the futures of each user; so it is left to where there is something to wait for, or a fragment to look into.
/// Extensions of a schema, which ours has none of, would not see the fields that are answered at once.
impl OutputType for UserType {
    fn type_name() -> Cow<'static, str> {
        <Shown as OutputType>::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        Shown::create_type_info(registry)
    }

    async fn resolve(
        &self,
        ctx: &ContextSelectionSet<'_>,
        field: &Positioned<Field>,
    ) -> ServerResult<Value> {
        let Self(shown) = self;
        match shown.known(&ctx.item.node) {
            Some(user) => Ok(user),
            // On the heap: every user of a list has room for this.
            None => Box::pin(OutputType::resolve(shown, ctx, field)).await,
        }
    }
}

impl Shown {
    /// The user, where all that is selected are fields that are there already. None where nothing is, for that is answered
    /// with null, and where there are fragments.
    fn known(&self, selected: &SelectionSet) -> Option<Value> {
        if selected.items.is_empty() {
            return None;
        }
        let mut user = IndexMap::with_capacity(selected.items.len());
        for selection in &selected.items {
            let Selection::Field(field) = &selection.node else {
                return None;
            };
            // What is to be skipped is gone by now, and there are no other directives of fields.
            let value = self.known_field(&field.node.name.node)?;
            user.insert(field.node.response_key().node.clone(), value);
        }
        Some(Value::Object(user))
    }

    /// What the method of a field answers, where that need not be waited for. Two of the same name are the same field.
    fn known_field(&self, name: &str) -> Option<Value> {
        let user = &self.user;
        Some(match name {
            "id" => user.id.to_string().into(),
            "username" => user.username.as_str().into(),
            "email" => self.if_private(&user.email).into(),
            "firstName" => self.if_private(&user.first_name).into(),
            "lastName" => self.if_private(&user.last_name).into(),
            "isStaff" => user.is_staff.into(),
            "isActive" => user.is_active.into(),
            "isSuperuser" => user.is_superuser.into(),
            "dateJoined" => DateTime(user.date_joined).to_value(),
            "lastLogin" => self
                .last_login_shown()
                .map_or(Value::Null, |time| time.to_value()),
            "__typename" => Self::type_name().into(),
            _ => return None,
        })
    }

    fn last_login_shown(&self) -> Option<DateTime> {
        self.user.last_login.filter(|_| self.private).map(DateTime)
    }

    fn if_private<'a>(&self, text: &'a str) -> &'a str {
        if self.private { text } else { "" }
    }
}

/// A user account.
// Most are answered by `known_field`, which says the same.
#[Object(name = "UserType")]
impl Shown {
    /// The id: a decimal number, given in the order of signing up, never reused.
    async fn id(&self) -> ID {
        ID(self.user.id.to_string())
    }

    /// When the user last logged in; null before the first time, and where the viewer may not see it.
    async fn last_login(&self) -> Option<DateTime> {
        self.last_login_shown()
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
