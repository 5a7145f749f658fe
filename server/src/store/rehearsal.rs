//! What a rehearsal works on: the database as it is, and a scratch one that goes with the process.

use std::path::Path;

use sqlx::Executor as _;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use anyhow::Context as _;

use super::connections::reach;
use super::migrations::{latest, migrate_sqlite};
use super::open::{PATIENCE, warn_of_unverified_tls};
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
        let Some((pool, version)) = only_read(&database).await? else {
            return Ok(None);
        };
        anyhow::ensure!(
            version >= latest(),
            "the tables of {database} are of an older version, and a rehearsal does not change them: `latchkey user list` brings them up to date"
        );
        Ok(Some(Self {
            reader: pool.clone(),
            writer: pool,
            direct: None,
            lookups: None,
            one_by_one: None,
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
            direct: None,
            lookups: None,
            one_by_one: None,
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

/// A connection to a database that is only to be read, and the version of its tables; None where there is none, or one
/// without tables.
///
/// # Errors
/// A sentence that names the database.
pub(super) async fn only_read(database: &DatabaseUrl) -> anyhow::Result<Option<(Pool, i64)>> {
    let Some(pool) = connect_to_read(database).await? else {
        return Ok(None);
    };
    let read = async {
        if let DatabaseUrl::Postgres(url) = database {
            warn_of_unverified_tls(&url.parse()?);
        }
        let sql = match &pool {
            Pool::Sqlite(_) => {
                "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = '_sqlx_migrations')"
            }
            Pool::Postgres(_) => "SELECT to_regclass('_sqlx_migrations') IS NOT NULL",
        };
        let has_tables: bool = on_pool!(&pool, db => sqlx::query_scalar(sql).fetch_one(db).await?);
        if !has_tables {
            pool.close().await;
            return Ok(None);
        }
        let sql = "SELECT COALESCE(MAX(version), 0) FROM _sqlx_migrations";
        let version: i64 = on_pool!(&pool, db => sqlx::query_scalar(sql).fetch_one(db).await?);
        Ok(Some((pool, version)))
    };
    let read: anyhow::Result<_> = read.await;
    read.with_context(|| format!("cannot use the database {database}"))
}

/// A connection to a database that is only to be read; None where there is none.
///
/// # Errors
/// A sentence that names the database.
pub(super) async fn connect_to_read(database: &DatabaseUrl) -> anyhow::Result<Option<Pool>> {
    let connected = match database {
        DatabaseUrl::Sqlite(file) if !file.exists() => return Ok(None),
        DatabaseUrl::Sqlite(file) => only_read_sqlite(file).await,
        DatabaseUrl::Postgres(url) => only_read_postgres(url).await,
    };
    let connected = connected.with_context(|| format!("cannot use the database {database}"))?;
    Ok(Some(connected))
}

async fn only_read_sqlite(file: &Path) -> anyhow::Result<Pool> {
    // Not as a file that cannot be written: SQLite would leave its log beside it.
    let options = SqliteConnectOptions::new()
        .filename(file)
        .pragma("query_only", "ON");
    let pool = only(SqlitePoolOptions::new()).connect_with(options).await?;
    Ok(Pool::Sqlite(pool))
}

async fn only_read_postgres(url: &str) -> anyhow::Result<Pool> {
    let options: PgConnectOptions = url.parse()?;
    let options = options.application_name("latchkey");
    reach(&options, PATIENCE).await?;
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .max_lifetime(None)
        .idle_timeout(None)
        .acquire_timeout(PATIENCE)
        .after_connect(|connection, _| {
            // A copy reads for long, and then waits for what is done with what it has read.
            let told =
                "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY; SET statement_timeout = 0;
                        SET idle_in_transaction_session_timeout = 0";
            Box::pin(async move { connection.execute(told).await.map(drop) })
        });
    Ok(Pool::Postgres(pool.connect_with(options).await?.into()))
}
