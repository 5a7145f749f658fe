//! Resident memory: at rest, under many connections, and while people log in as fast as they can.

use std::thread::sleep;
use std::time::Duration;

use anyhow::Result;

use crate::bench::api;
use crate::bench::finding::{Finding, Target};
use crate::bench::http::Request;
use crate::bench::rig::{Database, FEW, Rig, to_float};
use crate::bench::server::Server;
use crate::bench::statistics::Sample;
use crate::bench::wrk::Load;

/// The memory of one hash with the default parameters, in MB.
const HASH: f64 = 19.456 * 1.024;
const MANY_CONNECTIONS: u32 = 1_000;
/// As many as are let in and wait, by the default settings, and not one that is told to come back.
const LOG_INS_AT_ONCE: u32 = 64;

pub(crate) fn run(rig: &mut Rig<'_>) -> Result<Vec<Finding>> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let hashes = HASH * to_float(cores);
    let mut findings = Vec::new();
    for engine in rig.options.engines.clone() {
        let database = rig.seed(engine, FEW)?;
        let mut many = Load::new(MANY_CONNECTIONS, rig.options.seconds.max(5));
        many.threads = 2;
        many.expect = Some(api::IS_ME);
        let mut flood = Load::new(LOG_INS_AT_ONCE, rig.options.seconds.max(5));
        flood.expect = Some(api::LOGGED_IN);
        let cases: [(&str, Option<&Load>, f64); 3] = [
            ("at rest", None, 20.0),
            ("under 1,000 connections with `me`", Some(&many), 60.0),
            ("during a log-in flood", Some(&flood), 60.0 + hashes),
        ];
        for (name, load, most) in cases {
            let (mut peaks, mut anonymous) = (Vec::new(), Vec::new());
            for _ in 0..rig.options.rounds.min(3) {
                // A fresh one each time: memory that was taken once mostly stays.
                let server = rig.serve(&database)?;
                let request = prepare(rig, &server, &database, load)?;
                if let (Some(load), Some(request)) = (load, request) {
                    load.start(&request, server.address, &rig.folder)?
                        .finish()?
                        .all_good()?;
                } else {
                    api::users(&server, 50, 0)?;
                    sleep(Duration::from_secs(2));
                }
                let memory = server.memory()?;
                peaks.push(
                    if load.is_some() {
                        memory.peak
                    } else {
                        memory.resident
                    } / 1e3,
                );
                anonymous.push(memory.anonymous / 1e3);
            }
            let what = format!("memory {name}, {}", engine.name());
            let finding = Finding::alone(what, Sample::new(peaks), " MB", Target::AtMost(most));
            findings.push(finding.with("of it anonymous at the end, MB", Sample::new(anonymous)));
        }
    }
    Ok(findings)
}

/// What the load asks, prepared by another server on the same database: the one that is measured has not hashed yet.
fn prepare(
    rig: &mut Rig<'_>,
    server: &Server,
    database: &Database,
    load: Option<&Load>,
) -> Result<Option<Request>> {
    let Some(load) = load else { return Ok(None) };
    if load.expect == Some(api::LOGGED_IN) {
        return Ok(Some(api::log_ins(server)?));
    }
    let other = rig.serve(database)?;
    Ok(Some(api::me(&api::token(&other)?)))
}
