//! Which tables and columns a database has: what an operator names is looked up here before it becomes a part of a
//! statement.

use super::super::{Pool, Result, on_pool};

/// The catalogue of a database.
pub(super) struct Catalogue<'a>(pub(super) &'a Pool);

/// A table that is there.
pub(super) struct Table {
    /// The name, for people.
    pub(super) name: String,
    /// The name, for statements.
    pub(super) quoted: String,
    /// The column of the ids, for statements.
    pub(super) id: String,
    /// Names and types.
    columns: Vec<(String, String)>,
}

impl Table {
    /// Whether there is a column of this name, in this letter case.
    pub(super) fn has(&self, column: &str) -> bool {
        self.columns.iter().any(|(name, _)| name == column)
    }

    /// The names of all columns.
    pub(super) fn names(&self) -> String {
        let names: Vec<&str> = self.columns.iter().map(|(name, _)| name.as_str()).collect();
        names.join(", ")
    }

    /// Takes the column for the ids, if it is there: whole numbers are what Latchkey keeps.
    pub(super) fn with_id(mut self, column: &str) -> anyhow::Result<Self> {
        if let Some((_, kind)) = self.columns.iter().find(|(name, _)| name == column) {
            let whole = kind.is_empty() || kind.to_ascii_lowercase().contains("int");
            anyhow::ensure!(
                whole,
                "the column {column:?} of the table {} is of the type {kind}: Latchkey takes only users whose ids are whole numbers",
                self.name
            );
        }
        self.id = id(column);
        Ok(self)
    }
}

/// The column of the ids, of the table under its alias: PostgreSQL would order by a value selected under the same name.
fn id(column: &str) -> String {
    format!("source.{}", quoted(column))
}

/// An identifier in a statement, whatever it holds.
pub(in crate::store) fn quoted(identifier: &str) -> String {
    format!("\"{}\"", identifier.replace('"', "\"\""))
}

impl Catalogue<'_> {
    /// The table of users: of this name, or of this Django model.
    ///
    /// # Errors
    /// A sentence that names the tables that could be meant.
    pub(super) async fn users(&self, name: &str) -> anyhow::Result<Table> {
        let model = name.replace('.', "_");
        for name in [name, &model, &model.to_lowercase()] {
            if let Some(table) = self.find(name).await? {
                return Ok(table);
            }
        }
        let others = self.with_passwords().await?;
        anyhow::ensure!(
            !others.is_empty(),
            "there is no table {name}, and no other that has a column \"password\": is this a Django database?"
        );
        let others = others.join(", ");
        anyhow::bail!(
            "there is no table {name}: name the one of the users with --table. A column \"password\" is in {others}"
        );
    }

    /// The table of this name, its ids in the column `id`; None where there is none.
    pub(super) async fn find(&self, name: &str) -> Result<Option<Table>> {
        let (columns, quoted_name) = match self.0 {
            Pool::Sqlite(_) => {
                let sql = "SELECT name, type FROM pragma_table_info((SELECT name FROM sqlite_schema
                           WHERE name = $1 AND type IN ('table', 'view') AND sql NOT LIKE 'CREATE VIRTUAL %'))";
                (self.columns(sql, name).await?, quoted(name))
            }
            Pool::Postgres(_) => {
                // With a schema, or on the search path.
                let parts = name.split_once('.');
                let quoted_name = parts.map_or(quoted(name), |(schema, table)| {
                    format!("{}.{}", quoted(schema), quoted(table))
                });
                let sql = "SELECT attname::text, format_type(atttypid, atttypmod) FROM pg_attribute
                           WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped ORDER BY attnum";
                (self.columns(sql, &quoted_name).await?, quoted_name)
            }
        };
        Ok((!columns.is_empty()).then(|| Table {
            name: name.to_owned(),
            quoted: quoted_name,
            id: id("id"),
            columns,
        }))
    }

    async fn columns(&self, sql: &'static str, name: &str) -> Result<Vec<(String, String)>> {
        Ok(on_pool!(self.0, db => {
            sqlx::query_as(sql).bind(name).fetch_all(db).await?
        }))
    }

    /// The tables that have a column `password`.
    async fn with_passwords(&self) -> Result<Vec<String>> {
        let sql = match self.0 {
            Pool::Sqlite(_) => {
                "SELECT t.name FROM sqlite_schema t, pragma_table_info(t.name) c
                 WHERE t.type = 'table' AND t.sql NOT LIKE 'CREATE VIRTUAL %' AND c.name = 'password'
                 ORDER BY t.name LIMIT 20"
            }
            Pool::Postgres(_) => {
                "SELECT table_schema || '.' || table_name FROM information_schema.columns
                 WHERE column_name = 'password' ORDER BY 1 LIMIT 20"
            }
        };
        Ok(on_pool!(self.0, db => sqlx::query_scalar(sql).fetch_all(db).await?))
    }
}
