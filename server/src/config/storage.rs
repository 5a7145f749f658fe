//! Where the data is: the data folder and the database.

use std::fmt;
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::Context as _;
use clap::Args;

use super::{DatabaseConfig, Secret};

/// Where the data is.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Data")]
pub struct StorageConfig {
    /// Folder for the embedded database and the generated keys
    #[arg(
        long,
        env = "LATCHKEY_DATA_DIR",
        default_value = "data",
        value_name = "FOLDER"
    )]
    pub data_dir: PathBuf,
    /// Database, as `sqlite:FILE` or `postgres://USER:PASSWORD@HOST/NAME` [default: latchkey.db in the data folder]
    #[arg(
        long,
        env = "LATCHKEY_DATABASE_URL",
        hide_env_values = true,
        value_name = "URL"
    )]
    pub database_url: Option<Secret>,
    /// How the database is used.
    #[command(flatten)]
    pub use_of_database: DatabaseConfig,
}

impl StorageConfig {
    /// The database to use: the configured one, or the SQLite file in the data folder.
    ///
    /// # Errors
    /// A URL of another kind, in a sentence that names the setting and not the URL: it may hold a password.
    pub(crate) fn database(&self) -> anyhow::Result<DatabaseUrl> {
        let Some(url) = &self.database_url else {
            return Ok(DatabaseUrl::Sqlite(self.data_dir.join("latchkey.db")));
        };
        let parsed = url.expose().parse().map_err(anyhow::Error::msg);
        parsed.context("LATCHKEY_DATABASE_URL (--database-url)")
    }
}

/// Makes `folder` and its parents where they are missing, readable by the owner alone.
pub(crate) fn make_private_folder(folder: &Path) -> anyhow::Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .with_context(|| {
            format!(
                "cannot make the folder {}: choose another place with --data-dir or --database-url",
                folder.display()
            )
        })
}

/// A database, by the scheme of its URL.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// An SQLite file.
    Sqlite(PathBuf),
    /// A PostgreSQL URL, which may hold a password.
    Postgres(String),
}

impl FromStr for DatabaseUrl {
    type Err = String;

    fn from_str(url: &str) -> Result<Self, Self::Err> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Postgres(url.to_owned()));
        }
        let file = url
            .strip_prefix("sqlite://")
            .or_else(|| url.strip_prefix("sqlite:"))
            .ok_or("the URL must begin with sqlite: or postgres://")?;
        if file.is_empty() || file.contains(":memory:") || file.contains('?') {
            return Err("sqlite: is followed by the path of a file and nothing else".to_owned());
        }
        Ok(Self::Sqlite(Path::new(file).to_owned()))
    }
}

/// Names the database without user, password or options.
impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(file) => write!(f, "SQLite {}", file.display()),
            Self::Postgres(url) => {
                let rest = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
                // First what may hold a password as well.
                let (rest, options) = rest.split_once('?').unwrap_or((rest, ""));
                let place = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
                write!(f, "PostgreSQL {place}")?;
                // It goes before the host that stands in front.
                let host =
                    form_urlencoded::parse(options.as_bytes()).find(|(key, _)| key == "host");
                host.map_or(Ok(()), |(_, host)| write!(f, " at {host}"))
            }
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_chooses_the_database() {
        let sqlite: DatabaseUrl = "sqlite:some/file.db".parse().unwrap();
        assert_eq!(sqlite, DatabaseUrl::Sqlite("some/file.db".into()));
        let absolute: DatabaseUrl = "sqlite:///var/lib/file.db".parse().unwrap();
        assert_eq!(absolute, DatabaseUrl::Sqlite("/var/lib/file.db".into()));
        assert!("mysql://localhost/db".parse::<DatabaseUrl>().is_err());
        assert!("sqlite::memory:".parse::<DatabaseUrl>().is_err());
    }

    #[test]
    fn a_printed_url_holds_no_password() {
        let url: DatabaseUrl =
            "postgres://ada:hunter2@db.example.com:5432/latchkey?sslmode=require"
                .parse()
                .unwrap();
        assert_eq!(url.to_string(), "PostgreSQL db.example.com:5432/latchkey");
        assert_eq!(format!("{url:?}"), url.to_string());
        let options: DatabaseUrl = "postgres://h/db?user=ada&password=hunter@2"
            .parse()
            .unwrap();
        assert_eq!(options.to_string(), "PostgreSQL h/db");
        let socket: DatabaseUrl = "postgres://ada:hunter2@localhost/latchkey?host=/run/postgresql"
            .parse()
            .unwrap();
        assert_eq!(
            socket.to_string(),
            "PostgreSQL localhost/latchkey at /run/postgresql"
        );
    }
}
