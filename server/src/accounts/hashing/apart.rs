//! Hashes in processes of their own: `latchkey hash`, one for each thread that has passwords hashed.
//!
//! Linux shares a processor out among sessions first (`CONFIG_SCHED_AUTOGROUP`, sched(7)), and only within a session by how
//! nice a thread is. To every process of PostgreSQL, each of which is a session, a hash in the server's own was as urgent
//! as what the server answers. In a session of its own a hash is less urgent than all of them. Where processes are in
//! control groups that have shares of their own, as in containers, those come first, and the niceness counts within them.
//!
//! Work goes there as a line of JSON, several pieces at a time, and the answers come back as another. A process says that
//! it is there as if it had answered nothing.

use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;

use anyhow::anyhow;
use serde::Serialize;
use tokio::signal::unix::{SignalKind, signal};

use super::argon2id::Argon2id;
use super::pauses::{self, Pauses};
use super::priority::{self, Session};
use super::work::{Answer, Work, answer_first};
use crate::config::{Cli, GLIBC_TUNABLES, PasswordConfig, glibc_tunables};

/// A process that computes hashes, ended with this value.
pub(super) struct HashProcess {
    process: Child,
    work: ChildStdin,
    answers: BufReader<ChildStdout>,
    pauses: Arc<Pauses>,
}

impl HashProcess {
    /// Starts one with the cost of `config`, which has the pauses of all.
    ///
    /// # Errors
    /// Where there is to be no other process.
    pub(super) fn start(config: &PasswordConfig, pauses: Arc<Pauses>) -> io::Result<Self> {
        let cost = [
            ("--argon2-memory", config.argon2_memory),
            ("--argon2-passes", config.argon2_passes),
            ("--argon2-lanes", config.argon2_lanes),
        ];
        let mut command = command("hash")?;
        command
            .args(cost.map(|(name, value)| format!("{name}={value}")))
            .stdout(Stdio::piped())
            .env(GLIBC_TUNABLES, in_huge_pages(glibc_tunables()));
        let mut process = command.spawn()?;
        let pipes = process.stdin.take().zip(process.stdout.take());
        let (work, answers) = pipes.ok_or(io::ErrorKind::BrokenPipe)?;
        let mut process = Self {
            process,
            work,
            answers: BufReader::new(answers),
            pauses,
        };
        // What can be started need not be what was to be.
        line(&mut process.answers)?;
        Ok(process)
    }

    /// Has it answer the first of these, or more. That has no bound: only from outside can it be kept from ending.
    ///
    /// # Errors
    /// Where it has ended.
    pub(super) fn run(&mut self, work: &[Work]) -> io::Result<Vec<Answer>> {
        // One that was stopped while it had nothing to do would not read.
        pauses::go_on(&self.process);
        send(&mut self.work, work)?;
        // What was read already is not waited for.
        if self.answers.buffer().is_empty() {
            self.pauses
                .until_answered(&self.process, self.answers.get_ref())?;
        }
        let answers: Vec<Answer> = serde_json::from_slice(&line(&mut self.answers)?)?;
        if (1..=work.len()).contains(&answers.len()) {
            Ok(answers)
        } else {
            Err(io::ErrorKind::InvalidData.into())
        }
    }
}

impl Drop for HashProcess {
    fn drop(&mut self) {
        // It has nothing to do, or does not do it. Whoever is not waited for stays in the list of processes.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The next line; one without an end is of a process that has ended.
fn line(from: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut line = Vec::new();
    from.read_until(b'\n', &mut line)?;
    if line.last() == Some(&b'\n') {
        Ok(line)
    } else {
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}

/// Sends a value as a line.
fn send(to: &mut impl Write, value: &(impl Serialize + ?Sized)) -> io::Result<()> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    to.write_all(&line)?;
    to.flush()
}

/// These settings of glibc, and that memory comes in huge pages where the system gives them to those who ask. Argon2 reads all
/// over its megabytes, and in small pages many a step begins with a search for its page. Where the settings say something about
/// it, that holds.
fn in_huge_pages(settings: Option<OsString>) -> OsString {
    const NAME: &str = "glibc.malloc.hugetlb";
    let mut settings = settings.unwrap_or_default();
    if !settings.to_string_lossy().contains(NAME) {
        if !settings.is_empty() {
            settings.push(":");
        }
        settings.push(NAME);
        settings.push("=1");
    }
    settings
}

/// What starts this program once more, for `what`, and tells it more by its standard input.
pub(super) fn command(what: &str) -> io::Result<Command> {
    let mut command = Command::new(program()?);
    command.arg0("latchkey").arg(what).stdin(Stdio::piped());
    // The server's settings are not its own, and secrets are among them.
    for variable in Cli::variables() {
        command.env_remove(variable);
    }
    Ok(command)
}

/// Does `work` whatever signals say: they may be for the server and all its processes, and what is under way there, it still needs. It
/// ends with the server.
pub(super) fn whatever_signals_say<T>(
    work: impl FnOnce() -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()?;
    let _entered = runtime.enter();
    let _caught = [
        SignalKind::terminate(),
        SignalKind::interrupt(),
        SignalKind::hangup(),
    ]
    .map(signal);
    work()
}

/// This program: on Linux the very one that runs, whatever lies in its place by now.
fn program() -> io::Result<PathBuf> {
    if cfg!(target_os = "linux") {
        Ok(PathBuf::from("/proc/self/exe"))
    } else {
        std::env::current_exe()
    }
}

/// `latchkey hash`: does what comes on standard input, until no more can come or nobody wants the answers.
///
/// # Errors
/// Where what comes is no work, or the cost is too low.
pub(crate) fn hash_apart(config: &PasswordConfig) -> anyhow::Result<()> {
    config.check()?;
    whatever_signals_say(|| {
        let mut session = Session::new();
        priority::lower();
        // Its answer tells of a panic. What a panic says itself may hold a part of a password.
        std::panic::set_hook(Box::new(|_| ()));
        let argon2 = Argon2id::new(config);
        let mut answers = io::stdout().lock();
        let mut all: Vec<Answer> = Vec::new();
        // That it is there, then one line for each that comes.
        while send(&mut answers, &all).is_ok()
            && let Ok(line) = line(&mut io::stdin().lock())
        {
            // What is wrong with it would show a part of it.
            let work: Vec<Work> =
                serde_json::from_slice(&line).map_err(|_| anyhow!("this is no work"))?;
            all = session.during(|| answer_first(&work, &argon2));
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::in_huge_pages;

    #[test]
    fn settings_of_an_operator_are_kept() {
        for (given, wanted) in [
            (None, "glibc.malloc.hugetlb=1"),
            (Some(""), "glibc.malloc.hugetlb=1"),
            (
                Some("glibc.malloc.tcache_count=0"),
                "glibc.malloc.tcache_count=0:glibc.malloc.hugetlb=1",
            ),
            (Some("glibc.malloc.hugetlb=0"), "glibc.malloc.hugetlb=0"),
        ] {
            assert_eq!(in_huge_pages(given.map(Into::into)), wanted);
        }
    }
}
