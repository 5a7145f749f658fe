//! `me` and `verifyToken`: how much of what a server could do at most is left by what they do.

use anyhow::Result;

use crate::bench::api;
use crate::bench::finding::{Finding, Target};
use crate::bench::http::Request;
use crate::bench::options::Engine;
use crate::bench::rig::{FEW, Rig};
use crate::bench::run::in_turns;
use crate::bench::server::Server;
use crate::bench::wrk::Load;

/// More than there are connections.
const USERS: usize = 200;

pub(crate) fn me(rig: &mut Rig<'_>) -> Result<Vec<Finding>> {
    let target = |engine| match engine {
        Engine::Sqlite => Target::AtLeast(0.6),
        Engine::Postgres => Target::AtLeast(0.4),
    };
    against_floor(
        rig,
        "`me`",
        |server| Ok(api::me(&api::token(server)?)),
        target,
    )
}

pub(crate) fn verify(rig: &mut Rig<'_>) -> Result<Vec<Finding>> {
    let one = |server: &Server| Ok(api::verify([api::token(server)?]));
    let mut findings = against_floor(rig, "`verifyToken`", one, |_| Target::AtLeast(0.6))?;
    // Who asks at the same moment with the same token shares a row on PostgreSQL. Here hardly anybody does.
    let many = |server: &Server| Ok(api::verify(api::tokens(server, USERS)?));
    let what = format!("`verifyToken` of {USERS} users in turn");
    findings.extend(against_floor(rig, &what, many, |_| Target::Shown)?);
    Ok(findings)
}

fn against_floor(
    rig: &mut Rig<'_>,
    what: &str,
    request: impl Fn(&Server) -> Result<Request>,
    target: fn(Engine) -> Target,
) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for engine in rig.options.engines.clone() {
        let database = rig.seed(engine, FEW)?;
        let server = rig.serve(&database)?;
        let request = request(&server)?;
        let answer = api::checked(&request, &server)?;
        let floor = rig.floor(&answer)?;
        let floors = api::checked(&request, &floor)?;
        let mut load = Load::new(rig.options.connections, rig.options.seconds);
        // With one thread wrk would hold the floor back, and the ratio would flatter us.
        load.threads = 2;
        rig.warm_up(&request, &[&server, &floor])?;
        let [ours, rival] = in_turns(
            rig.options.rounds,
            [
                &mut || rig.run(&load, &request, &server, Some(&answer)),
                &mut || rig.run(&load, &request, &floor, Some(&floors)),
            ],
        )?;
        api::checked(&request, &server)?;
        let what = format!("{what}, {}", engine.name());
        findings.push(Finding::of_runs(
            what,
            &ours,
            &rival,
            "floor",
            target(engine),
        ));
    }
    Ok(findings)
}
