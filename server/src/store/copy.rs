//! Copies of whole databases: every table read from one database in a snapshot, and written to another in a transaction.
//!
//! Tables are copied by what the catalogue says of their columns, so that a column which a later migration adds is copied
//! as well. A table that follows from others is in no copy: its triggers fill it.

mod columns;
mod rows;
mod source;
mod sum;
mod target;
mod vacancy;

use sqlx::{Postgres, Sqlite, Transaction};

use super::{Pool, StoreError};
use columns::Column;

pub(crate) use source::CopySource;
pub(crate) use sum::TableSum;
pub(crate) use target::CopyTarget;

/// Rows read, and written, at once.
const ROWS: usize = 1_000;

/// A table that is copied.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Table {
    pub(crate) name: &'static str,
    /// The column of its primary key.
    key: &'static str,
}

/// Every table that is copied, those that others refer to first.
pub(crate) const TABLES: [Table; 3] = [
    Table {
        name: "users",
        key: "id",
    },
    Table {
        name: "sessions",
        key: "id",
    },
    Table {
        name: "spent_refresh_tokens",
        key: "hash",
    },
];

/// Tables that follow from those.
#[cfg(test)]
const DERIVED: [&str; 1] = ["user_counts"];

/// One side of a copy: a transaction that is open.
enum Side {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// Runs one body on whichever database a side is of.
macro_rules! on_side {
    ($side:expr, $db:ident => $body:expr) => {
        match $side {
            $crate::store::copy::Side::Sqlite(transaction) => {
                let $db = &mut **transaction;
                $body
            }
            $crate::store::copy::Side::Postgres(transaction) => {
                let $db = &mut **transaction;
                $body
            }
        }
    };
}
use on_side;

impl Side {
    /// Reads, and nothing else: what the first statement sees is what all of them do.
    async fn snapshot(pool: &Pool) -> Result<Self, StoreError> {
        Ok(match pool {
            Pool::Sqlite(db) => Self::Sqlite(db.begin().await?),
            Pool::Postgres(connections) => {
                let snapshot = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
                Self::Postgres(connections.begin_with(snapshot).await?)
            }
        })
    }

    /// How many rows a table has.
    async fn count(&mut self, table: Table) -> Result<u64, StoreError> {
        let sql = sqlx::AssertSqlSafe(format!("SELECT COUNT(*) FROM {}", table.name));
        let count: i64 = on_side!(self, db => sqlx::query_scalar(sql).fetch_one(db).await?);
        Ok(count.unsigned_abs())
    }

    /// The checksum of a table; `tell` hears how many rows have been read.
    async fn sum(
        &mut self,
        table: Table,
        columns: &[Column],
        mut tell: impl FnMut(u64) -> anyhow::Result<()>,
    ) -> anyhow::Result<TableSum> {
        let mut sum = sum::Sum::new(table.name, columns);
        self.read(table, columns, async |rows| {
            sum.add(rows);
            tell(sum.rows())
        })
        .await?;
        Ok(sum.end())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_is_copied_or_follows_from_those_that_are() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
        for migration in std::fs::read_dir(folder).unwrap() {
            let text = std::fs::read_to_string(migration.unwrap().path()).unwrap();
            for rest in text.split("CREATE TABLE ").skip(1) {
                let name = rest.split([' ', '(', '\n']).next().unwrap();
                let copied = TABLES.iter().any(|table| table.name == name);
                assert!(copied || DERIVED.contains(&name), "{name}");
            }
        }
    }
}
