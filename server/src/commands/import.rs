//! `latchkey import …`.

mod words;

use std::io::{self, Write as _};

use super::directory::block_on;
use super::progress::Progress;
use crate::accounts::{Event, Format, Import, Source, TokenLives};
use crate::clock::Clock;
use crate::config::{ImportCommand, ImportConfig};

/// Runs the import; a server may run on the database at the same time. The report goes to standard output, how far it
/// is to standard error.
pub(super) fn run(command: ImportCommand) -> anyhow::Result<()> {
    let (from, format, into, lives) = match command {
        ImportCommand::Django {
            from,
            table,
            columns,
            into,
            sessions,
        } => {
            let columns = columns.map(|columns| columns.0).unwrap_or_default();
            let format = Format::Django(table, columns);
            let lives = TokenLives {
                there: sessions.refresh_window(),
                here: sessions.lifetime(),
            };
            (from.expose().to_owned(), format, into, lives)
        }
        ImportCommand::Json { from, into } => (from, Format::Json, into, TokenLives::default()),
        ImportCommand::Csv { from, into } => (from, Format::Csv, into, TokenLives::default()),
    };
    block_on(import(&from, format, &into, lives))
}

async fn import(
    from: &str,
    format: Format,
    into: &ImportConfig,
    lives: TokenLives,
) -> anyhow::Result<()> {
    // First, so that a mistyped source makes no database.
    let source = Source::open(from, format).await?;
    let mut progress = Progress::new();
    let mut out = io::BufWriter::new(io::stdout());
    let mut listener = |event: Event| {
        match event {
            Event::Read {
                rows,
                position,
                size,
            } => {
                out.flush()?;
                progress.show(rows, "users read", position, size);
            }
            Event::Found(finding) => {
                progress.aside(|| writeln!(out, "{}", words::finding(&finding)))?;
            }
        }
        Ok(())
    };
    let import = Import::into(
        &into.storage,
        into.dry_run,
        lives,
        &Clock::System,
        &mut listener,
    );
    let done = import.await?.run(source).await;
    progress.end();
    if let Ok(summary) = &done {
        write!(out, "{}", words::summary(summary, into.dry_run))?;
    }
    // What was found stays true, whatever came after it.
    out.flush()?;
    done.map(drop)
}
