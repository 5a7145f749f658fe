//! What the commands that work on the database share: opening it, and telling what went wrong.

use std::io::{self, Write as _};

use anyhow::Context as _;

use crate::accounts::{AccountsError, Directory, Hashing};
use crate::clock::Clock;
use crate::config::{AdminConfig, DatabaseUrl, LogFormat, StorageConfig};
use crate::store::Store;

/// Runs a command to its end; a server may run on the same database at the same time.
pub(super) fn block_on(command: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    // What was done is said on standard output; the log has only what the operator should look into.
    super::log::start("warn", LogFormat::Text)?;
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("the async runtime cannot be started")?
        .block_on(command)
}

/// The directory, its database made where it is missing.
pub(super) async fn open(admin: &AdminConfig) -> anyhow::Result<Directory> {
    admin.passwords.check()?;
    let store = Store::open(&admin.storage).await?;
    Ok(Directory::new(
        store,
        Clock::System,
        &admin.passwords,
        Hashing::Here,
    ))
}

/// The directory of users who are there.
pub(super) async fn open_existing(admin: &AdminConfig) -> anyhow::Result<Directory> {
    check_existing(&admin.storage)?;
    open(admin).await
}

/// For what works on users who are there: a mistyped folder is told, and no empty database made in it.
pub(super) fn check_existing(storage: &StorageConfig) -> anyhow::Result<()> {
    if let DatabaseUrl::Sqlite(file) = storage.database()? {
        anyhow::ensure!(
            file.exists(),
            "there is no database {}: name its folder with --data-dir, or the database with --database-url",
            file.display()
        );
    }
    Ok(())
}

/// What is wrong, for a person at a terminal.
pub(super) fn explained(error: AccountsError) -> anyhow::Error {
    match error {
        AccountsError::InvalidInput(errors) | AccountsError::Taken(errors) => {
            anyhow::anyhow!("{}", errors.sentences())
        }
        AccountsError::Internal(cause) => cause,
        AccountsError::Unavailable(cause) | AccountsError::TooSlow(cause) => {
            cause.context("the database is not available")
        }
        other => anyhow::Error::new(other),
    }
}

/// Says what was done.
pub(super) fn say(sentence: &str) -> anyhow::Result<()> {
    Ok(writeln!(io::stdout(), "{sentence}")?)
}
