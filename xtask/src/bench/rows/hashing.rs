//! Log-ins and sign-ups: against the hash of the password, which is what should take the time.

use anyhow::Result;

use super::sign_up::Acknowledged;
use crate::bench::api;
use crate::bench::finding::{Finding, Target};
use crate::bench::rig::{FEW, Pages, Rig};
use crate::bench::run::{Run, Runs, in_turns};
use crate::bench::statistics::Sample;
use crate::bench::wrk::Load;

/// Enough that hashing never waits for a client, and few enough that nobody is told to come back.
pub(super) const CONNECTIONS: u32 = 32;

/// Hashes by a server, and the same alone: in the pages that a program gets, and in those that a server asks for. The former is
/// what was to be reached, and what a server gains by its pages is in that ratio; the latter shows what it adds to a hash.
struct Compared {
    ours: Runs,
    alone: Runs,
    in_huge_pages: Runs,
}

impl Compared {
    fn measure(rig: &Rig<'_>, mut ours: impl FnMut() -> Result<Run>) -> Result<Self> {
        let [ours, alone, in_huge_pages] = in_turns(
            rig.options.rounds,
            [
                &mut ours,
                &mut || rig.hashes_alone(Pages::Usual),
                &mut || rig.hashes_alone(Pages::Huge),
            ],
        )?;
        Ok(Self {
            ours,
            alone,
            in_huge_pages,
        })
    }

    fn findings(&self, what: &str, target: Target) -> [Finding; 2] {
        let rates = [&self.ours, &self.in_huge_pages].map(|runs| runs.sample(|run| run.rate));
        let [ours, huge] = rates;
        let name = "Argon2id alone in huge pages";
        [
            Finding::of_runs(what, &self.ours, &self.alone, "Argon2id alone", target),
            Finding::against(what, (ours, huge), "/s", name, Target::Shown),
        ]
    }
}

pub(crate) fn log_in(rig: &mut Rig<'_>) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for engine in rig.options.engines.clone() {
        let database = rig.seed(engine, FEW)?;
        let server = rig.serve(&database)?;
        let request = api::log_ins(&server)?;
        let mut load = Load::new(CONNECTIONS, rig.options.seconds);
        load.expect = Some(api::LOGGED_IN);
        let compared = Compared::measure(rig, || rig.run(&load, &request, &server, None))?;
        let what = format!("log-ins, {}", engine.name());
        findings.extend(compared.findings(&what, Target::AtLeast(0.95)));
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
        let compared = Compared::measure(rig, || {
            turn += 1;
            let request = api::sign_ups(&format!("turn{turn}"));
            rig.run(&load, &request, &server, None)
        })?;
        let (given, lost) = acknowledged.compare(&server)?;
        anyhow::ensure!(
            lost == 0.0,
            "{lost} of {given} acknowledged sign-ups are not there"
        );
        let what = format!("sign-ups, {}", engine.name());
        let [finding, shown] = compared.findings(&what, Target::AtLeast(0.9));
        findings.push(finding.with("acknowledged and there", Sample::one(given)));
        findings.push(shown);
    }
    Ok(findings)
}
