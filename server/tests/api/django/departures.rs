//! Where Latchkey answers otherwise than a real django-graphql-jwt: what section 8 of the contract decides, and no more.

use serde_json::{Value, json};

use super::wire::{Both, Told, Wire};
use crate::support::{PASSWORD, Token};

/// A request that the two answer differently.
struct Departure {
    /// What the contract says of it.
    decision: &'static str,
    request: Wire,
    django: Value,
    latchkey: Value,
}

fn departure(decision: &'static str, request: Wire, django: Value, latchkey: Value) -> Departure {
    Departure {
        decision,
        request,
        django,
        latchkey,
    }
}

/// What an answer comes to: the one field's data or message, or the status of a request refused as a whole.
fn outcome(told: &Told) -> Value {
    if told.status != 200 {
        return json!(told.status);
    }
    if let Some(message) = told.body.pointer("/errors/0/message") {
        return message.clone();
    }
    let field = told.body["data"]
        .as_object()
        .and_then(|data| data.values().next());
    field.cloned().unwrap_or_default()
}

fn log_in(name: &str) -> Wire {
    let document = "mutation ($u: String!, $p: String!) \
        { tokenAuth(username: $u, password: $p) { payload } }";
    Wire::with(document, &json!({ "u": name, "p": PASSWORD }))
}

fn sign_up(name: &str, email: &str, password: &str) -> Wire {
    let document = "mutation ($u: String!, $e: String!, $p: String!) \
        { createUser(username: $u, email: $e, password: $p) { user { username } } }";
    Wire::with(document, &json!({ "u": name, "e": email, "p": password }))
}

fn of_accounts() -> Vec<Departure> {
    let refused = "Please enter valid credentials";
    let logged_in = json!({ "payload": { "username": "ada", "exp": 1, "origIat": 0 } });
    let created = |name: &str| json!({ "user": { "username": name } });
    vec![
        departure(
            "a name is the same in any case",
            log_in("ADA"),
            json!(refused),
            logged_in.clone(),
        ),
        departure(
            "an e-mail address logs in too",
            log_in("Ada@example.com"),
            json!(refused),
            logged_in,
        ),
        departure(
            "no internal text",
            sign_up("ada", "other@example.com", PASSWORD),
            json!("(of the database)"),
            json!("A user with that username already exists."),
        ),
        departure(
            "names are unique without regard to case",
            sign_up("ADA", "other@example.com", PASSWORD),
            created("ADA"),
            json!("A user with that username already exists."),
        ),
        departure(
            "an address is checked",
            sign_up("hedy", "nowhere", PASSWORD),
            created("hedy"),
            json!("Enter an e-mail address such as name@example.com."),
        ),
        departure(
            "a password is checked",
            sign_up("joan", "joan@example.com", "brief:1"),
            created("joan"),
            json!("This password is too short: use at least 8 characters."),
        ),
    ]
}

fn of_tokens(token: &Token) -> Vec<Departure> {
    let verify = |token: Token| {
        let document = "mutation ($t: String) { verifyToken(token: $t) { payload } }";
        Wire::with(document, &json!({ "t": token.signed() }))
    };
    let refresh = |token: Token| {
        let document = "mutation ($t: String) { refreshToken(token: $t) { payload } }";
        Wire::with(document, &json!({ "t": token.signed() }))
    };
    let payload = |name: &str| json!({ "payload": { "username": name, "exp": 10, "origIat": 0 } });
    let bearer = format!("Bearer {}", token.signed());
    let me = Wire::ask("{ me { username } }").authorized(&bearer);
    let (nobody, grace) = (
        token.clone().with("username", "nobody"),
        token.clone().with("username", "grace"),
    );
    vec![
        departure(
            "the scheme Bearer too",
            me,
            json!("Not logged in!"),
            json!({ "username": "ada" }),
        ),
        departure(
            "a disabled user cannot verify",
            verify(grace),
            payload("grace"),
            json!("User is disabled"),
        ),
        departure(
            "nor can a user who is not there",
            verify(nobody.clone()),
            payload("nobody"),
            json!("Invalid token"),
        ),
        departure(
            "no internal text",
            refresh(nobody),
            json!("'NoneType' object has no attribute 'get_username'"),
            json!("Invalid token"),
        ),
        departure(
            "introspection ignores a stale header",
            Wire::ask(r#"{ __type(name: "UserType") { name } }"#).authorized("JWT garbage"),
            json!("Error decoding signature"),
            json!({ "name": "UserType" }),
        ),
    ]
}

fn of_transport() -> Vec<Departure> {
    let typename = json!("Query");
    let form = Wire::body("query=%7B__typename%7D").typed("application/x-www-form-urlencoded");
    let text = Wire::body(r#"{"query":"{ __typename }"}"#).typed("text/plain");
    let unnamed = Wire::body(r#"{"query":"{ __typename }","operationName":""}"#);
    vec![
        departure(
            "no type that a form can send",
            form,
            typename.clone(),
            json!(415),
        ),
        departure("no type that a form can send", text, json!(400), json!(415)),
        departure("an empty name is no name", unnamed, json!(400), typename),
    ]
}

#[tokio::test]
#[ignore = "needs Django: run by `cargo xtask test`"]
async fn the_answers_differ_where_the_contract_decides_it() {
    let mut both = Both::start().await;
    let token = Token::foreign("ada")
        .with("exp", both.now + 3000)
        .with("origIat", both.now);
    let departures: Vec<Departure> = of_accounts()
        .into_iter()
        .chain(of_tokens(&token))
        .chain(of_transport())
        .collect();
    let requests: Vec<Wire> = departures
        .iter()
        .map(|departure| departure.request.clone())
        .collect();
    let answers = both.send(&requests).await;
    for (departure, (theirs, ours)) in departures.iter().zip(answers) {
        let Departure {
            decision,
            request,
            django,
            latchkey,
        } = departure;
        let mut told = outcome(&theirs);
        if told.as_str().is_some_and(|text| text.contains("auth_user")) {
            told = json!("(of the database)");
        }
        assert_eq!(
            (&told, &outcome(&ours)),
            (django, latchkey),
            "{decision}: {request:?}"
        );
    }
}
