//! `cargo xtask`: the one way to build, run and test Latchkey.
//!
//! This file knows the words and nothing else; each word's work is in a file of its own. All text goes to standard
//! error, so that the standard output of what is run stays clean.

mod apt;
mod bench;
mod browser;
mod bundle;
mod context;
mod dev;
mod django;
mod end2end;
mod files;
mod parts;
mod pgo;
mod places;
mod postgres;
mod process;
mod release;
mod schema;
mod server;
mod site;
mod sizes;
mod split;
mod steps;
mod test;
mod tools;
mod wasm;
mod watch;

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::context::Context;

/// What can follow `cargo xtask`.
struct Word {
    name: &'static str,
    help: &'static str,
    /// Which program gets the arguments that follow the word, or, in brackets, what else can follow; none are taken
    /// where this is `None`.
    arguments_for: Option<&'static str>,
    /// What `--help` shows beside the usage, where it is more than `help`.
    more: Option<fn() -> String>,
    run: fn(&Context) -> Result<()>,
}

const WORDS: &[Word] = &[
    Word {
        name: "run",
        help: "Build the release with all it needs and serve on http://127.0.0.1:3000",
        arguments_for: Some("latchkey serve"),
        more: None,
        run: server::run,
    },
    Word {
        name: "build",
        help: "Build the release: one self-contained file, target/release/latchkey",
        arguments_for: Some("[--pgo]"),
        more: Some(release::help),
        run: release::word,
    },
    Word {
        name: "dev",
        help: "Serve a debug build; rebuild and reload when a source file changes",
        arguments_for: Some("latchkey serve"),
        more: None,
        run: dev::dev,
    },
    Word {
        name: "test",
        help: "Run every check and test: format, lints, types, parts, API on both databases, browser",
        arguments_for: None,
        more: None,
        run: test::test,
    },
    Word {
        name: "check",
        help: "Check the format, the lints (natively and for WebAssembly) and the types of the TypeScript",
        arguments_for: None,
        more: None,
        run: test::check,
    },
    Word {
        name: "e2e",
        help: "Build the release and run the browser tests alone",
        arguments_for: Some("playwright test"),
        more: None,
        run: end2end::end2end,
    },
    Word {
        name: "bench",
        help: "Build a profile-guided release and measure it against what the machine can do",
        arguments_for: Some("[options]"),
        more: Some(bench::help),
        run: bench::bench,
    },
    Word {
        name: "size",
        help: "Build the front end for a release and list what a browser has to load",
        arguments_for: None,
        more: None,
        run: sizes::sizes,
    },
    Word {
        name: "schema",
        help: "Write app/graphql/schema.graphql from the server's schema",
        arguments_for: None,
        more: None,
        run: schema::schema,
    },
];

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let word = arguments.next().unwrap_or_default();
    if ["", "help", "-h", "--help"]
        .iter()
        .any(|help| word == *help)
    {
        eprintln!("{}", help());
        return ExitCode::SUCCESS;
    }
    match call(&word, arguments.collect()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) if process::interrupted() => {
            eprintln!("\nStopped.");
            // What a shell reports for a program that Ctrl-C ended.
            ExitCode::from(130)
        }
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Finds the word, checks its arguments and does its work.
fn call(word: &OsString, mut arguments: Vec<OsString>) -> Result<()> {
    let Some(found) = WORDS.iter().find(|known| word == known.name) else {
        bail!("no such word: {}\n\n{}", word.display(), help());
    };
    let own = arguments.iter().take_while(|argument| *argument != "--");
    if own
        .clone()
        .any(|argument| argument == "--help" || argument == "-h")
    {
        let help = found
            .more
            .map_or_else(|| found.help.to_owned(), |more| more());
        eprintln!("{}\n\n{help}", usage(found));
        return Ok(());
    }
    if arguments.first().is_some_and(|first| first == "--") {
        arguments.remove(0);
    }
    if found.arguments_for.is_none() && !arguments.is_empty() {
        bail!("`cargo xtask {}` takes no arguments", found.name);
    }
    process::catch_signals()?;
    (found.run)(&Context::find(arguments)?)
}

fn usage(word: &Word) -> String {
    match word.arguments_for {
        Some(options) if options.starts_with('[') => {
            format!("cargo xtask {} {options}", word.name)
        }
        Some(program) => format!("cargo xtask {} [-- arguments for {program}]", word.name),
        None => format!("cargo xtask {}", word.name),
    }
}

fn help() -> String {
    let words: Vec<String> = WORDS
        .iter()
        .map(|word| format!("  {}\n      {}", usage(word), word.help))
        .collect();
    format!(
        "Builds, runs and tests Latchkey. Needs Rust and Node.js.\n\n{}",
        words.join("\n")
    )
}

#[cfg(test)]
mod tests {
    use super::{WORDS, call, help};

    #[test]
    fn an_unknown_word_is_refused_with_the_list() {
        let error = call(&"serve".into(), Vec::new()).unwrap_err().to_string();
        assert!(error.starts_with("no such word: serve"), "{error}");
        assert!(error.ends_with(&help()), "{error}");
    }

    #[test]
    fn arguments_are_refused_where_none_are_taken() {
        let error = call(&"check".into(), vec!["--fast".into()])
            .unwrap_err()
            .to_string();
        assert_eq!(error, "`cargo xtask check` takes no arguments");
    }

    #[test]
    fn the_help_lists_every_word() {
        let help = help();
        assert!(
            WORDS
                .iter()
                .all(|word| help.contains(&format!("cargo xtask {}", word.name))
                    && help.contains(word.help))
        );
    }
}
