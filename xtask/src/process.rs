//! Running other programs: their failures as sentences, and Ctrl-C and SIGTERM passed on so that nothing is left behind.

use std::io;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

/// How often a running program is looked at.
const TICK: Duration = Duration::from_millis(20);

/// How long a program may take to end after SIGTERM: a little more than the server's drain time.
const GRACE: Duration = Duration::from_secs(25);

static INTERRUPTED: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// From here on Ctrl-C, SIGTERM and a closed terminal are remembered instead of ending xtask on the spot, so that what it started is
/// stopped and what it put into the temporary folder is removed.
pub(crate) fn catch_signals() -> Result<()> {
    for signal in [SIGHUP, SIGINT, SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&INTERRUPTED))
            .context("cannot catch signals")?;
    }
    Ok(())
}

/// Whether xtask was asked to end.
pub(crate) fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}

/// Runs a command to its end, its output going straight through; anything but success is an error.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let mut child = spawn(command)?;
    let status = wait(&mut child)?;
    if !status.success() {
        bail!("`{}` failed ({status})", describe(command));
    }
    Ok(())
}

/// Runs a short command without showing its output, which is returned, or told in the error where it failed.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| not_started(command))?;
    if !output.status.success() {
        let complaint = String::from_utf8_lossy(&output.stderr);
        bail!(
            "`{}` failed ({})\n{}",
            describe(command),
            output.status,
            complaint.trim_end()
        );
    }
    String::from_utf8(output.stdout)
        .with_context(|| format!("`{}` wrote something else than text", describe(command)))
}

/// Whether a short command succeeds; its output is not shown.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Starts a command whose output goes straight through.
pub(crate) fn spawn(command: &mut Command) -> Result<Child> {
    command.spawn().with_context(|| not_started(command))
}

/// Sleeps for one look at the world.
pub(crate) fn tick() {
    sleep(TICK);
}

/// Asks a program to end, as `kill` does, and ends it by force when it has not done so within `grace`.
pub(crate) fn stop(child: &mut Child, grace: Duration) -> Result<()> {
    if child.try_wait()?.is_some() {
        return Ok(());
    }
    // The standard library can only kill outright. The shell's own `kill` is there even where procps is not.
    let asked = succeeds(Command::new("sh").args([
        "-c",
        "kill -TERM \"$1\"",
        "sh",
        &child.id().to_string(),
    ]));
    let asked_at = Instant::now();
    while asked && asked_at.elapsed() < grace {
        if child.try_wait()?.is_some() {
            return Ok(());
        }
        tick();
    }
    child.kill()?;
    child.wait()?;
    Ok(())
}

/// The command as one would type it, its program without its folder.
pub(crate) fn describe(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str());
    let words = std::iter::once(name)
        .chain(command.get_args())
        .map(|word| word.to_string_lossy());
    words.collect::<Vec<_>>().join(" ")
}

fn wait(child: &mut Child) -> Result<ExitStatus> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if interrupted() {
            stop(child, GRACE)?;
            bail!("interrupted");
        }
        tick();
    }
}

fn not_started(command: &Command) -> String {
    format!("cannot start `{}`", describe(command))
}

/// Puts `command` in xtask's own place, so that every signal reaches it directly. Returns only on failure.
pub(crate) fn replace_with(command: &mut Command) -> Result<()> {
    use std::os::unix::process::CommandExt;

    let error: io::Error = command.exec();
    Err(error).with_context(|| not_started(command))
}
