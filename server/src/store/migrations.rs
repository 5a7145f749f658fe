//! The tables, brought up to date at every start.

use std::borrow::Cow;

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{AssertSqlSafe, SqlSafeStr as _};

/// Number, name and text of every migration. A released one is never changed: add the next.
const MIGRATIONS: [(i64, &str, &str); 2] = [
    (1, "users", include_str!("../../migrations/0001_users.sql")),
    (
        2,
        "sessions",
        include_str!("../../migrations/0002_sessions.sql"),
    ),
];

/// The number of the last one.
pub(super) fn latest() -> i64 {
    MIGRATIONS
        .iter()
        .map(|(version, ..)| *version)
        .max()
        .unwrap_or_default()
}

/// The migrations, with `identity` as the column type of ids that the database gives: the one thing that the two
/// databases spell differently.
pub(super) fn migrator(identity: &str) -> Migrator {
    let migrations = MIGRATIONS
        .iter()
        .map(|&(version, name, sql)| {
            Migration::new(
                version,
                Cow::Borrowed(name),
                MigrationType::Simple,
                AssertSqlSafe(sql.replace("{{identity}}", identity)).into_sql_str(),
                false,
            )
        })
        .collect();
    Migrator::with_migrations(migrations)
}
