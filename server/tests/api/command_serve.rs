//! `latchkey serve`: what it says, what it makes, what it refuses, and how it ends.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::{
    Answer, Database, PASSWORD, Process, Request, latchkey, latchkey_in, latchkey_with,
};

fn sign_up(username: &str) -> Request {
    let query = "mutation ($u: String!, $e: String!, $p: String!) \
        { createUser(username: $u, email: $e, password: $p) { user { username } } }";
    let variables = json!({ "u": username, "e": format!("{username}@example.com"), "p": PASSWORD });
    Request::json(json!({ "query": query, "variables": variables }).to_string())
}

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
    Request::send(&sign_up("ada"), server.address).await.data();
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
async fn the_key_is_made_at_the_first_start_for_the_owner_alone_and_kept() {
    let database = Database::fresh().await;
    let data = Path::new(database.folder()).join("made").join("here");
    let folder = data.to_str().expect("temporary folders have plain names");
    let key = data.join("jwt-secret-key");
    let first = Process::serve(&database, &["--data-dir", folder]);
    let made = fs::read_to_string(&key).expect("the key is there");
    assert!(made.trim().len() >= 64, "32 bytes as digits");
    let permissions = |path: &Path| {
        fs::metadata(path)
            .expect("it is there")
            .permissions()
            .mode()
            & 0o777
    };
    assert_eq!(permissions(&key), 0o600);
    assert_eq!(permissions(&data), 0o700);
    Request::send(&sign_up("ada"), first.address).await.data();
    first.terminate();
    first.wait();
    let second = Process::serve(&database, &["--data-dir", folder]);
    assert_eq!(fs::read_to_string(&key).expect("the key is there"), made);
    drop(second);
}

#[test]
fn without_settings_an_sqlite_file_in_data_is_made_for_the_owner_alone() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let words = ["user", "create", "ada", "--email", "ada@example.com"];
    latchkey_in(folder.path(), &words, PASSWORD).succeeds();
    let permissions = |name: &str| {
        let file = fs::metadata(folder.path().join(name)).expect("it is made");
        file.permissions().mode() & 0o777
    };
    assert_eq!(permissions("data"), 0o700);
    assert_eq!(permissions("data/latchkey.db"), 0o600);
}

#[tokio::test]
async fn a_wrong_value_is_refused_with_a_sentence_that_names_the_setting() {
    let database = Database::fresh().await;
    for (flag, value, texts) in [
        (
            "--listen",
            "3000",
            &["--listen", "127.0.0.1:3000"] as &[&str],
        ),
        ("--listen", "127.0.0.1:99999", &["--listen", "0 to 65535"]),
        (
            "--database-url",
            "mysql://localhost/db",
            &["--database-url", "sqlite: or postgres://"],
        ),
        ("--log-format", "xml", &["--log-format", "text, json"]),
        ("--log", "a=b=c", &["--log"]),
        ("--log", "verbose", &["LATCHKEY_LOG", "debug or trace"]),
        (
            "--graphql-max-body",
            "0",
            &["LATCHKEY_GRAPHQL_MAX_BODY", "from 1"],
        ),
        (
            "--jwt-secret-key",
            "short",
            &["LATCHKEY_JWT_SECRET_KEY", "32 at least", "openssl rand"],
        ),
        (
            "--jwt-secret-key",
            "your-256-bit-secret-your-256-bit-secret",
            &["LATCHKEY_JWT_SECRET_KEY", "sample"],
        ),
        ("--jwt-expiration-delta", "0", &["--jwt-expiration-delta"]),
        (
            "--jwt-expiration-delta",
            "soon",
            &["--jwt-expiration-delta"],
        ),
        (
            "--jwt-refresh-expiration-delta",
            "-1",
            &["--jwt-refresh-expiration-delta"],
        ),
        ("--jwt-allow-refresh", "maybe", &["--jwt-allow-refresh"]),
        ("--jwt-leeway", "x", &["--jwt-leeway"]),
        ("--jwt-issuer", "", &["--jwt-issuer"]),
        ("--jwt-audience", " ", &["--jwt-audience", "empty"]),
        (
            "--jwt-auth-header-prefix",
            "My Token",
            &["--jwt-auth-header-prefix", "one word"],
        ),
        ("--argon2-memory", "1024", &["--argon2-memory", "too weak"]),
        ("--argon2-passes", "1", &["--argon2-passes", "too weak"]),
        ("--argon2-lanes", "65", &["--argon2-lanes"]),
        ("--hashing-concurrency", "0", &["--hashing-concurrency"]),
        (
            "--hashing-concurrency",
            "18446744073709551615",
            &["--hashing-concurrency"],
        ),
        ("--password-min-length", "0", &["--password-min-length"]),
        (
            "--users-visibility",
            "all",
            &["--users-visibility", "public, members, staff"],
        ),
        (
            "--users-emails",
            "all",
            &["--users-emails", "private, members, public"],
        ),
        ("--users-max", "50", &["--users-max"]),
        (
            "--allowed-origins",
            "*",
            &["--allowed-origins", "https://app.example.com"],
        ),
        ("--max-connections", "0", &["--max-connections"]),
        (
            "--max-connections",
            "18446744073709551615",
            &["--max-connections"],
        ),
        ("--header-timeout", "0", &["--header-timeout"]),
    ] {
        let argument = format!("{flag}={value}");
        let free_port: &[&str] = if flag == "--listen" {
            &[]
        } else {
            &["--listen=127.0.0.1:0"]
        };
        let finished = latchkey(&database, &[&["serve", &argument], free_port].concat(), "");
        finished.fails_with(texts);
    }
}

#[tokio::test]
async fn a_wrong_variable_is_refused_by_its_name() {
    let database = Database::fresh().await;
    for (variable, value) in [
        ("LATCHKEY_LISTEN", "nowhere"),
        ("LATCHKEY_JWT_EXPIRATION_DELTA", "0"),
        ("LATCHKEY_USERS_VISIBILITY", "all"),
    ] {
        let finished = latchkey_with(&database, &[], &[(variable, value)]);
        let flag = variable
            .replace("LATCHKEY_", "--")
            .replace('_', "-")
            .to_lowercase();
        finished.fails_with(&[variable, &flag, value]);
    }
}

#[tokio::test]
async fn a_port_in_use_is_told_so() {
    let database = Database::fresh().await;
    let taken = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let address = taken.local_addr().expect("it has an address").to_string();
    latchkey(&database, &["--listen", &address], "").fails_with(&[
        &format!("cannot listen on {address}"),
        "another program",
        "--listen",
    ]);
}

#[tokio::test]
async fn a_database_that_cannot_be_used_is_named_without_its_password() {
    let database = Database::fresh().await;
    let folder = format!("sqlite:{}", database.folder());
    latchkey(&database, &["--database-url", &folder], "")
        .fails_with(&["cannot use the database SQLite"]);
    let url = "postgres://ada:hunter2@127.0.0.1:1/latchkey";
    let finished = latchkey(&database, &["--database-url", url], "");
    finished.fails_with(&["cannot use the database PostgreSQL 127.0.0.1:1/latchkey"]);
    assert!(!finished.stderr.contains("hunter2"), "{finished:?}");
    let finished = latchkey(
        &database,
        &["--database-url", "mysql://ada:hunter2@h/db"],
        "",
    );
    finished.fails_with(&["LATCHKEY_DATABASE_URL", "sqlite: or postgres://"]);
    assert!(!finished.stderr.contains("hunter2"), "{finished:?}");
}

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
async fn several_processes_share_one_database() {
    let database = Database::fresh().await;
    let key = ["--jwt-secret-key", "8d1f0a7c5b3e9d2f4a6c8e0b1d3f5a7c"];
    let servers = [
        Process::serve(&database, &key),
        Process::serve(&database, &key),
    ];
    let [one, other] = [servers[0].address, servers[1].address];
    sign_up("ada").send(one).await.data();
    let second = sign_up("ada").send(other).await;
    assert_eq!(second.code(), "USERNAME_TAKEN", "{second}");
    let query = format!(
        "mutation {{ tokenAuth(username: \"ada\", password: \"{PASSWORD}\") {{ token }} }}"
    );
    let answer: Answer = Request::json(json!({ "query": query }).to_string())
        .send(one)
        .await;
    let token = answer.data()["tokenAuth"]["token"]
        .as_str()
        .map(str::to_owned);
    let header = format!("JWT {}", token.expect("a token is a text"));
    let me = Request::query(&[("query", "{ me { username } }")]).header("authorization", header);
    assert_eq!(
        me.send(other).await.data(),
        json!({ "me": { "username": "ada" } })
    );
    latchkey(&database, &["user", "disable", "ada"], "").succeeds();
    for address in [one, other] {
        let answer = me.send(address).await;
        assert_eq!(answer.code(), "USER_DISABLED", "{answer}");
    }
}

#[tokio::test]
async fn processes_that_start_at_the_same_moment_on_a_fresh_database_all_start() {
    let database = Database::fresh().await;
    std::thread::scope(|scope| {
        for n in 0..6 {
            let database = &database;
            scope.spawn(move || {
                let (name, email) = (format!("ada{n}"), format!("ada{n}@example.com"));
                let words = ["user", "create", &name, "--email", &email];
                latchkey(database, &words, PASSWORD).succeeds();
            });
        }
    });
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
async fn every_line_about_a_request_has_its_id() {
    let database = Database::fresh().await;
    let server = Process::serve(&database, &["--log-format", "json"]);
    let answer = sign_up("ada").send(server.address).await;
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
        let id = line["span"]["id"].as_str();
        assert_eq!(id, answer.header("x-request-id"), "{line}");
    }
    assert_eq!(line("request refused")["code"], "BAD_REQUEST");
}

#[tokio::test]
async fn what_a_full_disk_did_not_take_is_not_acknowledged() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let server = Process::serve_within(folder.path(), 600);
    let mut acknowledged = 0;
    let refused = loop {
        let answer = sign_up(&format!("ada{acknowledged}"))
            .send(server.address)
            .await;
        if answer.code() == "INTERNAL" {
            break answer;
        }
        answer.data();
        acknowledged += 1;
        assert!(acknowledged < 1_000, "the disk is full at some time");
    };
    assert_eq!(
        refused.json()["data"],
        json!({ "createUser": null }),
        "{refused}"
    );
    assert!(acknowledged > 0, "there was room for somebody");
    let list = Request::query(&[("query", "{ users { id } }")]);
    let users = list.send(server.address).await.data();
    assert_eq!(users["users"].as_array().map(Vec::len), Some(acknowledged));
    // And so it is after a crash.
    drop(server);
    let listed = latchkey_in(folder.path(), &["user", "list"], "").succeeds();
    assert_eq!(listed.lines().count(), 1 + acknowledged, "{listed}");
}
