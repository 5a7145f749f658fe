//! A Python environment with Django and django-graphql-jwt: the tests move its users over, and compare its answers.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::apt;
use crate::context::{Context, program};
use crate::files;
use crate::process;
use crate::steps::{Outcome, Step};

pub(crate) const ADD: Step = Step {
    title: "Adding Django",
    action: add,
};

/// The variable that tells the tests where it is.
pub(crate) const VARIABLE: &str = "LATCHKEY_TEST_PYTHON";

/// Exact versions of everything, from the app's folder.
const REQUIREMENTS: &str = "server/tests/django/requirements.txt";

/// What a Python must be able to do, and a word that changes when it becomes another one. Debian's own lacks
/// `ensurepip` until its package `python3-venv` is there.
const PROBE: &str = "import ensurepip, sys, venv; \
    assert sys.version_info >= (3, 9); print(sys.base_prefix, sys.version)";

/// This very file: a change in how things are made counts like a change in what they are made from.
const RECIPE: &str = include_str!("django.rs");

/// The interpreter that has Django.
pub(crate) fn python(context: &Context) -> PathBuf {
    folder(context).join("bin/python")
}

fn folder(context: &Context) -> PathBuf {
    context.target.join("django")
}

fn add(context: &Context) -> Result<Outcome> {
    if find().is_none() {
        apt::install(context, "python3-venv")
            .context("Python 3.9 or newer with venv and ensurepip was not found")?;
    }
    let (python, identity) = find().context(
        "the Python that was installed cannot make virtual environments: put Python 3.9 or newer, with venv and ensurepip, on PATH",
    )?;
    let requirements = files::read(&context.root.join(REQUIREMENTS))?;
    let inputs = [&requirements, RECIPE.as_bytes(), identity.as_bytes()].map(files::hash);
    let mut outcome = Outcome::NothingToDo;
    files::cached(folder(context), &inputs.join(" "), |folder| {
        outcome = Outcome::Done;
        make(context, &python, folder)
    })?;
    Ok(outcome)
}

/// A Python that can make virtual environments, and which one it is. The system's own is asked after those on PATH.
fn find() -> Option<(PathBuf, String)> {
    let system = PathBuf::from("/usr/bin/python3");
    let candidates = program("python3").into_iter().chain([system]);
    candidates.into_iter().find_map(|python| {
        let identity = process::output(Command::new(&python).args(["-c", PROBE])).ok()?;
        Some((python, identity))
    })
}

fn make(context: &Context, python: &Path, folder: &Path) -> Result<()> {
    process::run(context.command(python).args(["-m", "venv"]).arg(folder))?;
    let pip = |arguments: &[&str]| {
        let mut pip = context.command(folder.join("bin/python"));
        // All that is needed is listed, so that nothing comes in whose version is not fixed.
        pip.args([
            "-m",
            "pip",
            "install",
            "--no-deps",
            "--no-build-isolation",
            "--use-pep517",
        ])
        .args(["--quiet", "--disable-pip-version-check", "--no-input"])
        .args(arguments);
        process::run(&mut pip).context(
            "Django could not be installed from PyPI (the packages are there for Python 3.9 to 3.14)",
        )
    };
    // First what makes the one package that comes as its source.
    pip(&["--constraint", REQUIREMENTS, "setuptools"])?;
    pip(&["--requirement", REQUIREMENTS])
}
