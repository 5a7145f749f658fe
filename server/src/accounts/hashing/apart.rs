//! Hashes in processes of their own: `latchkey hash`, one for each thread that has hashes computed.
//!
//! Linux shares a processor out among sessions first (`CONFIG_SCHED_AUTOGROUP`, sched(7)), and only within a session by how
//! nice a thread is. To every process of PostgreSQL, each of which is a session, a hash in the server's own was as urgent
//! as what the server answers. In a session of its own a hash is less urgent than all of them.
//!
//! Work goes there as a line of JSON, several pieces at a time, and the answers come back as another.

use std::io::{self, BufRead as _, BufReader, Write};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::Context as _;
use serde::Serialize;
use tokio::signal::unix::{SignalKind, signal};

use super::argon2id::Argon2id;
use super::priority;
use super::work::{Answer, Work};
use crate::config::PasswordConfig;

/// A process that computes hashes, ended with this value.
pub(super) struct Helper {
    process: Child,
    work: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Helper {
    /// Starts one with the cost of `config`.
    ///
    /// # Errors
    /// Where there is to be no other process.
    pub(super) fn start(config: &PasswordConfig) -> io::Result<Self> {
        let cost = [
            ("--argon2-memory", config.argon2_memory),
            ("--argon2-passes", config.argon2_passes),
            ("--argon2-lanes", config.argon2_lanes),
        ];
        let mut process = Command::new(program()?)
            .arg0("latchkey")
            .arg("hash")
            .args(cost.map(|(name, value)| format!("{name}={value}")))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let pipes = process.stdin.take().zip(process.stdout.take());
        let (work, answers) = pipes.expect("both were asked for as pipes");
        Ok(Self {
            process,
            work,
            answers: BufReader::new(answers),
        })
    }

    /// Has it do this, each in turn.
    ///
    /// # Errors
    /// Where it has ended.
    pub(super) fn run(&mut self, work: &[Work]) -> io::Result<Vec<Answer>> {
        send(&mut self.work, work)?;
        let mut line = Vec::new();
        self.answers.read_until(b'\n', &mut line)?;
        let answers: Vec<Answer> = serde_json::from_slice(&line)?;
        if answers.len() != work.len() {
            return Err(io::ErrorKind::InvalidData.into());
        }
        Ok(answers)
    }
}

/// Sends a value as a line.
fn send(to: &mut impl Write, value: &(impl Serialize + ?Sized)) -> io::Result<()> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    to.write_all(&line)?;
    to.flush()
}

impl Drop for Helper {
    fn drop(&mut self) {
        // It has nothing to do, or does not do it. Whoever is not waited for stays in the list of processes.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// This program: on Linux the very one that runs, whatever lies in its place by now.
fn program() -> io::Result<PathBuf> {
    if cfg!(target_os = "linux") {
        Ok(PathBuf::from("/proc/self/exe"))
    } else {
        std::env::current_exe()
    }
}

/// `latchkey hash`: does what comes on standard input, until no more can come.
///
/// # Errors
/// Where the server that started it does not understand it.
pub(crate) fn hash_apart(config: &PasswordConfig) -> anyhow::Result<()> {
    // A signal to end may be for the server and all its processes: what is under way there, it still needs. It ends with it.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()?;
    let _entered = runtime.enter();
    let _caught = [SignalKind::terminate(), SignalKind::interrupt()].map(signal);
    priority::leave_session();
    priority::lower();
    let argon2 = Argon2id::new(config);
    let mut answers = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let work: Vec<Work> = serde_json::from_str(&line?).context("this is no work")?;
        let all: Vec<Answer> = work.iter().map(|work| work.answer(&argon2)).collect();
        send(&mut answers, &all)?;
    }
    Ok(())
}
