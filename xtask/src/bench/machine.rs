//! On what was measured, and what.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;

use serde_json::{Value, json};

use super::options::Options;
use crate::context::Context;
use crate::files;
use crate::postgres;
use crate::process;

/// The facts without which figures mean nothing.
pub(crate) fn describe(context: &Context, options: &Options, binary: &Path) -> Value {
    let git = |arguments: &[&str]| said(context.command("git").args(arguments));
    let changed = !git(&["status", "--porcelain", "--untracked-files=no"]).is_empty();
    json!({
        "processor": line_of("/proc/cpuinfo", "model name"),
        "cores": thread::available_parallelism().map_or(1, usize::from),
        "memory": line_of("/proc/meminfo", "MemTotal"),
        "kernel": said(Command::new("uname").arg("-sr")),
        "load before": fs::read_to_string("/proc/loadavg").unwrap_or_default().trim(),
        "commit": git(&["rev-parse", "--short=12", "HEAD"]),
        "uncommitted changes": changed,
        "binary": binary.display().to_string(),
        "binary hash": files::read(binary).map(|content| files::hash(&content)).unwrap_or_default(),
        "version": said(context.command(binary).arg("--version")),
        "rustc": said(context.command("rustc").arg("--version")),
        "PostgreSQL": postgres::version(),
        "wrk": wrk_version(),
        "rounds": options.rounds,
        "seconds": options.seconds,
        "users": options.users,
        "connections": options.connections,
    })
}

/// One line about the machine and the program.
pub(crate) fn line(facts: &Value) -> String {
    let text = |name: &str| {
        facts[name]
            .as_str()
            .map_or_else(|| facts[name].to_string(), str::to_owned)
    };
    let changed = if facts["uncommitted changes"] == true {
        " with changes"
    } else {
        ""
    };
    format!(
        "{} cores of {}, {}, {}; {} at commit {}{changed}; {} rounds of {} seconds, {} users",
        text("cores"),
        text("processor"),
        text("kernel"),
        text("PostgreSQL"),
        text("version"),
        text("commit"),
        text("rounds"),
        text("seconds"),
        text("users"),
    )
}

/// What a command says, or nothing.
fn said(command: &mut Command) -> String {
    process::output(command)
        .map(|text| text.trim().to_owned())
        .unwrap_or_default()
}

/// wrk says its version and then ends as if that were wrong.
fn wrk_version() -> String {
    let output = Command::new("wrk").arg("--version").output();
    let text = output.map(|output| output.stdout).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    text.split(" [").next().unwrap_or_default().to_owned()
}

fn line_of(file: &str, name: &str) -> String {
    let text = fs::read_to_string(file).unwrap_or_default();
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(name)?.trim_start().strip_prefix(':'));
    line.unwrap_or_default().trim().to_owned()
}
