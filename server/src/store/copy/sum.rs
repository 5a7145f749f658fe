//! Checksums of tables that do not depend on the database.

use aws_lc_rs::digest::{Context, SHA256};

use super::columns::Column;
use super::rows::{Value, Values};
use crate::model;

/// How many rows a table has, and what is in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TableSum {
    pub(crate) rows: u64,
    /// SHA-256 over all rows in the order of the key, in hexadecimal digits.
    pub(crate) sha256: String,
}

/// A checksum in the making.
pub(super) struct Sum {
    hash: Context,
    rows: u64,
}

impl Sum {
    pub(super) fn new(table: &str, columns: &[Column]) -> Self {
        let hash = Context::new(&SHA256);
        let mut sum = Self { hash, rows: 0 };
        sum.text(table);
        for column in columns {
            sum.text(&column.name);
        }
        sum
    }

    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    pub(super) fn add(&mut self, rows: &[Values]) {
        for value in rows.iter().flatten() {
            match value {
                Value::Null => self.hash.update(b"0"),
                Value::Text(text) => {
                    self.hash.update(b"t");
                    self.text(text);
                }
                Value::Whole(number) => {
                    self.hash.update(b"n");
                    self.hash.update(&number.to_be_bytes());
                }
                Value::Flag(flag) => self.hash.update(if *flag { b"y" } else { b"f" }),
            }
        }
        self.rows += rows.len() as u64;
    }

    /// With its length, so that no two rows of values give the same bytes.
    fn text(&mut self, text: &str) {
        self.hash.update(&(text.len() as u64).to_be_bytes());
        self.hash.update(text.as_bytes());
    }

    pub(super) fn end(self) -> TableSum {
        TableSum {
            rows: self.rows,
            sha256: model::hex(self.hash.finish().as_ref()),
        }
    }
}
