//! `latchkey serve`: what it makes at its start, and what it shares with others.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::json;

use crate::support::{Answer, Database, PASSWORD, Process, Request, latchkey, latchkey_in};

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
    Request::send(&Request::sign_up("ada"), first.address)
        .await
        .data();
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
async fn several_processes_share_one_database() {
    let database = Database::fresh().await;
    let key = ["--jwt-secret-key", "8d1f0a7c5b3e9d2f4a6c8e0b1d3f5a7c"];
    let servers = [
        Process::serve(&database, &key),
        Process::serve(&database, &key),
    ];
    let [one, other] = [servers[0].address, servers[1].address];
    Request::sign_up("ada").send(one).await.data();
    let second = Request::sign_up("ada").send(other).await;
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
async fn what_a_full_disk_did_not_take_is_not_acknowledged() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let server = Process::serve_within(folder.path(), 600);
    let mut acknowledged = 0;
    let refused = loop {
        let answer = Request::sign_up(&format!("ada{acknowledged}"))
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
