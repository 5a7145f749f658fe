//! Log-ins and sign-ups: how much of the time goes into the hash of the password, as it should.

use anyhow::Result;

use super::sign_up::Acknowledged;
use crate::bench::api;
use crate::bench::finding::{Finding, Target};
use crate::bench::rig::{FEW, Rig};
use crate::bench::run::alternate;
use crate::bench::statistics::Sample;
use crate::bench::wrk::Load;

/// Enough that hashing never waits for a client, and few enough that nobody is told to come back.
pub(super) const CONNECTIONS: u32 = 32;

pub(crate) fn log_in(rig: &mut Rig<'_>) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for engine in rig.options.engines.clone() {
        let database = rig.seed(engine, FEW)?;
        let server = rig.serve(&database)?;
        let request = api::log_ins(&server)?;
        let mut load = Load::new(CONNECTIONS, rig.options.seconds);
        load.expect = Some(api::LOGGED_IN);
        let (ours, rival) = alternate(
            rig.options.rounds,
            || rig.run(&load, &request, &server, None),
            || rig.hashes_alone(),
        )?;
        let what = format!("log-ins, {}", engine.name());
        let target = Target::AtLeast(0.95);
        findings.push(Finding::of_runs(
            what,
            &ours,
            &rival,
            "Argon2id alone",
            target,
        ));
    }
    Ok(findings)
}

pub(crate) fn sign_up(rig: &mut Rig<'_>) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for engine in rig.options.engines.clone() {
        let database = rig.seed(engine, FEW)?;
        let server = rig.serve(&database)?;
        let acknowledged = Acknowledged::in_folder(&rig.folder);
        let mut load = Load::new(CONNECTIONS, rig.options.seconds);
        load.expect = Some(api::SIGNED_UP);
        load.acknowledged = Some(acknowledged.file());
        let mut turn = 0;
        let (ours, rival) = alternate(
            rig.options.rounds,
            || {
                turn += 1;
                let request = api::sign_ups(&format!("turn{turn}"));
                rig.run(&load, &request, &server, None)
            },
            || rig.hashes_alone(),
        )?;
        let (given, lost) = acknowledged.compare(&server)?;
        anyhow::ensure!(
            lost == 0.0,
            "{lost} of {given} acknowledged sign-ups are not there"
        );
        let what = format!("sign-ups, {}", engine.name());
        let target = Target::AtLeast(0.9);
        let finding = Finding::of_runs(what, &ours, &rival, "Argon2id alone", target);
        findings.push(finding.with("acknowledged and there", Sample::one(given)));
    }
    Ok(findings)
}
