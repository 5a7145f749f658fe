//! `latchkey db …`.

use std::io::{self, Write as _};

use super::directory::block_on;
use super::progress::Progress;
use crate::accounts::{CopyEvent, copy_database};
use crate::config::{CopyConfig, DbCommand};
use crate::store::TableSum;

/// Copies a database. What is in it goes to standard output, how far it is to standard error.
pub(super) fn run(command: DbCommand) -> anyhow::Result<()> {
    match command {
        DbCommand::Copy(config) => block_on(copy(&config)),
    }
}

async fn copy(config: &CopyConfig) -> anyhow::Result<()> {
    let (from, to) = (config.from()?, config.to()?);
    let mut progress = Progress::new();
    let mut listener = |event: CopyEvent| {
        match event {
            CopyEvent::Written { rows, of } => progress.show(rows, "rows copied", rows, of),
            CopyEvent::Checked { rows, of } => progress.show(rows, "rows checked", rows, of),
            CopyEvent::Compared {
                table,
                source,
                target,
            } => progress.aside(|| {
                let mut out = io::stdout();
                writeln!(out, "{}", compared(table, &source, &target))
            })?,
        }
        Ok(())
    };
    let copied = copy_database(&from, &to, &config.use_of_database, &mut listener).await;
    progress.end();
    let rows = copied?;
    writeln!(
        io::stdout(),
        "Copied {rows} rows from {from} to {to}: both have the same counts and checksums.\n\
         Tokens stay good where the server has the same secret too: keep the data folder, or LATCHKEY_JWT_SECRET_KEY."
    )?;
    Ok(())
}

fn compared(table: &str, source: &TableSum, target: &TableSum) -> String {
    let sum = |sum: &TableSum| format!("{} rows, SHA-256 {}", sum.rows, sum.sha256);
    if source == target {
        format!("{table}: {}", sum(source))
    } else {
        format!(
            "{table} DIFFERS: {} in the source, {} in the copy",
            sum(source),
            sum(target)
        )
    }
}
