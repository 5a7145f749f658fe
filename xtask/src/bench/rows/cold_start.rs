//! From the start of the process to its first answer, on a database with many users.

use std::fs::File;
use std::net::TcpListener;
use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use serde_json::json;

use crate::bench::api;
use crate::bench::finding::{Finding, Target};
use crate::bench::rig::{Database, Rig};
use crate::bench::statistics::{Sample, figure};
use crate::process;

const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) fn run(rig: &mut Rig<'_>) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for engine in rig.options.engines.clone() {
        let database = rig.large(engine)?;
        // The first start after seeding brings files into memory that a restart finds there.
        start(rig, &database)?;
        let turns = 0..rig.options.rounds;
        let times = turns
            .map(|_| start(rig, &database))
            .collect::<Result<Vec<_>>>()?;
        let what = format!(
            "cold start with {} users, {}",
            figure(database.users.into()),
            engine.name()
        );
        findings.push(Finding::alone(
            what,
            Sample::new(times),
            " ms",
            Target::AtMost(100.0),
        ));
    }
    Ok(findings)
}

/// Starts a server and asks until it answers with a user from the database: how many milliseconds that took.
fn start(rig: &Rig<'_>, database: &Database) -> Result<f64> {
    let free = TcpListener::bind("127.0.0.1:0")?;
    let address = free.local_addr()?;
    drop(free);
    let mut command = rig.serve_command(database, &address.to_string());
    let log = File::create(rig.folder.join("cold-start"))?;
    command
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log);
    let request = api::ask("{ users(first: 1) { id } }", json!({}));
    let started = Instant::now();
    let mut child = process::spawn(&mut command)?;
    let answered = loop {
        if let Ok(answer) = request.send(address) {
            break Ok((started.elapsed(), answer));
        }
        if child.try_wait()?.is_some() || started.elapsed() > PATIENCE {
            break Err(());
        }
        sleep(Duration::from_micros(250));
    };
    process::stop(&mut child, PATIENCE)?;
    match answered {
        Ok((time, answer)) if answer.text().contains("\"id\":\"1\"") => {
            Ok(time.as_secs_f64() * 1e3)
        }
        Ok((_, answer)) => bail!("the first answer is not a good one: {}", answer.text()),
        Err(()) => bail!("the server does not answer"),
    }
}
