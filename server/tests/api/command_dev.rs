//! `latchkey dev …`, as the benchmark uses it.

use serde_json::json;

use crate::support::{Api, Database, latchkey, latchkey_in};

const SEED: [&str; 4] = ["dev", "seed", "--users", "1100"];
const PASSWORD: &str = "turtles all the way down";

#[tokio::test]
async fn made_up_users_are_there_and_log_in() {
    let api = Api::start().await;
    let said = latchkey(api.database(), &SEED, "").succeeds();
    assert_eq!(
        said,
        format!("Added 1100 users. Everybody's password is: {PASSWORD}\n")
    );
    let last = "{ users(first: 2, after: 1099) { id username dateJoined } }";
    assert_eq!(
        api.anonymous().ask(last).await.data(),
        json!({ "users": [
            { "id": "1100", "username": "frances.karp1", "dateJoined": "2025-12-29T08:14:50.180919+00:00" },
        ] })
    );
    api.anonymous()
        .log_in("frances.karp1", PASSWORD)
        .await
        .data();
    // Who signs up next gets the next id.
    api.member("zoe").await;
    let next = "{ users(first: 2, after: 1100) { id username } }";
    assert_eq!(
        api.anonymous().ask(next).await.data(),
        json!({ "users": [{ "id": "1101", "username": "zoe" }] })
    );
}

#[tokio::test]
async fn made_up_users_are_not_mixed_with_others() {
    let database = Database::fresh().await;
    latchkey(&database, &SEED, "").succeeds();
    latchkey(&database, &SEED, "").fails_with(&["there are users in this database"]);
}

#[test]
fn hashes_are_counted() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let words = ["dev", "hash", "--seconds", "1"];
    let said = latchkey_in(folder.path(), &words, "").succeeds();
    let rate: f64 = said.trim().parse().expect("it is a number");
    assert!(rate > 0.0, "{said}");
}

#[test]
fn weak_parameters_are_not_measured() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let words = ["dev", "hash", "--argon2-memory", "8"];
    latchkey_in(folder.path(), &words, "").fails_with(&["too weak"]);
}

#[test]
fn the_tools_are_left_out_of_the_help() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let help = latchkey_in(folder.path(), &["--help"], "").succeeds();
    assert!(
        !help.lines().any(|line| line.trim().starts_with("dev")),
        "{help}"
    );
}
