//! The same requests to a real django-graphql-jwt and to Latchkey get the same answers.

use jsonwebtoken::Algorithm;
use serde_json::json;

use super::wire::{Both, Wire};
use crate::support::{PASSWORD, Token};

const USER: &str = "__typename id username email firstName lastName isStaff isSuperuser isActive lastLogin dateJoined";

/// Sign-ups and log-ins, good and bad.
fn credentials() -> Vec<Wire> {
    let sign_up = format!(
        "mutation ($u: String!, $e: String!, $p: String!) \
        {{ createUser(username: $u, email: $e, password: $p) {{ __typename user {{ {USER} }} }} }}"
    );
    let bob = json!({ "u": "bob", "e": "bob@example.com", "p": PASSWORD });
    let log_in = "mutation ($u: String!, $p: String!) \
        { tokenAuth(username: $u, password: $p) { __typename token payload refreshExpiresIn } }";
    let log_in =
        |name: &str, password: &str| Wire::with(log_in, &json!({ "u": name, "p": password }));
    let aliases = format!(
        r#"mutation {{ a: tokenAuth(username: "ada", password: "wrong") {{ token }}
            b: tokenAuth(username: "ada", password: "{PASSWORD}") {{ token }} }}"#
    );
    vec![
        Wire::with(&sign_up, &bob),
        log_in("bob", PASSWORD),
        log_in("ada", PASSWORD),
        log_in("ada", PASSWORD).authorized("JWT garbage"),
        log_in("ada", "wrong"),
        log_in("ada", ""),
        log_in("", PASSWORD),
        log_in("nobody", PASSWORD),
        log_in("grace", PASSWORD),
        Wire::ask(&aliases),
    ]
}

/// `me` and `users` with every kind of header.
fn headers(token: &Token, now: i64) -> Vec<Wire> {
    let good = token.signed();
    let signed = |token: Token| format!("JWT {}", token.signed());
    let mut requests = vec![
        Wire::ask("{ me { id } users { id username } }"),
        Wire::ask("{ users { username } }").authorized("JWT garbage"),
    ];
    let headers = [
        format!("JWT {good}"),
        format!("jwt {good}"),
        format!("JWT   {good}"),
        format!("JWT {good} x"),
        good.clone(),
        "JWT".to_owned(),
        String::new(),
        "Basic YTpi".to_owned(),
        "JWT garbage".to_owned(),
        format!("JWT {good}x"),
        signed(token.clone().with("exp", now - 1)),
        signed(token.clone().with("username", "nobody")),
        signed(token.clone().with("username", "grace")),
        signed(token.clone().without("username")),
    ];
    let me = "{ me { __typename id username email firstName isStaff isActive dateJoined } }";
    requests.extend(headers.map(|header| Wire::ask(me).authorized(&header)));
    requests
}

/// `verifyToken` and `refreshToken` of every kind of token.
fn tokens(token: &Token, now: i64) -> Vec<Wire> {
    let good = token.signed();
    let to_come = now + 1_000_000;
    let tokens = [
        good.clone(),
        String::new(),
        "garbage".to_owned(),
        "a.b.c".to_owned(),
        format!("{good}x"),
        token
            .clone()
            .key("a key that neither of the two has")
            .signed(),
        token
            .clone()
            .header(r#"{"alg":"none","typ":"JWT"}"#)
            .signed(),
        token
            .clone()
            .header(r#"{"alg":"RS256","typ":"JWT"}"#)
            .signed(),
        token.clone().algorithm(Algorithm::HS384).signed(),
        token.clone().with("exp", now - 1).signed(),
        token.clone().with("exp", "soon").signed(),
        token.clone().without("exp").signed(),
        token.clone().with("nbf", to_come).signed(),
        token.clone().with("iat", to_come).signed(),
        token.clone().without("username").signed(),
        token.clone().with("username", "").signed(),
        token.clone().without("origIat").signed(),
        token.clone().with("origIat", 0).signed(),
        token.clone().with("origIat", now - 604_900).signed(),
        token.clone().with("colour", "green").signed(),
        token.clone().with("aud", "somebody").signed(),
    ];
    let verify = "mutation ($t: String) { verifyToken(token: $t) { __typename payload } }";
    let refresh = "mutation ($t: String) \
        { refreshToken(token: $t) { __typename token payload refreshExpiresIn } }";
    let mut requests: Vec<Wire> = tokens
        .iter()
        .flat_map(|token| {
            [verify, refresh].map(|document| Wire::with(document, &json!({ "t": token })))
        })
        .collect();
    requests.extend([
        Wire::ask("mutation { verifyToken { payload } }"),
        Wire::ask("mutation { verifyToken(token: null) { payload } }"),
        Wire::ask("mutation { refreshToken { payload } }"),
        Wire::ask("mutation { refreshToken(token: null) { payload } }"),
    ]);
    requests
}

/// Ways to send a document.
fn transport() -> Vec<Wire> {
    let named = |name: &str| {
        let query = "query a { me { id } } query b { __typename }";
        Wire::body(&json!({ "query": query, "operationName": name }).to_string())
    };
    let include = "query ($x: Boolean!) { users { username @include(if: $x) } }";
    let variables = |variables: &str| {
        Wire::body(&json!({ "query": include, "variables": variables }).to_string())
    };
    vec![
        named("a"),
        named("b"),
        variables(r#"{"x":true}"#),
        variables("{"),
        Wire::body(r#"{"query":"{ __typename }","variables":null,"operationName":null}"#),
        Wire::ask("query a { __typename } query b { __typename }"),
        Wire::ask(""),
        Wire::body("{}"),
        Wire::body(""),
        Wire::body("{"),
        Wire::body("{ __typename }").typed("application/graphql"),
        Wire::get("query=%7B__typename%7D"),
        Wire::get("query=%7Bme%7Bid%7D%7D"),
        Wire::get(""),
    ]
}

/// Requests that are refused before anything runs. The texts are those of the GraphQL library and not the contract's.
fn refused_as_a_whole() -> Vec<Wire> {
    let variable = "query ($x: Boolean!) { users { username @include(if: $x) } }";
    vec![
        Wire::ask("{ me"),
        Wire::ask("{ me }"),
        Wire::ask("{ nothing }"),
        Wire::ask("{ me { password } }"),
        Wire::ask(r#"mutation { tokenAuth(username: "ada") { token } }"#),
        Wire::with(
            "mutation ($u: String!) { tokenAuth(username: $u, password: $u) { token } }",
            &json!({}),
        ),
        Wire::with(variable, &json!({ "x": "yes" })),
        Wire::ask(variable),
        Wire::body(r#"{"query":"query a { __typename }","operationName":"c"}"#),
        Wire::body("[]"),
        Wire::body(r#"[{"query":"{ __typename }"}]"#),
        Wire::body(r#""text""#),
        Wire::get("query=mutation%7BverifyToken%7Bpayload%7D%7D"),
        Wire::body("{}").by("PUT"),
        Wire::body("{}").by("DELETE"),
    ]
}

#[tokio::test]
#[ignore = "needs Django: run by `cargo xtask test`"]
async fn the_same_requests_get_the_same_answers() {
    let mut both = Both::start().await;
    let token = Token::foreign("ada")
        .with("exp", both.now + 3000)
        .with("origIat", both.now);
    let requests = [
        credentials(),
        headers(&token, both.now),
        tokens(&token, both.now),
        transport(),
    ]
    .concat();
    let answers = both.send(&requests).await;
    for (request, (theirs, ours)) in requests.iter().zip(answers) {
        assert_eq!(ours, theirs, "{request:?}");
    }
}

#[tokio::test]
#[ignore = "needs Django: run by `cargo xtask test`"]
async fn what_is_refused_as_a_whole_is_refused_at_the_same_place_with_the_same_status() {
    let mut both = Both::start().await;
    let requests = refused_as_a_whole();
    let answers = both.send(&requests).await;
    for (request, (mut theirs, mut ours)) in requests.iter().zip(answers) {
        for told in [&mut theirs, &mut ours] {
            let errors = told.body["errors"].as_array_mut().expect("errors");
            for error in errors {
                let message = error["message"].take();
                assert!(
                    message.as_str().is_some_and(|text| !text.is_empty()),
                    "{request:?}"
                );
            }
        }
        assert_eq!(ours, theirs, "{request:?}");
    }
}
