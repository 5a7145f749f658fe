//! Whether a database may be copied to, seen without touching it.

use anyhow::Context as _;

use super::super::rehearsal::connect_to_read;
use super::{CopySource, Side, StoreError, TABLES, Table, on_side};
use crate::config::DatabaseUrl;
use crate::model;

/// Where the versions of Latchkey's tables are.
const VERSIONS: &str = "_sqlx_migrations";

/// Refuses a database that is `source` itself, that has users, or that has tables and none of Latchkey's: whoever mistypes
/// an address finds nothing changed.
///
/// # Errors
/// A sentence that names the database.
pub(super) async fn check_vacancy(
    database: &DatabaseUrl,
    source: &mut CopySource,
) -> anyhow::Result<()> {
    let Some(pool) = connect_to_read(database).await? else {
        return Ok(());
    };
    let side = Side::snapshot(&pool).await;
    let mut side = side.with_context(|| format!("cannot read the database {database}"))?;
    let mut checked = check_other(&mut side, source, database).await;
    if checked.is_ok() {
        checked = check_tables(&mut side, database).await;
    }
    drop(side);
    pool.close().await;
    checked
}

/// Refuses the database that is copied. A lock tells, since it holds for one database of one server: who connects by
/// another name, or through a pooler, comes to the same one. (Two ways to one file of SQLite are told before.)
async fn check_other(
    side: &mut Side,
    source: &mut CopySource,
    database: &DatabaseUrl,
) -> anyhow::Result<()> {
    let (Side::Postgres(here), Side::Postgres(there)) = (side, &mut source.side) else {
        return Ok(());
    };
    let key = i64::from_be_bytes(model::random::<8>()?);
    let lock = sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(key);
    lock.execute(&mut **here).await.map_err(StoreError::from)?;
    let lock = sqlx::query_scalar("SELECT pg_try_advisory_xact_lock($1)").bind(key);
    let other: bool = lock
        .fetch_one(&mut **there)
        .await
        .map_err(StoreError::from)?;
    anyhow::ensure!(other, "the source and the target are the same: {database}");
    Ok(())
}

async fn check_tables(side: &mut Side, database: &DatabaseUrl) -> anyhow::Result<()> {
    let tables = tables(side).await?;
    let has = |name: &str| tables.iter().any(|table| table == name);
    if let Some(first) = tables.first() {
        anyhow::ensure!(
            has(VERSIONS),
            "{database} has tables that are not Latchkey's, such as {first}: a copy goes only into an empty database. If it is the right one, `latchkey user list` with it makes Latchkey's tables beside them"
        );
    }
    // An older version has not all of them.
    for table in TABLES.into_iter().filter(|table| has(table.name)) {
        check_empty(side, table, database).await?;
    }
    Ok(())
}

/// The names of all tables where Latchkey's are looked for, but for those of PostgreSQL's extensions.
async fn tables(side: &mut Side) -> Result<Vec<String>, StoreError> {
    let sql = match side {
        Side::Sqlite(_) => {
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY name"
        }
        Side::Postgres(_) => {
            "SELECT CAST(relname AS TEXT) FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
             WHERE relkind IN ('r', 'p') AND nspname = ANY (current_schemas(FALSE)) AND NOT EXISTS (
                 SELECT 1 FROM pg_depend
                 WHERE classid = CAST('pg_class' AS REGCLASS) AND objid = pg_class.oid AND deptype = 'e'
             ) ORDER BY 1"
        }
    };
    Ok(on_side!(side, db => sqlx::query_scalar(sql).fetch_all(db).await?))
}

/// Refuses a database with rows in a table.
pub(super) async fn check_empty(
    side: &mut Side,
    table: Table,
    database: &DatabaseUrl,
) -> anyhow::Result<()> {
    anyhow::ensure!(
        side.count(table).await? == 0,
        "{database} has {} already: a copy goes only into an empty database",
        table.name.replace('_', " ")
    );
    Ok(())
}
