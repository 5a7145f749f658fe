//! Users as our own export writes them: as JSON objects, or as lines of CSV.

use std::io::Read;

use anyhow::ensure;

use super::objects::{self, Object};
use crate::model::{Column, SourceUser};

/// A user as an object.
///
/// # Errors
/// A column that is missing, or not known.
pub(super) fn user(object: Object) -> anyhow::Result<SourceUser> {
    let mut user = SourceUser::default();
    let names: Vec<&str> = object.keys().map(String::as_str).collect();
    check_names(&names)?;
    for (name, value) in object {
        let value = objects::text(&name, Some(value))?;
        if let Some(column) = own_column(&name) {
            user.set(column, value);
        }
    }
    Ok(user)
}

/// Hands every user of a CSV file to `take`.
///
/// # Errors
/// A column that is missing, or not known; a line that is broken; the first error of `take`.
pub(super) fn each_record(
    mut reader: csv::Reader<impl Read>,
    take: &mut dyn FnMut(SourceUser) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let names = reader.headers()?.clone();
    check_names(&names.iter().collect::<Vec<_>>())?;
    let columns: Vec<_> = names.iter().filter_map(own_column).collect();
    for record in reader.records() {
        let record = record?;
        let mut user = SourceUser::default();
        for (column, value) in columns.iter().zip(&record) {
            user.set(*column, Some(value.to_owned()));
        }
        take(user)?;
    }
    Ok(())
}

fn own_column(name: &str) -> Option<Column> {
    Column::ALL.into_iter().find(|column| column.name() == name)
}

/// Demands the columns that have to be there, and no others: a misspelt one would be lost.
fn check_names(names: &[&str]) -> anyhow::Result<()> {
    for (place, name) in names.iter().enumerate() {
        ensure!(
            !names[..place].contains(name),
            "the column {name:?} is there twice: one of the two would be lost"
        );
        let known = Column::ALL.map(Column::name).join(", ");
        ensure!(
            own_column(name).is_some(),
            "{name:?} is no column: the columns are {known}"
        );
    }
    for column in Column::REQUIRED {
        let there = names.iter().any(|name| own_column(name) == Some(column));
        let known = names.join(", ");
        ensure!(there, "a user has no {}, only {known}", column.name());
    }
    Ok(())
}
