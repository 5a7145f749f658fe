//! The real binary: commands that end, and a server that is told to stop.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use super::Database;

/// How long the tests wait for what a process has to say: far beyond what it ever takes.
const PATIENCE: Duration = Duration::from_mins(1);

/// A command that has ended.
#[derive(Debug)]
pub(crate) struct Finished {
    /// Whether it succeeded.
    pub(crate) success: bool,
    /// What it wrote to standard output.
    pub(crate) stdout: String,
    /// What it wrote to standard error.
    pub(crate) stderr: String,
}

impl Finished {
    /// Demands success, and gives standard output.
    pub(crate) fn succeeds(self) -> String {
        assert!(self.success, "it succeeds: {self:?}");
        self.stdout
    }

    /// Demands failure, and that standard error holds every one of `texts`.
    pub(crate) fn fails_with(&self, texts: &[&str]) {
        assert!(!self.success, "it fails: {self:?}");
        for text in texts {
            assert!(
                self.stderr.contains(text),
                "it says {text:?}: {}",
                self.stderr
            );
        }
    }
}

/// The binary in a folder, without any variable of the person who runs the tests.
fn bare(folder: &Path, words: &[&str]) -> Command {
    program(env!("CARGO_BIN_EXE_latchkey").as_ref(), folder, words)
}

fn program(program: &Path, folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.env_clear().current_dir(folder).args(words);
    command
}

/// The binary on a database.
fn command(database: &Database, words: &[&str]) -> Command {
    let mut command = bare(Path::new(database.folder()), words);
    command
        .env("LATCHKEY_DATA_DIR", database.folder())
        .env("LATCHKEY_DATABASE_URL", database.url());
    command
}

/// Runs a command to its end, with `input` as its standard input.
pub(crate) fn latchkey(database: &Database, words: &[&str], input: &str) -> Finished {
    finished(command(database, words), input)
}

/// The same, with variables.
pub(crate) fn latchkey_with(
    database: &Database,
    words: &[&str],
    variables: &[(&str, &str)],
) -> Finished {
    let mut command = command(database, words);
    command.envs(variables.iter().copied());
    finished(command, "")
}

/// The same in a folder, with nothing configured.
pub(crate) fn latchkey_in(folder: &Path, words: &[&str], input: &str) -> Finished {
    finished(bare(folder, words), input)
}

fn finished(mut command: Command, input: &str) -> Finished {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    let mut stdin = child.stdin.take().expect("standard input is a pipe");
    // A command that refuses its words never reads it.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    let output = child.wait_with_output().expect("the command ends");
    Finished {
        success: output.status.success(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// A command that is under way, and writes on until nobody takes what it says.
pub(crate) struct UnderWay(Child);

impl UnderWay {
    /// Ends it as nothing can be ended but by force.
    pub(crate) fn kill(mut self) {
        self.0.kill().expect("it is ours");
        self.0.wait().expect("it ends");
    }
}

/// Starts a command and does not wait for it.
pub(crate) fn under_way(database: &Database, words: &[&str]) -> UnderWay {
    let mut command = command(database, words);
    let command = command.stdin(Stdio::null()).stdout(Stdio::null());
    UnderWay(
        command
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary runs"),
    )
}

/// Runs a command until a line of its standard output holds `text`, and then reads no more of it.
pub(crate) fn until_line(database: &Database, words: &[&str], text: &str) -> UnderWay {
    let mut child = command(database, words)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary runs");
    let stdout = child.stdout.as_mut().expect("standard output is a pipe");
    // Nothing is read ahead of what is asked for.
    let mut lines = BufReader::with_capacity(1, stdout)
        .lines()
        .map_while(Result::ok);
    assert!(lines.any(|line| line.contains(text)), "it says {text:?}");
    UnderWay(child)
}

/// A server in a process of its own; ended with this value.
pub(crate) struct Process {
    child: Child,
    lines: Receiver<String>,
    /// What it has logged until it listened.
    pub(crate) started: Vec<String>,
    /// Where it listens, once it does.
    pub(crate) address: SocketAddr,
}

impl Process {
    /// Starts a server with these settings and waits until it listens.
    pub(crate) fn serve(database: &Database, settings: &[&str]) -> Self {
        let words = [&["serve", "--listen", "127.0.0.1:0"], settings].concat();
        Self::start(command(database, &words))
    }

    /// Starts a server on an SQLite file in this folder that cannot write beyond so many blocks of 512 bytes in any
    /// file: a full disk, without a disk.
    pub(crate) fn serve_within(folder: &Path, blocks: u32) -> Self {
        // A write beyond is then an error, and not the signal that ends a process.
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" --listen 127.0.0.1:0");
        let mut shell = Command::new("sh");
        shell
            .args(["-c", &script, env!("CARGO_BIN_EXE_latchkey")])
            .env_clear()
            .current_dir(folder);
        Self::start(shell)
    }

    /// Starts a server none of whose processes may have more memory than so many kilobytes.
    pub(crate) fn serve_in_little_memory(database: &Database, kilobytes: u32) -> Self {
        let script = format!("ulimit -v {kilobytes}; exec \"$0\" --listen 127.0.0.1:0");
        let mut shell = Command::new("sh");
        shell
            .args(["-c", &script, env!("CARGO_BIN_EXE_latchkey")])
            .env_clear()
            // Else how much is set aside for threads would depend on the machine.
            .env("MALLOC_ARENA_MAX", "1")
            .env("LATCHKEY_DATA_DIR", database.folder())
            .env("LATCHKEY_DATABASE_URL", database.url());
        Self::start(shell)
    }

    /// Starts a copy of the binary as a server in a folder, with nothing configured, and waits until it listens.
    pub(crate) fn serve_with(copy: &Path, folder: &Path) -> Self {
        Self::start(program(copy, folder, &["serve", "--listen", "127.0.0.1:0"]))
    }

    /// Starts a server in a folder, with nothing configured, and does not wait for it.
    pub(crate) fn launch(folder: &Path) -> Self {
        Self::begin(bare(folder, &["serve", "--listen", "127.0.0.1:0"]))
    }

    fn begin(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary runs");
        let stderr = child.stderr.take().expect("standard error is a pipe");
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                // Nobody listens any more once the test is over.
                let _ = sender.send(line);
            }
        });
        Self {
            child,
            lines,
            started: Vec::new(),
            address: SocketAddr::from(([0, 0, 0, 0], 0)),
        }
    }

    /// Starts a server and waits until it listens.
    fn start(command: Command) -> Self {
        let mut server = Self::begin(command);
        loop {
            let line = server.lines.recv_timeout(PATIENCE).unwrap_or_else(|_| {
                panic!("the server starts: {:#?}", server.started);
            });
            let address = line.split_once("http://").and_then(|(_, rest)| {
                let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ':');
                rest[..end.unwrap_or(rest.len())].parse().ok()
            });
            server.started.push(line);
            if let Some(address) = address {
                server.address = address;
                return server;
            }
        }
    }

    /// The next line of the log.
    pub(crate) fn line(&self) -> String {
        self.lines
            .recv_timeout(PATIENCE)
            .expect("the server logs another line")
    }

    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Asks the process to end, as an operator's system does.
    pub(crate) fn terminate(&self) {
        signal("-TERM", self.id());
    }

    /// Asks the process to look at its files again.
    pub(crate) fn hang_up(&self) {
        signal("-HUP", self.id());
    }

    /// The next line of the log that holds this text.
    pub(crate) fn line_with(&self, text: &str) -> String {
        loop {
            let line = self.line();
            if line.contains(text) {
                return line;
            }
        }
    }

    /// Waits for the end: whether it was a success, and the lines until then.
    pub(crate) fn wait(mut self) -> (bool, Vec<String>) {
        let status = self.child.wait().expect("the server ends");
        (status.success(), self.lines.iter().collect())
    }
}

/// Sends a signal to a process.
pub(crate) fn signal(name: &str, process: u32) {
    let killed = Command::new("kill")
        .args([name, &process.to_string()])
        .status();
    assert!(killed.is_ok_and(|status| status.success()), "kill runs");
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
