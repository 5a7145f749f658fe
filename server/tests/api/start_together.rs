//! Servers that are started at the same moment on one database.

use std::sync::Barrier;

use crate::support::{Database, Process, Request, latchkey};

const KEY: [&str; 2] = ["--jwt-secret-key", "8d1f0a7c5b3e9d2f4a6c8e0b1d3f5a7c"];
const VERSIONS: &str =
    "SELECT CAST(version AS TEXT) FROM _sqlx_migrations WHERE success AND description <> $1
    ORDER BY version";

/// So many servers, started at once; all of them answer.
async fn started_together(database: &Database, count: usize) -> Vec<Process> {
    let barrier = Barrier::new(count);
    let servers: Vec<Process> = std::thread::scope(|scope| {
        let start = || {
            barrier.wait();
            Process::serve(database, &KEY)
        };
        let starting: Vec<_> = (0..count).map(|_| scope.spawn(start)).collect();
        let started = starting
            .into_iter()
            .map(std::thread::ScopedJoinHandle::join);
        started.map(|server| server.expect("it starts")).collect()
    });
    for (n, server) in servers.iter().enumerate() {
        let ready = Request::get("/readyz").send(server.address).await;
        assert_eq!(ready.status, 200, "{ready}");
        let sign_up = Request::sign_up(&format!("ada{n}"));
        sign_up.send(server.address).await.data();
    }
    servers
}

#[tokio::test]
async fn on_an_empty_database_one_makes_the_tables_and_all_serve() {
    let database = Database::fresh().await;
    let servers = started_together(&database, 5).await;
    assert_eq!(database.texts(VERSIONS, "").await, ["1", "2", "3"]);
    drop(servers);
    let listed = latchkey(&database, &["user", "list"], "").succeeds();
    assert_eq!(listed.lines().count(), 1 + 5, "{listed}");
}

#[tokio::test]
async fn on_tables_of_an_older_version_one_changes_them_and_nothing_is_lost() {
    let database = Database::fresh().await;
    database.migrate_before_last().await;
    assert_eq!(database.texts(VERSIONS, "").await, ["1", "2"]);
    let insert = "INSERT INTO users (username, username_key, email, password_hash, date_joined, password_changed_at)
                  VALUES ($1, $1, '', '!', 0, 0)";
    database.execute(insert, "grace").await;
    let servers = started_together(&database, 5).await;
    assert_eq!(database.texts(VERSIONS, "").await, ["1", "2", "3"]);
    drop(servers);
    let listed = latchkey(&database, &["user", "list"], "").succeeds();
    assert_eq!(listed.lines().count(), 1 + 6, "{listed}");
    assert!(listed.contains("grace"), "{listed}");
}
