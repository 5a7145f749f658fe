//! The query of every request with a token: the user and the session it names. It is asked so often that each database
//! is asked in the way that costs it least; the answer is what the database says at that request.
//!
//! SQLite's way is there for other short queries too ([`AtOnce`]).

/// The query for a [`Row`]: the user `$user`, and the session `$session` if it is the user's and has not ended.
///
/// The session is looked for by its id alone, and the rest is judged after that: PostgreSQL would as soon go through
/// all sessions of the user.
macro_rules! find {
    ($user:literal, $session:literal) => {
        concat!(
            "SELECT ",
            $crate::store::users::user_columns!(),
            ", CASE WHEN found.owner = id AND found.ended IS NULL THEN found.expires END AS session_end,
             found.hash IS NOT NULL AS has_refresh_token
             FROM users LEFT JOIN
                 (SELECT id AS session, user_id AS owner, ended_at AS ended, expires_at AS expires, refresh_hash AS hash
                  FROM sessions) AS found
             ON found.session = ",
            $session,
            " WHERE id = ",
            $user
        )
    };
}

mod postgres;
mod sqlite;

pub(super) use sqlite::{AtOnce, user};

use std::path::Path;
use std::sync::Arc;

use sqlx::FromRow;

use super::connections::Connections;
use super::{Found, Result};
use crate::config::DatabaseConfig;
use crate::model::{SessionId, User, UserId};
use postgres::Together;

/// What is asked: whose session, and which.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Asked {
    user: UserId,
    session: SessionId,
}

/// What the database says of it. A clone names the same user: many ask for one at the same time, or one after another.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(super) struct Row {
    #[sqlx(flatten)]
    user: Shared,
    /// When the session ends, in microseconds; None where it is not the user's, or has ended before.
    session_end: Option<i64>,
    has_refresh_token: bool,
}

/// A user who is read once for all who ask.
#[derive(Clone, Debug)]
struct Shared(Arc<User>);

impl<'r, R: sqlx::Row> FromRow<'r, R> for Shared
where
    User: FromRow<'r, R>,
{
    fn from_row(row: &'r R) -> sqlx::Result<Self> {
        User::from_row(row).map(|user| Self(Arc::new(user)))
    }
}

impl Row {
    /// The user, and what has become of the session by `now`.
    pub(super) fn judge(self, now: i64) -> (Arc<User>, Found) {
        let found = match self.session_end {
            Some(end) if end > now => Found::GoesOn {
                has_refresh_token: self.has_refresh_token,
            },
            _ => Found::Ended,
        };
        (self.user.0, found)
    }
}

/// One at a time.
pub(super) const FIND: &str = find!("$1", "$2");

/// What comes of asking.
pub(super) enum Looked<T> {
    /// The answer.
    Up(T),
    /// SQLite's file is kept from readers for a moment: who wants to wait for that must not do so on this thread.
    Busy,
}

/// How the database is asked; see the variants.
#[derive(Debug)]
pub(super) enum Lookups {
    /// On the thread that asks. On the heap: it is several times as large as the other.
    Sqlite(Box<AtOnce>),
    /// Many at a time.
    Postgres(Together),
}

impl Lookups {
    /// In the SQLite database `file`, whose tables are up to date.
    pub(super) fn sqlite(file: &Path) -> Self {
        Self::Sqlite(Box::new(AtOnce::new(file)))
    }

    /// In the PostgreSQL database of `connections`, which are for nothing else: the one of each queue, and those to `spare`.
    pub(super) fn postgres(
        connections: Vec<Connections>,
        spare: Option<&Connections>,
        config: &DatabaseConfig,
    ) -> Self {
        Self::Postgres(Together::new(connections, spare, config))
    }

    /// The row of the user and the session.
    pub(super) async fn find(
        &self,
        user: UserId,
        session: &SessionId,
    ) -> Result<Looked<Option<Row>>> {
        let asked = Asked {
            user,
            session: session.clone(),
        };
        match self {
            Self::Sqlite(at_once) => at_once.find(asked),
            Self::Postgres(together) => Ok(Looked::Up(together.find(asked).await?)),
        }
    }

    /// Whether the database answers, in every queue that is in use.
    pub(super) async fn ping(&self) -> Result<()> {
        let nobody = Asked {
            user: UserId(0),
            session: SessionId(String::new()),
        };
        match self {
            Self::Sqlite(at_once) => at_once.find(nobody).map(|_| ()),
            Self::Postgres(together) => together.ping(&nobody).await,
        }
    }

    /// Where queries are asked on the thread that asks.
    pub(super) fn at_once(&self) -> Option<&AtOnce> {
        match self {
            Self::Sqlite(at_once) => Some(at_once),
            Self::Postgres(_) => None,
        }
    }

    /// Closes the connections.
    pub(super) async fn close(&self) {
        match self {
            Self::Sqlite(at_once) => at_once.close(),
            Self::Postgres(together) => together.close().await,
        }
    }
}
