//! What `cargo xtask bench` was asked for.

use std::ffi::OsString;
use std::path::PathBuf;
use std::str::FromStr;

use anyhow::{Context as _, Result, bail, ensure};

use super::rows::ROWS;
use crate::release::Optimisation;

/// How to measure, and what.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Options {
    /// The rows to measure, by name; all where it is empty.
    pub(crate) only: Vec<String>,
    pub(crate) rounds: u32,
    /// Of one run.
    pub(crate) seconds: u32,
    /// Of a large database.
    pub(crate) users: u32,
    pub(crate) connections: u32,
    pub(crate) engines: Vec<Engine>,
    /// What to measure instead of a release that is built first.
    pub(crate) binary: Option<PathBuf>,
    /// How that release is built.
    pub(crate) optimisation: Optimisation,
    /// Whether a target that is missed is a failure.
    pub(crate) check: bool,
    /// Whether the table goes to standard output too, in Markdown.
    pub(crate) markdown: bool,
}

/// A kind of database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            only: Vec::new(),
            rounds: 5,
            seconds: 5,
            users: 1_000_000,
            connections: 64,
            engines: vec![Engine::Sqlite, Engine::Postgres],
            binary: None,
            optimisation: Optimisation::Guided,
            check: false,
            markdown: false,
        }
    }
}

/// What `--help` shows.
pub(crate) fn help() -> String {
    let rows = ROWS
        .iter()
        .map(|row| format!("    {:<12} {}\n", row.name, row.title));
    let default = Options::default();
    format!(
        "Builds the release, as `cargo xtask build --pgo`, and measures it against what the machine can do; docs/performance.md explains how.\n\n\
         \x20 --only ROW,…        measure these rows alone\n\
         \x20 --database NAME     measure on `sqlite` or `postgres` alone\n\
         \x20 --rounds N          rounds of each measurement [default: {}]\n\
         \x20 --seconds N         length of one run [default: {}]\n\
         \x20 --users N           users of the large database [default: {}]\n\
         \x20 --connections N     connections of `me` and `verifyToken` [default: {}]\n\
         \x20 --quick             --plain, and one round of 2 seconds with 20,000 users: to see whether all works\n\
         \x20 --plain             build the release without a profile, which is quicker\n\
         \x20 --binary FILE       measure this program, and build nothing\n\
         \x20 --markdown          print the table to standard output too, for docs/performance.md\n\
         \x20 --check             fail where a row misses its target\n\n\
         Rows:\n{}",
        default.rounds,
        default.seconds,
        default.users,
        default.connections,
        rows.collect::<String>()
    )
}

impl Options {
    pub(crate) fn parse(arguments: &[OsString]) -> Result<Self> {
        let mut options = Self::default();
        let mut words = arguments.iter().map(|word| word.to_string_lossy());
        while let Some(word) = words.next() {
            let (name, given) = match word.split_once('=') {
                Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
                None => (word.into_owned(), None),
            };
            let mut value = || {
                let next = given.clone().or_else(|| words.next().map(Into::into));
                next.with_context(|| format!("{name} needs a value"))
            };
            match name.as_str() {
                "--only" => options.only.extend(value()?.split(',').map(str::to_owned)),
                "--database" => options.engines = vec![engine(&value()?)?],
                "--rounds" => options.rounds = number(&name, &value()?)?,
                "--seconds" => options.seconds = number(&name, &value()?)?,
                "--users" => options.users = number(&name, &value()?)?,
                "--connections" => options.connections = number(&name, &value()?)?,
                "--binary" => options.binary = Some(std::path::absolute(value()?)?),
                "--plain" => options.optimisation = Optimisation::Plain,
                "--quick" => {
                    options.optimisation = Optimisation::Plain;
                    options.rounds = 1;
                    options.seconds = 2;
                    options.users = 20_000;
                }
                "--check" => options.check = true,
                "--markdown" => options.markdown = true,
                _ => bail!("no such option: {name}\n\n{}", help()),
            }
        }
        for name in &options.only {
            ensure!(
                ROWS.iter().any(|row| row.name == name),
                "no such row: {name}\n\n{}",
                help()
            );
        }
        ensure!(options.users >= 1_000, "--users has to be 1000 or more");
        Ok(options)
    }

    pub(crate) fn wants(&self, row: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|name| name == row)
    }
}

fn engine(name: &str) -> Result<Engine> {
    match name.to_ascii_lowercase().as_str() {
        "sqlite" => Ok(Engine::Sqlite),
        "postgres" | "postgresql" => Ok(Engine::Postgres),
        _ => bail!("no such database: {name} (sqlite or postgres)"),
    }
}

fn number(name: &str, value: &str) -> Result<u32> {
    let plain = value.replace([',', '_'], "");
    let number = u32::from_str(&plain).ok().filter(|number| *number > 0);
    number.with_context(|| format!("{name} takes a number, and not {value:?}"))
}

#[cfg(test)]
mod tests {
    use super::{Engine, Options};

    fn parse(words: &[&str]) -> anyhow::Result<Options> {
        let words: Vec<_> = words.iter().map(Into::into).collect();
        Options::parse(&words)
    }

    #[test]
    fn options_are_read_with_and_without_an_equals_sign() {
        let options =
            parse(&["--only", "me,verify", "--rounds=2", "--users", "1,000,000"]).unwrap();
        assert_eq!(options.only, ["me", "verify"]);
        assert_eq!((options.rounds, options.users), (2, 1_000_000));
        assert!(options.wants("me") && !options.wants("log-in"));
        let options = parse(&["--quick", "--seconds", "3", "--database", "postgres"]).unwrap();
        assert_eq!((options.rounds, options.seconds), (1, 3));
        assert_eq!(options.engines, [Engine::Postgres]);
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let refused = |words: &[&str]| parse(words).unwrap_err().to_string();
        assert!(refused(&["--only", "you"]).starts_with("no such row: you"));
        assert!(refused(&["--fast"]).starts_with("no such option: --fast"));
        assert_eq!(refused(&["--rounds"]), "--rounds needs a value");
        assert!(refused(&["--rounds", "0"]).starts_with("--rounds takes a number"));
    }
}
