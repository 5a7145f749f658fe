//! Reading and writing rows of any table.

use futures_util::TryStreamExt as _;
use sqlx::query_builder::Separated;
use sqlx::{AssertSqlSafe, ColumnIndex, Decode, PgConnection, QueryBuilder, Row, Sqlite};
use sqlx::{SqliteConnection, Type};

use super::columns::{Column, Kind, names};
use super::{ROWS, Side, StoreError, Table, on_side};

/// A value of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Null,
    Text(String),
    Whole(i64),
    Flag(bool),
}

/// The values of a row, in the order of the columns.
pub(super) type Values = Vec<Value>;

impl Side {
    /// Reads a table in the order of its key, bytewise where that is a text, and gives `each` so many rows at a time.
    /// Nothing is read ahead of what has been taken.
    pub(super) async fn read(
        &mut self,
        table: Table,
        columns: &[Column],
        mut each: impl AsyncFnMut(&[Values]) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let is_text = columns
            .iter()
            .any(|column| column.name == table.key && column.kind == Kind::Text);
        // As SQLite compares texts by itself.
        let bytewise = match self {
            Self::Postgres(_) if is_text => "COLLATE \"C\"",
            _ => "",
        };
        let (name, key, names) = (table.name, table.key, names(columns));
        let sql = AssertSqlSafe(format!(
            "SELECT {names} FROM {name} ORDER BY {key} {bytewise}"
        ));
        on_side!(self, db => {
            let mut batch = Vec::with_capacity(ROWS);
            let mut rows = sqlx::query(sql).persistent(false).fetch(db);
            while let Some(row) = rows.try_next().await.map_err(StoreError::from)? {
                batch.push(values(&row, columns).map_err(StoreError::from)?);
                if batch.len() == ROWS {
                    each(&batch).await?;
                    batch.clear();
                }
            }
            if !batch.is_empty() {
                each(&batch).await?;
            }
        });
        Ok(())
    }

    /// Adds rows to a table.
    pub(super) async fn write(
        &mut self,
        table: Table,
        columns: &[Column],
        rows: &[Values],
    ) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(transaction) => insert(transaction, table, columns, rows).await,
            Self::Postgres(transaction) => copy_in(transaction, table, columns, rows).await,
        }
    }
}

fn values<R>(row: &R, columns: &[Column]) -> sqlx::Result<Values>
where
    R: Row,
    usize: ColumnIndex<R>,
    for<'r> String: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> i64: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> bool: Decode<'r, R::Database> + Type<R::Database>,
{
    let value = |(index, column): (usize, &Column)| {
        Ok(match column.kind {
            Kind::Text => row
                .try_get::<Option<String>, _>(index)?
                .map_or(Value::Null, Value::Text),
            Kind::Whole => row
                .try_get::<Option<i64>, _>(index)?
                .map_or(Value::Null, Value::Whole),
            Kind::Flag => row
                .try_get::<Option<bool>, _>(index)?
                .map_or(Value::Null, Value::Flag),
        })
    };
    columns.iter().enumerate().map(value).collect()
}

async fn insert(
    db: &mut SqliteConnection,
    table: Table,
    columns: &[Column],
    rows: &[Values],
) -> Result<(), StoreError> {
    let start = format!("INSERT INTO {} ({}) ", table.name, names(columns));
    let mut query = QueryBuilder::<Sqlite>::new(start);
    query.push_values(rows, |mut row: Separated<'_, _, _>, values| {
        for value in values {
            match value {
                Value::Null => row.push_bind(None::<i64>),
                Value::Text(text) => row.push_bind(text.as_str()),
                Value::Whole(number) => row.push_bind(*number),
                Value::Flag(flag) => row.push_bind(*flag),
            };
        }
    });
    // Kept only where the next statement is the same.
    let insert = query.build().persistent(rows.len() == ROWS);
    insert.execute(db).await?;
    Ok(())
}

async fn copy_in(
    db: &mut PgConnection,
    table: Table,
    columns: &[Column],
    rows: &[Values],
) -> Result<(), StoreError> {
    let mut text = Vec::new();
    for values in rows {
        for (index, value) in values.iter().enumerate() {
            if index > 0 {
                text.push(b'\t');
            }
            write_value(value, &mut text);
        }
        text.push(b'\n');
    }
    let statement = format!("COPY {} ({}) FROM STDIN", table.name, names(columns));
    let mut copy = db.copy_in_raw(&statement).await?;
    copy.send(text).await?;
    copy.finish().await?;
    Ok(())
}

/// Writes a value in the text format of COPY (PostgreSQL's manual, COPY, File Formats).
fn write_value(value: &Value, text: &mut Vec<u8>) {
    match value {
        Value::Null => text.extend(b"\\N"),
        Value::Whole(number) => text.extend(number.to_string().bytes()),
        Value::Flag(flag) => text.push(if *flag { b't' } else { b'f' }),
        Value::Text(value) => {
            for byte in value.bytes() {
                match byte {
                    b'\\' => text.extend(b"\\\\"),
                    b'\n' => text.extend(b"\\n"),
                    b'\r' => text.extend(b"\\r"),
                    b'\t' => text.extend(b"\\t"),
                    other => text.push(other),
                }
            }
        }
    }
}
