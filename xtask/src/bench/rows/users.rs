//! Lists of users and the search in them: whether they are as fast with many users as with few, wherever one looks.

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::bench::api;
use crate::bench::finding::{Finding, Target};
use crate::bench::http::Request;
use crate::bench::options::Engine;
use crate::bench::rig::{FEW, Rig};
use crate::bench::run::in_turns;
use crate::bench::server::Server;
use crate::bench::statistics::figure;
use crate::bench::wrk::Load;

/// Answers of fifty users are work for the server: few connections keep it busy.
const CONNECTIONS: u32 = 16;

const LIST: &str =
    "query ($after: ID) { users(first: 50, after: $after) { id username dateJoined } }";
const CONNECTION: &str = "query ($after: String, $order: UserOrder) {
    usersConnection(first: 50, after: $after, orderBy: $order) {
        edges { cursor node { id username } } pageInfo { hasNextPage endCursor } } }";
const COUNTED: &str =
    "{ usersConnection(first: 50) { edges { cursor node { id username } } totalCount } }";
const SEARCH: &str = "query ($search: String) { usersConnection(first: 50, search: $search) {
        edges { cursor node { id username } } pageInfo { hasNextPage endCursor } } }";
const CURSORS: &str = "query ($first: Int, $after: String, $order: UserOrder) {
    usersConnection(first: $first, after: $after, orderBy: $order) { pageInfo { endCursor } } }";

/// How made-up users are called, a sixteenth of them: more than a page's worth of a thousand.
const PREFIX: &str = "grace";

/// How far into the list, in hundredths, and what that is called.
const DEPTHS: [(u32, &str); 3] = [(0, "first"), (50, "middle"), (95, "deep")];

/// Makes the request of a case for a server with so many users.
type Asked<'a> = dyn Fn(&Server, u32) -> Result<Request> + 'a;

/// What a page asks for: `usersConnection` with these variables.
fn page_of(server: &Server, variables: Value) -> Result<Request> {
    let query = [
        ("after", &variables["after"]),
        ("search", &variables["search"]),
    ];
    let query = query
        .iter()
        .filter_map(|(name, value)| Some((name, value.as_str()?)));
    let query: Vec<_> = query
        .map(|(name, value)| format!("{name}={}", encoded(value)))
        .collect();
    let request = Request::get(format!("/users?{}", query.join("&")));
    // A page that shows other users, or none, is not worth measuring.
    let document = "query ($after: String, $search: String) {
        usersConnection(first: 50, after: $after, search: $search) { edges { node { username } } } }";
    let data = api::data(&api::ask(document, variables), server)?;
    let edges = data["usersConnection"]["edges"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let html = api::checked(&request, server)?.text();
    for edge in &edges {
        let name = edge["node"]["username"].as_str().unwrap_or_default();
        ensure!(html.contains(name), "{} does not show {name}", request.path);
    }
    ensure!(
        edges.len() == 50,
        "{} shows {} users",
        request.path,
        edges.len()
    );
    Ok(request)
}

/// A text as a part of an address.
fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let bytes = text.bytes();
    bytes
        .map(|byte| {
            if plain(byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}

pub(crate) fn list(rig: &mut Rig<'_>) -> Result<Vec<Finding>> {
    each_engine(rig, &|pair| {
        for (depth, name) in DEPTHS {
            let asked = |_: &Server, users: u32| {
                let after = (depth > 0).then(|| (users / 100 * depth).to_string());
                Ok(api::ask(LIST, json!({ "after": after })))
            };
            pair.compare(&format!("`users(first: 50)`, {name} page"), &asked, 0.9)?;
        }
        Ok(())
    })
}

pub(crate) fn connection(rig: &mut Rig<'_>) -> Result<Vec<Finding>> {
    each_engine(rig, &|pair| {
        if !pair.has_connection("`usersConnection`")? {
            return Ok(());
        }
        for order in ["DATE_JOINED", "USERNAME"] {
            for (depth, name) in DEPTHS {
                let asked = |server: &Server, users: u32| {
                    let after = cursor(server, order, users / 100 * depth)?;
                    Ok(api::ask(
                        CONNECTION,
                        json!({ "after": after, "order": order }),
                    ))
                };
                pair.compare(
                    &format!("`usersConnection` by {order}, {name} page"),
                    &asked,
                    0.9,
                )?;
            }
        }
        let asked = |_: &Server, _| Ok(api::ask(COUNTED, json!({})));
        pair.compare("`usersConnection` with totalCount", &asked, 0.9)
    })
}

pub(crate) fn page(rig: &mut Rig<'_>) -> Result<Vec<Finding>> {
    each_engine(rig, &|pair| {
        if !pair.has_connection("users page")? {
            return Ok(());
        }
        for (depth, name) in DEPTHS {
            let asked = |server: &Server, users: u32| {
                let after = cursor(server, "DATE_JOINED", users / 100 * depth)?;
                page_of(server, json!({ "after": after }))
            };
            pair.compare(&format!("users page, {name}"), &asked, 0.9)?;
        }
        Ok(())
    })
}

pub(crate) fn search(rig: &mut Rig<'_>) -> Result<Vec<Finding>> {
    each_engine(rig, &|pair| {
        if !pair.has_connection("search by prefix")? {
            return Ok(());
        }
        let asked = |_: &Server, _| Ok(api::ask(SEARCH, json!({ "search": PREFIX })));
        pair.compare("search by prefix", &asked, 0.7)?;
        let asked = |server: &Server, _| page_of(server, json!({ "search": PREFIX }));
        pair.compare("search on the users page", &asked, 0.7)
    })
}

/// A server with many users, one with few, and what was found of them.
struct Pair<'r, 'c> {
    rig: &'r Rig<'c>,
    engine: Engine,
    many: (Server, u32),
    few: (Server, u32),
    findings: Vec<Finding>,
}

fn each_engine(
    rig: &mut Rig<'_>,
    measure: &dyn Fn(&mut Pair<'_, '_>) -> Result<()>,
) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for engine in rig.options.engines.clone() {
        let many = rig.large(engine)?;
        let few = rig.seed(engine, FEW)?;
        let many = (rig.serve(&many)?, many.users);
        let few = (rig.serve(&few)?, few.users);
        let mut pair = Pair {
            rig,
            engine,
            many,
            few,
            findings: Vec::new(),
        };
        measure(&mut pair)?;
        findings.append(&mut pair.findings);
    }
    Ok(findings)
}

impl Pair<'_, '_> {
    fn compare(&mut self, what: &str, asked: &Asked<'_>, least: f64) -> Result<()> {
        let (many, few) = (&self.many, &self.few);
        let requests = [asked(&many.0, many.1)?, asked(&few.0, few.1)?];
        let mut answers = Vec::new();
        for (request, server) in requests.iter().zip([&many.0, &few.0]) {
            let answer = api::checked(request, server)?;
            let text = answer.text();
            let users = text.matches("\"username\":").count();
            ensure!(
                request.method == "GET" || users == 50,
                "{what}: 50 users are awaited, not {users}: {text}"
            );
            self.rig.warm_up(request, &[server])?;
            answers.push(answer);
        }
        let load = Load::new(CONNECTIONS, self.rig.options.seconds);
        let [ours, rival] = in_turns(
            self.rig.options.rounds,
            [
                &mut || self.rig.run(&load, &requests[0], &many.0, answers.first()),
                &mut || self.rig.run(&load, &requests[1], &few.0, answers.last()),
            ],
        )?;
        let [of_many, of_few] = [many.1, few.1].map(|users| figure(users.into()));
        let what = format!("{what} of {of_many}, {}", self.engine.name());
        let rival_name = format!("of {of_few}");
        self.findings.push(Finding::of_runs(
            what,
            &ours,
            &rival,
            &rival_name,
            Target::AtLeast(least),
        ));
        Ok(())
    }

    /// Whether the API has `usersConnection`, as earlier versions have not; then the table says so.
    fn has_connection(&mut self, what: &str) -> Result<bool> {
        let answer = api::ask(COUNTED, json!({})).send(self.few.0.address)?;
        let there = !answer.text().contains("GRAPHQL_VALIDATION_FAILED");
        ensure!(
            answer.status == 200 || !there,
            "the answer is not a good one: {} {}",
            answer.status,
            answer.text()
        );
        if !there {
            let what = format!("{what}, {}", self.engine.name());
            self.findings.push(Finding::skipped(
                what,
                "this version has no `usersConnection`",
            ));
        }
        Ok(there)
    }
}

/// The cursor of the user at a place in an order; none at the beginning.
fn cursor(server: &Server, order: &str, place: u32) -> Result<Value> {
    let (mut cursor, mut left) = (Value::Null, place);
    while left > 0 {
        let first = left.min(1_000);
        let variables = json!({ "first": first, "after": cursor, "order": order });
        let mut data = api::data(&api::ask(CURSORS, variables), server)?;
        cursor = data["usersConnection"]["pageInfo"]["endCursor"].take();
        ensure!(cursor.is_string(), "the page has no cursor");
        left -= first;
    }
    Ok(cursor)
}
