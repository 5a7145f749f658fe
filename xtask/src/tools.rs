//! What a build needs beside cargo: Node.js, the WebAssembly target, rustfmt and clippy, and the npm packages. What
//! can be added without touching the system is added; for the rest the error says what to install.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::context::{Context, program};
use crate::files;
use crate::process;
use crate::steps::{Outcome, Step};

/// The oldest Node.js that the npm packages run on.
const OLDEST_NODE: u32 = 20;

pub(crate) const WASM_TARGET: &str = "wasm32-unknown-unknown";

pub(crate) const CHECK_NODE: Step = Step {
    title: "Looking for Node.js and npm",
    action: |_| check_node(),
};
pub(crate) const ADD_WASM_TARGET: Step = Step {
    title: "Adding Rust's WebAssembly target",
    action: add_wasm_target,
};
pub(crate) const ADD_COMPONENTS: Step = Step {
    title: "Adding rustfmt and clippy",
    action: add_components,
};
pub(crate) const ADD_FRONTEND_PACKAGES: Step = Step {
    title: "Adding the front end's npm packages",
    action: |context| add_packages(context, "frontend"),
};
pub(crate) const ADD_END2END_PACKAGES: Step = Step {
    title: "Adding the browser tests' npm packages",
    action: |context| add_packages(context, "end2end"),
};

fn check_node() -> Result<Outcome> {
    if program("node").is_none() || program("npm").is_none() {
        bail!(
            "Node.js {OLDEST_NODE} or newer with npm is needed and was not found: install it from https://nodejs.org or your system's packages"
        );
    }
    let version = process::output(Command::new("node").arg("--version"))?;
    let version = version.trim();
    let major = version
        .trim_start_matches('v')
        .split('.')
        .next()
        .and_then(|major| major.parse().ok());
    if major.is_none_or(|major: u32| major < OLDEST_NODE) {
        bail!(
            "Node.js {OLDEST_NODE} or newer is needed and this is {version}: install a newer one from https://nodejs.org"
        );
    }
    Ok(Outcome::NothingToDo)
}

fn add_wasm_target(context: &Context) -> Result<Outcome> {
    // Asked of rustc and not of rustup, so that a toolchain that came without rustup works as well.
    let mut rustc = context.command("rustc");
    let folder =
        process::output(rustc.args(["--print", "target-libdir", "--target", WASM_TARGET]))?;
    if Path::new(folder.trim()).is_dir() {
        return Ok(Outcome::NothingToDo);
    }
    rustup(
        context,
        ["target", "add", WASM_TARGET],
        &format!("Rust's standard library for {WASM_TARGET}"),
    )
}

fn add_components(context: &Context) -> Result<Outcome> {
    if ["fmt", "clippy"]
        .iter()
        .all(|word| process::succeeds(context.cargo().args([*word, "--version"])))
    {
        return Ok(Outcome::NothingToDo);
    }
    rustup(
        context,
        ["component", "add", "rustfmt", "clippy"],
        "rustfmt and clippy",
    )
}

/// Has rustup add `what`.
pub(crate) fn rustup(
    context: &Context,
    arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
    what: &str,
) -> Result<Outcome> {
    let Some(rustup) = program("rustup") else {
        bail!(
            "{what} is missing, and so is rustup, which could add it: install rustup from https://rustup.rs or add it the way Rust was installed"
        );
    };
    process::run(context.command(rustup).args(arguments))?;
    Ok(Outcome::Done)
}

/// Runs `npm ci` in `folder`, unless what it made last time still fits the lock file.
fn add_packages(context: &Context, folder: &str) -> Result<Outcome> {
    let folder = context.root.join(folder);
    let lock = folder.join("package-lock.json");
    let wanted =
        files::hash(&fs::read(&lock).with_context(|| format!("cannot read {}", lock.display()))?);
    // Inside node_modules, so that it goes when they go.
    let stamp = folder.join("node_modules/.installed-for");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(Outcome::NothingToDo);
    }
    let mut npm = context.command("npm");
    // No package used here needs its installation script, so none is given the chance to run.
    process::run(
        npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
            .current_dir(&folder),
    )?;
    fs::write(&stamp, wanted)?;
    Ok(Outcome::Done)
}
