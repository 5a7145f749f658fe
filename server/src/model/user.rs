//! A user, as every room knows one.

use std::fmt;
use std::sync::Arc;

use super::SessionId;

/// A user's id: given once, in order, never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, sqlx::Type)]
#[sqlx(transparent)]
pub(crate) struct UserId(pub(crate) i64);

impl UserId {
    /// Reads the decimal form that the API shows; None for any other text.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse().ok().map(Self)).flatten()
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A user without anything secret. Times are microseconds since 1970-01-01 UTC.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct User {
    pub(crate) id: UserId,
    pub(crate) username: String,
    pub(crate) email: String,
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    pub(crate) is_active: bool,
    pub(crate) is_staff: bool,
    pub(crate) is_superuser: bool,
    /// The last log-in; None before the first.
    pub(crate) last_login: Option<i64>,
    pub(crate) date_joined: i64,
    /// When the password was last set: tokens that belong to no session end with it.
    pub(crate) password_changed_at: i64,
    /// When the user was last logged out everywhere, as far as tokens that belong to no session are concerned.
    pub(crate) sessionless_since: i64,
}

/// A user with everything that is stored, as users are moved from place to place. Never printed: it holds the hash.
#[derive(Clone, sqlx::FromRow)]
pub(crate) struct WholeUser {
    #[sqlx(flatten)]
    pub(crate) user: User,
    /// The username as it is compared.
    pub(crate) username_key: String,
    /// The e-mail address as it is compared; None where it is not one to log in with.
    pub(crate) email_key: Option<String>,
    /// The password's hash: in PHC format, or as Django writes it.
    pub(crate) password_hash: String,
}

/// Who asks.
#[derive(Clone, Debug)]
pub(crate) enum Viewer {
    /// Nobody that is known.
    Anonymous,
    /// The user that the request's token stands for.
    User(Box<SignedIn>),
}

/// A user who is signed in.
#[derive(Clone, Debug)]
pub(crate) struct SignedIn {
    pub(crate) user: Arc<User>,
    /// The session of the token; None where another program made the token.
    pub(crate) session: Option<SessionId>,
}

impl Viewer {
    /// Who is signed in, if anybody is.
    pub(crate) fn signed_in(&self) -> Option<&SignedIn> {
        match self {
            Self::Anonymous => None,
            Self::User(signed_in) => Some(signed_in),
        }
    }

    /// The user who asks, if one does.
    pub(crate) fn user(&self) -> Option<&User> {
        self.signed_in().map(|signed_in| &*signed_in.user)
    }

    /// Whether staff asks.
    pub(crate) fn is_staff(&self) -> bool {
        self.user()
            .is_some_and(|user| user.is_staff || user.is_superuser)
    }
}
