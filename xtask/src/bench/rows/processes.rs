//! Two processes on one PostgreSQL against one: the same load, halved between two addresses.

use anyhow::Result;

use super::hashing::CONNECTIONS;
use crate::bench::api;
use crate::bench::finding::{Finding, Target};
use crate::bench::http::Request;
use crate::bench::options::Engine;
use crate::bench::rig::{FEW, Rig};
use crate::bench::run::{Run, Runs};
use crate::bench::server::Server;
use crate::bench::wrk::{Counts, Load};

pub(crate) fn run(rig: &mut Rig<'_>) -> Result<Vec<Finding>> {
    if !rig.options.engines.contains(&Engine::Postgres) {
        return Ok(vec![Finding::skipped(
            "two processes",
            "they need PostgreSQL",
        )]);
    }
    let database = rig.seed(Engine::Postgres, FEW)?;
    let (first, second) = (rig.serve(&database)?, rig.serve(&database)?);
    let me = api::me(&api::token(&first)?);
    api::checked(&me, &second)?;
    rig.warm_up(&me, &[&first, &second])?;
    let half = |connections: u32| Load::new(connections / 2, rig.options.seconds);
    let expecting = |expect, connections| Load {
        expect: Some(expect),
        ..half(connections)
    };
    let log_ins = api::log_ins(&first)?;
    let fixed = |request: Request| move |_: u32| request.clone();
    let mut findings = Vec::new();
    let mut turn = 0;
    let mut compare = |what: &str, load: &Load, request: &dyn Fn(u32) -> Request| -> Result<()> {
        let mut both = |servers: [&Server; 2]| {
            let requests = [0, 1].map(|_| {
                turn += 1;
                request(turn)
            });
            on_both(rig, load, &requests, servers)
        };
        let (mut two, mut one) = (Vec::new(), Vec::new());
        for round in 0..rig.options.rounds {
            for turn in 0..2 {
                if (round + turn) % 2 == 0 {
                    two.push(both([&first, &second])?);
                } else {
                    one.push(both([&first, &first])?);
                }
            }
        }
        let (two, one) = (Runs(two), Runs(one));
        let what = format!("{what}, two processes");
        findings.push(Finding::of_runs(what, &two, &one, "one", Target::Shown));
        Ok(())
    };
    let who_asks = expecting(api::IS_ME, rig.options.connections);
    compare("`me`", &who_asks, &fixed(me))?;
    let logging_in = expecting(api::LOGGED_IN, CONNECTIONS);
    compare("log-ins", &logging_in, &fixed(log_ins))?;
    let signing_up = expecting(api::SIGNED_UP, CONNECTIONS);
    compare("sign-ups", &signing_up, &|turn| {
        api::sign_ups(&format!("two{turn}"))
    })?;
    Ok(findings)
}

/// One wrk on each of two addresses, which may be the same.
fn on_both(
    rig: &Rig<'_>,
    load: &Load,
    requests: &[Request; 2],
    servers: [&Server; 2],
) -> Result<Run> {
    let same = servers[0].address == servers[1].address;
    let cpu = || -> Result<f64> {
        let second = if same { 0.0 } else { servers[1].cpu()? };
        Ok(servers[0].cpu()? + second)
    };
    let before = cpu()?;
    let wrks = [
        load.start(&requests[0], servers[0].address, &rig.folder)?,
        load.start(&requests[1], servers[1].address, &rig.folder)?,
    ];
    let mut counts = Vec::new();
    for wrk in wrks {
        counts.push(wrk.finish()?.all_good()?);
    }
    let requests: f64 = counts.iter().map(|counts| counts.requests).sum();
    let slower = |figure: fn(&Counts) -> f64| counts.iter().map(figure).fold(0.0, f64::max);
    Ok(Run {
        rate: counts.iter().map(Counts::rate).sum(),
        p50: slower(|counts| counts.p50),
        p99: slower(|counts| counts.p99),
        cpu: (cpu()? - before) / requests * 1e6,
    })
}
