//! All SQL; called by `accounts` alone. One text for SQLite and PostgreSQL, but for the one query that every request with a
//! token asks (`lookup`) and for what moves whole tables.

mod connections;
mod copy;
mod django;
mod error;
mod import;
mod lookup;
mod migrations;
mod open;
mod refresh_tokens;
mod rehearsal;
mod sessions;
mod users;
mod users_connection;

use std::sync::Arc;

use sqlx::query::QueryAs;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{FromRow, PgPool, Sqlite, SqlitePool};

pub(crate) use copy::{CopySource, CopyTarget, TABLES, TableSum};
pub(crate) use django::DjangoDatabase;
pub(crate) use error::{StoreError, Trouble};
pub(crate) use import::{ImportedSession, SessionHolder, SessionOwner, UserHolder};
pub(crate) use refresh_tokens::{RefreshSession, Rotation};
pub(crate) use sessions::{Found, NewSession};
pub(crate) use users::{Credentials, NewUser, Taken};
pub(crate) use users_connection::{ListedUser, Stretch};

use crate::model::{LoggedRequest, SessionId, UserId, as_part_of_request};
use lookup::{Looked, Lookups};

/// Runs one body on whichever database the pool is of.
macro_rules! on_pool {
    ($pool:expr, $db:ident => $body:expr) => {
        match $pool {
            $crate::store::Pool::Sqlite($db) => $body,
            $crate::store::Pool::Postgres($db) => $body,
        }
    };
}
use on_pool;

/// Runs statements that belong together, in one message to the database, and gives the rows of the one that has any. What
/// is bound is the statement's own: on SQLite it may outlive whoever asks.
macro_rules! write_whole {
    ($pool:expr, sqlite: $sqlite:expr, postgres: $postgres:expr, $query:ident => $bound:expr) => {
        match $pool {
            $crate::store::Pool::Sqlite(db) => {
                let $query = sqlx::query_as($sqlite);
                $crate::store::run_whole(db, $bound).await?
            }
            $crate::store::Pool::Postgres(db) => {
                let $query = sqlx::query_as($postgres);
                $bound.fetch_all(db).await?
            }
        }
    };
}
use write_whole;

type Result<T> = std::result::Result<T, StoreError>;

/// The database.
///
/// SQLite has one writer at a time: writes take turns on one connection instead of failing as busy, and reads go on
/// beside them. On PostgreSQL both are the same pool.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    reader: Pool,
    writer: Pool,
    /// How the user and the session of a token are looked up.
    lookups: Option<Arc<Lookups>>,
}

/// Runs statements from `BEGIN` to `COMMIT` to their end, whoever still waits for it: a connection that stops in between
/// would hold up the next.
async fn run_whole<T>(
    pool: &SqlitePool,
    query: QueryAs<'static, Sqlite, T, SqliteArguments>,
) -> Result<Vec<T>>
where
    T: for<'r> FromRow<'r, SqliteRow> + Send + Unpin + 'static,
{
    let pool = pool.clone();
    let running = async move {
        let mut connection = pool.acquire().await?;
        let ran = query.fetch_all(&mut *connection).await;
        if ran.is_err() {
            // It may not have come as far as to its end; closed, it undoes what it has done.
            let _ = connection.close().await;
        }
        ran
    };
    let running = as_part_of_request(LoggedRequest::current(), running);
    match tokio::spawn(running).await {
        Ok(ran) => Ok(ran?),
        Err(stopped) => Err(StoreError {
            text: stopped.to_string(),
            trouble: Trouble::Fault,
        }),
    }
}

/// Connections to one kind of database.
#[derive(Clone, Debug)]
enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

impl Store {
    /// Whether the database answers, from its tables: SQLite answers a bare `SELECT 1` without looking at its file. Where
    /// tokens are looked up on connections of their own, on those too.
    pub(crate) async fn ping(&self) -> Result<()> {
        if let Some(lookups) = &self.lookups {
            lookups.find(UserId(0), &SessionId(String::new())).await?;
        }
        on_pool!(&self.reader, db => {
            sqlx::query("SELECT EXISTS (SELECT 1 FROM users)").execute(db).await?;
        });
        Ok(())
    }

    /// What `ask` reads from SQLite in microseconds, on this thread; None where there is another database, or where that
    /// would have to wait.
    fn read_at_once<T>(
        &self,
        ask: impl FnOnce(&rusqlite::Connection) -> rusqlite::Result<T>,
    ) -> Result<Option<T>> {
        let at_once = self.lookups.as_ref().and_then(|lookups| lookups.at_once());
        match at_once.map(|at_once| at_once.read(ask)).transpose()? {
            Some(Looked::Up(read)) => Ok(Some(read)),
            Some(Looked::Busy) | None => Ok(None),
        }
    }

    /// Closes every connection; SQLite then folds its write-ahead log into the file.
    pub(crate) async fn close(&self) {
        if let Some(lookups) = &self.lookups {
            lookups.close().await;
        }
        on_pool!(&self.reader, db => db.close().await);
        on_pool!(&self.writer, db => db.close().await);
    }
}
