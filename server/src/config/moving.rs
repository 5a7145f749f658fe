//! What `latchkey import` and `latchkey export` take.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{Secret, SessionConfig, StorageConfig};
use crate::model::ColumnMap;

/// Where users can come from.
#[derive(Debug, Subcommand)]
pub enum ImportCommand {
    /// Take over the users of a Django app, with ids and passwords, and the refresh tokens of django-graphql-jwt
    Django {
        /// The Django database, as an SQLite file, `sqlite:FILE` or `postgres://USER@HOST/NAME` (the password is better
        /// in PGPASSWORD or ~/.pgpass), or a JSON file made by `manage.py dumpdata`; it is only read
        #[arg(long, value_name = "SOURCE")]
        from: Secret,
        /// The table of a custom user model, as `accounts_user`, or the model, as `accounts.user` [default:
        /// `auth_user`]
        #[arg(long)]
        table: Option<String>,
        /// Which column of that table holds what, where it has another name: `username=email,id=user_id`
        #[arg(long, value_name = "OURS=THEIRS,…", value_parser = Columns::parse)]
        columns: Option<Columns>,
        #[command(flatten)]
        into: ImportConfig,
        /// How long refresh tokens last.
        #[command(flatten)]
        sessions: SessionConfig,
    },
    /// Take over users from a JSON file that `latchkey export` wrote, or one like it
    Json {
        /// The file
        #[arg(long, value_name = "FILE")]
        from: String,
        #[command(flatten)]
        into: ImportConfig,
    },
    /// Take over users from a CSV file that `latchkey export` wrote, or one like it
    Csv {
        /// The file
        #[arg(long, value_name = "FILE")]
        from: String,
        #[command(flatten)]
        into: ImportConfig,
    },
}

/// What every import takes.
#[derive(Args, Clone, Debug)]
pub struct ImportConfig {
    /// Say what would happen, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Where the data is.
    #[command(flatten)]
    pub storage: StorageConfig,
}

/// Which column holds what.
#[derive(Clone, Debug)]
pub struct Columns(pub(crate) ColumnMap);

impl Columns {
    fn parse(text: &str) -> Result<Self, String> {
        ColumnMap::parse(text).map(Self)
    }
}

/// What `latchkey export` takes.
#[derive(Args, Clone, Debug)]
pub struct ExportConfig {
    /// How users are written
    #[arg(long, value_name = "FORMAT")]
    pub format: FileFormat,
    /// The file to write, for its owner alone; a file that is there is replaced once all is written [default: standard
    /// output]
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Where the data is.
    #[command(flatten)]
    pub storage: StorageConfig,
}

/// How users are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FileFormat {
    /// An array of objects, one a line
    Json,
    /// A line with the names of the columns, and one for each user
    Csv,
}
