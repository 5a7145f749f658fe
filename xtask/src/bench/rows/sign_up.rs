//! Sign-ups that were acknowledged: whether they are there, also after the server was killed in the middle of them.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use anyhow::{Result, ensure};

use super::hashing::CONNECTIONS;
use crate::bench::api;
use crate::bench::finding::{Finding, Target};
use crate::bench::rig::{FEW, Rig, to_float};
use crate::bench::server::Server;
use crate::bench::statistics::Sample;
use crate::bench::wrk::Load;

/// The usernames that came back in answers.
pub(super) struct Acknowledged(PathBuf);

impl Acknowledged {
    pub(super) fn in_folder(folder: &Path) -> Self {
        let count = fs::read_dir(folder).map_or(0, Iterator::count);
        Self(folder.join(format!("acknowledged-{count}")))
    }

    pub(super) fn file(&self) -> PathBuf {
        self.0.clone()
    }

    /// How many were acknowledged, and how many of them are not there.
    pub(super) fn compare(&self, server: &Server) -> Result<(f64, f64)> {
        let text = fs::read_to_string(&self.0)?;
        let mut missing: HashSet<&str> = text.lines().collect();
        let given = missing.len();
        let mut after = FEW;
        loop {
            let users = api::users(server, 1_000, after)?;
            let Some((last, _)) = users.last() else { break };
            after = *last;
            for (_, name) in &users {
                missing.remove(name.as_str());
            }
        }
        Ok((to_float(given), to_float(missing.len())))
    }
}

pub(crate) fn durability(rig: &mut Rig<'_>) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for engine in rig.options.engines.clone() {
        let (mut given, mut lost) = (Vec::new(), Vec::new());
        for _ in 0..rig.options.rounds {
            let database = rig.seed(engine, FEW)?;
            let server = rig.serve(&database)?;
            let acknowledged = Acknowledged::in_folder(&rig.folder);
            let mut load = Load::new(CONNECTIONS, 2);
            load.expect = Some(api::SIGNED_UP);
            load.acknowledged = Some(acknowledged.file());
            let wrk = load.start(&api::sign_ups("kill"), server.address, &rig.folder)?;
            thread::sleep(Duration::from_millis(1_300));
            server.kill()?;
            // What failed after that is meant to.
            wrk.finish()?;
            let again = rig.serve(&database)?;
            let (acknowledged, missing) = acknowledged.compare(&again)?;
            ensure!(acknowledged > 0.0, "no sign-up was acknowledged");
            given.push(acknowledged);
            lost.push(missing);
        }
        let what = format!("acknowledged sign-ups lost by kill -9, {}", engine.name());
        let finding = Finding::alone(
            what,
            Sample::new([lost.iter().sum()]),
            "",
            Target::AtMost(0.0),
        );
        findings.push(finding.with("acknowledged before it", Sample::new(given)));
    }
    Ok(findings)
}
