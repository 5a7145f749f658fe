//! How `latchkey serve` ends.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::json;

use crate::support::{Database, PASSWORD, Process, latchkey};

#[test]
fn sigterm_ends_a_server_that_is_still_waiting_for_its_database() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let lock = folder.path().join("data/latchkey.db.lock");
    fs::create_dir(folder.path().join("data")).expect("a folder can be made");
    let lock = fs::File::create(lock).expect("a file can be made");
    lock.lock().expect("nobody else has it");
    let server = Process::launch(folder.path());
    while !server.line().contains("waiting for another process") {}
    server.terminate();
    let (success, log) = server.wait();
    assert!(success, "{log:#?}");
}

#[tokio::test]
async fn sigterm_lets_a_request_in_flight_finish() {
    let database = Database::fresh().await;
    let server = Process::serve(&database, &[]);
    let body = json!({ "query": "{ __typename }" }).to_string();
    let (first, rest) = body.split_at(5);
    let mut stream = TcpStream::connect(server.address).expect("the server accepts connections");
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\nexpect: 100-continue\r\ncontent-length: {}\r\n\r\n",
        server.address,
        body.len()
    );
    stream.write_all(head.as_bytes()).expect("the server reads");
    // The handler waits for the body once it has asked for it: now the request is in flight.
    let mut go_on = [0; 25];
    stream.read_exact(&mut go_on).expect("the server answers");
    assert!(go_on.starts_with(b"HTTP/1.1 100 Continue"), "{go_on:?}");
    stream
        .write_all(first.as_bytes())
        .expect("the server reads");
    server.terminate();
    while !server.line().contains("stopping") {}
    assert!(
        TcpStream::connect(server.address).is_err(),
        "nobody new is let in"
    );
    stream
        .write_all(rest.as_bytes())
        .expect("the server still reads");
    let mut answer = String::new();
    stream
        .read_to_string(&mut answer)
        .expect("the server still answers");
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    assert!(
        answer.ends_with(r#"{"data":{"__typename":"Query"}}"#),
        "{answer}"
    );
    let (success, log) = server.wait();
    assert!(success, "{log:#?}");
}

#[tokio::test]
async fn an_idle_connection_does_not_hold_up_the_end() {
    let database = Database::fresh().await;
    let server = Process::serve(&database, &[]);
    let idle = TcpStream::connect(server.address).expect("the server accepts connections");
    server.terminate();
    let (success, log) = server.wait();
    assert!(success, "{log:#?}");
    assert!(
        !log.iter().any(|line| line.contains("unfinished")),
        "{log:#?}"
    );
    drop(idle);
}

#[tokio::test]
async fn a_drain_that_takes_too_long_is_cut_short() {
    let database = Database::fresh().await;
    let server = Process::serve(&database, &["--drain-timeout", "1"]);
    let mut stream = TcpStream::connect(server.address).expect("the server accepts connections");
    let head = "POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\nexpect: 100-continue\r\ncontent-length: 9\r\n\r\n";
    stream.write_all(head.as_bytes()).expect("the server reads");
    stream.read_exact(&mut [0; 25]).expect("the server answers");
    server.terminate();
    let (success, log) = server.wait();
    assert!(success, "{log:#?}");
    assert!(
        log.iter().any(|line| line.contains("requests unfinished")),
        "{log:#?}"
    );
}

#[tokio::test]
async fn a_statement_that_goes_on_does_not_hold_up_the_end() {
    let database = Database::fresh().await;
    if !database.is_postgres() {
        return;
    }
    let words = ["user", "create", "ada", "--email", "ada@example.com"];
    latchkey(&database, &words, PASSWORD).succeeds();
    let change = "UPDATE users SET first_name = 'Ada' WHERE username = $1";
    let in_the_way = database.hold(change, "ada").await;
    let for_ever = [
        ["--drain-timeout", "1"],
        ["--request-timeout", "3600"],
        ["--database-statement-timeout", "0"],
    ];
    let server = Process::serve(&database, &for_ever.concat());
    let query =
        format!(r#"mutation {{ tokenAuth(username: "ada", password: "{PASSWORD}") {{ token }} }}"#);
    let body = json!({ "query": query }).to_string();
    let mut stream = TcpStream::connect(server.address).expect("the server accepts connections");
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream
        .write_all((head + &body).as_bytes())
        .expect("the server reads");
    let waits = "SELECT 'waits' FROM pg_stat_activity
                 WHERE datname = current_database() AND wait_event_type = $1";
    while database.texts(waits, "Lock").await.is_empty() {}
    server.terminate();
    let (success, log) = server.wait();
    assert!(success, "{log:#?}");
    in_the_way.commit().await;
}
