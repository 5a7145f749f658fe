//! What is copied: a database as it is at one moment, never changed.

use anyhow::Context as _;

use super::super::migrations::latest;
use super::super::rehearsal::only_read;
use super::sum::Sum;
use super::{CopyTarget, Side, StoreError, Table, TableSum, on_side};
use crate::config::DatabaseUrl;

/// A database that is copied.
pub(crate) struct CopySource {
    pub(super) side: Side,
}

impl CopySource {
    /// Opens a database and looks at it as it is from now on, whatever others change meanwhile.
    ///
    /// # Errors
    /// A sentence that names the database and what to do.
    pub(crate) async fn open(database: &DatabaseUrl) -> anyhow::Result<Self> {
        let opened = only_read(database).await?;
        let (pool, version) =
            opened.with_context(|| format!("there is no database of Latchkey's: {database}"))?;
        anyhow::ensure!(
            version >= latest(),
            "the tables of {database} are of an older version, and what is copied is not changed: `latchkey user list` with that database brings them up to date"
        );
        anyhow::ensure!(
            version == latest(),
            "the tables of {database} are of a newer version than this Latchkey: copy it with that one"
        );
        let side = Side::snapshot(&pool).await;
        Ok(Self {
            side: side.with_context(|| format!("cannot read the database {database}"))?,
        })
    }

    /// How many rows a table has.
    pub(crate) async fn count(&mut self, table: Table) -> anyhow::Result<u64> {
        Ok(self.side.count(table).await?)
    }

    /// The greatest id that a user has or had.
    pub(crate) async fn greatest_id(&mut self) -> anyhow::Result<i64> {
        let given = match &self.side {
            Side::Sqlite(_) => {
                "SELECT COALESCE(MAX(seq), 0) FROM sqlite_sequence WHERE name = 'users'"
            }
            Side::Postgres(_) => {
                "SELECT COALESCE(pg_sequence_last_value(pg_get_serial_sequence('users', 'id')::regclass), 0)"
            }
        };
        let held = "SELECT COALESCE(MAX(id), 0) FROM users";
        let mut greatest = 0;
        for sql in [given, held] {
            let id: i64 = on_side!(&mut self.side, db => {
                sqlx::query_scalar(sql).fetch_one(db).await.map_err(StoreError::from)?
            });
            greatest = greatest.max(id);
        }
        Ok(greatest)
    }

    /// Writes all rows of a table to `target`, and gives their checksum; `tell` hears how many there are so far.
    ///
    /// # Errors
    /// What is wrong with either database, or that the table is not the same in both.
    pub(crate) async fn copy(
        &mut self,
        table: Table,
        target: &mut CopyTarget,
        mut tell: impl FnMut(u64) -> anyhow::Result<()>,
    ) -> anyhow::Result<TableSum> {
        let columns = self.side.columns(table).await?;
        anyhow::ensure!(
            columns == target.side.columns(table).await?,
            "the table {} has other columns in the target",
            table.name
        );
        let mut sum = Sum::new(table.name, &columns);
        let written = self.side.read(table, &columns, async |rows| {
            target.side.write(table, &columns, rows).await?;
            sum.add(rows);
            tell(sum.rows())
        });
        written
            .await
            .with_context(|| format!("the table {} cannot be copied", table.name))?;
        Ok(sum.end())
    }
}
