//! The browser tests: Playwright against the release.

use std::fs;
use std::path::Path;

use anyhow::{Result, bail};
use serde_json::Value;

use crate::browser;
use crate::context::Context;
use crate::files;
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

/// What `playwright.config.ts` has written about each test.
const REPORT: &str = "test-results/report.json";

fn test(context: &Context) -> Result<Outcome> {
    let folder = context.root.join("end2end");
    let report = folder.join(REPORT);
    let mut playwright = context.node_program("end2end", "playwright");
    playwright
        .current_dir(&folder)
        .arg("test")
        .args(&context.arguments);
    playwright.env(
        "LATCHKEY_BIN",
        places::executable(context, Profile::Release),
    );
    if let Some(chromium) = browser::find() {
        playwright.env("CHROMIUM", chromium);
    }
    // A run that ends early writes none.
    let _ = fs::remove_file(&report);
    if let Err(error) = process::run(&mut playwright) {
        bail!("{error:#}{}", failures(&report));
    }
    Ok(Outcome::Done)
}

/// The tests that failed, a line each with the beginning of why: where a log is cut to its end, that is all that is left of them.
fn failures(report: &Path) -> String {
    let report = files::read(report).unwrap_or_default();
    let report: Value = serde_json::from_slice(&report).unwrap_or_default();
    let elsewhere = all(&report, "errors").filter_map(beginning);
    let elsewhere = elsewhere.map(|why| format!("\n  {why}"));
    elsewhere.chain(failed_in(&report)).collect()
}

/// Suites hold suites, and specs, whose tests hold the results.
fn failed_in(suite: &Value) -> Vec<String> {
    let failed = all(suite, "specs").filter(|spec| spec["ok"] == false);
    let of_its_own = failed.map(|spec| {
        let mut results = all(spec, "tests").flat_map(|test| all(test, "results"));
        let why = results.find_map(|result| beginning(&result["error"]));
        let text = |key: &str| spec[key].as_str().unwrap_or_default();
        let (file, title, why) = (text("file"), text("title"), why.unwrap_or_default());
        format!("\n  {file}:{} {title}: {why}", spec["line"])
    });
    let of_others = all(suite, "suites").flat_map(failed_in);
    of_its_own.chain(of_others).collect()
}

fn all<'a>(of: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    of[key].as_array().into_iter().flatten()
}

/// The first line of what an error says.
fn beginning(error: &Value) -> Option<&str> {
    error["message"].as_str()?.lines().next()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::failed_in;

    #[test]
    fn tests_that_failed_are_named_with_the_beginning_of_why() {
        let spec = |title: &str, result| {
            let is_ok = result == json!({ "status": "passed" });
            json!({ "title": title, "ok": is_ok, "file": "a.spec.ts", "line": 3, "tests": [{ "results": [result] }] })
        };
        let report = json!({ "suites": [{
            "specs": [spec("one", json!({ "status": "passed" }))],
            "suites": [{ "specs": [spec("two", json!({ "status": "failed", "error": { "message": "not so\nat all" } }))] }],
        }] });
        assert_eq!(failed_in(&report), ["\n  a.spec.ts:3 two: not so"]);
    }
}
