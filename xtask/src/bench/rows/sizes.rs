//! Sizes: of what a browser is sent at a first visit, and of the release.

use std::fs;

use anyhow::{Context as _, Result};

use crate::bench::finding::{Finding, Target};
use crate::bench::rig::{Rig, to_float};
use crate::bench::statistics::Sample;
use crate::browser;
use crate::steps;
use crate::tools::{ADD_END2END_PACKAGES, CHECK_NODE};

/// The browser test that counts the bytes and prints them, a line each.
const SPEC: &str = "first_visit.spec.ts";

/// All bytes that Chromium is sent until the page `/login` can be used, as the browser test counts them.
pub(crate) fn visit(rig: &mut Rig<'_>) -> Result<Vec<Finding>> {
    let context = rig.context;
    let folder = context.root.join("end2end");
    steps::run(context, &[CHECK_NODE, ADD_END2END_PACKAGES, browser::ADD])?;
    let mut playwright = context.node_program("end2end", "playwright");
    playwright
        .current_dir(&folder)
        .args(["test", "--reporter=list", SPEC])
        .env("LATCHKEY_BIN", &rig.binary);
    if let Some(chromium) = browser::find() {
        playwright.env("CHROMIUM", chromium);
    }
    // The test fails where its own budget is exceeded, and has printed the sizes all the same.
    let output = playwright
        .output()
        .context("Playwright cannot be started")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let mut sizes = sizes(&text);
    let total = sizes.pop().filter(|(what, _)| what == "in all");
    let (_, total) = total.with_context(|| format!("{SPEC} tells no sizes:\n{text}"))?;
    let target = Target::AtMost(150.0);
    let total = Sample::one(total / 1e3);
    let mut finding = Finding::alone("first visit to /login", total, " kB", target);
    for (path, size) in sizes {
        finding = finding.with(&format!("{path} kB"), Sample::one(size / 1e3));
    }
    Ok(vec![finding])
}

/// The lines that begin with a number of bytes, in their order, up to the sum.
fn sizes(text: &str) -> Vec<(String, f64)> {
    let lines = text.lines().filter_map(|line| {
        let (bytes, what) = line.trim().split_once("  ")?;
        Some((what.trim().to_owned(), bytes.parse().ok()?))
    });
    let mut found = Vec::new();
    for (what, bytes) in lines {
        let last = what == "in all";
        found.push((what, bytes));
        if last {
            break;
        }
    }
    found
}

/// The file that people install.
pub(crate) fn binary(rig: &mut Rig<'_>) -> Result<Vec<Finding>> {
    let size = fs::metadata(&rig.binary)?.len();
    let size = Sample::one(to_float(usize::try_from(size)?) / 1e6);
    let target = Target::AtMost(20.0);
    Ok(vec![Finding::alone("release binary", size, " MB", target)])
}

#[cfg(test)]
mod tests {
    use super::sizes;

    #[test]
    fn the_lines_of_the_test_are_read() {
        let text = "Running 1 test using 1 worker\n\nA first visit to /login, in bytes (the budget is 150000):\n   \
            100200  /pkg/latchkey.wasm\n     9000  /login\n   109200  in all\n  ✓  1 a first visit (2.0s)\n";
        let expected = [
            ("/pkg/latchkey.wasm", 100_200.0),
            ("/login", 9_000.0),
            ("in all", 109_200.0),
        ];
        assert_eq!(
            sizes(text),
            expected.map(|(what, bytes)| (what.to_owned(), bytes))
        );
        assert!(sizes("no tests found\n").is_empty());
    }
}
