//! What `latchkey serve` logs, and what it never does.

use serde_json::{Value, json};

use crate::support::{Database, PASSWORD, Process, Request};

#[tokio::test]
async fn the_log_says_where_it_listens_which_database_it_uses_and_where_graphiql_is() {
    let database = Database::fresh().await;
    let server = Process::serve(&database, &[]);
    let log = [server.started.concat(), server.line(), server.line()];
    assert!(
        log[0].contains(&format!("listens on http://{}", server.address)),
        "{log:?}"
    );
    let kind = if database.is_postgres() {
        "PostgreSQL"
    } else {
        "SQLite"
    };
    assert!(log[1].contains(&format!("database: {kind} ")), "{log:?}");
    assert!(
        log[2].contains(&format!("GraphiQL: http://{}/graphiql", server.address)),
        "{log:?}"
    );
}

#[tokio::test]
async fn the_log_can_be_json() {
    let database = Database::fresh().await;
    let server = Process::serve(&database, &["--log-format", "json"]);
    for line in &server.started {
        let line: Value = serde_json::from_str(line).expect("a line is JSON");
        for member in ["timestamp", "level", "message"] {
            assert!(line[member].is_string(), "{member} of {line}");
        }
    }
}

#[tokio::test]
async fn no_password_and_no_token_is_ever_logged() {
    let database = Database::fresh().await;
    let server = Process::serve(&database, &["--log", "trace"]);
    Request::send(&Request::sign_up("ada"), server.address)
        .await
        .data();
    let query = format!(
        "mutation {{ tokenAuth(username: \"ada\", password: \"{PASSWORD}\") {{ token }} }}"
    );
    let answer = Request::json(json!({ "query": query }).to_string())
        .send(server.address)
        .await;
    let token = answer.data()["tokenAuth"]["token"]
        .as_str()
        .map(str::to_owned);
    let token = token.expect("a token is a text");
    let me = Request::query(&[("query", "{ me { id } }")])
        .header("authorization", format!("JWT {token}"));
    me.send(server.address).await.data();
    server.terminate();
    let (_, log) = server.wait();
    let log = log.join("\n");
    let signature = token.rsplit('.').next().expect("a token has parts");
    assert!(
        log.contains("signed up") && log.contains("logged in"),
        "{log}"
    );
    assert!(!log.contains(PASSWORD), "{log}");
    assert!(!log.contains(signature), "{log}");
}

#[tokio::test]
async fn every_line_about_a_request_has_its_id() {
    let database = Database::fresh().await;
    let server = Process::serve(&database, &["--log-format", "json"]);
    let answer = Request::sign_up("ada").send(server.address).await;
    let refused = Request::json("{").send(server.address).await;
    server.terminate();
    let (_, log) = server.wait();
    let line = |text: &str| {
        let found = log.iter().find(|line| line.contains(text));
        let found = found.unwrap_or_else(|| panic!("{text} is logged: {log:#?}"));
        serde_json::from_str::<Value>(found).expect("a line is JSON")
    };
    for (text, answer) in [("signed up", &answer), ("request refused", &refused)] {
        let line = line(text);
        let id = line["request"].as_str();
        assert_eq!(id, answer.header("x-request-id"), "{line}");
    }
    assert_eq!(line("request refused")["code"], "BAD_REQUEST");
}

#[tokio::test]
async fn a_line_of_text_ends_with_the_request_and_who_sent_it() {
    let database = Database::fresh().await;
    let server = Process::serve(&database, &[]);
    let answer = Request::sign_up("ada").send(server.address).await;
    server.terminate();
    let (_, log) = server.wait();
    let line = log.iter().find(|line| line.contains("signed up"));
    let id = answer.header("x-request-id").expect("an answer has an id");
    let end = format!(" request={id} peer=127.0.0.1");
    assert!(line.is_some_and(|line| line.ends_with(&end)), "{log:#?}");
}
