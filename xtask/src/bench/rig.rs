//! What rows measure with: the program, databases with users in them, servers, and runs of load on them.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::http::{Answer, Request};
use super::options::{Engine, Options};
use super::run::Run;
use super::server::Server;
use super::wrk::Load;
use crate::context::Context;
use crate::postgres::{Cluster, Durability};
use crate::process;

/// Users of a small database, where the number does not matter or is compared with a large one.
pub(crate) const FEW: u32 = 1_000;

pub(crate) struct Rig<'a> {
    pub(crate) context: &'a Context,
    pub(crate) options: &'a Options,
    pub(crate) binary: PathBuf,
    /// For everything that is needed during the run; gone afterwards.
    pub(crate) folder: PathBuf,
    cluster: Option<Cluster>,
    large: Vec<Database>,
    count: u32,
}

/// The pages of memory that a program gets from the system.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Pages {
    /// Those that it gets where it asks for nothing.
    Usual,
    Huge,
}

/// A database that is seeded.
#[derive(Clone, Debug)]
pub(crate) struct Database {
    pub(crate) engine: Engine,
    pub(crate) users: u32,
    folder: PathBuf,
    url: Option<String>,
}

/// The variable that glibc reads its settings from.
const GLIBC_TUNABLES: &str = "GLIBC_TUNABLES";

/// By how many bytes good answers may differ: their heads hold a number that grows.
const SLACK: f64 = 24.0;

impl<'a> Rig<'a> {
    pub(crate) fn new(context: &'a Context, options: &'a Options, binary: PathBuf) -> Result<Self> {
        let name = format!("bench/scratch-{}", std::process::id());
        let folder = context.target.join(name);
        fs::create_dir_all(&folder)?;
        Ok(Self {
            context,
            options,
            binary,
            folder,
            cluster: None,
            large: Vec::new(),
            count: 0,
        })
    }

    /// A name that nothing else in this run has.
    fn fresh(&mut self, what: &str) -> String {
        self.count += 1;
        format!("{what}{}", self.count)
    }

    /// `latchkey` without the settings of whoever runs the benchmark.
    pub(crate) fn latchkey(&self, words: &[&str]) -> Command {
        let mut command = self.context.command(&self.binary);
        command.args(words).env_remove(GLIBC_TUNABLES);
        command
    }

    /// A new database with made-up users.
    pub(crate) fn seed(&mut self, engine: Engine, users: u32) -> Result<Database> {
        let name = self.fresh("data");
        let url = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(self.cluster()?.create_database(&name)?),
        };
        let database = Database {
            engine,
            users,
            folder: self.folder.join(name),
            url,
        };
        fs::create_dir(&database.folder)?;
        let mut seed = self.latchkey(&["dev", "seed", "--users", &users.to_string()]);
        process::output(database.name_to(&mut seed))?;
        if engine == Engine::Postgres {
            let url = database.url.as_deref().unwrap_or_default();
            self.cluster()?.settle(url)?;
        }
        Ok(database)
    }

    /// The large database, seeded once: for rows that only read.
    pub(crate) fn large(&mut self, engine: Engine) -> Result<Database> {
        if let Some(database) = self.large.iter().find(|database| database.engine == engine) {
            return Ok(database.clone());
        }
        eprintln!(
            "    seeding {} users on {} …",
            self.options.users,
            engine.name()
        );
        let database = self.seed(engine, self.options.users)?;
        self.large.push(database.clone());
        Ok(database)
    }

    fn cluster(&mut self) -> Result<&Cluster> {
        if self.cluster.is_none() {
            self.cluster = Some(Cluster::start(Durability::Full)?);
        }
        self.cluster.as_ref().context("PostgreSQL was started")
    }

    /// A server on a database, with its default settings but for the life of tokens: a run may be longer.
    pub(crate) fn serve(&mut self, database: &Database) -> Result<Server> {
        let log = self.fresh("log");
        let log = self.folder.join(log);
        let mut command = self.serve_command(database, "127.0.0.1:0");
        Server::start(&mut command, &log, b"")
    }

    pub(crate) fn serve_command(&self, database: &Database, listen: &str) -> Command {
        let words = [
            "serve",
            "--listen",
            listen,
            "--jwt-expiration-delta",
            "86400",
        ];
        let mut command = self.latchkey(&words);
        database.name_to(&mut command);
        command
    }

    /// A server that does nothing but give this answer.
    pub(crate) fn floor(&mut self, answer: &Answer) -> Result<Server> {
        let log = self.fresh("log");
        let log = self.folder.join(log);
        let mut command = self.latchkey(&["dev", "floor"]);
        Server::start(&mut command, &log, &answer.raw())
    }

    /// Hashes a second where nothing else happens, as a run, with memory in such pages.
    pub(crate) fn hashes_alone(&self, pages: Pages) -> Result<Run> {
        let seconds = self.options.seconds.to_string();
        let mut command = self.latchkey(&["dev", "hash", "--seconds", &seconds]);
        if pages == Pages::Huge {
            // As a server has its hashes computed.
            command.env(GLIBC_TUNABLES, "glibc.malloc.hugetlb=1");
        }
        let said = process::output(&mut command)?;
        let rate = said
            .trim()
            .parse()
            .context("`latchkey dev hash` tells a rate")?;
        Ok(Run {
            rate,
            p50: f64::NAN,
            p99: f64::NAN,
            cpu: f64::NAN,
        })
    }

    /// Load on one server. Every answer has to be good; those that are not looked at must have the length of `like`.
    pub(crate) fn run(
        &self,
        load: &Load,
        request: &Request,
        server: &Server,
        like: Option<&Answer>,
    ) -> Result<Run> {
        let before = server.cpu()?;
        let counts = load
            .start(request, server.address, &self.folder)?
            .finish()?
            .all_good()?;
        let cpu = server.cpu()? - before;
        if let Some(like) = like {
            let each = counts.bytes / counts.requests;
            ensure!(
                (each - to_float(like.size())).abs() <= SLACK,
                "answers were of {each:.1} bytes, and a good one is of {}",
                like.size()
            );
        }
        Ok(Run {
            rate: counts.rate(),
            p50: counts.p50,
            p99: counts.p99,
            cpu: cpu / counts.requests * 1e6,
        })
    }

    /// A second of load that is not counted: caches and memory are then as they stay.
    pub(crate) fn warm_up(&self, request: &Request, servers: &[&Server]) -> Result<()> {
        for server in servers {
            let load = Load::new(16, 1);
            load.start(request, server.address, &self.folder)?
                .finish()?
                .all_good()?;
        }
        Ok(())
    }
}

impl Drop for Rig<'_> {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.folder) {
            eprintln!("cannot remove {}: {error}", self.folder.display());
        }
    }
}

impl Database {
    /// Adds where the data is to a command.
    fn name_to<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command.arg("--data-dir").arg(&self.folder);
        if let Some(url) = &self.url {
            command.args(["--database-url", url]);
        }
        command
    }
}

/// A count as a figure.
#[expect(clippy::cast_precision_loss, reason = "counts here are far below 2^53")]
pub(crate) fn to_float(count: usize) -> f64 {
    count as f64
}
