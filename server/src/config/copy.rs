//! What `latchkey db` takes.

use anyhow::Context as _;
use clap::{Args, Subcommand};

use super::{DatabaseConfig, DatabaseUrl, Secret};

/// What can be done with whole databases.
#[derive(Debug, Subcommand)]
pub enum DbCommand {
    /// Copy everything from one database to another, as from SQLite to PostgreSQL or back
    ///
    /// Users with their ids and passwords, sessions and refresh tokens. The source is read as it is at one moment and
    /// never changed; sign-ups after that are not in the copy, so stop the server first. The target has to be empty. It
    /// gets everything or nothing: what was written is read again and compared with the source, table by table, by
    /// counts and checksums (SHA-256), before it is kept. Interrupted, the command leaves the target empty.
    ///
    /// The secret and the keys in the data folder are in no database: let the server have the same, and everybody stays
    /// signed in.
    Copy(CopyConfig),
}

/// What a copy takes.
#[derive(Args, Clone, Debug)]
pub struct CopyConfig {
    /// The database to copy, as `sqlite:FILE` or `postgres://USER@HOST/NAME` (the password is better in PGPASSWORD or
    /// ~/.pgpass)
    #[arg(long, value_name = "URL")]
    pub from: Secret,
    /// The database to copy to, an empty one; a file of SQLite, and the tables, are made where they are missing
    #[arg(long, value_name = "URL")]
    pub to: Secret,
    /// How the databases are used.
    #[command(flatten)]
    pub use_of_database: DatabaseConfig,
}

impl CopyConfig {
    /// The database to copy.
    ///
    /// # Errors
    /// A URL of another kind, in a sentence that does not hold the URL.
    pub(crate) fn from(&self) -> anyhow::Result<DatabaseUrl> {
        parsed(&self.from).context("--from")
    }

    /// The database to copy to.
    ///
    /// # Errors
    /// A URL of another kind, in a sentence that does not hold the URL.
    pub(crate) fn to(&self) -> anyhow::Result<DatabaseUrl> {
        parsed(&self.to).context("--to")
    }
}

fn parsed(url: &Secret) -> anyhow::Result<DatabaseUrl> {
    url.expose().parse().map_err(anyhow::Error::msg)
}
