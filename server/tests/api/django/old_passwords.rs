//! The people who moved over: they log in as ever, and the tokens they have stay good.

use std::collections::BTreeSet;

use serde_json::json;

use super::moving::{moved_from_the_old_back_end, taken_over};
use crate::support::{OLD_PASSWORD, old_back_end};

#[tokio::test]
#[ignore = "needs Django: run by `cargo xtask test`"]
async fn everybody_logs_in_with_the_old_password_and_then_has_a_hash_of_ours() {
    let api = moved_from_the_old_back_end().await;
    let anonymous = api.anonymous();
    let mut hashers = BTreeSet::new();
    for user in taken_over().await {
        let Some(password) = user.password.as_deref().filter(|_| user.is_active) else {
            continue;
        };
        if user.algorithm == "md5" {
            continue;
        }
        let before = api.database().password_hash(&user.username).await;
        assert!(before.starts_with(&user.algorithm), "{user:?}: {before}");
        let wrong = anonymous
            .log_in(&user.username, &format!("{password}x"))
            .await;
        wrong.is_refused(
            "tokenAuth",
            "INVALID_CREDENTIALS",
            "Please enter valid credentials",
        );
        for _ in 0..2 {
            let answer = anonymous.log_in(&user.username, password).await;
            let id = &answer.data()["tokenAuth"]["payload"]["sub"];
            assert_eq!(id, &json!(user.id.to_string()), "{user:?}: {answer}");
            let after = api.database().password_hash(&user.username).await;
            assert!(after.starts_with("$argon2id$"), "{user:?}: {after}");
        }
        hashers.insert(user.algorithm.as_str());
    }
    let all = [
        "argon2",
        "bcrypt",
        "bcrypt_sha256",
        "pbkdf2_sha1",
        "pbkdf2_sha256",
        "scrypt",
    ];
    assert!(hashers.into_iter().eq(all));
}

#[tokio::test]
#[ignore = "needs Django: run by `cargo xtask test`"]
async fn who_is_disabled_or_has_no_usable_password_cannot_log_in() {
    let api = moved_from_the_old_back_end().await;
    for name in ["inactive", "unusable", "by_md5"] {
        let before = api.database().password_hash(name).await;
        for password in [OLD_PASSWORD, "", "!", before.as_str()] {
            let answer = api.anonymous().log_in(name, password).await;
            answer.is_refused(
                "tokenAuth",
                "INVALID_CREDENTIALS",
                "Please enter valid credentials",
            );
        }
        assert_eq!(api.database().password_hash(name).await, before);
    }
}

#[tokio::test]
#[ignore = "needs Django: run by `cargo xtask test`"]
async fn names_and_addresses_log_in_as_far_as_they_are_of_one_user() {
    let api = moved_from_the_old_back_end().await;
    let anonymous = api.anonymous();
    for (login, username) in [
        ("kim@example.org", "kim@example.org"),
        ("KIM@example.com", "kim@example.org"),
        ("ROBIN", "Robin"),
        ("SHARED@example.com", "first"),
        ("second", "second"),
        ("Two Words", "two words"),
        ("zoë-ångström", "Zoë-Ångström"),
    ] {
        let users = &old_back_end().await.users;
        let user = users.iter().find(|user| user.username == username);
        let password = user
            .and_then(|user| user.password.as_deref())
            .unwrap_or_default();
        let answer = anonymous.log_in(login, password).await;
        assert_eq!(
            answer.data()["tokenAuth"]["payload"]["username"],
            username,
            "{login}"
        );
    }
}

#[tokio::test]
#[ignore = "needs Django: run by `cargo xtask test`"]
async fn nobody_is_logged_out_by_the_move() {
    let old = &old_back_end().await.tokens;
    let api = moved_from_the_old_back_end().await;
    let client = api
        .anonymous()
        .with_authorization(&format!("JWT {}", old.token));
    let mut me = client.me().await.data();
    assert_eq!(me["me"]["username"].take(), "ada");
    api.pass(200);
    let answer = api.anonymous().refresh(&old.token).await;
    let refresh = answer.data()["refreshToken"].take();
    assert_eq!(
        refresh["payload"]["origIat"], old.payload["origIat"],
        "{answer}"
    );
    let token = refresh["token"].as_str().expect("a token is a text");
    api.pass(200);
    let client = client.with_authorization(&format!("JWT {token}"));
    let me = client
        .ask("{ me { username lastName dateJoined } }")
        .await
        .data();
    let ada = json!({ "username": "ada", "lastName": "Lovelace", "dateJoined": "2019-03-04T05:06:07.891011+00:00" });
    assert_eq!(me, json!({ "me": ada }));
}

#[tokio::test]
#[ignore = "needs Django: run by `cargo xtask test`"]
async fn a_hash_of_ours_is_read_by_django_which_is_the_way_back() {
    let api = moved_from_the_old_back_end().await;
    api.anonymous().log_in("ada", OLD_PASSWORD).await.data();
    let hash = api.database().password_hash("ada").await;
    let encoded = format!("argon2{hash}");
    let mut django = old_back_end().await.django.lock().await;
    for (password, right) in [(OLD_PASSWORD, true), ("another", false)] {
        let asked = json!({ "encoded": encoded, "password": password });
        let can_log_in: bool = django.order("can_log_in", asked);
        assert_eq!(can_log_in, right, "{password}: {hash}");
    }
}
