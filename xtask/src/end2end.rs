//! The browser tests: Playwright against the release.

use anyhow::Result;

use crate::browser;
use crate::context::Context;
use crate::places::{self, Profile};
use crate::process;
use crate::server;
use crate::site;
use crate::steps::{self, Outcome, Step};
use crate::tools::{ADD_END2END_PACKAGES, ADD_FRONTEND_PACKAGES, ADD_WASM_TARGET, CHECK_NODE};

pub(crate) const TEST: Step = Step {
    title: "Testing in the browser",
    action: test,
};

/// `cargo xtask e2e`.
pub(crate) fn end2end(context: &Context) -> Result<()> {
    let steps = [
        CHECK_NODE,
        ADD_WASM_TARGET,
        ADD_FRONTEND_PACKAGES,
        ADD_END2END_PACKAGES,
        browser::ADD,
        site::COMPILE,
        site::ASSEMBLE,
        server::BUILD,
        TEST,
    ];
    steps::run(context, &steps)
}

fn test(context: &Context) -> Result<Outcome> {
    let mut playwright = context.node_program("end2end", "playwright");
    playwright
        .current_dir(context.root.join("end2end"))
        .arg("test")
        .args(&context.arguments);
    playwright.env(
        "LATCHKEY_BIN",
        places::executable(context, Profile::Release),
    );
    if let Some(chromium) = browser::find() {
        playwright.env("CHROMIUM", chromium);
    }
    process::run(&mut playwright)?;
    Ok(Outcome::Done)
}
