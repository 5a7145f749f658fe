//! What is copied to: an empty database, which gets everything or nothing.

use anyhow::Context as _;
use sqlx::Executor as _;

use super::super::connections::Pace;
use super::super::import::IDS_AHEAD;
use super::super::open::open;
use super::super::{Pool, Store};
use super::vacancy::{check_empty, check_vacancy};
use super::{CopySource, Side, StoreError, TABLES, Table, TableSum, on_side};
use crate::config::{DatabaseConfig, DatabaseUrl};

/// A database that is copied to. Dropped, it is as it was before, but for the tables themselves.
pub(crate) struct CopyTarget {
    pub(super) side: Side,
    store: Store,
}

impl CopyTarget {
    /// Opens a database, makes it where it is missing, and keeps everybody else from writing to it. Refuses one that has
    /// users, or tables of something else, and `source` itself; what is refused is left as it was.
    ///
    /// # Errors
    /// A sentence that names the database and what to do.
    pub(crate) async fn open(
        database: &DatabaseUrl,
        config: &DatabaseConfig,
        source: &mut CopySource,
    ) -> anyhow::Result<Self> {
        // To open it is to make tables, or to bring them up to date.
        check_vacancy(database, source).await?;
        let store = open(database, config, Pace::Bulk).await?;
        let side = match &store.writer {
            Pool::Sqlite(db) => db.begin_with("BEGIN IMMEDIATE").await.map(Side::Sqlite),
            Pool::Postgres(connections) => {
                connections.begin_with("BEGIN").await.map(Side::Postgres)
            }
        };
        let side = side.map_err(StoreError::from);
        let side = side.with_context(|| format!("cannot use the database {database}"))?;
        let mut target = Self { side, store };
        if let Side::Postgres(transaction) = &mut target.side {
            let names = TABLES.map(|table| table.name).join(", ");
            let lock = format!("LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE");
            let locked = transaction.execute(sqlx::AssertSqlSafe(lock)).await;
            locked.map_err(StoreError::from)?;
        }
        // Now that nobody can add any more.
        for table in TABLES {
            check_empty(&mut target.side, table, database).await?;
        }
        Ok(target)
    }

    /// The checksum of a table, read from what has been written; `tell` hears how many rows there are so far.
    pub(crate) async fn sum(
        &mut self,
        table: Table,
        tell: impl FnMut(u64) -> anyhow::Result<()>,
    ) -> anyhow::Result<TableSum> {
        let columns = self.side.columns(table).await?;
        self.side.sum(table, &columns, tell).await
    }

    /// How many users the triggers have counted.
    pub(crate) async fn counted_users(&mut self) -> anyhow::Result<i64> {
        let sql = "SELECT CAST(COALESCE(SUM(users), 0) AS BIGINT) FROM user_counts";
        Ok(on_side!(&mut self.side, db => {
            sqlx::query_scalar(sql).fetch_one(db).await.map_err(StoreError::from)?
        }))
    }

    /// Keeps everything. From now on the database gives ids beyond `greatest`.
    pub(crate) async fn commit(mut self, greatest: i64) -> anyhow::Result<()> {
        if greatest > 0 {
            self.give_ids_beyond(greatest).await?;
        }
        let committed = match self.side {
            Side::Sqlite(transaction) => transaction.commit().await,
            Side::Postgres(transaction) => transaction.commit().await,
        };
        committed.map_err(StoreError::from)?;
        if let Pool::Postgres(connections) = &self.store.writer {
            let mut connection = connections.acquire().await.map_err(StoreError::from)?;
            // So that the first questions are planned by what is there. It happens by itself too, only later.
            let names = TABLES.map(|table| table.name).join(", ");
            let analyzed = connection.execute(sqlx::AssertSqlSafe(format!("ANALYZE {names}")));
            if let Err(error) = analyzed.await {
                tracing::warn!("PostgreSQL could not look through the copy: {error}");
            }
        }
        self.store.close().await;
        Ok(())
    }

    async fn give_ids_beyond(&mut self, greatest: i64) -> Result<(), StoreError> {
        let statements: &[&'static str] = match &self.side {
            Side::Sqlite(_) => &[
                "INSERT INTO sqlite_sequence (name, seq)
                 SELECT 'users', $1 WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'users')",
                "UPDATE sqlite_sequence SET seq = $1 WHERE name = 'users' AND seq < $1",
            ],
            Side::Postgres(_) => &[IDS_AHEAD],
        };
        for sql in statements {
            on_side!(&mut self.side, db => {
                sqlx::query(*sql).bind(greatest).execute(db).await?;
            });
        }
        Ok(())
    }
}
