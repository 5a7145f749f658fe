//! What can go wrong in the database.

use rusqlite::ErrorCode;
use sqlx::error::DatabaseError;
use sqlx::postgres::PgDatabaseError;

use super::connections;

/// What went wrong in the database; nothing that a client may read. Its text holds that of every cause: sqlx's errors
/// repeat their causes' texts, and a chain of them would say everything twice.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{text}")]
pub(crate) struct StoreError {
    pub(super) text: String,
    /// What kind of trouble it is.
    pub(crate) trouble: Trouble,
}

/// Kinds of trouble, by what whoever asked can do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The database cannot be reached, has no connection left, or others are in the way: another try may do. What was
    /// asked of it has not happened, or nobody knows.
    Unavailable,
    /// It took longer than it may. What was asked of it has not happened.
    TooSlow,
    /// Anything else: another try would not help.
    Fault,
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let trouble = trouble(&error);
        if trouble == Trouble::Unavailable {
            connections::suspect();
        }
        Self {
            text: error.to_string(),
            trouble,
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let trouble = match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Trouble::Unavailable,
            _ => Trouble::Fault,
        };
        Self {
            text: error.to_string(),
            trouble,
        }
    }
}

fn trouble(error: &sqlx::Error) -> Trouble {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => Trouble::Unavailable,
        sqlx::Error::Database(error) => match error.try_downcast_ref::<PgDatabaseError>() {
            Some(error) => of_postgres(error.code()),
            None => of_sqlite(&**error),
        },
        _ => Trouble::Fault,
    }
}

/// By the SQLSTATE (PostgreSQL's manual, appendix A).
fn of_postgres(code: &str) -> Trouble {
    match code {
        // query_canceled, lock_not_available, idle_in_transaction_session_timeout
        "57014" | "55P03" | "25P03" => Trouble::TooSlow,
        // read_only_sql_transaction: a server that is the primary no more. The last is what a database says that takes
        // no connections.
        "25006" | "55000" => Trouble::Unavailable,
        // Connections, transactions that got in each other's way, resources, the server's shutting down, its system.
        _ if ["08", "40", "53", "57", "58"].contains(&code.get(..2).unwrap_or_default()) => {
            Trouble::Unavailable
        }
        _ => Trouble::Fault,
    }
}

/// By the result code, whose lowest byte is the kind: busy or locked.
fn of_sqlite(error: &dyn DatabaseError) -> Trouble {
    let code = error.code().and_then(|code| code.parse::<u32>().ok());
    match code.map(|code| code & 0xff) {
        Some(5 | 6) => Trouble::Unavailable,
        _ => Trouble::Fault,
    }
}
