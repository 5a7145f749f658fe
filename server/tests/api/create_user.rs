//! `createUser`: what it answers, and what it leaves alone.

use serde_json::json;

use crate::support::{Api, PASSWORD, Request};

#[tokio::test]
async fn create_user_answers_the_new_user_as_to_themselves() {
    let api = Api::start().await;
    let document = format!(
        "mutation {{ createUser(username: \"ada\", password: \"{PASSWORD}\", email: \"Ada@Example.com\") {{ user {{ \
         id lastLogin isSuperuser username firstName lastName email isStaff isActive dateJoined }} }} }}"
    );
    let answer = api.anonymous().ask(&document).await;
    let user = json!({
        "id": "1",
        "lastLogin": null,
        "isSuperuser": false,
        "username": "ada",
        "firstName": "",
        "lastName": "",
        "email": "Ada@Example.com",
        "isStaff": false,
        "isActive": true,
        "dateJoined": "2001-09-09T01:46:40.123456+00:00",
    });
    answer.is(200, &json!({ "data": { "createUser": { "user": user } } }));
}

#[tokio::test]
async fn create_user_answers_in_this_very_order() {
    let api = Api::start().await;
    let answer = api
        .anonymous()
        .sign_up("ada", "ada@example.com", PASSWORD)
        .await;
    assert_eq!(
        answer.text(),
        r#"{"data":{"createUser":{"user":{"id":"1","username":"ada","email":"ada@example.com"}}}}"#
    );
}

#[tokio::test]
async fn create_user_does_not_sign_in() {
    let api = Api::start().await;
    let client = api.anonymous();
    client
        .sign_up("ada", "ada@example.com", PASSWORD)
        .await
        .data();
    client
        .me()
        .await
        .is_refused("me", "UNAUTHENTICATED", "Not logged in!");
}

#[tokio::test]
async fn a_new_user_can_log_in() {
    let api = Api::start().await;
    let client = api.anonymous();
    client
        .sign_up("ada", "ada@example.com", PASSWORD)
        .await
        .data();
    client.log_in("ada", PASSWORD).await.data();
}

#[tokio::test]
async fn a_username_is_kept_in_its_compatibility_form() {
    let api = Api::start().await;
    // Full-width letters, and an accent of its own.
    let answer = api
        .anonymous()
        .sign_up("Ａｄａ-e\u{301}", "ada@example.com", PASSWORD)
        .await;
    assert_eq!(answer.data()["createUser"]["user"]["username"], "Ada-é");
}

#[tokio::test]
async fn ids_are_decimal_texts_in_the_order_of_signing_up() {
    let api = Api::start().await;
    for (number, name) in [("1", "ada"), ("2", "bob"), ("3", "cleo")] {
        assert_eq!(api.member(name).await.id, number);
    }
}

#[tokio::test]
async fn the_id_of_a_deleted_user_is_never_given_again() {
    let api = Api::start().await;
    api.member("ada").await;
    let bob = api.member("bob").await;
    let sql = "DELETE FROM users WHERE username = $1";
    api.database().execute(sql, "bob").await;
    let cleo = api.member("cleo").await;
    assert_ne!(cleo.id, bob.id);
}

#[tokio::test]
async fn a_missing_argument_refuses_the_whole_request() {
    let api = Api::start().await;
    let document = r#"mutation { createUser(username: "ada", password: "x") { user { id } } }"#;
    let answer = api.anonymous().ask(document).await;
    answer.is_rejected(400, "GRAPHQL_VALIDATION_FAILED");
}

#[tokio::test]
async fn an_argument_of_another_type_refuses_the_whole_request() {
    let api = Api::start().await;
    for wrong in ["1", "true", "null", "[\"a\"]", "{a: 1}", "ADA"] {
        let document = format!(
            r#"mutation {{ createUser(username: {wrong}, password: "x", email: "e") {{ user {{ id }} }} }}"#
        );
        let answer = api.anonymous().ask(&document).await;
        // One value stands for a list, but never a list for one value.
        answer.is_rejected(400, "GRAPHQL_VALIDATION_FAILED");
    }
}

#[tokio::test]
async fn a_request_that_is_refused_as_a_whole_creates_nobody() {
    let api = Api::start().await;
    let document = format!(
        "mutation {{ createUser(username: \"ada\", password: \"{PASSWORD}\", email: \"ada@example.com\") \
         {{ user {{ id shoeSize }} }} }}"
    );
    let answer = api.anonymous().ask(&document).await;
    answer.is_rejected(400, "GRAPHQL_VALIDATION_FAILED");
    let users = api.anonymous().ask("{ users { id } }").await.data();
    assert_eq!(users, json!({ "users": [] }));
}

#[tokio::test]
async fn one_of_two_sign_ups_in_a_request_may_fail_alone() {
    let api = Api::start().await;
    let document = format!(
        "mutation {{ a: createUser(username: \"ada\", password: \"{PASSWORD}\", email: \"a@example.com\") {{ user {{ id }} }} \
         b: createUser(username: \"ADA\", password: \"{PASSWORD}\", email: \"b@example.com\") {{ user {{ id }} }} \
         c: createUser(username: \"cleo\", password: \"{PASSWORD}\", email: \"c@example.com\") {{ user {{ id }} }} }}"
    );
    let answer = api.anonymous().ask(&document).await;
    let body = answer.json();
    assert_eq!(body["data"]["a"]["user"]["id"], "1", "{answer}");
    assert_eq!(body["data"]["b"], json!(null), "{answer}");
    assert_eq!(body["data"]["c"]["user"]["id"], "2", "{answer}");
    assert_eq!(body["errors"][0]["path"], json!(["b"]), "{answer}");
    assert_eq!(body["errors"].as_array().map(Vec::len), Some(1), "{answer}");
}

#[tokio::test]
async fn a_password_is_never_in_an_answer() {
    let api = Api::start().await;
    let secret = "a secret that is not echoed";
    let document = format!(
        "mutation {{ createUser(username: \"ada\", password: \"{secret}\", email: \"ada@example.com\" {{ user }}"
    );
    for answer in [
        api.anonymous().ask(&document).await,
        api.anonymous().sign_up("", "", secret).await,
        api.anonymous().log_in("nobody", secret).await,
        api.send(&Request::json(format!("{{\"query\": \"{secret}")))
            .await,
    ] {
        assert!(!answer.text().contains(secret), "{answer}");
    }
}
