//! `me` while people log in as fast as they can: hashing must not starve the rest.

use anyhow::Result;

use super::hashing::CONNECTIONS;
use crate::bench::api;
use crate::bench::finding::{Finding, Target};
use crate::bench::rig::{FEW, Rig};
use crate::bench::run::{Run, Runs, in_turns};
use crate::bench::statistics::Sample;
use crate::bench::wrk::Load;

/// A load of `me`: its name, its connections and their rest between two requests in milliseconds.
const LOADS: [(&str, u32, Option<u32>); 2] = [
    ("at about 1,000 requests/s", 20, Some(20)),
    ("at full load", 20, None),
];

pub(crate) fn run(rig: &mut Rig<'_>) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for engine in rig.options.engines.clone() {
        let database = rig.seed(engine, FEW)?;
        let server = rig.serve(&database)?;
        let me = api::me(&api::token(&server)?);
        let answer = api::checked(&me, &server)?;
        let log_ins = api::log_ins(&server)?;
        rig.warm_up(&me, &[&server])?;
        for (name, connections, delay) in LOADS {
            let seconds = rig.options.seconds;
            let mut load = Load::new(connections, seconds);
            load.delay = delay;
            // From before the first `me` until after the last.
            let mut flood = Load::new(CONNECTIONS, seconds + 1);
            flood.expect = Some(api::LOGGED_IN);
            let mut flooded = Vec::new();
            let [with, without] = in_turns(
                rig.options.rounds,
                [
                    &mut || {
                        let wrk = flood.start(&log_ins, server.address, &rig.folder)?;
                        std::thread::sleep(std::time::Duration::from_millis(500));
                        let run = rig.run(&load, &me, &server, Some(&answer))?;
                        flooded.push(wrk.finish()?.all_good()?.rate());
                        Ok(run)
                    },
                    &mut || rig.run(&load, &me, &server, Some(&answer)),
                ],
            )?;
            let p99 = |runs: &Runs| runs.sample(|run: &Run| run.p99 / 1e3);
            let what = format!("p99 of `me` {name} in a log-in flood, {}", engine.name());
            let figures = (p99(&with), p99(&without));
            let finding = Finding::against(what, figures, " ms", "without", Target::AtMost(3.0))
                .with("`me`/s in it", with.sample(|run| run.rate))
                .with("`me`/s without", without.sample(|run| run.rate))
                .with("log-ins/s in it", Sample::new(flooded));
            findings.push(finding);
        }
    }
    Ok(findings)
}
