//! The Chromium that the browser tests drive: the system's, or the one that Playwright downloads.

use std::path::PathBuf;

use anyhow::{Context as _, Result};

use crate::apt;
use crate::context::{Context, program, variable};
use crate::steps::{Outcome, Step};

pub(crate) const ADD: Step = Step {
    title: "Adding Chromium",
    action: add,
};

/// What distributions call it.
const NAMES: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
];

/// Where macOS keeps it.
const APPLICATIONS: [&str; 2] = [
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/// For systems that have no such package, and for accounts that may not install one.
const OR_PLAYWRIGHTS: &str = "no Chromium was found (the one that `npx playwright install chromium` in end2end downloads would do as well)";

/// The system's Chromium; the variable `CHROMIUM` names another one.
pub(crate) fn find() -> Option<PathBuf> {
    let named = variable("CHROMIUM").map(PathBuf::from);
    let applications = || {
        APPLICATIONS
            .iter()
            .map(PathBuf::from)
            .find(|path| path.is_file())
    };
    named
        .or_else(|| NAMES.iter().find_map(|name| program(name)))
        .or_else(applications)
}

fn add(context: &Context) -> Result<Outcome> {
    if find().is_some() || playwright_has_one() {
        return Ok(Outcome::NothingToDo);
    }
    apt::install(context, "chromium").context(OR_PLAYWRIGHTS)?;
    find().context(OR_PLAYWRIGHTS)?;
    Ok(Outcome::Done)
}

/// Whether `playwright install chromium` was run for this account.
fn playwright_has_one() -> bool {
    let home = variable("HOME").map(PathBuf::from).unwrap_or_default();
    let folders = match variable("PLAYWRIGHT_BROWSERS_PATH") {
        Some(folder) => vec![PathBuf::from(folder)],
        None => vec![
            home.join(".cache/ms-playwright"),
            home.join("Library/Caches/ms-playwright"),
        ],
    };
    let entries = folders
        .iter()
        .filter_map(|folder| folder.read_dir().ok())
        .flatten()
        .flatten();
    entries
        .into_iter()
        .any(|entry| entry.file_name().to_string_lossy().starts_with("chromium"))
}
