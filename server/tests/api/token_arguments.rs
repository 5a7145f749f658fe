//! Access tokens as arguments of single fields, where the operator allows it.

use serde_json::{Value, json};

use crate::schema::items;
use crate::support::{Api, PASSWORD};

const ALLOWED: (&str, &str) = ("--jwt-allow-argument", "true");

#[tokio::test]
async fn each_field_is_answered_by_its_own_token_and_the_rest_by_the_header() {
    let api = Api::with(&[ALLOWED]).await;
    let ada = api.member("ada").await;
    let bob = api.member("bob").await;
    let grace = api.member("grace").await;
    let document = "query ($a: String, $b: String) \
        { a: me(token: $a) { username } b: me(token: $b) { username } c: me { username } }";
    let variables = json!({ "a": ada.token, "b": bob.token });
    let name = |name: &str| json!({ "username": name });
    assert_eq!(
        grace.ask_with(document, variables).await.data(),
        json!({ "a": name("ada"), "b": name("bob"), "c": name("grace") })
    );
}

#[tokio::test]
async fn a_bad_argument_fails_its_own_field_alone() {
    let api = Api::with(&[ALLOWED]).await;
    let ada = api.member("ada").await;
    let document = "{ a: me(token: \"garbage\") { username } b: me { username } }";
    let answer = ada.ask(document).await;
    let body = answer.json();
    assert_eq!(
        body["data"],
        json!({ "a": null, "b": { "username": "ada" } }),
        "{answer}"
    );
    assert_eq!(body["errors"][0]["path"], json!(["a"]), "{answer}");
    assert_eq!(body["errors"][0]["message"], "Error decoding signature");
}

#[tokio::test]
async fn null_is_no_argument() {
    let api = Api::with(&[ALLOWED]).await;
    let ada = api.member("ada").await;
    let document = "query ($t: String) { me(token: $t) { username } }";
    let answer = ada.ask_with(document, json!({ "t": null })).await;
    assert_eq!(answer.data(), json!({ "me": { "username": "ada" } }));
}

#[tokio::test]
async fn mutations_that_need_a_user_take_it_too() {
    let api = Api::with(&[ALLOWED]).await;
    let ada = api.member("ada").await;
    let document = "mutation ($t: String) { logout(token: $t) { loggedOut } }";
    let variables = json!({ "t": ada.token });
    let answer = api.anonymous().ask_with(document, variables).await;
    assert_eq!(answer.data(), json!({ "logout": { "loggedOut": true } }));
}

#[tokio::test]
async fn the_list_shows_what_the_arguments_user_may_see() {
    let api = Api::with(&[ALLOWED, ("--users-visibility", "members")]).await;
    let ada = api.member("ada").await;
    let document = "query ($t: String) { users(token: $t) { email } }";
    let variables = json!({ "t": ada.token });
    let answer = api.anonymous().ask_with(document, variables).await;
    assert_eq!(
        answer.data(),
        json!({ "users": [{ "email": "ada@example.com" }] })
    );
}

#[tokio::test]
async fn where_it_is_not_allowed_it_is_unknown() {
    let api = Api::start().await;
    let ada = api.member("ada").await;
    for document in [
        "query ($t: String) { me(token: $t) { id } }",
        "query ($t: String) { ...F } fragment F on Query { ... { users(token: $t) { id } } }",
    ] {
        let answer = api
            .anonymous()
            .ask_with(document, json!({ "t": ada.token }))
            .await;
        answer.is_rejected(400, "GRAPHQL_VALIDATION_FAILED");
    }
    // The arguments that are always there are others.
    ada.verify(&ada.token).await.data();
}

#[tokio::test]
async fn its_name_is_a_setting() {
    let api = Api::with(&[ALLOWED, ("--jwt-argument-name", "jwt")]).await;
    let ada = api.member("ada").await;
    let anonymous = api.anonymous();
    let variables = json!({ "t": ada.token });
    let document = "query ($t: String) { ...F } fragment F on Query { me(jwt: $t) { username } }";
    let answer = anonymous.ask_with(document, variables.clone()).await;
    assert_eq!(answer.data(), json!({ "me": { "username": "ada" } }));
    let document = "query ($t: String) { me(token: $t) { username } }";
    let answer = anonymous.ask_with(document, variables).await;
    answer.is_rejected(400, "GRAPHQL_VALIDATION_FAILED");
}

#[tokio::test]
async fn introspection_shows_it_where_it_is_allowed() {
    for (settings, shown) in [(&[] as &[_], false), (&[ALLOWED], true)] {
        let api = Api::with(settings).await;
        let document = "{ __schema { queryType { fields { name args { name } } } } }";
        let data = api.anonymous().ask(document).await.data();
        for field in items(&data["__schema"]["queryType"]["fields"]) {
            let has = items(&field["args"]).any(|argument| argument["name"] == "token");
            assert_eq!(has, shown, "{field}");
        }
    }
}

#[tokio::test]
async fn a_log_in_takes_no_notice_of_it() {
    let api = Api::with(&[ALLOWED]).await;
    let ada = api.member("ada").await;
    let answer = ada.log_in("ada", PASSWORD).await;
    assert_ne!(answer.data()["tokenAuth"]["token"], Value::Null);
}
