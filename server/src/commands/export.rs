//! `latchkey export`.

use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, BufWriter, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use anyhow::Context as _;

use super::directory::{block_on, check_existing};
use crate::accounts::{self, ExportFormat};
use crate::config::{ExportConfig, FileFormat};
use crate::store::Store;

/// Writes all users; a server may run on the database at the same time.
pub(super) fn run(config: &ExportConfig) -> anyhow::Result<()> {
    block_on(export(config))
}

async fn export(config: &ExportConfig) -> anyhow::Result<()> {
    check_existing(&config.storage)?;
    let format = match config.format {
        FileFormat::Json => ExportFormat::Json,
        FileFormat::Csv => ExportFormat::Csv,
    };
    let store = Store::open_for_bulk(&config.storage).await?;
    match &config.output {
        None => {
            let mut out = BufWriter::new(io::stdout().lock());
            accounts::export(&store, format, &mut out).await?;
            out.flush()?;
        }
        Some(file) => {
            let count = write(&store, format, file).await;
            let count = count.with_context(|| format!("cannot write {}", file.display()))?;
            writeln!(io::stdout(), "{count} users are in {}.", file.display())?;
        }
    }
    store.close().await;
    Ok(())
}

/// Writes a file that is there only once it is whole, and for its owner alone: it holds password hashes.
async fn write(store: &Store, format: ExportFormat, file: &Path) -> anyhow::Result<u64> {
    // What is there and is no file, such as a device, a pipe or a link to somewhere, is not replaced by one.
    let there = fs::symlink_metadata(file).ok();
    anyhow::ensure!(
        there.is_none_or(|there| there.is_file()),
        "it is no ordinary file: name another one, or leave --output out and send standard output there"
    );
    let part = file.with_added_extension("part");
    let opened = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&part)?;
    // The mode above is only that of a file that was not there.
    opened.set_permissions(Permissions::from_mode(0o600))?;
    let mut out = BufWriter::new(opened);
    let count = accounts::export(store, format, &mut out).await?;
    out.into_inner()
        .map_err(io::IntoInnerError::into_error)?
        .sync_all()?;
    fs::rename(&part, file)?;
    Ok(count)
}
