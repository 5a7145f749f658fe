//! A fresh database for one test, on the engine that the suite runs on.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sqlx::{Connection as _, PgConnection, SqliteConnection};
use tempfile::TempDir;
use tokio::sync::{Semaphore, SemaphorePermit};

/// Databases in use at the same time: every server on PostgreSQL keeps a few of the cluster's connections.
static PLACES: Semaphore = Semaphore::const_new(4);
static COUNT: AtomicU64 = AtomicU64::new(0);

/// A database and a data folder; the folder goes with it.
pub(crate) struct Database {
    folder: TempDir,
    url: String,
    _place: SemaphorePermit<'static>,
}

impl Database {
    /// An empty database.
    pub(crate) async fn fresh() -> Arc<Self> {
        let place = PLACES.acquire().await.expect("places are never closed");
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let url = match cluster() {
            Some(cluster) => create(&cluster).await,
            None => format!("sqlite:{}", folder.path().join("test.db").display()),
        };
        Arc::new(Self {
            folder,
            url,
            _place: place,
        })
    }

    /// The data folder.
    pub(crate) fn folder(&self) -> &str {
        self.folder
            .path()
            .to_str()
            .expect("temporary folders have plain names")
    }

    /// The URL, as the setting takes it.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Whether the suite runs on PostgreSQL.
    pub(crate) fn is_postgres(&self) -> bool {
        self.url.starts_with("postgres")
    }

    /// Runs a statement behind the server's back, with one text bound to `$1`.
    pub(crate) async fn execute(&self, sql: &'static str, text: &str) {
        if self.is_postgres() {
            let mut db = self.postgres().await;
            sqlx::query(sql)
                .bind(text)
                .execute(&mut db)
                .await
                .expect(sql);
        } else {
            let mut db = self.sqlite().await;
            sqlx::query(sql)
                .bind(text)
                .execute(&mut db)
                .await
                .expect(sql);
        }
    }

    /// Runs a statement behind the server's back in a transaction that stays open until the value is committed. Nobody
    /// sees what it changed until then, and who wants to change the same waits.
    pub(crate) async fn hold(&self, sql: &'static str, text: &str) -> Held {
        if self.is_postgres() {
            let mut db = self.postgres().await;
            sqlx::query("BEGIN").execute(&mut db).await.expect(sql);
            let run = sqlx::query(sql).bind(text).execute(&mut db).await;
            run.expect(sql);
            Held::Postgres(db)
        } else {
            let mut db = self.sqlite().await;
            sqlx::query("BEGIN IMMEDIATE")
                .execute(&mut db)
                .await
                .expect(sql);
            let run = sqlx::query(sql).bind(text).execute(&mut db).await;
            run.expect(sql);
            Held::Sqlite(db)
        }
    }

    /// The texts that a query gives, with one text bound to `$1`.
    pub(crate) async fn texts(&self, sql: &'static str, text: &str) -> Vec<String> {
        let texts = if self.is_postgres() {
            let mut db = self.postgres().await;
            sqlx::query_scalar(sql).bind(text).fetch_all(&mut db).await
        } else {
            let mut db = self.sqlite().await;
            sqlx::query_scalar(sql).bind(text).fetch_all(&mut db).await
        };
        texts.expect(sql)
    }

    /// The stored hash of a user's password.
    pub(crate) async fn password_hash(&self, username: &str) -> String {
        let sql = "SELECT password_hash FROM users WHERE username = $1";
        let mut hashes = self.texts(sql, username).await;
        assert_eq!(hashes.len(), 1, "one user is named {username}");
        hashes.remove(0)
    }

    /// Takes the tables away from under the server, as a restore gone wrong does.
    pub(crate) async fn destroy(&self) {
        for sql in [
            "DROP TABLE spent_refresh_tokens",
            "DROP TABLE sessions",
            "DROP TABLE users",
        ] {
            if self.is_postgres() {
                let mut db = self.postgres().await;
                sqlx::query(sql).execute(&mut db).await.expect(sql);
            } else {
                let mut db = self.sqlite().await;
                sqlx::query(sql).execute(&mut db).await.expect(sql);
            }
        }
    }

    async fn postgres(&self) -> PgConnection {
        PgConnection::connect(&self.url)
            .await
            .expect("the test database answers")
    }

    async fn sqlite(&self) -> SqliteConnection {
        SqliteConnection::connect(&self.url)
            .await
            .expect("the test database opens")
    }
}

/// A transaction that is open.
pub(crate) enum Held {
    Postgres(PgConnection),
    Sqlite(SqliteConnection),
}

impl Held {
    /// Makes the change one that everybody sees.
    pub(crate) async fn commit(self) {
        let committed = match self {
            Self::Postgres(mut db) => sqlx::query("COMMIT").execute(&mut db).await.map(drop),
            Self::Sqlite(mut db) => sqlx::query("COMMIT").execute(&mut db).await.map(drop),
        };
        committed.expect("it commits");
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this names the tests' cluster: it is no setting of the server's"
)]
pub(super) fn cluster() -> Option<String> {
    std::env::var("LATCHKEY_TEST_DATABASE_URL")
        .ok()
        .filter(|url| !url.is_empty())
}

/// Creates a database in the cluster that `url` is a superuser of, and gives its URL.
pub(super) async fn create(url: &str) -> String {
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("latchkey_test_{}_{count}", std::process::id());
    let mut cluster = PgConnection::connect(url)
        .await
        .expect("LATCHKEY_TEST_DATABASE_URL names a cluster that answers");
    for statement in [
        format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
        format!("CREATE DATABASE {name}"),
    ] {
        sqlx::query(sqlx::AssertSqlSafe(statement))
            .execute(&mut cluster)
            .await
            .expect("the superuser may create databases");
    }
    let (place, options) = url.split_once('?').unwrap_or((url, ""));
    let (server, _) = place.rsplit_once('/').expect("the URL names a database");
    format!("{server}/{name}?{options}")
}
