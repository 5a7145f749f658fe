//! A session: one log-in, on one device, until it ends.

use aws_lc_rs::digest;

/// Bytes of a session's id.
const ID_BYTES: usize = 16;
/// The most characters of a user agent that are kept.
const LONGEST_USER_AGENT: usize = 512;

/// A session's id: random, told only to the session's tokens and to the user.
#[derive(Clone, Debug, PartialEq, Eq, Hash, sqlx::Type)]
#[sqlx(transparent)]
pub(crate) struct SessionId(pub(crate) String);

impl SessionId {
    /// Reads an id as it stands in a token; None for a text that is none.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digits = text.bytes().all(|byte| byte.is_ascii_hexdigit());
        (digits && text.len() == 2 * ID_BYTES).then(|| Self(text.to_owned()))
    }

    /// The one of a token that was made elsewhere: the same each time, so that it opens one session and no more.
    pub(crate) fn of_token(token: &str) -> Self {
        let hash = digest::digest(&digest::SHA256, token.as_bytes());
        Self(super::hex(&hash.as_ref()[..ID_BYTES]))
    }

    /// A new one.
    ///
    /// # Errors
    /// Where the system gives no random numbers.
    pub(crate) fn random() -> anyhow::Result<Self> {
        Ok(Self(super::hex(&super::random::<ID_BYTES>()?)))
    }
}

/// How the user of a session showed who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub(crate) enum Authentication {
    /// By their password.
    Password,
    /// By a token that another program had signed with the same key.
    Token,
    /// By a refresh token that came with the import of another back end's users.
    Import,
}

impl Authentication {
    /// As it is stored.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Token => "token",
            Self::Import => "import",
        }
    }
}

/// Why a session ended before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub(crate) enum Ending {
    /// The user logged out.
    LogOut,
    /// The user ended it from another session, or its refresh token was revoked.
    Revoked,
    /// The password was changed.
    Password,
    /// The user was disabled.
    Disabled,
    /// A refresh token was used that had been exchanged before: somebody has a copy.
    Reuse,
}

/// A session that goes on. Times are microseconds since 1970-01-01 UTC.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct Session {
    pub(crate) id: SessionId,
    pub(crate) created_at: i64,
    /// The log-in or the last refresh.
    pub(crate) last_used_at: i64,
    /// From when on no token of it can be valid, unless it is refreshed.
    pub(crate) expires_at: i64,
    /// Where the last refresh, or the log-in, came from; empty where that is not known.
    pub(crate) ip_address: String,
    /// What the client called itself at the log-in; empty where it did not.
    pub(crate) user_agent: String,
    pub(crate) authenticated_by: Authentication,
}

/// Where a request comes from, as far as that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Device {
    /// The address; behind a trusted proxy, the client's.
    pub(crate) ip_address: String,
    /// What the client calls itself.
    pub(crate) user_agent: String,
}

impl Device {
    /// A device by what its request says; a user agent of any length and content is cut to what can be kept.
    pub(crate) fn new(ip_address: String, user_agent: &str) -> Self {
        let plain = user_agent.chars().filter(|c| !c.is_control());
        Self {
            ip_address,
            user_agent: plain.take(LONGEST_USER_AGENT).collect(),
        }
    }
}
