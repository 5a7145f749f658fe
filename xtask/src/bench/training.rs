//! What a server is made to do while it counts what it runs (`pgo`): what people, clients and pages ask of one, on each database.
//! Each of it takes its turn for as long as the others, so that nothing is called rare for being slow.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use serde_json::json;

use super::api;
use super::http::Request;
use super::options::{Engine, Options};
use super::rig::{FEW, Pages, Rig};
use super::server::Server;
use super::wrk::Load;
use crate::context::Context;
use crate::places::{self, Profile};
use crate::steps::{Outcome, Step};

const CONNECTIONS: u32 = 16;

/// How long each request is asked.
const SECONDS: u32 = 2;

/// As a page of somebody's own asks, by way of a fragment.
const MYSELF: &str = "query Account { me { ...Person firstName lastName lastLogin
        sessions { id device ipAddress createdAt lastUsedAt current } } }
    fragment Person on UserType { __typename id username email dateJoined }";
const REFRESH: &str =
    "mutation ($token: String) { refreshToken(token: $token) { token payload refreshExpiresIn } }";
const LIST: &str = "query ($first: Int) { users(first: $first) { ...Person } }
    fragment Person on UserType { id username email isActive }";
const CONNECTION: &str = "query ($order: UserOrder, $search: String, $after: String) {
    usersConnection(first: 20, orderBy: $order, search: $search, after: $after) {
        totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        edges { cursor node { id username dateJoined } } } }";

/// A request, and what every good answer to it holds.
struct Asked {
    request: Request,
    good: &'static str,
}

/// Whether all of it is still answered, for releases are seldom built so.
pub(crate) const CHECK: Step = Step {
    title: "Asking a server what profiles are made of",
    action: |context| {
        let release = places::executable(context, Profile::Release);
        ask(context, release, |_, _, _| Ok(())).map(|()| Outcome::Done)
    },
};

/// Has `binary` do all of it, and ends it.
pub(crate) fn train(context: &Context, binary: PathBuf) -> Result<()> {
    ask(context, binary, |asked, server, folder| {
        let mut load = Load::new(CONNECTIONS, SECONDS);
        load.expect = Some(asked.good);
        let wrk = load.start(&asked.request, server.address, folder)?;
        wrk.finish()?.all_good().map(|_| ())
    })
}

/// Asks servers on each database once, and does with each request what is wanted.
fn ask(
    context: &Context,
    binary: PathBuf,
    exercise: impl Fn(&Asked, &Server, &Path) -> Result<()>,
) -> Result<()> {
    let options = Options {
        seconds: SECONDS,
        ..Options::default()
    };
    let mut rig = Rig::new(context, &options, binary)?;
    // The processes that hash for a server may be ended before they have told what they counted.
    rig.hashes_alone(Pages::Usual)?;
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let database = rig.seed(engine, FEW)?;
        let server = rig.serve(&database)?;
        let all = requests(&server)?;
        eprintln!("      {} requests on {} …", all.len(), engine.name());
        for asked in &all {
            let answer = api::checked(&asked.request, &server)?.text();
            ensure!(
                answer.contains(asked.good),
                "the answer holds no {}: {answer}",
                asked.good
            );
            exercise(asked, &server, &rig.folder)?;
        }
        // What servers are measured against is the same program, and has to be as good as they are.
        let me = asked(api::me(&api::token(&server)?), api::IS_ME);
        let floor = rig.floor(&api::checked(&me.request, &server)?)?;
        exercise(&me, &floor, &rig.folder)?;
    }
    Ok(())
}

/// What is asked of a server.
fn requests(server: &Server) -> Result<Vec<Asked>> {
    let token = api::token(server)?;
    let whole = api::ask(MYSELF, json!({}));
    let page = |order: &str, search: Option<&str>, after: Option<&str>| {
        api::ask(
            CONNECTION,
            json!({ "order": order, "search": search, "after": after }),
        )
    };
    let first = api::data(&page("USERNAME", None, None), server)?;
    let after = first["usersConnection"]["pageInfo"]["endCursor"].as_str();
    let after = after.context("the first page has a cursor")?;
    Ok(vec![
        asked(api::me(&token), api::IS_ME),
        asked(
            whole.with_header("Authorization", format!("JWT {token}")),
            "\"sessions\":[{",
        ),
        asked(api::verify(api::tokens(server, 20)?), "\"payload\":{"),
        asked(
            api::ask(REFRESH, json!({ "token": token })),
            "\"refreshToken\":{",
        ),
        asked(api::log_ins(server)?, api::LOGGED_IN),
        asked(api::sign_ups("trained"), api::SIGNED_UP),
        asked(api::ask(LIST, json!({ "first": 50 })), "\"users\":[{"),
        asked(page("DATE_JOINED", None, None), "\"edges\":[{"),
        asked(page("USERNAME", None, Some(after)), "\"edges\":[{"),
        asked(page("USERNAME", Some("ada"), None), "\"edges\":[{"),
        asked(Request::get("/login"), "</html>"),
        asked(Request::get("/users"), "</html>"),
        asked(Request::get("/users?search=ada"), "</html>"),
    ])
}

fn asked(request: Request, good: &'static str) -> Asked {
    Asked { request, good }
}
