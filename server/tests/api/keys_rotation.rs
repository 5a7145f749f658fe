//! Key pairs that rotate while servers run: no token is refused, whichever server has noticed and which has not.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::keys::{kid_of, kids};
use crate::support::{Answer, Api, Database, PASSWORD, Process, Request, jwks, latchkey};

const ES256: [(&str, &str); 1] = [("--jwt-algorithm", "ES256")];
const ROTATE: [&str; 4] = ["keys", "rotate", "--jwt-algorithm", "ES256"];

/// Another token of ada's.
async fn token(api: &Api) -> String {
    api.anonymous().token("ada", PASSWORD).await
}

async fn accepts(api: &Api, token: &str) {
    api.anonymous().verify(token).await.data();
    let client = api.anonymous().with_authorization(&format!("JWT {token}"));
    client.me().await.data();
}

#[tokio::test]
async fn the_next_key_is_published_before_it_signs() {
    let api = Api::with(&ES256).await;
    api.member("ada").await;
    let before = kids(&jwks(&api).await);
    let [next, current] = before.as_slice() else {
        panic!("two keys are published: {before:?}");
    };
    assert_eq!(kid_of(&token(&api).await), *current);
    let database = api.stop().await;
    latchkey(&database, &ROTATE, "").succeeds();
    let api = Api::on(database, &ES256).await;
    let after = kids(&jwks(&api).await);
    assert_eq!(after.len(), 3, "{after:?}");
    assert_eq!(&after[1..], [next.clone(), current.clone()]);
    assert_eq!(kid_of(&token(&api).await), *next);
}

#[tokio::test]
async fn servers_that_have_noticed_and_those_that_have_not_accept_each_others_tokens() {
    let stale = Api::with(&ES256).await;
    stale.member("ada").await;
    let database = Arc::clone(stale.database());
    let old = token(&stale).await;
    latchkey(&database, &ROTATE, "").succeeds();
    // This one reads the folder at its start.
    let fresh = Api::on(database, &ES256).await;
    let new = token(&fresh).await;
    assert_ne!(kid_of(&new), kid_of(&old));
    for api in [&stale, &fresh] {
        accepts(api, &old).await;
        accepts(api, &new).await;
        let data = api.anonymous().refresh(&new).await.data();
        let next = data["refreshToken"]["token"]
            .as_str()
            .expect("it is a text");
        accepts(&stale, next).await;
        accepts(&fresh, next).await;
    }
}

async fn log_in(server: &Process) -> String {
    let query = format!(
        "mutation {{ tokenAuth(username: \"ada\", password: \"{PASSWORD}\") {{ token }} }}"
    );
    let request = Request::json(json!({ "query": query }).to_string());
    let data = request.send(server.address).await.data();
    let token = data["tokenAuth"]["token"].as_str();
    token.expect("a token is a text").to_owned()
}

async fn me(server: &Process, token: &str) -> Answer {
    let header = format!("JWT {token}");
    let request = Request::query(&[("query", "{ me { username } }")]);
    let request = request.header("authorization", header);
    request.send(server.address).await
}

async fn published(server: &Process) -> Value {
    let request = Request::get("/.well-known/jwks.json");
    request.send(server.address).await.json()["keys"].take()
}

#[tokio::test]
async fn a_running_server_notices_without_an_outage() {
    let database = Database::fresh().await;
    let server = Process::serve(&database, &["--jwt-algorithm", "ES256"]);
    Request::sign_up("ada").send(server.address).await.data();
    let mut tokens = vec![log_in(&server).await];
    for _ in 0..3 {
        let before = published(&server).await;
        latchkey(&database, &[&ROTATE[..], &["--force"]].concat(), "").succeeds();
        server.hang_up();
        let line = server.line_with("the key pairs have changed");
        let token = log_in(&server).await;
        assert!(line.contains(&kid_of(&token)), "{line}");
        assert_eq!(
            json!(kid_of(&token)),
            before[0]["kid"],
            "the next one of before"
        );
        let after = published(&server).await;
        assert_eq!(after[1], before[0]);
        assert_eq!(after[2], before[1]);
        tokens.push(token);
        for token in &tokens {
            me(&server, token).await.data();
        }
    }
    // Without being told it looks as well, every few seconds.
    latchkey(&database, &[&ROTATE[..], &["--force"]].concat(), "").succeeds();
    server.line_with("the key pairs have changed");
    assert_ne!(kid_of(&log_in(&server).await), kid_of(&tokens[3]));
}

#[tokio::test]
async fn keys_that_cannot_be_read_again_leave_those_known_in_use() {
    let database = Database::fresh().await;
    let server = Process::serve(&database, &["--jwt-algorithm", "ES256"]);
    Request::sign_up("ada").send(server.address).await.data();
    let token = log_in(&server).await;
    let keys = Path::new(database.folder()).join("keys");
    let broken = keys.join("3.pem");
    fs::write(&broken, "half a ke").expect("it can be written");
    server.hang_up();
    let line = server.line_with("cannot be read again");
    assert!(line.contains("3.pem"), "{line}");
    me(&server, &token).await.data();
    assert_eq!(kid_of(&log_in(&server).await), kid_of(&token));
    fs::remove_file(&broken).expect("it is there");
    // The folder is gone: mounted elsewhere, or deleted by mistake.
    let aside = Path::new(database.folder()).join("aside");
    fs::rename(&keys, &aside).expect("it is there");
    server.hang_up();
    server.line_with("holds no key for ES256");
    me(&server, &token).await.data();
    assert_eq!(published(&server).await.as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn servers_that_start_at_the_same_moment_have_the_same_keys() {
    let database = Database::fresh().await;
    let servers: Vec<Process> = std::thread::scope(|scope| {
        let serve = || Process::serve(&database, &["--jwt-algorithm", "EdDSA"]);
        let started: Vec<_> = (0..4).map(|_| scope.spawn(serve)).collect();
        started
            .into_iter()
            .map(|server| server.join().expect("it starts"))
            .collect()
    });
    Request::sign_up("ada")
        .send(servers[0].address)
        .await
        .data();
    for server in &servers {
        let token = log_in(server).await;
        for other in &servers {
            me(other, &token).await.data();
        }
    }
}

#[tokio::test]
async fn another_algorithm_is_chosen_without_logging_anybody_out() {
    let api = Api::with(&ES256).await;
    api.member("ada").await;
    let old = token(&api).await;
    let database = api.stop().await;
    // Published before it signs: by the server of before, too.
    let words = ["keys", "rotate", "--jwt-algorithm", "EdDSA"];
    latchkey(&database, &words, "").succeeds();
    let api = Api::on(database, &ES256).await;
    let published = kids(&jwks(&api).await);
    assert_eq!(published.len(), 4, "{published:?}");
    assert_eq!(kid_of(&token(&api).await), kid_of(&old));
    let database = api.stop().await;
    let api = Api::on(database, &[("--jwt-algorithm", "EdDSA")]).await;
    let new = token(&api).await;
    assert!(published.contains(&kid_of(&new)), "{published:?}");
    accepts(&api, &old).await;
    accepts(&api, &new).await;
    // And back.
    let database = api.stop().await;
    let api = Api::on(database, &ES256).await;
    accepts(&api, &new).await;
    assert_eq!(kid_of(&token(&api).await), kid_of(&old));
}

#[tokio::test]
async fn a_start_that_was_cut_off_is_completed_by_the_next() {
    let database = Database::fresh().await;
    let server = Process::serve(&database, &["--jwt-algorithm", "ES256"]);
    Request::sign_up("ada").send(server.address).await.data();
    let token = log_in(&server).await;
    drop(server);
    // As if the power had failed after the first key.
    let keys = Path::new(database.folder()).join("keys");
    fs::remove_file(keys.join("2.pem")).expect("it is there");
    fs::write(keys.join("2.draft-0123456789abcdef"), "half a ke").expect("it can be written");
    let server = Process::serve(&database, &["--jwt-algorithm", "ES256"]);
    assert_eq!(published(&server).await.as_array().map(Vec::len), Some(2));
    me(&server, &token).await.data();
    assert_eq!(kid_of(&log_in(&server).await), kid_of(&token));
}
