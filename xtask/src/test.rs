//! `cargo xtask test` and `cargo xtask check`: everything that has to pass before a change goes in.
//!
//! The steps choose packages and features alike, so that what one compiled the next one finds: `frontend` is left out
//! natively, since its feature `hydrate` would make a third kind of every crate that the pages use.

use std::process::Command;

use anyhow::Result;

use crate::bench;
use crate::browser;
use crate::context::Context;
use crate::django;
use crate::end2end;
use crate::parts;
use crate::postgres::{self, Cluster, Durability};
use crate::process;
use crate::server;
use crate::site;
use crate::steps::{self, Outcome, Step};
use crate::tools::{
    ADD_COMPONENTS, ADD_END2END_PACKAGES, ADD_FRONTEND_PACKAGES, ADD_WASM_TARGET, CHECK_NODE,
    WASM_TARGET,
};

const FORMAT: Step = Step {
    title: "Checking the format",
    action: |context| cargo(context, "fmt --all --check"),
};

const CLIPPY: Step = Step {
    title: "Running clippy",
    action: |context| {
        let selection = "--workspace --exclude frontend --all-targets";
        cargo(context, &format!("clippy {selection} -- -D warnings"))
    },
};

const CLIPPY_WASM: Step = Step {
    title: "Running clippy for WebAssembly",
    action: |context| {
        let selection = format!("--package frontend --package app --target {WASM_TARGET}");
        cargo(context, &format!("clippy {selection} -- -D warnings"))
    },
};

const TYPES: Step = Step {
    title: "Checking the types of the TypeScript",
    action: check_types,
};

const TEST_XTASK: Step = Step {
    title: "Testing xtask",
    action: |context| cargo(context, "test --package xtask"),
};

const TEST_SQLITE: Step = Step {
    title: "Testing the parts, and the API on SQLite",
    action: test_on_sqlite,
};

const TEST_POSTGRES: Step = Step {
    title: "Testing the API on PostgreSQL",
    action: test_on_postgres,
};

/// The tests that need Django are left out where nobody prepared it; here it is there.
const WITH_DJANGO: [&str; 2] = ["--", "--include-ignored"];

/// `cargo xtask check`.
pub(crate) fn check(context: &Context) -> Result<()> {
    let steps = [
        CHECK_NODE,
        ADD_WASM_TARGET,
        ADD_COMPONENTS,
        ADD_FRONTEND_PACKAGES,
        ADD_END2END_PACKAGES,
        FORMAT,
        CLIPPY,
        CLIPPY_WASM,
        TYPES,
    ];
    steps::run(context, &steps)
}

/// `cargo xtask test`.
pub(crate) fn test(context: &Context) -> Result<()> {
    let steps = [
        CHECK_NODE,
        ADD_WASM_TARGET,
        ADD_COMPONENTS,
        ADD_FRONTEND_PACKAGES,
        ADD_END2END_PACKAGES,
        browser::ADD,
        postgres::ADD,
        django::ADD,
        FORMAT,
        CLIPPY,
        CLIPPY_WASM,
        TYPES,
        TEST_XTASK,
        TEST_SQLITE,
        TEST_POSTGRES,
        site::COMPILE,
        site::ASSEMBLE,
        parts::LIST,
        server::BUILD,
        bench::CHECK_TRAINING,
        end2end::TEST,
    ];
    steps::run_with_summary(context, &steps)
}

/// Runs cargo with the arguments as one would type them.
fn cargo(context: &Context, arguments: &str) -> Result<Outcome> {
    process::run(context.cargo().args(arguments.split_whitespace()))?;
    Ok(Outcome::Done)
}

/// esbuild and Playwright only take the types away; whether they are right, TypeScript's own compiler knows.
fn check_types(context: &Context) -> Result<Outcome> {
    for project in ["frontend/graphiql", "end2end"] {
        let mut compiler = context.node_program("end2end", "tsc");
        process::run(compiler.args(["--noEmit", "--project", project]))?;
    }
    Ok(Outcome::Done)
}

fn test_on_sqlite(context: &Context) -> Result<Outcome> {
    let mut test = test_command(context);
    process::run(test.args(WITH_DJANGO))?;
    Ok(Outcome::Done)
}

fn test_on_postgres(context: &Context) -> Result<Outcome> {
    let cluster = Cluster::start(Durability::None)?;
    let mut test = test_command(context);
    test.args(["--lib", "--test", "api"]).args(WITH_DJANGO);
    process::run(test.env("LATCHKEY_TEST_DATABASE_URL", cluster.url()))?;
    Ok(Outcome::Done)
}

/// The tests of what serves, which may call Django.
fn test_command(context: &Context) -> Command {
    let mut test = context.cargo();
    test.args(["test", "--package", "app", "--package", "server"])
        .env(django::VARIABLE, django::python(context));
    test
}
