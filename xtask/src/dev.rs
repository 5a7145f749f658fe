//! `cargo xtask dev`: a debug build that follows the source files.
//!
//! The pages of a debug server hold a connection to it; when it comes back after a restart they load themselves anew.

use std::process::Child;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::context::Context;
use crate::places::Profile;
use crate::process;
use crate::server;
use crate::site;
use crate::steps::{self, clock};
use crate::tools::{ADD_FRONTEND_PACKAGES, ADD_WASM_TARGET, CHECK_NODE};
use crate::wasm;
use crate::watch::{Stale, Watch};

/// How long to wait between two looks at the files.
const PAUSE: Duration = Duration::from_millis(500);

/// How long the old server may take to finish: a page that is open keeps a request for news of the next one going, and
/// nobody who develops wants to wait for that.
const GRACE: Duration = Duration::from_secs(1);

/// Builds, serves, and starts again with each change, until Ctrl-C.
pub(crate) fn dev(context: &Context) -> Result<()> {
    steps::run(
        context,
        &[CHECK_NODE, ADD_WASM_TARGET, ADD_FRONTEND_PACKAGES],
    )?;
    let mut watch = Watch::new(&context.root);
    let mut running = None;
    let mut stale = Stale::BOTH;
    loop {
        stale = rebuild(context, stale, &mut running)?;
        match wait(&mut watch, &mut running) {
            Some(changes) => stale = stale.or(changes),
            None => {
                return running
                    .as_mut()
                    .map_or(Ok(()), |server| process::stop(server, GRACE));
            }
        }
    }
}

/// Builds what is stale and starts the server again. What could not be built stays stale, and the old server running.
fn rebuild(context: &Context, stale: Stale, running: &mut Option<Child>) -> Result<Stale> {
    let started = Instant::now();
    if let Err(error) = build(context, stale) {
        if !process::interrupted() {
            let old = if running.is_some() {
                "the server from before is still running"
            } else {
                "nothing is running"
            };
            eprintln!("\nThe build failed; {old}. Waiting for a change …\n{error:#}");
        }
        return Ok(stale);
    }
    if let Some(old) = running {
        process::stop(old, GRACE)?;
    }
    eprintln!(
        "Built in {}; watching for changes.",
        clock(started.elapsed())
    );
    *running = Some(process::spawn(&mut server::serve(context, Profile::Dev))?);
    Ok(Stale::default())
}

fn build(context: &Context, stale: Stale) -> Result<()> {
    if stale.site {
        wasm::compile(context, Profile::Dev)?;
        site::assemble(context, Profile::Dev)?;
    }
    if stale.server {
        server::build(context, Profile::Dev)?;
    }
    Ok(())
}

/// Waits for a change that is over: a look that finds something, then one that finds nothing more. `None` is Ctrl-C.
fn wait(watch: &mut Watch, running: &mut Option<Child>) -> Option<Stale> {
    let mut changes = Stale::default();
    let mut looked = Instant::now();
    while !process::interrupted() {
        process::tick();
        if looked.elapsed() < PAUSE {
            continue;
        }
        looked = Instant::now();
        let more = watch.changes();
        if more == Stale::default() && changes != Stale::default() {
            return Some(changes);
        }
        changes = changes.or(more);
        if let Some(Ok(Some(status))) = running.as_mut().map(Child::try_wait) {
            eprintln!("\nThe server ended ({status}). Waiting for a change …");
            *running = None;
        }
    }
    None
}
