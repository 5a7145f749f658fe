//! The columns of a table, as the catalogue of a database has them.

use anyhow::Context as _;

use super::super::django::quoted;
use super::{Side, StoreError, Table, on_side};

/// What a column holds; SQLite and PostgreSQL spell each alike, but for ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Text,
    Whole,
    Flag,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: Kind,
}

impl Side {
    /// The columns of a table, in an order that is the same on every database.
    ///
    /// # Errors
    /// A type that is not one of ours.
    pub(super) async fn columns(&mut self, table: Table) -> anyhow::Result<Vec<Column>> {
        let sql = match self {
            Self::Sqlite(_) => "SELECT name, type FROM pragma_table_info($1)",
            Self::Postgres(_) => {
                "SELECT attname::text, format_type(atttypid, NULL) FROM pg_attribute
                 WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped"
            }
        };
        let found: Vec<(String, String)> = on_side!(self, db => {
            let found = sqlx::query_as(sql).bind(table.name).fetch_all(db).await;
            found.map_err(StoreError::from)?
        });
        let column = |(name, kind): (String, String)| {
            let known = match kind.to_ascii_lowercase().as_str() {
                "text" => Some(Kind::Text),
                "bigint" | "integer" => Some(Kind::Whole),
                "boolean" => Some(Kind::Flag),
                _ => None,
            };
            let kind = known.with_context(|| {
                format!(
                    "the column {name} of the table {} is of the type {kind}, which is not copied",
                    table.name
                )
            })?;
            Ok(Column { name, kind })
        };
        let mut columns: Vec<Column> = found
            .into_iter()
            .map(column)
            .collect::<anyhow::Result<_>>()?;
        columns.sort();
        Ok(columns)
    }
}

/// The names of columns in a statement.
pub(super) fn names(columns: &[Column]) -> String {
    let names: Vec<String> = columns.iter().map(|column| quoted(&column.name)).collect();
    names.join(", ")
}
