//! The query of every request with a token, on SQLite: on the thread that asks.
//!
//! sqlx hands each of SQLite's queries over to a thread of its own. That is right for what may take long, but a search by
//! primary key takes microseconds, and the two changes of thread around it take several times that.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rusqlite::types::FromSql;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension as _, Row, ToSql};

use super::error::{StoreError, Trouble};
use super::Result;
use crate::model::{User, UserId};

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
pub(super) struct Lookups {
    file: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

/// What came of a lookup.
pub(super) enum Looked<T> {
    /// The row, where there is one.
    Up(Option<T>),
    /// Another process keeps readers out for a moment: who wants to wait for it must not do so on this thread.
    Busy,
}

impl Lookups {
    /// Lookups in the database `file`, whose tables are up to date.
    pub(super) fn new(file: &Path) -> Self {
        Self {
            file: file.to_owned(),
            idle: Mutex::default(),
        }
    }

    /// The only row of a query that finds it by an index; the parameters are those of `$1`, `$2` and so on.
    pub(super) fn find<T>(
        &self,
        sql: &str,
        parameters: &[&dyn ToSql],
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Looked<T>> {
        let connection = match self.take() {
            Some(connection) => connection,
            None => self.open()?,
        };
        let found = find(&connection, sql, parameters, read);
        match found {
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

    /// Closes those that nobody uses at the moment.
    pub(super) fn close(&self) {
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    fn open(&self) -> Result<Connection> {
        // Not as a file that cannot be written: the last to close it would leave its log beside it.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.file, flags)?;
        connection.busy_timeout(std::time::Duration::ZERO)?;
        connection.pragma_update(None, "query_only", "ON")?;
        Ok(connection)
    }

    fn take(&self) -> Option<Connection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.pop()
    }

    fn put_back(&self, connection: Connection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.push(connection);
    }
}

/// To SQLite, `$1` is a name as any other: what it is the first of is the order in which it stands in the text.
fn find<T>(
    connection: &Connection,
    sql: &str,
    parameters: &[&dyn ToSql],
    read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Option<T>> {
    const NAMES: [&str; 3] = ["$1", "$2", "$3"];
    let mut query = connection.prepare_cached(sql)?;
    let named: Vec<_> = NAMES.into_iter().zip(parameters.iter().copied()).collect();
    query.query_row(named.as_slice(), read).optional()
}

fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
    )
}

/// The [`User`] of a row that begins with `user_columns!`, and the column after them.
pub(super) fn user_and<T: FromSql>(row: &Row<'_>) -> rusqlite::Result<(User, T)> {
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
