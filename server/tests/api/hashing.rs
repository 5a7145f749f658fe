//! Password hashes: their form, their upgrade, and the bound on how many are computed at once.

use futures_util::future::join_all;
use serde_json::json;

use crate::support::{Api, PASSWORD};

#[tokio::test]
async fn a_hash_is_argon2id_in_phc_format_with_the_configured_cost() {
    let settings = [
        ("--argon2-memory", "96"),
        ("--argon2-passes", "3"),
        ("--argon2-lanes", "2"),
    ];
    let api = Api::with(&settings).await;
    api.member("ada").await;
    let hash = api.database().password_hash("ada").await;
    assert!(hash.starts_with("$argon2id$v=19$m=96,t=3,p=2$"), "{hash}");
}

#[tokio::test]
async fn the_same_password_has_another_hash_each_time() {
    let api = Api::start().await;
    api.member("ada").await;
    api.member("bob").await;
    let database = api.database();
    assert_ne!(
        database.password_hash("ada").await,
        database.password_hash("bob").await
    );
}

#[tokio::test]
async fn a_hash_made_with_older_parameters_is_upgraded_at_the_next_log_in() {
    let api = Api::start().await;
    api.member("ada").await;
    api.member("bob").await;
    let database = api.stop().await;
    let old = database.password_hash("ada").await;

    let api = Api::on(database, &[("--argon2-passes", "2")]).await;
    let answer = api.anonymous().log_in("ada", "not the password").await;
    assert_eq!(answer.code(), "INVALID_CREDENTIALS", "{answer}");
    assert_eq!(
        api.database().password_hash("ada").await,
        old,
        "a miss changes nothing"
    );

    let token = api.anonymous().token("ada", PASSWORD).await;
    let new = api.database().password_hash("ada").await;
    assert!(new.starts_with("$argon2id$v=19$m=64,t=2,p=1$"), "{new}");
    let other = api.database().password_hash("bob").await;
    assert!(other.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{other}");

    // It is the same password, so nothing that it opened ends.
    let client = api.anonymous().with_authorization(&format!("JWT {token}"));
    client.me().await.data();
    api.anonymous().log_in("ada", PASSWORD).await.data();
    assert_eq!(
        api.database().password_hash("ada").await,
        new,
        "it is upgraded once"
    );
}

/// A server that takes long enough for each hash that other requests arrive meanwhile.
async fn one_slow_hash_at_a_time(setting: (&str, &str)) -> Api {
    let settings = [
        ("--hashing-concurrency", "1"),
        ("--argon2-memory", "65536"),
        ("--argon2-passes", "10"),
        setting,
    ];
    Api::with(&settings).await
}

#[tokio::test]
async fn beyond_the_queue_a_request_is_told_when_to_come_back() {
    let api = one_slow_hash_at_a_time(("--hashing-queue", "0")).await;
    let client = api.anonymous();
    let answers = join_all((0..8).map(|_| client.log_in("nobody", "no password at all"))).await;
    let mut refused = 0;
    for answer in &answers {
        if answer.code() == "RATE_LIMITED" {
            answer.is_refused_with(
                "tokenAuth",
                "Too many requests are under way. Try again in a few seconds.",
                &json!({ "code": "RATE_LIMITED", "retryAfter": 2 }),
            );
            refused += 1;
        } else {
            assert_eq!(answer.code(), "INVALID_CREDENTIALS", "{answer}");
        }
    }
    assert!(
        (1..8).contains(&refused),
        "some are refused and one is judged: {refused} of 8"
    );
    let answer = client.log_in("nobody", "no password at all").await;
    assert_eq!(
        answer.code(),
        "INVALID_CREDENTIALS",
        "its thread is free again: {answer}"
    );
}

#[tokio::test]
async fn who_waits_too_long_for_a_hash_is_told_so() {
    let api = one_slow_hash_at_a_time(("--hashing-wait", "1")).await;
    let client = api.anonymous();
    let answers = join_all((0..4).map(|_| client.log_in("nobody", "no password at all"))).await;
    let codes: Vec<_> = answers.iter().map(crate::support::Answer::code).collect();
    assert!(codes.contains(&json!("RATE_LIMITED")), "{codes:?}");
    assert!(codes.contains(&json!("INVALID_CREDENTIALS")), "{codes:?}");
}

#[tokio::test]
async fn within_the_queue_everybody_is_served() {
    let api = Api::with(&[("--hashing-concurrency", "1"), ("--hashing-wait", "60000")]).await;
    api.member("ada").await;
    let client = api.anonymous();
    for answer in join_all((0..30).map(|_| client.log_in("ada", PASSWORD))).await {
        answer.data();
    }
}

#[tokio::test]
async fn a_sign_up_that_finds_no_place_creates_nobody() {
    let api = one_slow_hash_at_a_time(("--hashing-queue", "0")).await;
    let client = api.anonymous();
    let sign_ups = (0..6).map(|n| {
        let client = &client;
        async move {
            let (name, email) = (format!("ada{n}"), format!("ada{n}@example.com"));
            client.sign_up(&name, &email, PASSWORD).await
        }
    });
    let answers = join_all(sign_ups).await;
    let made = answers
        .iter()
        .filter(|answer| answer.code().is_null())
        .count();
    let users = client.ask("{ users { id } }").await.data();
    assert_eq!(
        users["users"].as_array().map(Vec::len),
        Some(made),
        "{users}"
    );
    assert!((1..6).contains(&made), "{made} of 6");
}

#[tokio::test]
async fn log_ins_at_the_same_moment_all_open_while_one_of_them_upgrades_the_hash() {
    let api = Api::start().await;
    api.member("ada").await;
    let settings = [("--argon2-passes", "2"), ("--hashing-concurrency", "8")];
    let api = Api::on(api.stop().await, &settings).await;
    let client = api.anonymous();
    for answer in join_all((0..8).map(|_| client.log_in("ada", PASSWORD))).await {
        answer.data();
    }
}
