//! `cargo xtask bench`: how fast and how small the release is, against what the machine can do at most.
//!
//! Every figure is measured beside its rival in the same run, taking turns, for several rounds. docs/performance.md
//! says how to read it.

mod api;
mod finding;
mod http;
mod machine;
mod options;
mod report;
mod rig;
mod rows;
mod run;
mod server;
mod statistics;
mod training;
pub(crate) mod wrk;

use std::time::Instant;

use anyhow::{Result, bail, ensure};

use self::options::{Engine, Options};
use self::rig::Rig;
use self::rows::ROWS;
use crate::context::Context;
use crate::postgres;
use crate::process;
use crate::release;
use crate::steps;

pub(crate) use options::help;
pub(crate) use training::{CHECK as CHECK_TRAINING, train};

/// `cargo xtask bench`.
pub(crate) fn bench(context: &Context) -> Result<()> {
    let options = Options::parse(&context.arguments)?;
    ensure!(
        cfg!(target_os = "linux"),
        "the benchmark reads what Linux tells in /proc, and runs nowhere else"
    );
    steps::run(context, &[wrk::ADD])?;
    if options.engines.contains(&Engine::Postgres) {
        steps::run(context, &[postgres::ADD])?;
    }
    let binary = match &options.binary {
        Some(binary) => binary.clone(),
        None => release::build(context, options.optimisation)?,
    };
    measure(context, &options, &mut Rig::new(context, &options, binary)?)
}

/// Measures the rows that are wanted. One that cannot be measured is told at the end, after the others.
fn measure(context: &Context, options: &Options, rig: &mut Rig<'_>) -> Result<()> {
    let facts = machine::describe(context, options, &rig.binary);
    eprintln!("\n{}", machine::line(&facts));
    let (mut findings, mut failed) = (Vec::new(), Vec::new());
    for row in ROWS.iter().filter(|row| options.wants(row.name)) {
        let started = Instant::now();
        eprintln!("\n{} …", row.title);
        match (row.run)(rig) {
            Ok(found) => {
                for finding in found {
                    eprintln!("    {}", finding.line());
                    findings.push((row.name, finding));
                }
                eprintln!("    in {}", steps::clock(started.elapsed()));
            }
            Err(error) if process::interrupted() => return Err(error),
            Err(error) => {
                eprintln!("    cannot be measured: {error:#}");
                failed.push(format!("{}: {error:#}", row.name));
            }
        }
    }
    let folder = context.target.join("bench");
    let text = report::write(&folder, &facts, &findings, &failed)?;
    eprintln!(
        "\n{text}\nWritten to {}/results.json and table.md",
        folder.display()
    );
    if options.markdown {
        print(&text)?;
    }
    let missed = findings
        .iter()
        .filter(|(_, finding)| finding.met() == Some(false));
    let missed: Vec<_> = missed.map(|(_, finding)| finding.what.clone()).collect();
    if !missed.is_empty() {
        eprintln!("Targets missed: {}", missed.join("; "));
    }
    ensure!(
        failed.is_empty(),
        "rows could not be measured:\n{}",
        failed.join("\n")
    );
    if options.check && !missed.is_empty() {
        bail!("{} targets are missed", missed.len());
    }
    Ok(())
}

/// To standard output, which is meant for other programs.
fn print(text: &str) -> Result<()> {
    use std::io::Write as _;

    Ok(std::io::stdout().write_all(text.as_bytes())?)
}
