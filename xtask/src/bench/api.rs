//! What is asked of the API.

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use super::http::{Answer, NUMBER, Request};
use super::server::Server;

/// What `latchkey dev seed` gives everybody.
const PASSWORD: &str = "turtles all the way down";

/// A GraphQL request with one body for each of `variables`.
pub(crate) fn each(document: &str, variables: impl IntoIterator<Item = Value>) -> Request {
    let bodies = variables
        .into_iter()
        .map(|variables| json!({ "query": document, "variables": variables }).to_string());
    Request {
        method: "POST",
        path: "/graphql".to_owned(),
        headers: vec![("Content-Type", "application/json".to_owned())],
        bodies: bodies.collect(),
    }
}

/// A GraphQL request.
pub(crate) fn ask(document: &str, variables: Value) -> Request {
    each(document, [variables])
}

/// Sends a request and demands an answer without errors.
pub(crate) fn checked(request: &Request, server: &Server) -> Result<Answer> {
    let answer = request.send(server.address)?;
    let text = answer.text();
    ensure!(
        answer.status == 200 && !text.contains("\"errors\":"),
        "the answer is not a good one: {} {text}",
        answer.status
    );
    Ok(answer)
}

/// The data of the answer to a request.
pub(crate) fn data(request: &Request, server: &Server) -> Result<Value> {
    let answer = checked(request, server)?;
    let mut answer: Value = serde_json::from_slice(&answer.body)?;
    Ok(answer["data"].take())
}

/// Ids and usernames, oldest first: at most `first` of them after the id `after`.
pub(crate) fn users(server: &Server, first: u32, after: u32) -> Result<Vec<(u32, String)>> {
    let document =
        "query ($first: Int!, $after: ID!) { users(first: $first, after: $after) { id username } }";
    let asked = ask(
        document,
        json!({ "first": first, "after": after.to_string() }),
    );
    let data = data(&asked, server)?;
    let users = data["users"].as_array().context("users are a list")?;
    let pairs = users.iter().map(|user| {
        let id = user["id"].as_str()?.parse().ok()?;
        Some((id, user["username"].as_str()?.to_owned()))
    });
    pairs
        .collect::<Option<_>>()
        .context("users have ids and names")
}

/// Log-ins of one user after the other.
pub(crate) fn log_ins(server: &Server) -> Result<Request> {
    let document = "mutation ($username: String!, $password: String!) { tokenAuth(username: $username, password: $password) { token } }";
    let users = users(server, super::rig::FEW, 0)?;
    let variables = users
        .into_iter()
        .map(|(_, name)| json!({ "username": name, "password": PASSWORD }));
    Ok(each(document, variables))
}

/// What the answer to a log-in holds.
pub(crate) const LOGGED_IN: &str = "\"token\":\"";

/// Access tokens of the first users, each of another.
pub(crate) fn tokens(server: &Server, count: usize) -> Result<Vec<String>> {
    let log_ins = log_ins(server)?;
    let one = |body: &String| {
        let mut log_in = log_ins.clone();
        log_in.bodies = vec![body.clone()];
        let data = data(&log_in, server)?;
        let token = data["tokenAuth"]["token"].as_str();
        token.map(str::to_owned).context("a log-in gives a token")
    };
    log_ins.bodies.iter().take(count).map(one).collect()
}

/// An access token of the first user.
pub(crate) fn token(server: &Server) -> Result<String> {
    tokens(server, 1)?.pop().context("there is a user")
}

/// `me`, as the user of a token.
pub(crate) fn me(token: &str) -> Request {
    ask("query Me { me { id username email } }", json!({}))
        .with_header("Authorization", format!("JWT {token}"))
}

/// What the body of a good answer to it holds.
pub(crate) const IS_ME: &str = "\"me\":{\"id\":\"";

/// `verifyToken` of these tokens, in turn.
pub(crate) fn verify(tokens: impl IntoIterator<Item = String>) -> Request {
    let document = "mutation Verify($token: String!) { verifyToken(token: $token) { payload } }";
    let variables = tokens.into_iter().map(|token| json!({ "token": token }));
    each(document, variables)
}

/// Sign-ups of people whose names nobody has, beginning with `prefix`.
pub(crate) fn sign_ups(prefix: &str) -> Request {
    let document = "mutation ($username: String!, $email: String!, $password: String!) {
        createUser(username: $username, email: $email, password: $password) { user { username } } }";
    let name = format!("{prefix}-{NUMBER}");
    let variables = json!({
        "username": name,
        "email": format!("{name}@example.com"),
        "password": "seven quiet herons wade at noon",
    });
    ask(document, variables)
}

/// What the answer to a sign-up holds.
pub(crate) const SIGNED_UP: &str = "\"user\":{\"username\":\"";
