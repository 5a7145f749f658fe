//! On SQLite: on the thread that asks, and where nothing was written since the same was asked, not even that.
//!
//! sqlx hands each of SQLite's queries over to a thread of its own. That is right for what may take long, but a search by
//! primary key takes microseconds, and the two changes of thread around it take several times that.
//!
//! Most of the microseconds that are left go to the locks of a transaction that reads. What was read before is good without
//! one for as long as [`Commits`] shows that nobody has written, this process or another.

mod commits;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use quick_cache::sync::Cache;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension as _, named_params};

use super::{Asked, FIND, Looked, Row, Shared};
use crate::model::{User, UserId};
use crate::store::Result;
use commits::{Commits, Written};

/// About how many rows are remembered: some hundred bytes each.
const MOST_KNOWN: usize = 1_024;

/// Connections that only read, one for each thread that asks at the same time.
#[derive(Debug)]
pub(in crate::store) struct AtOnce {
    file: PathBuf,
    /// None once the store is closed.
    idle: Mutex<Option<Vec<Connection>>>,
    /// None where it cannot be told whether anybody has written.
    commits: Option<Commits>,
    /// The rows that were read last.
    known: Cache<Asked, Known>,
}

/// A row that was read, or that there is none.
#[derive(Clone, Debug)]
struct Known {
    row: Option<Row>,
    /// What had been written before it was read.
    written: Written,
}

impl AtOnce {
    /// For the database `file`, whose tables are up to date.
    pub(super) fn new(file: &Path) -> Self {
        let mut at_once = Self {
            file: file.to_owned(),
            idle: Mutex::new(Some(Vec::new())),
            commits: None,
            known: Cache::new(MOST_KNOWN),
        };
        at_once.commits = at_once.open().ok().and_then(Commits::of);
        if at_once.commits.is_none() {
            tracing::debug!("SQLite is asked anew at every request with a token");
        }
        at_once
    }

    /// The row; busy where another process keeps readers out.
    pub(super) fn find(&self, asked: Asked) -> Result<Looked<Option<Row>>> {
        // Before the row is read: what is written in between is not taken for part of it.
        let written = self.commits.as_ref().and_then(Commits::written);
        if let Some(written) = &written
            && let Some(known) = self.known.get(&asked)
            && known.written == *written
        {
            return Ok(Looked::Up(known.row));
        }
        let looked = self.read(|connection| find(connection, &asked))?;
        if let (Looked::Up(row), Some(written)) = (&looked, written) {
            let row = row.clone();
            self.known.insert(asked, Known { row, written });
        }
        Ok(looked)
    }

    /// What `ask` reads, which is done in microseconds; busy where another process keeps readers out.
    pub(in crate::store) fn read<T>(
        &self,
        ask: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<Looked<T>> {
        let connection = match self.take() {
            Some(connection) => connection,
            None => match self.open() {
                Ok(connection) => connection,
                Err(error) if is_busy(&error) => return Ok(Looked::Busy),
                Err(error) => return Err(error.into()),
            },
        };
        match ask(&connection) {
            Ok(read) => {
                self.put_back(connection);
                Ok(Looked::Up(read))
            }
            Err(error) if is_busy(&error) => {
                self.put_back(connection);
                Ok(Looked::Busy)
            }
            // Not put back: the next one opens the file anew.
            Err(error) => Err(error.into()),
        }
    }

    /// Closes those that nobody uses at the moment; the others are closed after use.
    pub(super) fn close(&self) {
        if let Some(commits) = &self.commits {
            commits.close();
        }
        *self.idle() = None;
    }

    fn open(&self) -> rusqlite::Result<Connection> {
        // Not as a file that cannot be written: the last to close it would leave its log beside it.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.file, flags)?;
        connection.busy_timeout(std::time::Duration::ZERO)?;
        connection.pragma_update(None, "query_only", "ON")?;
        Ok(connection)
    }

    fn take(&self) -> Option<Connection> {
        self.idle().as_mut()?.pop()
    }

    fn put_back(&self, connection: Connection) {
        if let Some(idle) = self.idle().as_mut() {
            idle.push(connection);
        }
    }

    fn idle(&self) -> MutexGuard<'_, Option<Vec<Connection>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn find(connection: &Connection, asked: &Asked) -> rusqlite::Result<Option<Row>> {
    let mut query = connection.prepare_cached(FIND)?;
    // To SQLite, `$1` is a name as any other: numbers go by the order in which names stand in the text.
    let parameters = named_params! {
        "$1": asked.user.0,
        "$2": asked.session.0,
    };
    query.query_row(parameters, read).optional()
}

/// Whether those who wait off this thread may fare better: the file is held by another, or no more files can be opened.
fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(
            ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::FileLockingProtocolFailed
                | ErrorCode::CannotOpen
        )
    )
}

/// A row of [`FIND`].
fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    Ok(Row {
        user: Shared(Arc::new(user(row, 0)?)),
        session_end: row.get(12)?,
        has_refresh_token: row.get(13)?,
    })
}

/// The twelve columns of `user_columns!` that begin with the column `first`.
pub(in crate::store) fn user(row: &rusqlite::Row<'_>, first: usize) -> rusqlite::Result<User> {
    Ok(User {
        id: UserId(row.get(first)?),
        username: row.get(first + 1)?,
        email: row.get(first + 2)?,
        first_name: row.get(first + 3)?,
        last_name: row.get(first + 4)?,
        is_active: row.get(first + 5)?,
        is_staff: row.get(first + 6)?,
        is_superuser: row.get(first + 7)?,
        last_login: row.get(first + 8)?,
        date_joined: row.get(first + 9)?,
        password_changed_at: row.get(first + 10)?,
        sessionless_since: row.get(first + 11)?,
    })
}
