//! On SQLite: on the thread that asks.
//!
//! sqlx hands each of SQLite's queries over to a thread of its own. That is right for what may take long, but a search by
//! primary key takes microseconds, and the two changes of thread around it take several times that.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension as _, named_params};

use super::{Asked, FIND, Looked, Row};
use crate::model::{User, UserId};
use crate::store::Result;
use crate::store::error::{StoreError, Trouble};

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self {
            text: error.to_string(),
            trouble: Trouble::Fault,
        }
    }
}

/// Connections that only read, one for each thread that asks at the same time.
#[derive(Debug)]
pub(in crate::store) struct AtOnce {
    file: PathBuf,
    /// None once the store is closed.
    idle: Mutex<Option<Vec<Connection>>>,
}

impl AtOnce {
    /// For the database `file`, whose tables are up to date.
    pub(super) fn new(file: &Path) -> Self {
        Self {
            file: file.to_owned(),
            idle: Mutex::new(Some(Vec::new())),
        }
    }

    /// The row; busy where another process keeps readers out.
    pub(super) fn find(&self, asked: &Asked) -> Result<Looked<Row>> {
        let connection = match self.take() {
            Some(connection) => connection,
            None => match self.open() {
                Ok(connection) => connection,
                Err(error) if is_busy(&error) => return Ok(Looked::Busy),
                Err(error) => return Err(error.into()),
            },
        };
        match find(&connection, asked) {
            Ok(row) => {
                self.put_back(connection);
                Ok(Looked::Up(row))
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
        "$3": asked.now,
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

/// A row of `session_columns!`.
fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    let user = User {
        id: UserId(row.get(0)?),
        username: row.get(1)?,
        email: row.get(2)?,
        first_name: row.get(3)?,
        last_name: row.get(4)?,
        is_active: row.get(5)?,
        is_staff: row.get(6)?,
        is_superuser: row.get(7)?,
        last_login: row.get(8)?,
        date_joined: row.get(9)?,
        password_changed_at: row.get(10)?,
        sessionless_since: row.get(11)?,
    };
    Ok((user, row.get(12)?))
}
