//! A program that answers, under measurement: started, watched through `/proc`, and ended.

use std::fs::{self, File};
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::process;

/// How long a program may take to listen, and to end.
const PATIENCE: Duration = Duration::from_mins(1);

/// The unit in which Linux tells processor times, whatever the kernel's own is.
const TICKS_A_SECOND: f64 = 100.0;

/// A process that listens; ended with this value.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
}

/// What processes hold of memory, in kilobytes of 1,000 bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Memory {
    /// All that is resident, files of the program included.
    pub(crate) resident: f64,
    /// What of it is no file's.
    pub(crate) anonymous: f64,
    /// The most that was ever resident.
    pub(crate) peak: f64,
}

impl Server {
    /// Starts a program that writes where it listens, as a URL, into its log.
    pub(crate) fn start(command: &mut Command, log: &Path, input: &[u8]) -> Result<Self> {
        let file = File::create(log)?;
        command
            .stdin(Stdio::piped())
            .stdout(file.try_clone()?)
            .stderr(file);
        let mut child = process::spawn(command)?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(input)?;
        }
        let mut server = Self {
            child,
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
        };
        let started = Instant::now();
        loop {
            let text = fs::read_to_string(log)?;
            if let Some(address) = listening(&text) {
                server.address = address;
                return Ok(server);
            }
            if server.child.try_wait()?.is_some() || started.elapsed() > PATIENCE {
                bail!("`{}` does not listen:\n{text}", process::describe(command));
            }
            process::tick();
        }
    }

    /// The processor time it has taken so far, with the processes that it has started, in seconds.
    pub(crate) fn cpu(&self) -> Result<f64> {
        let started = self.started()?;
        // One that has ended meanwhile counts for nothing.
        let started = started.into_iter().filter_map(|process| cpu(process).ok());
        Ok(cpu(self.child.id())? + started.sum::<f64>())
    }

    /// Of all its processes; what of a file several of them hold counts for each.
    pub(crate) fn memory(&self) -> Result<Memory> {
        let mut all = memory(self.child.id())?;
        let started = self.started()?;
        for memory in started
            .into_iter()
            .filter_map(|process| memory(process).ok())
        {
            all.resident += memory.resident;
            all.anonymous += memory.anonymous;
            all.peak += memory.peak;
        }
        Ok(all)
    }

    /// The processes that it has started.
    fn started(&self) -> Result<Vec<u32>> {
        let own = self.child.id();
        let mut all = Vec::new();
        for entry in fs::read_dir("/proc")? {
            let name = entry?.file_name();
            let id = name.to_str().and_then(|name| name.parse().ok());
            // Others come and go meanwhile.
            if let Some(id) = id
                && let Ok(fields) = stat(id)
                && fields
                    .get(1)
                    .is_some_and(|parent| *parent == own.to_string())
            {
                all.push(id);
            }
        }
        Ok(all)
    }

    /// Ends it as a power cut does.
    pub(crate) fn kill(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Err(error) = process::stop(&mut self.child, PATIENCE) {
            eprintln!("a server cannot be stopped: {error}");
        }
    }
}

fn cpu(process: u32) -> Result<f64> {
    let fields = stat(process)?;
    let ticks = |place: usize| {
        fields
            .get(place)
            .and_then(|ticks| ticks.parse::<f64>().ok())
    };
    let (user, system) = ticks(11).zip(ticks(12)).context("/proc tells no times")?;
    Ok((user + system) / TICKS_A_SECOND)
}

fn memory(process: u32) -> Result<Memory> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let kilobytes = |name: &str| {
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        let figure = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
        // The kernel means 1,024 bytes.
        figure
            .map(|figure| figure * 1.024)
            .with_context(|| format!("/proc tells no {name}"))
    };
    Ok(Memory {
        resident: kilobytes("VmRSS")?,
        anonymous: kilobytes("RssAnon")?,
        peak: kilobytes("VmHWM")?,
    })
}

/// What `/proc/PID/stat` says after the name, which is in brackets and may hold anything: the state, the parent and so on.
fn stat(process: u32) -> Result<Vec<String>> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    let (_, fields) = stat
        .rsplit_once(')')
        .context("/proc tells nothing of a process")?;
    Ok(fields.split_whitespace().map(str::to_owned).collect())
}

fn listening(log: &str) -> Option<SocketAddr> {
    let (_, after) = log.split_once("http://")?;
    let (address, _) = after.split_once(char::is_whitespace)?;
    address.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::listening;

    #[test]
    fn the_address_is_found_in_the_log() {
        let log = "2026-01-01T00:00:00Z  INFO Latchkey 0.1.0 listens on http://127.0.0.1:4321\n";
        assert_eq!(listening(log), Some(([127, 0, 0, 1], 4321).into()));
        assert_eq!(
            listening("http://127.0.0.1:43"),
            None,
            "the line is not whole yet"
        );
        assert_eq!(listening("starting\n"), None);
    }
}
