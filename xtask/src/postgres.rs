//! A PostgreSQL of the tests' own: started for them on a socket in a temporary folder, gone when they are over. The
//! benchmark has one too, which keeps what it was told.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::{DirBuilderExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::apt;
use crate::context::{Context, program};
use crate::process;
use crate::steps::{Outcome, Step};

pub(crate) const ADD: Step = Step {
    title: "Adding PostgreSQL",
    action: add,
};

/// Where Debian and its kin keep the programs of each version.
const DEBIAN: &str = "/usr/lib/postgresql";

/// The tests' databases all live at once, each with a few connections.
const SETTINGS: [&str; 3] = ["max_connections=300", "port=5432", "listen_addresses="];

/// For data that nobody needs after a power cut.
const WITHOUT_DURABILITY: [&str; 3] = [
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
];

/// Whether what was acknowledged survives a power cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Durability {
    /// As PostgreSQL comes.
    Full,
    /// For tests, which are faster so.
    None,
}

fn add(context: &Context) -> Result<Outcome> {
    if find("initdb").is_some() && find("pg_ctl").is_some() {
        return Ok(Outcome::NothingToDo);
    }
    apt::install(context, "postgresql")?;
    if find("initdb").is_none() {
        bail!(
            "PostgreSQL's `initdb` was found neither on PATH nor in {DEBIAN}/*/bin after its installation"
        );
    }
    Ok(Outcome::Done)
}

/// A program of PostgreSQL, of the newest version that is there.
fn find(name: &str) -> Option<PathBuf> {
    let newest = || {
        let versions = fs::read_dir(DEBIAN).ok()?.flatten();
        let versions = versions.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
        let mut versions: Vec<u32> = versions.collect();
        versions.sort_unstable();
        let programs = versions.into_iter().rev().map(|version| {
            Path::new(DEBIAN)
                .join(version.to_string())
                .join("bin")
                .join(name)
        });
        programs.into_iter().find(|path| path.is_file())
    };
    program(name).or_else(newest)
}

/// The version that is there, or nothing.
pub(crate) fn version() -> String {
    let said = find("initdb")
        .and_then(|program| process::output(Command::new(program).arg("--version")).ok());
    let said = said.unwrap_or_default();
    said.trim().replace("initdb (PostgreSQL)", "PostgreSQL")
}

/// A running database server; dropping it stops it and removes its files.
#[derive(Debug)]
pub(crate) struct Cluster {
    folder: PathBuf,
    account: Option<Account>,
}

/// A user and group of the operating system.
#[derive(Clone, Copy, Debug)]
struct Account {
    user: u32,
    group: u32,
}

impl Cluster {
    /// Makes and starts a database server that only listens on a socket in its own folder.
    pub(crate) fn start(durability: Durability) -> Result<Self> {
        let account = unprivileged_account()?;
        // A socket's path may have some hundred characters at most, so this is not under the target folder.
        let folder = std::env::temp_dir().join(format!("latchkey-postgres-{}", std::process::id()));
        DirBuilder::new()
            .mode(0o700)
            .create(&folder)
            .with_context(|| format!("cannot make {}", folder.display()))?;
        let cluster = Self { folder, account };
        if let Some(account) = account {
            chown(&cluster.folder, Some(account.user), Some(account.group))?;
        }
        let mut initdb = cluster.command("initdb")?;
        initdb.args([
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
        ]);
        process::output(&mut initdb)?;
        let without: &[&str] = match durability {
            Durability::Full => &[],
            Durability::None => &WITHOUT_DURABILITY,
        };
        let settings: Vec<String> = SETTINGS
            .iter()
            .chain(without)
            .map(|setting| format!("-c {setting}"))
            .collect();
        let options = format!("{} -k '{}'", settings.join(" "), cluster.folder.display());
        let log = cluster.folder.join("log");
        let mut pg_ctl = cluster.command("pg_ctl")?;
        process::output(
            pg_ctl
                .args(["--wait", "start", "--options", &options, "--log"])
                .arg(&log),
        )
        .with_context(|| fs::read_to_string(&log).unwrap_or_default())?;
        Ok(cluster)
    }

    /// The address under which its superuser connects.
    pub(crate) fn url(&self) -> String {
        self.url_of("postgres")
    }

    fn url_of(&self, database: &str) -> String {
        format!(
            "postgres://postgres@localhost/{database}?host={}",
            self.folder.display()
        )
    }

    /// Creates an empty database and gives its address.
    pub(crate) fn create_database(&self, name: &str) -> Result<String> {
        self.sql(&self.url(), &format!("CREATE DATABASE {name}"))?;
        Ok(self.url_of(name))
    }

    /// Brings a database that was just filled into the state in which autovacuum leaves it.
    pub(crate) fn settle(&self, database: &str) -> Result<()> {
        self.sql(database, "VACUUM ANALYZE")?;
        self.sql(database, "CHECKPOINT")
    }

    fn sql(&self, url: &str, statement: &str) -> Result<()> {
        let program = find("psql").context("PostgreSQL's `psql` was not found")?;
        let mut psql = Command::new(program);
        psql.current_dir(&self.folder).args([
            "--no-psqlrc",
            "--quiet",
            url,
            "--command",
            statement,
        ]);
        process::output(&mut psql).map(drop)
    }

    /// A program of PostgreSQL that works on this cluster.
    fn command(&self, name: &str) -> Result<Command> {
        let program = find(name).with_context(|| format!("PostgreSQL's `{name}` was not found"))?;
        let mut command = Command::new(program);
        // Not the folder that xtask was called in, which the account may not be able to enter.
        command
            .current_dir(&self.folder)
            .arg("--pgdata")
            .arg(self.folder.join("data"));
        if let Some(account) = self.account {
            command.uid(account.user).gid(account.group);
        }
        Ok(command)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Ok(mut pg_ctl) = self.command("pg_ctl") {
            process::succeeds(pg_ctl.args(["--wait", "--mode=immediate", "stop"]));
        }
        if let Err(error) = fs::remove_dir_all(&self.folder) {
            eprintln!("cannot remove {}: {error}", self.folder.display());
        }
    }
}

/// The account to run as: PostgreSQL refuses to run as root, and its packages bring an account for it.
fn unprivileged_account() -> Result<Option<Account>> {
    let id = |arguments: &[&str]| -> Result<u32> {
        Ok(process::output(Command::new("id").args(arguments))?
            .trim()
            .parse()?)
    };
    if id(&["-u"])? != 0 {
        return Ok(None);
    }
    Ok(Some(Account {
        user: id(&["-u", "postgres"])?,
        group: id(&["-g", "postgres"])?,
    }))
}
