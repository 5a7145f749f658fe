//! What an import has to say. The words are those of `commands`.

use crate::model::{Column, UserId};

/// Something that an import tells while it runs.
#[derive(Debug)]
pub(crate) enum Event {
    /// So many users have been read, which is so far in the source.
    Read { rows: u64, position: u64, size: u64 },
    /// Something is wrong with a row.
    Found(Finding),
}

/// What is wrong with a row of the source.
#[derive(Debug)]
pub(crate) enum Finding {
    /// A user is not taken over.
    SkippedUser {
        id: String,
        username: String,
        why: SkippedUser,
    },
    /// A user is taken over, and something has to be known.
    Warning {
        id: UserId,
        username: String,
        what: Warning,
    },
    /// A refresh token is not taken over.
    SkippedToken { id: String, why: SkippedToken },
}

/// What is wrong with the rows of a batch, each with the row's place in it.
pub(super) type Findings = Vec<(usize, Finding)>;

/// Why a user is not taken over.
#[derive(Debug)]
pub(crate) enum SkippedUser {
    /// The id is no whole number from 1 on, or out of bounds.
    Id,
    /// There is no username, or only white space.
    NoUsername,
    /// The username is longer than any can be.
    LongUsername,
    /// The username holds a control character.
    ControlCharacter,
    /// A column holds what it cannot hold.
    Value(Column),
    /// Another user has the same name, compared without case.
    SameName { id: UserId, username: String },
    /// Another user of Latchkey has the id.
    SameId { username: String },
}

/// What has to be known of a user who is taken over.
#[derive(Debug)]
pub(crate) enum Warning {
    /// The e-mail address is none: it is kept, and nobody can log in by it.
    Email(String),
    /// The e-mail address is that of another user: it is kept, and this user cannot log in by it.
    SameEmail {
        email: String,
        id: UserId,
        username: String,
    },
    /// No password can be checked against the hash: why, as the end of a sentence.
    Hash(String),
    /// The user was taken over before, and is another in the source by now: in what.
    Changed(Vec<&'static str>),
}

/// Why a refresh token is not taken over.
#[derive(Debug)]
pub(crate) enum SkippedToken {
    /// It is none.
    Token,
    /// It says of no moment when it was made.
    Created,
    /// Its user was not taken over.
    Owner,
    /// A session of another token has the same beginning.
    SameSelector,
}

/// What an import has done, in figures.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Summary {
    /// Users who were added.
    pub(crate) users: u64,
    /// Of them, those with a warning.
    pub(crate) users_warned: u64,
    /// Of them, those who have no password, as was meant.
    pub(crate) users_without_password: u64,
    /// Users who were there already.
    pub(crate) users_there: u64,
    /// Users who were not taken over.
    pub(crate) users_skipped: u64,
    /// Refresh tokens that were added.
    pub(crate) tokens: u64,
    /// Refresh tokens that were there already.
    pub(crate) tokens_there: u64,
    /// Refresh tokens that are revoked or expired.
    pub(crate) tokens_over: u64,
    /// Refresh tokens of disabled users, and those made before the user's password was set.
    pub(crate) tokens_ended: u64,
    /// Refresh tokens that were not taken over for another reason.
    pub(crate) tokens_skipped: u64,
}
