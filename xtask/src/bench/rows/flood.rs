//! `me` while people log in as fast as they can: hashing must not starve the rest.

use anyhow::Result;

use super::hashing::CONNECTIONS;
use crate::bench::api;
use crate::bench::finding::{Finding, Target};
use crate::bench::http::Answer;
use crate::bench::rig::{FEW, Rig};
use crate::bench::run::{Run, Runs, in_turns};
use crate::bench::server::Server;
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
        let idler = rig.floor(&answer)?;
        let same = api::checked(&me, &idler)?;
        let log_ins = api::log_ins(&server)?;
        rig.warm_up(&me, &[&server, &idler])?;
        for (name, connections, delay) in LOADS {
            let seconds = rig.options.seconds;
            let mut load = Load::new(connections, seconds);
            load.delay = delay;
            // From before the first request until after the last.
            let mut flood = Load::new(CONNECTIONS, seconds + 1);
            flood.expect = Some(api::LOGGED_IN);
            let in_flood = |asked: &Server, answer: &Answer| -> Result<(Run, f64)> {
                let wrk = flood.start(&log_ins, server.address, &rig.folder)?;
                std::thread::sleep(std::time::Duration::from_millis(500));
                let run = rig.run(&load, &me, asked, Some(answer))?;
                Ok((run, wrk.finish()?.all_good()?.rate()))
            };
            let mut flooded = Vec::new();
            let [with, without, floor_with, floor_without] = in_turns(
                rig.options.rounds,
                [
                    &mut || {
                        let (run, log_ins) = in_flood(&server, &answer)?;
                        flooded.push(log_ins);
                        Ok(run)
                    },
                    &mut || rig.run(&load, &me, &server, Some(&answer)),
                    &mut || Ok(in_flood(&idler, &same)?.0),
                    &mut || rig.run(&load, &me, &idler, Some(&same)),
                ],
            )?;
            let p99 = |runs: &Runs| runs.sample(|run: &Run| run.p99 / 1e3);
            let what = format!("{name} in a log-in flood, {}", engine.name());
            let against = |asked, (with, without): (&Runs, &Runs), target| {
                let what = format!("p99 of {asked} {what}");
                Finding::against(what, (p99(with), p99(without)), " ms", "without", target)
            };
            let finding = against("`me`", (&with, &without), Target::AtMost(3.0))
                .with("`me`/s in it", with.sample(|run| run.rate))
                .with("`me`/s without", without.sample(|run| run.rate))
                .with("log-ins/s in it", Sample::new(flooded));
            findings.push(finding);
            // A server that does nothing has to wait for a processor too.
            let runs = (&floor_with, &floor_without);
            findings.push(against("the floor", runs, Target::Shown));
        }
    }
    Ok(findings)
}
