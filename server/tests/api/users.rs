//! `users`: the list, its order, its pages and its bound.

use serde_json::{Value, json};

use crate::support::{Answer, Api};

async fn with_users(api: &Api, names: &[&str]) {
    for name in names {
        api.member(name).await;
    }
}

async fn list(api: &Api, arguments: &str) -> Answer {
    api.anonymous()
        .ask(&format!("{{ users{arguments} {{ username }} }}"))
        .await
}

fn holds(answer: &Answer, names: &[&str]) {
    let users: Vec<Value> = names
        .iter()
        .map(|name| json!({ "username": name }))
        .collect();
    answer.is(200, &json!({ "data": { "users": users } }));
}

#[tokio::test]
async fn without_users_the_list_is_empty() {
    let api = Api::start().await;
    holds(&list(&api, "").await, &[]);
}

#[tokio::test]
async fn users_are_listed_oldest_first() {
    let api = Api::start().await;
    with_users(&api, &["zoe", "ada", "Bob"]).await;
    holds(&list(&api, "").await, &["zoe", "ada", "Bob"]);
}

#[tokio::test]
async fn disabled_users_are_listed_too() {
    let api = Api::start().await;
    with_users(&api, &["ada"]).await;
    crate::support::latchkey(api.database(), &["user", "disable", "ada"], "").succeeds();
    let data = api
        .anonymous()
        .ask("{ users { username isActive } }")
        .await
        .data();
    assert_eq!(
        data,
        json!({ "users": [{ "username": "ada", "isActive": false }] })
    );
}

#[tokio::test]
async fn the_list_can_be_paged_through() {
    let api = Api::start().await;
    let names = ["ada", "bob", "cleo", "dan", "eve"];
    with_users(&api, &names).await;
    let mut seen = Vec::new();
    let mut after = "0".to_owned();
    loop {
        let document = format!("{{ users(first: 2, after: \"{after}\") {{ id username }} }}");
        let data = api.anonymous().ask(&document).await.data();
        let page = data["users"].as_array().cloned().unwrap_or_default();
        assert!(page.len() <= 2, "{data}");
        let Some(last) = page.last() else { break };
        last["id"]
            .as_str()
            .expect("an id is a text")
            .clone_into(&mut after);
        seen.extend(
            page.iter()
                .map(|user| user["username"].as_str().map(str::to_owned)),
        );
    }
    assert_eq!(seen, names.map(|name| Some(name.to_owned())));
}

#[tokio::test]
async fn first_alone_is_the_first_page() {
    let api = Api::start().await;
    with_users(&api, &["ada", "bob", "cleo"]).await;
    holds(&list(&api, "(first: 2)").await, &["ada", "bob"]);
}

#[tokio::test]
async fn after_alone_is_all_the_rest() {
    let api = Api::start().await;
    with_users(&api, &["ada", "bob", "cleo"]).await;
    holds(&list(&api, "(after: \"1\")").await, &["bob", "cleo"]);
    // An id may be written as a number.
    holds(&list(&api, "(after: 2)").await, &["cleo"]);
}

#[tokio::test]
async fn a_page_beyond_the_last_user_is_empty() {
    let api = Api::start().await;
    with_users(&api, &["ada"]).await;
    holds(&list(&api, "(first: 10, after: \"1\")").await, &[]);
    holds(
        &list(&api, "(first: 10, after: \"9223372036854775807\")").await,
        &[],
    );
}

#[tokio::test]
async fn a_page_may_begin_after_a_user_who_is_gone() {
    let api = Api::start().await;
    with_users(&api, &["ada", "bob", "cleo"]).await;
    api.database()
        .execute("DELETE FROM users WHERE username = $1", "bob")
        .await;
    holds(&list(&api, "(first: 10, after: \"2\")").await, &["cleo"]);
}

#[tokio::test]
async fn null_arguments_are_missing_ones() {
    let api = Api::start().await;
    with_users(&api, &["ada"]).await;
    holds(&list(&api, "(first: null, after: null)").await, &["ada"]);
}

#[tokio::test]
async fn a_page_has_1_to_1000_users() {
    let api = Api::start().await;
    for first in ["0", "-1", "1001", "2147483647", "-2147483648"] {
        let answer = list(&api, &format!("(first: {first})")).await;
        assert_eq!(answer.code(), "VALIDATION_FAILED", "{first}: {answer}");
        let fields = &answer.json()["errors"][0]["extensions"]["fields"];
        let sentence = fields["first"][0].as_str().unwrap_or_default();
        assert!(sentence.contains("1000"), "{first}: {answer}");
        assert_eq!(answer.json()["data"], json!({ "users": null }), "{answer}");
    }
    for first in ["1", "1000"] {
        holds(&list(&api, &format!("(first: {first})")).await, &[]);
    }
}

#[tokio::test]
async fn an_id_that_is_none_is_refused() {
    let api = Api::start().await;
    for after in [
        "",
        "ada",
        "-1",
        "1.5",
        "1e3",
        " 1",
        "0x1",
        "99999999999999999999",
        "1\\u0000",
        "١",
    ] {
        let answer = list(&api, &format!("(after: \"{after}\")")).await;
        assert_eq!(answer.code(), "VALIDATION_FAILED", "{after}: {answer}");
        let fields = &answer.json()["errors"][0]["extensions"]["fields"];
        assert!(fields["after"].is_array(), "{after}: {answer}");
    }
}

#[tokio::test]
async fn arguments_of_the_wrong_type_refuse_the_whole_request() {
    let api = Api::start().await;
    for arguments in [
        "(first: \"2\")",
        "(first: 1.5)",
        "(first: 2147483648)",
        "(after: true)",
        "(last: 1)",
    ] {
        let answer = list(&api, arguments).await;
        answer.is_rejected(400, "GRAPHQL_VALIDATION_FAILED");
    }
}

/// A server that lists as few users as a setting allows, with a number of them.
async fn with_few_of(count: &str) -> Api {
    let api = Api::with(&[("--users-max", "51")]).await;
    let sql = "INSERT INTO users (username, username_key, email, password_hash, date_joined, password_changed_at)
        WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < CAST($1 AS INTEGER))
        SELECT 'u' || CAST(n AS TEXT), 'u' || CAST(n AS TEXT), '', 'none', 0, 0 FROM number";
    api.database().execute(sql, count).await;
    api
}

/// The names from one number to another.
fn names(from: usize, to: usize) -> Vec<String> {
    (from..=to).map(|n| format!("u{n}")).collect()
}

fn holds_names(answer: &Answer, names: &[String]) {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    holds(answer, &names);
}

#[tokio::test]
async fn as_many_users_as_fit_are_listed() {
    let api = with_few_of("51").await;
    holds_names(&list(&api, "").await, &names(1, 51));
}

#[tokio::test]
async fn more_users_than_fit_are_refused_never_cut() {
    let api = with_few_of("52").await;
    let message = "There are more than 51 users: page through them with users(first:, after:).";
    list(&api, "")
        .await
        .is_refused("users", "TOO_MANY_USERS", message);
}

#[tokio::test]
async fn more_users_than_fit_can_be_paged_through() {
    let api = with_few_of("52").await;
    holds_names(&list(&api, "(first: 51)").await, &names(1, 51));
    holds_names(&list(&api, "(first: 51, after: 51)").await, &names(52, 52));
    let answer = list(&api, "(first: 52)").await;
    assert_eq!(answer.code(), "VALIDATION_FAILED", "{answer}");
}
