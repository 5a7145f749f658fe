//! Every way a use case can fail.

use std::collections::BTreeMap;

use crate::store::{StoreError, Trouble};

/// Why a use case failed. `schema/error.rs` says how each is told to a client.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AccountsError {
    /// Input breaks rules: sentences by field. Names and addresses that are taken stand here too when there is more.
    #[error("invalid input")]
    InvalidInput(FieldErrors),
    /// Nothing is wrong but that another user holds the name, the address, or both.
    #[error("taken")]
    Taken(FieldErrors),
    /// No such user, a wrong password or a disabled user: which of them is not told.
    #[error("invalid credentials")]
    InvalidCredentials,
    /// The request needs a user, and nobody is signed in.
    #[error("not signed in")]
    NotSignedIn,
    /// The viewer may not do this; whether a log-in could help.
    #[error("forbidden")]
    Forbidden {
        /// Nobody is signed in.
        anonymous: bool,
    },
    /// The user has no such session, or it has ended.
    #[error("no such session")]
    NoSuchSession,
    /// The token is not accepted.
    #[error("token: {0:?}")]
    Token(TokenError),
    /// All users were asked for, and there are more than one answer holds.
    #[error("more than {0} users")]
    TooManyUsers(u32),
    /// Too much is under way: come back after so many seconds.
    #[error("busy")]
    Busy {
        /// Seconds to wait.
        retry_after: u32,
    },
    /// The database cannot be reached or is in use by others: another try may do. The cause is for the log alone.
    #[error("the database is not available: {0:#}")]
    Unavailable(anyhow::Error),
    /// The database took longer than it may. The cause is for the log alone.
    #[error("the database is too slow: {0:#}")]
    TooSlow(anyhow::Error),
    /// Not the client's fault; for the log alone.
    #[error(transparent)]
    Internal(#[from] anyhow::Error),
}

impl From<StoreError> for AccountsError {
    fn from(error: StoreError) -> Self {
        let trouble = error.trouble;
        let cause = anyhow::Error::new(error);
        match trouble {
            Trouble::Unavailable => Self::Unavailable(cause),
            Trouble::TooSlow => Self::TooSlow(cause),
            Trouble::Fault => Self::Internal(cause.context("the database failed")),
        }
    }
}

impl From<TokenError> for AccountsError {
    fn from(error: TokenError) -> Self {
        Self::Token(error)
    }
}

/// Why a token is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenError {
    /// No token was given where one is needed.
    Required,
    /// Not a token, or not signed by us.
    Undecodable,
    /// Signed by us and still not for us or not for now: another algorithm, issuer, audience or a time to come.
    Invalid,
    /// Past its `exp`.
    Expired,
    /// Names no user.
    InvalidPayload,
    /// Its user is disabled.
    UserDisabled,
    /// Its session was ended: by logging out, a new password, or disabling the user for a while.
    SessionEnded,
    /// Carries no `origIat`, without which it cannot be refreshed.
    OrigIatRequired,
    /// Too old to be refreshed.
    RefreshExpired,
    /// No refresh token was given where one is needed: a session that has one is refreshed by nothing else.
    RefreshTokenRequired,
    /// A refresh token that is none, was revoked, or was exchanged before.
    RefreshTokenInvalid,
    /// A refresh token that was not used for too long.
    RefreshTokenExpired,
}

/// An argument that rules are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Field {
    Username,
    Email,
    Password,
    First,
    After,
    Last,
    Before,
    Search,
    OrderBy,
}

impl Field {
    /// The argument's name in the schema.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Username => "username",
            Self::Email => "email",
            Self::Password => "password",
            Self::First => "first",
            Self::After => "after",
            Self::Last => "last",
            Self::Before => "before",
            Self::Search => "search",
            Self::OrderBy => "orderBy",
        }
    }
}

/// What is wrong, in sentences, by field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FieldErrors(BTreeMap<Field, Vec<String>>);

impl FieldErrors {
    /// Adds sentences about `field`; none adds nothing.
    pub(crate) fn add(&mut self, field: Field, sentences: Vec<String>) {
        if !sentences.is_empty() {
            self.0.entry(field).or_default().extend(sentences);
        }
    }

    /// Keeps the value of `checked`, or its sentences.
    pub(crate) fn take<T>(
        &mut self,
        field: Field,
        checked: std::result::Result<T, Vec<String>>,
    ) -> Option<T> {
        checked.map_err(|sentences| self.add(field, sentences)).ok()
    }

    /// Whether nothing is wrong.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All sentences as one text.
    pub(crate) fn sentences(&self) -> String {
        let all: Vec<&str> = self.0.values().flatten().map(String::as_str).collect();
        all.join(" ")
    }

    /// Fields and their sentences, in the order of the form.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Field, &[String])> {
        self.0
            .iter()
            .map(|(field, sentences)| (*field, sentences.as_slice()))
    }
}
