//! What a rehearsal works on: the database as it is, and a scratch one that goes with the process.

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use anyhow::Context as _;

use super::connections::reach;
use super::migrations::{latest, migrate_sqlite};
use super::open::PATIENCE;
use super::{Pool, Store, on_pool};
use crate::config::{DatabaseUrl, StorageConfig};

impl Store {
    /// The configured database, only to be read; None where there is none yet, or one without tables. Nothing is made
    /// and nothing is brought up to date.
    ///
    /// # Errors
    /// A sentence that names the database and what to do.
    pub(crate) async fn open_as_it_is(config: &StorageConfig) -> anyhow::Result<Option<Self>> {
        let database = config.database()?;
        let opened = match &database {
            DatabaseUrl::Sqlite(file) if !file.exists() => return Ok(None),
            DatabaseUrl::Sqlite(file) => {
                // Not as a file that cannot be written: SQLite would leave its log beside it.
                let options = SqliteConnectOptions::new()
                    .filename(file)
                    .pragma("query_only", "ON");
                only(SqlitePoolOptions::new())
                    .connect_with(options)
                    .await
                    .map(Pool::Sqlite)
            }
            DatabaseUrl::Postgres(url) => {
                let options: PgConnectOptions = url.parse()?;
                let named = || format!("cannot use the database {database}");
                reach(&options, PATIENCE).await.with_context(named)?;
                let only_read = PgPoolOptions::new()
                    .max_connections(1)
                    .acquire_timeout(PATIENCE);
                let only_read = only_read.after_connect(|connection, _| {
                    Box::pin(async move {
                        let sql = "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY";
                        sqlx::query(sql).execute(connection).await.map(drop)
                    })
                });
                only_read.connect_with(options).await.map(Pool::Postgres)
            }
        };
        let pool = opened.with_context(|| format!("cannot use the database {database}"))?;
        let has_tables = match &pool {
            Pool::Sqlite(db) => {
                let sql =
                    "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = '_sqlx_migrations')";
                sqlx::query_scalar(sql).fetch_one(db).await
            }
            Pool::Postgres(db) => {
                let sql = "SELECT to_regclass('_sqlx_migrations') IS NOT NULL";
                sqlx::query_scalar(sql).fetch_one(db).await
            }
        };
        if !has_tables.with_context(|| format!("cannot use the database {database}"))? {
            on_pool!(&pool, db => db.close().await);
            return Ok(None);
        }
        let sql = "SELECT COALESCE(MAX(version), 0) FROM _sqlx_migrations";
        let version: i64 = on_pool!(&pool, db => sqlx::query_scalar(sql).fetch_one(db).await)?;
        anyhow::ensure!(
            version >= latest(),
            "the tables of {database} are of an older version, and a rehearsal does not change them: `latchkey user list` brings them up to date"
        );
        Ok(Some(Self {
            reader: pool.clone(),
            writer: pool,
            lookups: None,
        }))
    }

    /// An empty database that goes with the process, however it ends. What does not fit into memory is in a file that
    /// nobody else can open.
    ///
    /// # Errors
    /// Where SQLite cannot make it.
    pub(crate) async fn scratch() -> anyhow::Result<Self> {
        let options = SqliteConnectOptions::new()
            // SQLite's name for one that has none.
            .filename("")
            .journal_mode(SqliteJournalMode::Off)
            .synchronous(SqliteSynchronous::Off);
        let db = only(SqlitePoolOptions::new()).connect_with(options).await?;
        migrate_sqlite(db.clone()).await?;
        let pool = Pool::Sqlite(db);
        Ok(Self {
            reader: pool.clone(),
            writer: pool,
            lookups: None,
        })
    }
}

/// One connection, for as long as the process lasts.
fn only(pool: SqlitePoolOptions) -> SqlitePoolOptions {
    pool.max_connections(1)
        .max_lifetime(None)
        .idle_timeout(None)
        .acquire_timeout(PATIENCE)
}
