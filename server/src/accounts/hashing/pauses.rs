//! Short pauses of the processes that hash, where others want the processors: `latchkey pause`, one for each server.
//!
//! However low a hash's priority, Linux lets it have a processor now and then, and what wakes up meanwhile and has just had more than its
//! share stands behind it until the next tick of the clock, up to 4 ms later (`CONFIG_HZ`). There is no setting for that. But who is
//! stopped is in nobody's way: so those who hash are stopped each millisecond (`SIGSTOP`), and go on a tenth of one later. While nobody
//! wants the processors but those that hash, of this server or another, nobody is stopped.
//!
//! It takes a process of its own, in a session of its own: a thread of the server would have to wait behind the hash itself. It is
//! told who hashes in lines: `+` or `-`, and the number of the process. The system tells the server of each stop (`SIGCHLD`), which costs
//! nothing for as long as the server does not ask to be told.

mod others;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open, pidfd_send_signal};

use super::apart::{command, whatever_signals_say};
use super::priority;
use others::Others;

/// How long a hash goes on between two pauses. A shorter time costs more hashes, a longer one is what others wait for.
const RUN: Duration = Duration::from_millis(1);
/// And how long it pauses: those who wait have its processor by then, and it does not get it back at once. The system adds 0.05 ms.
const PAUSE: Duration = Duration::from_micros(100);
/// How often it is looked at whether others want the processors.
const LOOK: Duration = Duration::from_millis(5);
/// They do where hashes wait for this part of the time in which they could go on, and have [`OTHERS_HAVE`].
const WANTED: f64 = 0.25;
/// What part of the processors it takes. It is more than what comes before and after a hash, of whatever server.
const OTHERS_HAVE: f64 = 0.3;
/// What part of what was seen counts at the next look: half of it counts for ten looks.
const REMEMBERED: f64 = 0.933;
/// How long an answer is waited for before a process is told to go on that may be stopped for good.
const STOPPED: Duration = Duration::from_secs(1);

/// The process, as the server sees it. Without it hashes do not pause, and that is all.
#[derive(Default)]
pub(super) struct Pauses(OnceLock<Mutex<Option<Pauser>>>);

struct Pauser {
    process: Child,
    told: ChildStdin,
}

impl Pauses {
    /// Has `process` pause from now on, until there is something to read of `answers`.
    ///
    /// # Errors
    /// Where it cannot be waited for.
    pub(super) fn until_answered(&self, process: &Child, answers: &ChildStdout) -> io::Result<()> {
        self.tell('+', process.id());
        let answered = answered(process, answers);
        self.tell('-', process.id());
        answered
    }

    /// Starts it, if nobody has: not on a thread that hashes, for it would be as little in a hurry.
    pub(super) fn start(&self) {
        self.0.get_or_init(|| {
            let pauser = Pauser::start();
            let pauser = pauser.inspect_err(|error| {
                tracing::warn!("hashes do not pause for what is asked meanwhile: {error}");
            });
            Mutex::new(pauser.ok())
        });
    }

    fn tell(&self, sign: char, process: u32) {
        let Some(pauser) = self.0.get() else {
            return;
        };
        let mut pauser = pauser.lock().unwrap_or_else(PoisonError::into_inner);
        // At once: so short a message is taken as a whole or not at all (pipe(7)).
        let message = format!("{sign}{process}\n");
        if let Some(Err(error)) = pauser
            .as_mut()
            .map(|pauser| pauser.told.write_all(message.as_bytes()))
        {
            tracing::warn!(
                "hashes do not pause for what is asked meanwhile any more: the process that has them pause cannot be told: {error}"
            );
            *pauser = None;
        }
    }
}

impl Pauser {
    fn start() -> io::Result<Self> {
        let mut process = command("pause")?.stdout(Stdio::null()).spawn()?;
        let told = process.stdin.take().ok_or(io::ErrorKind::BrokenPipe)?;
        let pauser = Self { process, told };
        // Nobody who has a password hashed is to wait for one that does not read.
        rustix::io::ioctl_fionbio(&pauser.told, true)?;
        Ok(pauser)
    }
}

impl Drop for Pauser {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Waits for an answer. Whoever has a process pause may end before it has it go on.
fn answered(process: &Child, answers: &ChildStdout) -> io::Result<()> {
    while !is_there_within(Some(STOPPED), answers.as_fd())? {
        go_on(process);
    }
    Ok(())
}

/// Has a process go on that is stopped, by whomever.
pub(super) fn go_on(process: &Child) {
    if let Some(id) = i32::try_from(process.id()).ok().and_then(Pid::from_raw) {
        // It is not waited for before it is dropped, so its number is nobody else's.
        let _ = kill_process(id, Signal::CONT);
    }
}

/// One that hashes.
struct Watched {
    process: OwnedFd,
    /// How long it has run and has waited for a processor so far, in nanoseconds (`/proc/PID/schedstat`).
    statistics: File,
    seen: (f64, f64),
}

impl Watched {
    fn find(process: i32) -> io::Result<Self> {
        let id = Pid::from_raw(process).ok_or(io::ErrorKind::NotFound)?;
        let mut found = Self {
            process: pidfd_open(id, PidfdFlags::empty())?,
            statistics: File::open(format!("/proc/{process}/schedstat"))?,
            seen: (0., 0.),
        };
        found.look()?;
        Ok(found)
    }

    /// How long it has run and has waited since the last look.
    fn look(&mut self) -> io::Result<(f64, f64)> {
        let mut text = String::new();
        self.statistics.rewind()?;
        self.statistics.read_to_string(&mut text)?;
        let mut fields = text.split_ascii_whitespace().map(str::parse);
        let (Some(Ok(ran)), Some(Ok(waited))) = (fields.next(), fields.next()) else {
            return Err(io::ErrorKind::InvalidData.into());
        };
        let before = std::mem::replace(&mut self.seen, (ran, waited));
        Ok((ran - before.0, waited - before.1))
    }

    fn signal(&self, signal: Signal) {
        // One that has ended needs none.
        let _ = pidfd_send_signal(&self.process, signal);
    }
}

/// All that hash, and whether others want the processors.
struct All {
    hashing: BTreeMap<i32, Watched>,
    ran: f64,
    waited: f64,
    others: Others,
}

impl All {
    fn new() -> Self {
        Self {
            hashing: BTreeMap::new(),
            ran: 0.,
            waited: 0.,
            others: Others::new(),
        }
    }

    /// Takes note of what the server says.
    fn note(&mut self, line: &str) -> Option<()> {
        let (sign, process) = line.split_at_checked(1)?;
        let process = process.parse().ok()?;
        if let Some(mut ended) = self.hashing.remove(&process) {
            self.count(&ended.look());
        }
        if sign == "+" {
            self.hashing.insert(process, Watched::find(process).ok()?);
        }
        Some(())
    }

    fn look(&mut self) {
        self.ran *= REMEMBERED;
        self.waited *= REMEMBERED;
        let looks: Vec<_> = self.hashing.values_mut().map(Watched::look).collect();
        for look in &looks {
            self.count(look);
        }
        self.others.look();
    }

    /// One that has ended counts for nothing.
    fn count(&mut self, look: &io::Result<(f64, f64)>) {
        if let Ok((ran, waited)) = look {
            self.ran += ran;
            self.waited += waited;
        }
    }

    fn others_want_processors(&self) -> bool {
        self.waited > WANTED * (self.ran + self.waited) && self.others.share() > OTHERS_HAVE
    }

    fn pause(&self) {
        self.signal(Signal::STOP);
        thread::sleep(PAUSE);
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        for hashing in self.hashing.values() {
            hashing.signal(signal);
        }
    }
}

/// `latchkey pause`: has those pause who are named on standard input, until nobody can be named any more.
///
/// # Errors
/// Where the system does not say how long a process has waited, or standard input cannot be read.
pub(crate) fn pause_others() -> anyhow::Result<()> {
    whatever_signals_say(|| {
        priority::be_on_time();
        let own = i32::try_from(std::process::id())?;
        Watched::find(own).context("hashes cannot be had pause here")?;
        let mut all = All::new();
        let mut unread = Vec::new();
        let mut looked = Instant::now();
        let mut paused = Instant::now();
        loop {
            let wait = if all.hashing.is_empty() {
                None
            } else if all.others_want_processors() {
                Some(RUN.saturating_sub(paused.elapsed()))
            } else {
                Some(LOOK)
            };
            if is_there_within(wait, io::stdin().as_fd())? {
                if !read_more(&mut unread)? {
                    return Ok(());
                }
                while let Some(end) = unread.iter().position(|byte| *byte == b'\n') {
                    let line: Vec<u8> = unread.drain(..=end).collect();
                    let _ = all.note(String::from_utf8_lossy(&line).trim_end());
                }
            } else if all.others_want_processors()
                // Only where nothing is left to read: the server has not waited for those named yet, so their numbers are nobody
                // else's. A signal ends the wait before it is known.
                && !is_there_within(Some(Duration::ZERO), io::stdin().as_fd())?
            {
                all.pause();
                paused = Instant::now();
            }
            if looked.elapsed() >= LOOK {
                looked = Instant::now();
                all.look();
            }
        }
    })
}

/// Whether there is more to read, or no more can come, within `time`.
fn is_there_within(time: Option<Duration>, from: BorrowedFd<'_>) -> io::Result<bool> {
    let time = time.and_then(|time| Timespec::try_from(time).ok());
    match poll(
        &mut [PollFd::from_borrowed_fd(from, PollFlags::IN)],
        time.as_ref(),
    ) {
        Ok(ready) => Ok(ready > 0),
        Err(Errno::INTR) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// False where no more can come.
fn read_more(unread: &mut Vec<u8>) -> io::Result<bool> {
    let mut some = [0; 4096];
    // Not by the buffer of standard input, which nobody can ask whether there is more in it.
    let read = rustix::io::read(io::stdin().as_fd(), &mut some)?;
    unread.extend_from_slice(some.get(..read).unwrap_or_default());
    Ok(read > 0)
}
