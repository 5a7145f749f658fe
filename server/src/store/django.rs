//! A Django database, only ever read: its users, and the refresh tokens of django-graphql-jwt.

mod catalogue;

use anyhow::Context as _;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{AssertSqlSafe, Row as _};

use super::connections::reach;
use super::open::{PATIENCE, warn_of_unverified_tls};
use super::{Pool, Result, StoreError, on_pool};
use crate::config::DatabaseUrl;
use crate::model::{Column, ColumnMap, SourceToken, SourceUser, TokenOwner};
use catalogue::{Catalogue, Table};

pub(super) use catalogue::quoted;

/// Where django-graphql-jwt keeps its refresh tokens.
const TOKENS: &str = "refresh_token_refreshtoken";

/// A Django database.
pub(crate) struct DjangoDatabase {
    pool: Pool,
    users: Table,
    /// Selects a page of users: the ids, and their columns as texts.
    select_users: String,
    /// The same of refresh tokens; None where there is no such table.
    select_tokens: Option<String>,
}

impl DjangoDatabase {
    /// Opens a database and finds the tables in it.
    ///
    /// # Errors
    /// A sentence that says what is not there, and what is.
    pub(crate) async fn open(
        url: &DatabaseUrl,
        table: &str,
        columns: &ColumnMap,
    ) -> anyhow::Result<Self> {
        let opened = match url {
            DatabaseUrl::Sqlite(file) => {
                anyhow::ensure!(file.exists(), "there is no file {}", file.display());
                sqlite(file).await
            }
            DatabaseUrl::Postgres(url) => postgres(url).await,
        };
        let pool = opened.with_context(|| format!("cannot read the database {url}"))?;
        let catalogue = Catalogue(&pool);
        let id = columns
            .theirs(Column::Id)
            .map_or("id", |(theirs, _)| theirs);
        let users = catalogue.users(table).await?.with_id(id)?;
        let select_users = select_users(&users, columns)?;
        let select_tokens = match catalogue.find(TOKENS).await? {
            Some(tokens) => Some(select_tokens(&tokens)?),
            None => None,
        };
        Ok(Self {
            pool,
            users,
            select_users,
            select_tokens,
        })
    }

    /// How many users there are, and the greatest id up to `most`.
    pub(crate) async fn count_users(&self, most: i64) -> Result<(i64, i64)> {
        let (id, table) = (&self.users.id, &self.users.quoted);
        let sql = format!(
            "SELECT COUNT(*), CAST(COALESCE(MAX(CASE WHEN {id} <= $1 THEN {id} END), 0) AS BIGINT) FROM {table} AS source"
        );
        Ok(on_pool!(&self.pool, db => {
            sqlx::query_as(AssertSqlSafe(sql)).bind(most).fetch_one(db).await?
        }))
    }

    /// At most `limit` users with ids beyond `after`, in the order of the ids.
    pub(crate) async fn list_users(
        &self,
        after: i64,
        limit: u32,
    ) -> Result<Vec<(i64, SourceUser)>> {
        let rows = page(
            &self.pool,
            &self.select_users,
            Column::ALL.len(),
            after,
            limit,
        )
        .await?;
        let users = rows.into_iter().map(|(id, values)| {
            let mut user = SourceUser::default();
            for (column, value) in Column::ALL.into_iter().zip(values) {
                user.set(column, value);
            }
            (id, user)
        });
        Ok(users.collect())
    }

    /// At most `limit` refresh tokens with ids beyond `after`, in the order of the ids.
    pub(crate) async fn list_tokens(
        &self,
        after: i64,
        limit: u32,
    ) -> Result<Vec<(i64, SourceToken)>> {
        let Some(select) = &self.select_tokens else {
            return Ok(Vec::new());
        };
        let rows = page(&self.pool, select, 4, after, limit).await?;
        let tokens = rows.into_iter().map(|(id, values)| {
            let mut values = values.into_iter();
            let mut next = || values.next().flatten();
            let token = SourceToken {
                id: id.to_string(),
                token: next().unwrap_or_default(),
                created: next().unwrap_or_default(),
                revoked: next(),
                owner: TokenOwner::Id(next().unwrap_or_default()),
            };
            (id, token)
        });
        Ok(tokens.collect())
    }
}

/// A page of rows: the id, and so many texts.
async fn page(
    pool: &Pool,
    select: &str,
    texts: usize,
    after: i64,
    limit: u32,
) -> Result<Vec<(i64, Vec<Option<String>>)>> {
    Ok(on_pool!(pool, db => {
        let rows = sqlx::query(AssertSqlSafe(select.to_owned()))
            .bind(after)
            .bind(i64::from(limit))
            .fetch_all(db)
            .await?;
        let row = rows.iter().map(|row| {
            let values: sqlx::Result<_> = (1..=texts).map(|index| row.try_get(index)).collect();
            Ok::<_, sqlx::Error>((row.try_get(0)?, values?))
        });
        row.collect::<sqlx::Result<_>>()?
    }))
}

/// The statement for a page of users: every column as a text, whatever its type is.
fn select_users(table: &Table, map: &ColumnMap) -> anyhow::Result<String> {
    let mut values = Vec::new();
    for column in Column::ALL {
        let name = match map.theirs(column) {
            Some((theirs, given)) => {
                let there = table.has(theirs);
                let needed = given || Column::REQUIRED.contains(&column);
                anyhow::ensure!(
                    there || !needed,
                    "the table {} has no column {theirs:?}: its columns are {}. Say with --columns which of them holds what, as in `--columns {}=…`",
                    table.name,
                    table.names(),
                    column.in_django().unwrap_or_default(),
                );
                there.then(|| quoted(theirs))
            }
            None => None,
        };
        let text = name.map_or("NULL".to_owned(), |name| format!("CAST({name} AS TEXT)"));
        // Django takes an unknown flag for a no.
        let known = column.is_flag() && text != "NULL";
        values.push(if known {
            format!("COALESCE({text}, '0')")
        } else {
            text
        });
    }
    Ok(select(table, &values))
}

fn select_tokens(table: &Table) -> anyhow::Result<String> {
    let columns = ["token", "created", "revoked", "user_id"];
    for name in columns {
        anyhow::ensure!(
            table.has(name),
            "the table {} has no column {name:?}: it is none of django-graphql-jwt's",
            table.name
        );
    }
    Ok(select(
        table,
        &columns.map(|name| format!("CAST({} AS TEXT)", quoted(name))),
    ))
}

fn select(table: &Table, values: &[String]) -> String {
    let (id, table) = (&table.id, &table.quoted);
    let values = values.join(", ");
    format!(
        "SELECT CAST({id} AS BIGINT), {values} FROM {table} AS source WHERE {id} > $1 ORDER BY {id} LIMIT $2"
    )
}

async fn sqlite(file: &std::path::Path) -> anyhow::Result<Pool> {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .read_only(true)
        .busy_timeout(PATIENCE);
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(PATIENCE)
        .connect_with(options)
        .await
        .map_err(StoreError::from)?;
    Ok(Pool::Sqlite(pool))
}

async fn postgres(url: &str) -> anyhow::Result<Pool> {
    let options: PgConnectOptions = url.parse()?;
    warn_of_unverified_tls(&options);
    let options = options.application_name("latchkey import");
    reach(&options, PATIENCE).await?;
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(PATIENCE)
        .after_connect(|connection, _| {
            Box::pin(async move {
                for sql in [
                    "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
                    // The form in which times become texts.
                    "SET TIME ZONE 'UTC'",
                    "SET DateStyle = 'ISO'",
                ] {
                    sqlx::query(sql).execute(&mut *connection).await?;
                }
                Ok(())
            })
        })
        .connect_with(options)
        .await
        .map_err(StoreError::from)?;
    Ok(Pool::Postgres(pool.into()))
}
