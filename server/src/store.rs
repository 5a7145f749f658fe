//! All SQL; called by `accounts` alone. One text for SQLite and PostgreSQL, but for the one query that every request with a
//! token asks (`lookup`), the transaction of a log-in, and what moves whole tables.

mod connections;
mod copy;
mod django;
mod error;
mod import;
mod lookup;
mod migrations;
mod one_by_one;
mod open;
mod refresh_tokens;
mod rehearsal;
mod sessions;
mod users;
mod users_connection;
mod writer;

use std::ops::Deref;
use std::sync::Arc;

use sqlx::SqlitePool;
use tokio::sync::MutexGuard;

pub(crate) use copy::{CopySource, CopyTarget, TABLES, TableSum};
pub(crate) use django::DjangoDatabase;
pub(crate) use error::{StoreError, Trouble};
pub(crate) use import::{ImportedSession, SessionHolder, SessionOwner, UserHolder};
pub(crate) use refresh_tokens::{RefreshSession, Rotation};
pub(crate) use sessions::{Found, NewSession};
pub(crate) use users::{Credentials, NewUser, Taken};
pub(crate) use users_connection::{ListedUser, Stretch};

use connections::Connections;
use lookup::{Looked, Lookups};
use one_by_one::{OneByOne, Turn};
use writer::DirectWriter;

/// Runs one body on whichever database the pool is of: one statement, or one transaction. What leaves the body by `return` or
/// `?` gives the connection back to its pool.
macro_rules! on_pool {
    ($pool:expr, $db:ident => $body:expr) => {
        match $pool {
            $crate::store::Pool::Sqlite($db) => $body,
            $crate::store::Pool::Postgres(connections) => {
                let mut held = connections.acquire().await?;
                let done = {
                    let $db = &mut *held;
                    $body
                };
                held.keep();
                done
            }
        }
    };
}
use on_pool;

type Result<T> = std::result::Result<T, StoreError>;

/// The database.
///
/// SQLite has one writer at a time: writes take turns on one connection instead of failing as busy, and reads go on
/// beside them; log-ins and sign-ups have one of their own. On PostgreSQL all are the same pool.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    reader: Pool,
    writer: Pool,
    /// What writes log-ins and sign-ups to SQLite, and whose turn it is to write; None on PostgreSQL, and where one process
    /// has a database for itself.
    direct: Option<Arc<DirectWriter>>,
    /// How the user and the session of a token are looked up.
    lookups: Option<Arc<Lookups>>,
    /// Who logs in or signs up on PostgreSQL; None elsewhere.
    one_by_one: Option<Arc<OneByOne>>,
}

/// Connections to one kind of database.
#[derive(Clone, Debug)]
enum Pool {
    Sqlite(SqlitePool),
    Postgres(Connections),
}

impl Pool {
    /// Closes the connections, each as soon as it is free.
    async fn close(&self) {
        match self {
            Self::Sqlite(pool) => pool.close().await,
            Self::Postgres(connections) => connections.close().await,
        }
    }
}

/// The connections that write, for as long as it is one's turn.
struct Writing<'a> {
    pool: &'a Pool,
    _turn: Option<MutexGuard<'a, ()>>,
}

impl Deref for Writing<'_> {
    type Target = Pool;

    fn deref(&self) -> &Pool {
        self.pool
    }
}

impl Store {
    /// Whether the database answers, from its tables: SQLite answers a bare `SELECT 1` without looking at its file. Where
    /// tokens are looked up on connections of their own, on those too.
    pub(crate) async fn ping(&self) -> Result<()> {
        let sql = "SELECT EXISTS (SELECT 1 FROM users)";
        let asked = self.read_at_once(|connection| connection.query_row(sql, (), |_| Ok(())))?;
        if let (None, Some(lookups)) = (asked, &self.lookups) {
            lookups.ping().await?;
        }
        on_pool!(&self.reader, db => {
            sqlx::query(sql).execute(db).await?;
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

    /// One's turn to ask PostgreSQL for a log-in or a sign-up, until it is dropped.
    async fn one_by_one(&self) -> Option<Turn<'_>> {
        match &self.one_by_one {
            Some(one_by_one) => Some(one_by_one.turn().await),
            None => None,
        }
    }

    /// The connections that write, when it is one's turn to.
    async fn writing(&self) -> Result<Writing<'_>> {
        let turn = match &self.direct {
            Some(direct) => Some(direct.turn().await?),
            None => None,
        };
        Ok(Writing {
            pool: &self.writer,
            _turn: turn,
        })
    }

    /// Closes every connection; SQLite then folds its write-ahead log into the file.
    pub(crate) async fn close(&self) {
        if let Some(lookups) = &self.lookups {
            lookups.close().await;
        }
        if let Some(writer) = &self.direct {
            writer.close().await;
        }
        self.reader.close().await;
        self.writer.close().await;
    }
}
