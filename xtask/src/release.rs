//! `cargo xtask build`: a release, and how it is made fast.

use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::bench::wrk;
use crate::context::Context;
use crate::pgo;
use crate::places::{self, Profile};
use crate::postgres;
use crate::server;
use crate::site;
use crate::sizes;
use crate::steps::{self, Step};
use crate::tools::{ADD_FRONTEND_PACKAGES, ADD_WASM_TARGET, CHECK_NODE};

/// How a release is made fast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Optimisation {
    /// By what the compiler makes of the source alone.
    Plain,
    /// By what servers were seen to run, as `pgo` explains.
    Guided,
}

/// The whole way to a profile-guided release.
const GUIDED: [Step; 11] = [
    CHECK_NODE,
    ADD_WASM_TARGET,
    ADD_FRONTEND_PACKAGES,
    wrk::ADD,
    postgres::ADD,
    pgo::ADD_PROFDATA,
    site::COMPILE,
    site::ASSEMBLE,
    pgo::COMPILE_COUNTING,
    pgo::COUNT,
    pgo::COMPILE,
];

/// What `cargo xtask build --help` shows.
pub(crate) fn help() -> String {
    "Builds the release: one self-contained file, target/release/latchkey.\n\n\
     \x20 --pgo    build a profile-guided one, target/pgo/latchkey: the server is compiled to count what it runs, made to do what servers\n\
     \x20          do on both databases, and compiled again by what was counted. It answers more requests, and takes several times as\n\
     \x20          long to build. It needs llvm-profdata, PostgreSQL and wrk, which are added where that is possible. Flags for rustc are\n\
     \x20          taken from RUSTFLAGS, and not from a file of cargo's settings"
        .to_owned()
}

/// `cargo xtask build`.
pub(crate) fn word(context: &Context) -> Result<()> {
    let optimisation = match context.arguments.as_slice() {
        [] => Optimisation::Plain,
        [option] if option == "--pgo" => Optimisation::Guided,
        [option, ..] => bail!("no such option: {}\n\n{}", option.display(), help()),
    };
    build(context, optimisation).map(|_| ())
}

/// Builds a release, tells how large it is, and gives where it stands.
pub(crate) fn build(context: &Context, optimisation: Optimisation) -> Result<PathBuf> {
    let executable = match optimisation {
        Optimisation::Plain => {
            steps::run(context, &server::RELEASE)?;
            places::executable(context, Profile::Release)
        }
        Optimisation::Guided => {
            steps::run(context, &GUIDED)?;
            places::guided_executable(context)
        }
    };
    sizes::print(context, &executable)?;
    Ok(executable)
}
