//! Opening the database and bringing its tables up to date.

use std::fs::{File, OpenOptions};
use std::net::IpAddr;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use sqlx::PgConnection;
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use super::connections::{self, Pace, Pools};
use super::lookup::Lookups;
use super::migrations::{migrate_postgres, migrate_sqlite};
use super::writer::DirectWriter;
use super::{Pool, Store};
use crate::config::{DatabaseConfig, DatabaseUrl, StorageConfig, make_private_folder};

/// How long a command waits for a database that it only reads.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);
const SQLITE_READERS: u32 = 4;
const OUTDATED: &str = "its tables cannot be brought up to date";
/// The first SQLite without the bug that could corrupt a write-ahead log on its reset.
const OLDEST_SQLITE: [u32; 3] = [3, 51, 3];

impl Store {
    /// Connects, makes what is missing, and runs the migrations that have not run yet.
    ///
    /// # Errors
    /// A sentence that names the database and what to do.
    pub(crate) async fn open(config: &StorageConfig) -> anyhow::Result<Self> {
        open(&config.database()?, &config.use_of_database, Pace::Requests).await
    }

    /// The same for what takes as long as it takes.
    ///
    /// # Errors
    /// A sentence that names the database and what to do.
    pub(crate) async fn open_for_bulk(config: &StorageConfig) -> anyhow::Result<Self> {
        open(&config.database()?, &config.use_of_database, Pace::Bulk).await
    }
}

/// Connects, makes what is missing, and runs the migrations that have not run yet.
pub(super) async fn open(
    database: &DatabaseUrl,
    config: &DatabaseConfig,
    pace: Pace,
) -> anyhow::Result<Store> {
    let opened = match database {
        DatabaseUrl::Sqlite(file) => sqlite(file, config.wait()).await,
        DatabaseUrl::Postgres(url) => postgres(url, config, pace).await,
    };
    opened.with_context(|| format!("cannot use the database {database}"))
}

async fn sqlite(file: &Path, wait: Duration) -> anyhow::Result<Store> {
    if let Some(folder) = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        make_private_folder(folder)?;
    }
    // Makes the file before SQLite does, so that nobody else on the machine can read it, its log included: SQLite gives
    // the files beside it the same mode.
    open_private_file(file)?;
    let lock = lock(file).await?;
    let options = SqliteConnectOptions::new()
        .filename(file)
        .journal_mode(SqliteJournalMode::Wal)
        // An acknowledged sign-up survives a power cut.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(wait);
    let writer = sqlite_pool(1, wait).connect_with(options.clone()).await?;
    let version: String = sqlx::query_scalar("SELECT sqlite_version()")
        .fetch_one(&writer)
        .await?;
    check_version(&version)?;
    migrate_sqlite(writer.clone()).await.context(OUTDATED)?;
    drop(lock);
    let reader = sqlite_pool(SQLITE_READERS, wait)
        .connect_with(options.pragma("query_only", "ON"))
        .await?;
    Ok(Store {
        reader: Pool::Sqlite(reader),
        writer: Pool::Sqlite(writer),
        direct: Some(Arc::new(DirectWriter::new(file, wait))),
        lookups: Some(Arc::new(Lookups::sqlite(file))),
        one_by_one: None,
    })
}

fn sqlite_pool(most: u32, wait: Duration) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(most)
        .acquire_timeout(wait)
        // A file does not go away unnoticed, and each test is two changes of thread.
        .test_before_acquire(false)
}

/// In any other encoding there are names that cannot be written down, or even asked for.
async fn check_encoding(connection: &mut PgConnection) -> anyhow::Result<()> {
    let encoding: String = sqlx::query_scalar("SELECT current_setting('server_encoding')")
        .fetch_one(connection)
        .await?;
    anyhow::ensure!(
        encoding == "UTF8",
        "its encoding is {encoding}, and has to be UTF8: make one with `CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0`"
    );
    Ok(())
}

/// Opens a file for writing, made for the owner alone where it is missing.
fn open_private_file(file: &Path) -> anyhow::Result<File> {
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(file)
        .with_context(|| format!("the file {} cannot be made or written", file.display()))
}

/// Lets one process at a time bring the tables up to date, until the lock is dropped: on SQLite, sqlx has none of its
/// own. The lock is on a file beside the database, for closing the database's own would drop SQLite's locks on it.
async fn lock(database: &Path) -> anyhow::Result<File> {
    let file = open_private_file(&database.with_added_extension("lock"))?;
    if file.try_lock().is_ok() {
        return Ok(file);
    }
    tracing::info!("waiting for another process to bring the tables up to date");
    let locked = tokio::task::spawn_blocking(move || file.lock().map(|()| file)).await?;
    locked.context("the lock beside it cannot be taken")
}

fn check_version(version: &str) -> anyhow::Result<()> {
    let parts: Vec<u32> = version
        .split('.')
        .map_while(|part| part.parse().ok())
        .collect();
    anyhow::ensure!(
        parts.as_slice() >= OLDEST_SQLITE.as_slice(),
        "SQLite {version} is too old: 3.51.3 is the first that keeps its log safe"
    );
    Ok(())
}

async fn postgres(url: &str, config: &DatabaseConfig, pace: Pace) -> anyhow::Result<Store> {
    let options: PgConnectOptions = url.parse()?;
    warn_of_unverified_tls(&options);
    let Pools {
        common: connections,
        lookups,
        spare,
    } = connections::connect(options, config, pace).await?;
    let mut first = connections.acquire().await?;
    check_encoding(&mut first).await?;
    migrate_postgres(&mut first).await.context(OUTDATED)?;
    let durable: String = sqlx::query_scalar("SELECT current_setting('synchronous_commit')")
        .fetch_one(&mut *first)
        .await?;
    drop(first);
    if durable == "off" {
        tracing::warn!(
            "PostgreSQL has synchronous_commit=off: a crash can lose accounts that were acknowledged"
        );
    }
    let lookups = Lookups::postgres(lookups, spare.as_ref(), config);
    let pool = Pool::Postgres(connections);
    Ok(Store {
        reader: pool.clone(),
        writer: pool,
        direct: None,
        lookups: Some(Arc::new(lookups)),
        one_by_one: Some(Arc::default()),
    })
}

/// Without a verified certificate, whoever stands between can read and change everything.
pub(super) fn warn_of_unverified_tls(options: &PgConnectOptions) {
    let host = options.get_host();
    let here = options.get_socket().is_some()
        || host == "localhost"
        || host
            .parse()
            .is_ok_and(|address: IpAddr| address.is_loopback());
    let verified = matches!(
        options.get_ssl_mode(),
        PgSslMode::VerifyCa | PgSslMode::VerifyFull
    );
    if !here && !verified {
        tracing::warn!(
            "PostgreSQL on {host} is reached without verified TLS: add sslmode=verify-full to the URL"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sqlite_versions_with_the_log_bug_are_refused() {
        assert!(check_version("3.51.3").is_ok());
        assert!(check_version("3.60.0").is_ok());
        assert!(check_version("4.0").is_ok());
        assert!(check_version("3.46.0").is_err());
        assert!(check_version("garbage").is_err());
    }
}
