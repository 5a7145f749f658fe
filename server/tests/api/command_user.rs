//! `latchkey user …` and `latchkey schema`, as operators use them.

use serde_json::json;

use crate::support::{Api, Database, PASSWORD, latchkey, latchkey_in};

const CREATE: [&str; 5] = ["user", "create", "ada", "--email", "ada@example.com"];

#[tokio::test]
async fn a_user_is_created_with_the_password_from_standard_input() {
    let api = Api::start().await;
    let said = latchkey(api.database(), &CREATE, &format!("{PASSWORD}\n")).succeeds();
    assert_eq!(said, "Created user ada with id 1.\n");
    api.anonymous().log_in("ada", PASSWORD).await.data();
}

#[tokio::test]
async fn a_line_end_of_windows_is_no_part_of_the_password() {
    let api = Api::start().await;
    latchkey(
        api.database(),
        &CREATE,
        &format!("{PASSWORD}\r\nsecond line\n"),
    )
    .succeeds();
    api.anonymous().log_in("ada", PASSWORD).await.data();
}

#[tokio::test]
async fn a_staff_user_is_staff() {
    let api = Api::start().await;
    let words = [&CREATE[..], &["--staff"]].concat();
    let said = latchkey(api.database(), &words, PASSWORD).succeeds();
    assert_eq!(said, "Created staff user ada with id 1.\n");
    let data = api
        .anonymous()
        .ask("{ users { isStaff isSuperuser } }")
        .await
        .data();
    assert_eq!(
        data,
        json!({ "users": [{ "isStaff": true, "isSuperuser": false }] })
    );
}

#[tokio::test]
async fn a_user_that_breaks_the_rules_is_refused_with_every_reason() {
    let database = Database::fresh().await;
    let words = ["user", "create", "a b", "--email", "nowhere"];
    latchkey(&database, &words, "123\n").fails_with(&[
        "A username holds only letters",
        "Enter an e-mail address such as",
        "This password is too short",
    ]);
    assert_eq!(list(&database), ["ID\tUSERNAME\tE-MAIL\tSTATE"]);
}

#[tokio::test]
async fn a_taken_name_is_refused() {
    let database = Database::fresh().await;
    latchkey(&database, &CREATE, PASSWORD).succeeds();
    let words = ["user", "create", "ADA", "--email", "other@example.com"];
    latchkey(&database, &words, PASSWORD)
        .fails_with(&["A user with that username already exists."]);
}

#[tokio::test]
async fn a_password_is_never_an_argument() {
    let database = Database::fresh().await;
    let words = [&CREATE[..], &["--password", PASSWORD]].concat();
    latchkey(&database, &words, PASSWORD).fails_with(&["unexpected argument '--password'"]);
    latchkey(&database, &["user", "set-password", "ada", PASSWORD], "")
        .fails_with(&["unexpected argument"]);
}

#[tokio::test]
async fn an_empty_standard_input_holds_no_password() {
    let database = Database::fresh().await;
    latchkey(&database, &CREATE, "").fails_with(&["standard input holds no password"]);
}

fn list(database: &Database) -> Vec<String> {
    let said = latchkey(database, &["user", "list"], "").succeeds();
    said.lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn users_are_listed_with_their_state() {
    let database = Database::fresh().await;
    latchkey(&database, &CREATE, PASSWORD).succeeds();
    let grace = [
        "user",
        "create",
        "grace",
        "--email",
        "grace@example.com",
        "--staff",
    ];
    latchkey(&database, &grace, PASSWORD).succeeds();
    latchkey(&database, &["user", "disable", "ada"], "").succeeds();
    assert_eq!(
        list(&database),
        [
            "ID\tUSERNAME\tE-MAIL\tSTATE",
            "1\tada\tada@example.com\tdisabled",
            "2\tgrace\tgrace@example.com\tactive, staff",
        ]
    );
}

#[tokio::test]
async fn a_user_is_found_by_the_email_address_in_any_letter_case() {
    let database = Database::fresh().await;
    latchkey(&database, &CREATE, PASSWORD).succeeds();
    let said = latchkey(&database, &["user", "disable", "ADA@Example.com"], "").succeeds();
    assert_eq!(said, "ada is disabled, and every session has ended.\n");
}

#[tokio::test]
async fn a_disabled_user_may_be_enabled_again() {
    let api = Api::start().await;
    api.member("ada").await;
    latchkey(api.database(), &["user", "disable", "ada"], "").succeeds();
    let answer = api.anonymous().log_in("ada", PASSWORD).await;
    assert_eq!(answer.code(), "INVALID_CREDENTIALS", "{answer}");
    let said = latchkey(api.database(), &["user", "enable", "ada"], "").succeeds();
    assert_eq!(said, "ada may log in again.\n");
    api.anonymous().log_in("ada", PASSWORD).await.data();
}

#[tokio::test]
async fn a_new_password_replaces_the_old_one() {
    let api = Api::start().await;
    api.member("ada").await;
    let new = "seven quiet herons, 9";
    let said = latchkey(api.database(), &["user", "set-password", "ada"], new).succeeds();
    assert_eq!(
        said,
        "The password of ada is set, and every session has ended.\n"
    );
    let answer = api.anonymous().log_in("ada", PASSWORD).await;
    assert_eq!(answer.code(), "INVALID_CREDENTIALS", "{answer}");
    api.anonymous().log_in("ada", new).await.data();
}

#[tokio::test]
async fn a_new_password_obeys_the_rules_of_sign_up() {
    let database = Database::fresh().await;
    latchkey(&database, &CREATE, PASSWORD).succeeds();
    let words = ["user", "set-password", "ada"];
    latchkey(&database, &words, "password").fails_with(&["tried first"]);
    latchkey(&database, &words, "ada@example.com")
        .fails_with(&["too similar to the e-mail address"]);
}

#[tokio::test]
async fn an_unknown_user_is_told_so() {
    let database = Database::fresh().await;
    latchkey(&database, &CREATE, PASSWORD).succeeds();
    for words in [
        ["user", "disable", "nobody"],
        ["user", "enable", "nobody"],
        ["user", "set-password", "nobody"],
    ] {
        latchkey(&database, &words, PASSWORD)
            .fails_with(&["there is no user \"nobody\"", "latchkey user list"]);
    }
}

#[test]
fn where_there_is_no_database_none_is_made_by_looking_after_users() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    for words in [
        &["user", "list"] as &[&str],
        &["user", "disable", "ada"],
        &["user", "enable", "ada"],
        &["user", "set-password", "ada"],
    ] {
        latchkey_in(folder.path(), words, PASSWORD)
            .fails_with(&["there is no database", "--data-dir"]);
    }
    let made = std::fs::read_dir(folder.path()).expect("the folder is there");
    assert_eq!(made.count(), 0, "nothing is made");
}

#[tokio::test]
async fn the_schema_is_printed_without_a_database() {
    let database = Database::fresh().await;
    let schema = latchkey(&database, &["schema"], "").succeeds();
    assert!(schema.contains("type Query {"), "{schema}");
    let made = std::fs::read_dir(database.folder()).expect("the folder is there");
    assert_eq!(made.count(), 0, "nothing is made");
}
