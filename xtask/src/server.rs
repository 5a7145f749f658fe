//! The server: built with the site inside, and run.

use std::process::Command;

use anyhow::Result;

use crate::context::Context;
use crate::places::{self, Profile};
use crate::process;
use crate::site;
use crate::steps::{self, Outcome, Step};
use crate::tools::{ADD_FRONTEND_PACKAGES, ADD_WASM_TARGET, CHECK_NODE};

pub(crate) const BUILD: Step = Step {
    title: "Compiling the server with the site inside",
    action: |context| build(context, Profile::Release).map(|()| Outcome::Done),
};

/// The whole way to a release.
pub(crate) const RELEASE: [Step; 6] = [
    CHECK_NODE,
    ADD_WASM_TARGET,
    ADD_FRONTEND_PACKAGES,
    site::COMPILE,
    site::ASSEMBLE,
    BUILD,
];

/// `cargo xtask run`.
pub(crate) fn run(context: &Context) -> Result<()> {
    steps::run(context, &RELEASE)?;
    process::replace_with(&mut serve(context, Profile::Release))
}

/// Compiles the server for `profile`, with the site of the same profile.
pub(crate) fn build(context: &Context, profile: Profile) -> Result<()> {
    process::run(&mut build_command(context, profile))
}

/// What compiles the server for `profile`, with the site of the same profile.
pub(crate) fn build_command(context: &Context, profile: Profile) -> Command {
    let mut cargo = context.cargo();
    cargo
        .args(["build", "--package", "server"])
        .env("LATCHKEY_SITE", places::site(context, profile));
    if profile == Profile::Release {
        cargo.args(["--locked", "--release"]);
    }
    cargo
}

/// `latchkey serve` with the arguments that xtask was given, and with the settings of the environment it was called in.
pub(crate) fn serve(context: &Context, profile: Profile) -> Command {
    let mut command = Command::new(places::executable(context, profile));
    command
        .current_dir(&context.root)
        .arg("serve")
        .args(&context.arguments);
    command
}
