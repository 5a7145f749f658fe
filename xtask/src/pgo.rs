//! Profile-guided optimisation: the server is compiled to count what it runs, made to run what servers run, and compiled again with the
//! counts. What runs often is then made fast and stands close together, and the rest is made small.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::apt;
use crate::bench;
use crate::context::{Context, program, variable};
use crate::files;
use crate::places::{self, Profile};
use crate::process;
use crate::server;
use crate::steps::{Outcome, Step};
use crate::tools;

pub(crate) const ADD_PROFDATA: Step = Step {
    title: "Adding llvm-profdata",
    action: add_profdata,
};
pub(crate) const COMPILE_COUNTING: Step = Step {
    title: "Compiling a server that counts what it runs",
    action: compile_counting,
};
pub(crate) const COUNT: Step = Step {
    title: "Counting what a server runs",
    action: count,
};
pub(crate) const COMPILE: Step = Step {
    title: "Compiling the server by what was counted",
    action: compile,
};

/// The program that reads what was counted.
const PROFDATA: &str = "llvm-profdata";

/// The versions of LLVM whose llvm-profdata reads what this Rust counts, the newest first, and the one to install.
const READERS: [&str; 4] = ["22", "21", "20", "19"];
const READER_PACKAGE: &str = "llvm-19";

/// What keeps it small, at the same speed (docs/performance.md): calls by pointer are not turned into direct ones of what they were
/// seen to call, more counts as rare than what 99.9999 % of all that runs leave out, and what is rare takes in less of what it calls.
const SMALLER: &str = "-Cllvm-args=-disable-icp -profile-summary-cutoff-cold=999900 \
    -inlinecold-threshold=5 -inline-cold-callsite-threshold=5";

/// How files end that hold a profile, and one that is not finished.
const PROFILE: &str = "profdata";
const UNFINISHED: &str = "merging";

/// The variable for flags that may hold spaces, and what stands between them.
const ENCODED: &str = "CARGO_ENCODED_RUSTFLAGS";
const SEPARATOR: &str = "\u{1f}";

/// The llvm-profdata that fits: Rust's own, or that of another LLVM which reads the same.
fn profdata(context: &Context) -> Option<PathBuf> {
    let mut rustc = context.command("rustc");
    let libraries = process::output(rustc.args(["--print", "target-libdir"])).ok()?;
    let own = Path::new(libraries.trim())
        .with_file_name("bin")
        .join(PROFDATA);
    let numbered = READERS.map(|version| program(&format!("{PROFDATA}-{version}")));
    let all = [Some(own), program(PROFDATA)].into_iter().chain(numbered);
    all.flatten().find(|program| reads(program))
}

/// Whether an llvm-profdata is of a version that fits.
fn reads(program: &Path) -> bool {
    let said = process::output(Command::new(program).arg("--version")).unwrap_or_default();
    version(&said).is_some_and(|version| READERS.contains(&version))
}

/// The first part of the version of LLVM that a program of it says.
fn version(said: &str) -> Option<&str> {
    said.split_once("LLVM version ")?.1.split('.').next()
}

fn add_profdata(context: &Context) -> Result<Outcome> {
    if profdata(context).is_some() {
        return Ok(Outcome::NothingToDo);
    }
    if let Err(error) = tools::rustup(context, ["component", "add", "llvm-tools"], PROFDATA) {
        ensure!(!process::interrupted(), "interrupted");
        eprintln!("      {error:#}");
    }
    if profdata(context).is_none() {
        apt::install(context, READER_PACKAGE).with_context(|| {
            format!("{PROFDATA} is missing: `rustup component add llvm-tools` adds it")
        })?;
    }
    profdata(context)
        .with_context(|| format!("{PROFDATA} was not found after its installation"))?;
    Ok(Outcome::Done)
}

/// What compiles a release in a folder of its own, with flags for rustc beside those of whoever builds.
fn compile_in(context: &Context, folder: &Path, flags: &[&str]) -> Result<Command> {
    let text = |name| variable(name).map(|value| value.to_string_lossy().into_owned());
    let plain = text("RUSTFLAGS").unwrap_or_default();
    // In cargo's order, for the one that is set here hides the others.
    let encoded = text(ENCODED);
    let given: Vec<&str> = match &encoded {
        Some(encoded) => encoded.split(SEPARATOR).collect(),
        None => plain.split_whitespace().collect(),
    };
    let flags = [&given, flags].concat();
    let mut cargo = server::build_command(context, Profile::Release);
    // With a target named, build scripts and macros are compiled without the flags.
    cargo
        .args(["--target", &host(context)?])
        .env("CARGO_TARGET_DIR", folder)
        .env(ENCODED, flags.join(SEPARATOR));
    Ok(cargo)
}

fn host(context: &Context) -> Result<String> {
    let said = process::output(context.command("rustc").args(["--print", "host-tuple"]))?;
    Ok(said.trim().to_owned())
}

/// The executable that was compiled in a folder.
fn executable_in(context: &Context, folder: &Path) -> Result<PathBuf> {
    Ok(folder.join(host(context)?).join("release/latchkey"))
}

fn counting_folder(context: &Context) -> PathBuf {
    places::guided(context).join("counting")
}

fn guided_folder(context: &Context) -> PathBuf {
    places::guided(context).join("guided")
}

/// Where servers that count write to when they end.
fn counts_folder(context: &Context) -> PathBuf {
    places::guided(context).join("counts")
}

/// What the counting executable that stands there counted. Its name is another one for another executable and another xtask, which knows
/// what it is made to do: cargo looks at flags, and not into the files that they name.
fn profile(context: &Context) -> Result<PathBuf> {
    let counting = executable_in(context, &counting_folder(context))?;
    let made_by = [counting, std::env::current_exe()?].map(|file| files::read(&file));
    let mut hashes = String::new();
    for content in made_by {
        hashes.push_str(&files::hash(&content?));
    }
    Ok(places::guided(context).join(format!("{}.{PROFILE}", files::hash(hashes.as_bytes()))))
}

fn compile_counting(context: &Context) -> Result<Outcome> {
    let flag = format!("-Cprofile-generate={}", counts_folder(context).display());
    // As the release in all else: functions are found in a profile by names that hold a hash of how they are compiled. Cargo leaves these
    // flags out of it.
    process::run(&mut compile_in(
        context,
        &counting_folder(context),
        &[&flag],
    )?)?;
    Ok(Outcome::Done)
}

fn count(context: &Context) -> Result<Outcome> {
    let profile = profile(context)?;
    if profile.is_file() {
        return Ok(Outcome::NothingToDo);
    }
    let reader = profdata(context).with_context(|| format!("{PROFDATA} is gone"))?;
    let counts = counts_folder(context);
    if counts.exists() {
        fs::remove_dir_all(&counts)?;
    }
    // What was counted before belongs to another executable, and so does what was compiled by it.
    for entry in fs::read_dir(places::guided(context))? {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|ending| ending == PROFILE || ending == UNFINISHED)
        {
            fs::remove_file(path)?;
        }
    }
    let guided = guided_folder(context);
    if guided.exists() {
        fs::remove_dir_all(&guided)?;
    }
    bench::train(context, executable_in(context, &counting_folder(context))?)?;
    let all = files::list(&counts).context("the servers have counted nothing")?;
    let merged = profile.with_extension(UNFINISHED);
    let mut merge = context.command(reader);
    merge.arg("merge").arg("--output").arg(&merged);
    process::run(merge.args(all.values()))?;
    fs::rename(&merged, &profile)?;
    fs::remove_dir_all(&counts)?;
    Ok(Outcome::Done)
}

fn compile(context: &Context) -> Result<Outcome> {
    let folder = guided_folder(context);
    let flag = format!("-Cprofile-use={}", profile(context)?.display());
    process::run(&mut compile_in(context, &folder, &[&flag, SMALLER])?)?;
    let executable = executable_in(context, &folder)?;
    let built = files::read(&executable)?;
    let place = places::guided_executable(context);
    if fs::read(&place).is_ok_and(|present| present == built) {
        return Ok(Outcome::NothingToDo);
    }
    // By way of another name, for a server may run from this one.
    let copy = place.with_extension("copy");
    fs::copy(&executable, &copy)?;
    fs::rename(&copy, &place)?;
    Ok(Outcome::Done)
}

#[cfg(test)]
mod tests {
    use super::{READERS, version};

    #[test]
    fn the_version_of_llvm_is_read() {
        let rust = "LLVM (http://llvm.org/):\n  LLVM version 22.1.2-rust-1.95.0-stable\n  Optimized build.\n";
        assert_eq!(version(rust), Some("22"));
        assert!(READERS.contains(&"22"));
        let debian = "Debian LLVM version 19.1.7\n  Optimized build.\n";
        assert_eq!(version(debian), Some("19"));
        let old = "llvm-profdata: Unknown command!\nUSAGE: llvm-profdata <merge|show|overlap>\n";
        assert_eq!(version(old), None, "it cannot read what Rust counts now");
    }
}
