//! `tokenAuth`: logging in.

use serde_json::json;

use crate::support::{Answer, Api, PASSWORD, START, claims_of, latchkey};

/// What every log-in that fails is told, whatever the reason.
fn is_refused(answer: &Answer) {
    answer.is_refused(
        "tokenAuth",
        "INVALID_CREDENTIALS",
        "Please enter valid credentials",
    );
}

#[tokio::test]
async fn log_in_answers_a_token_its_claims_and_until_when_it_can_be_refreshed() {
    let api = Api::start().await;
    let ada = api.member("ada").await;
    let answer = api.anonymous().log_in("ada", PASSWORD).await;
    let issued = answer.data()["tokenAuth"].take();
    let token = issued["token"].as_str().expect("a token is a text");
    let payload: serde_json::Value =
        serde_json::from_str(&claims_of(token)).expect("claims are JSON");
    assert_eq!(payload["sub"], json!(ada.id), "{answer}");
    answer.is(
        200,
        &json!({ "data": { "tokenAuth": {
            "token": token,
            "payload": payload,
            "refreshExpiresIn": START + 7 * 24 * 60 * 60,
        } } }),
    );
}

#[tokio::test]
async fn log_in_with_the_email_address_works() {
    let api = Api::start().await;
    api.member("ada").await;
    api.anonymous()
        .log_in("ada@example.com", PASSWORD)
        .await
        .data();
}

#[tokio::test]
async fn log_in_works_in_every_letter_case_and_unicode_form() {
    let api = Api::start().await;
    let client = api.anonymous();
    client
        .sign_up("José", "Jose@Example.com", PASSWORD)
        .await
        .data();
    for login in ["josé", "JOSÉ", "jose\u{301}", "ＪＯＳÉ", "JOSE@example.COM"] {
        client.log_in(login, PASSWORD).await.data();
    }
}

#[tokio::test]
async fn the_username_is_matched_before_the_email_address() {
    let api = Api::start().await;
    let ada = api.member("ada").await;
    let bob = api.member("bob").await;
    // As an imported user may be named.
    let sql = "UPDATE users SET username = $1, username_key = $1 WHERE username = 'bob'";
    api.database().execute(sql, "ada@example.com").await;
    let answer = api.anonymous().log_in("ada@example.com", PASSWORD).await;
    let payload = answer.data()["tokenAuth"]["payload"].take();
    assert_eq!(payload["sub"], json!(bob.id), "not {}: {answer}", ada.id);
}

#[tokio::test]
async fn log_in_with_wrong_password_is_refused() {
    let api = Api::start().await;
    api.member("ada").await;
    is_refused(&api.anonymous().log_in("ada", "three grey geese").await);
}

#[tokio::test]
async fn log_in_with_the_password_in_another_letter_case_is_refused() {
    let api = Api::start().await;
    api.member("ada").await;
    is_refused(
        &api.anonymous()
            .log_in("ada", &PASSWORD.to_uppercase())
            .await,
    );
}

#[tokio::test]
async fn log_in_with_white_space_around_the_password_is_refused() {
    let api = Api::start().await;
    api.member("ada").await;
    is_refused(&api.anonymous().log_in("ada", &format!("{PASSWORD} ")).await);
}

#[tokio::test]
async fn log_in_of_an_unknown_user_is_refused_in_the_same_words() {
    let api = Api::start().await;
    is_refused(&api.anonymous().log_in("nobody", PASSWORD).await);
}

#[tokio::test]
async fn log_in_with_an_empty_password_is_refused() {
    let api = Api::start().await;
    api.member("ada").await;
    is_refused(&api.anonymous().log_in("ada", "").await);
}

#[tokio::test]
async fn log_in_with_an_empty_username_is_refused() {
    let api = Api::start().await;
    is_refused(&api.anonymous().log_in("", PASSWORD).await);
}

#[tokio::test]
async fn log_in_with_nul_characters_is_refused() {
    let api = Api::start().await;
    api.member("ada").await;
    for (login, password) in [
        ("ada\0", PASSWORD),
        ("\0", PASSWORD),
        ("ada", "three\0grey"),
        ("ada", "\0"),
    ] {
        is_refused(&api.anonymous().log_in(login, password).await);
    }
}

#[tokio::test]
async fn log_in_with_a_huge_name_or_password_is_refused() {
    let api = Api::start().await;
    api.member("ada").await;
    let huge = "a".repeat(50_000);
    is_refused(&api.anonymous().log_in(&huge, PASSWORD).await);
    is_refused(&api.anonymous().log_in("ada", &huge).await);
}

#[tokio::test]
async fn log_in_with_patterns_of_sql_finds_nobody() {
    let api = Api::start().await;
    api.member("ada").await;
    for login in [
        "%",
        "a%",
        "___",
        "' OR 1=1 --",
        "ada'; DROP TABLE users; --",
    ] {
        is_refused(&api.anonymous().log_in(login, PASSWORD).await);
    }
    api.anonymous().log_in("ada", PASSWORD).await.data();
}

#[tokio::test]
async fn log_in_of_a_disabled_user_is_refused_in_the_same_words() {
    let api = Api::start().await;
    api.member("ada").await;
    latchkey(api.database(), &["user", "disable", "ada"], "").succeeds();
    is_refused(&api.anonymous().log_in("ada", PASSWORD).await);
}

#[tokio::test]
async fn log_in_is_remembered_as_the_last() {
    let api = Api::start().await;
    let ada = api.member("ada").await;
    api.pass(60);
    api.anonymous().log_in("ada", PASSWORD).await.data();
    let me = ada.ask("{ me { lastLogin } }").await.data();
    assert_eq!(
        me["me"]["lastLogin"], "2001-09-09T01:47:40.123456+00:00",
        "{me}"
    );
}

#[tokio::test]
async fn a_refused_log_in_is_not_the_last() {
    let api = Api::start().await;
    let ada = api.member("ada").await;
    api.pass(60);
    is_refused(&api.anonymous().log_in("ada", "wrong").await);
    let me = ada.ask("{ me { lastLogin } }").await.data();
    assert_eq!(
        me["me"]["lastLogin"], "2001-09-09T01:46:40.123456+00:00",
        "{me}"
    );
}

#[tokio::test]
async fn two_log_ins_are_two_sessions() {
    let api = Api::start().await;
    let ada = api.member("ada").await;
    let second = api.anonymous().token("ada", PASSWORD).await;
    let sid = |token: &str| {
        let claims: serde_json::Value =
            serde_json::from_str(&claims_of(token)).expect("claims are JSON");
        claims["sid"].clone()
    };
    assert_ne!(sid(&ada.token), sid(&second));
    ada.me().await.data();
}

#[tokio::test]
async fn one_of_two_log_ins_in_a_request_may_fail_alone() {
    let api = Api::start().await;
    api.member("ada").await;
    let document = format!(
        "mutation {{ a: tokenAuth(username: \"ada\", password: \"wrong\") {{ token }} \
         b: tokenAuth(username: \"ada\", password: \"{PASSWORD}\") {{ refreshExpiresIn }} }}"
    );
    let answer = api.anonymous().ask(&document).await;
    answer.is(
        200,
        &json!({
            "errors": [{
                "message": "Please enter valid credentials",
                "locations": [{ "line": 1, "column": 12 }],
                "path": ["a"],
                "extensions": { "code": "INVALID_CREDENTIALS" },
            }],
            "data": { "a": null, "b": { "refreshExpiresIn": START + 604_800 } },
        }),
    );
}
