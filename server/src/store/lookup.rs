//! The query of every request with a token: the user and the session it names. It is asked so often that each database
//! is asked in the way that costs it least; the answer is the database's at every request, never a remembered one.

/// The columns of a [`Row`], of `users` and of the session `$session` if it is the user's and goes on at `$now`.
///
/// The session is looked for by its id alone, and the rest is judged after that: PostgreSQL would as soon go through
/// all sessions of the user.
macro_rules! session_columns {
    ($session:literal, $now:literal) => {
        concat!(
            $crate::store::users::user_columns!(),
            ", (SELECT CASE WHEN sessions.user_id = users.id AND sessions.ended_at IS NULL AND sessions.expires_at > ",
            $now,
            " THEN refresh_hash IS NOT NULL END FROM sessions WHERE sessions.id = ",
            $session,
            ") AS has_refresh_token"
        )
    };
}

mod postgres;
mod sqlite;

pub(super) use postgres::MOST_CONNECTIONS;

use std::path::Path;

use sqlx::PgPool;

use super::{Found, Result};
use crate::config::DatabaseConfig;
use crate::model::{SessionId, User, UserId};
use postgres::Together;
use sqlite::AtOnce;

/// What is asked: whose session, which, and at what time.
#[derive(Clone, Debug)]
struct Asked {
    user: UserId,
    session: SessionId,
    /// In microseconds.
    now: i64,
}

/// The user, and whether the session has a refresh token where it goes on.
type Row = (User, Option<bool>);

/// One at a time.
pub(super) const FIND: &str = concat!(
    "SELECT ",
    session_columns!("$2", "$3"),
    " FROM users WHERE id = $1"
);

/// What comes of asking.
pub(super) enum Looked<T> {
    /// The row, where there is one.
    Up(Option<T>),
    /// SQLite's file is kept from readers for a moment: who wants to wait for that must not do so on this thread.
    Busy,
}

/// How the database is asked; see the variants.
#[derive(Debug)]
pub(super) enum Lookups {
    /// On the thread that asks.
    Sqlite(AtOnce),
    /// Many at a time.
    Postgres(Together),
}

impl Lookups {
    /// In the SQLite database `file`, whose tables are up to date.
    pub(super) fn sqlite(file: &Path) -> Self {
        Self::Sqlite(AtOnce::new(file))
    }

    /// In the PostgreSQL database that `pool` connects to, which is for nothing else.
    pub(super) fn postgres(pool: PgPool, config: &DatabaseConfig) -> Self {
        Self::Postgres(Together::new(pool, config))
    }

    /// The user, and what became of the session.
    pub(super) async fn find(
        &self,
        user: UserId,
        session: &SessionId,
        now: i64,
    ) -> Result<Looked<(User, Found)>> {
        let asked = Asked {
            user,
            session: session.clone(),
            now,
        };
        let looked = match self {
            Self::Sqlite(at_once) => at_once.find(&asked)?,
            Self::Postgres(together) => Looked::Up(together.find(asked).await?),
        };
        Ok(match looked {
            Looked::Up(row) => Looked::Up(row.map(|(user, has)| (user, Found::judge(has)))),
            Looked::Busy => Looked::Busy,
        })
    }

    /// Closes the connections.
    pub(super) async fn close(&self) {
        match self {
            Self::Sqlite(at_once) => at_once.close(),
            Self::Postgres(together) => together.close().await,
        }
    }
}
