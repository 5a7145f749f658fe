//! `latchkey import django` from a file made by `manage.py dumpdata`, and imports that are interrupted.

use serde_json::{Value, json};

use crate::import_django::ROW;
use crate::support::django::{HASH, dumped, file};
use crate::support::{Database, latchkey, until_line};

fn import(database: &Database, text: &str, more: &[&str]) -> crate::support::Finished {
    let from = file(database, "dump.json", text);
    latchkey(
        database,
        &[&["import", "django", "--from", &from], more].concat(),
        "",
    )
}

fn token(id: i64, token: &str, user: &Value) -> Value {
    json!({ "model": "refresh_token.refreshtoken", "pk": id, "fields": {
        "user": user, "token": token, "created": "2026-11-20T12:00:00.123456+02:00", "revoked": null } })
}

/// Refresh tokens before and after their users, and other models among them.
fn dump() -> Vec<Value> {
    let mut ada = dumped(7, "Ada", "ada@example.com");
    ada["fields"]["last_login"] = json!("2026-11-23T16:11:52.367520+02:00");
    ada["fields"]["last_name"] = json!("O\"Hara\n🐢");
    vec![
        json!({ "model": "contenttypes.contenttype", "pk": 1, "fields": { "app_label": "auth" } }),
        token(1, &"a1".repeat(20), &json!(7)),
        ada,
        dumped(9, "ADA", ""),
        dumped(11, "bob", "bob@example.com"),
        token(2, &"b2".repeat(20), &json!(["bob"])),
        token(3, &"c3".repeat(20), &json!(9)),
        token(4, &"d4".repeat(20), &json!(4)),
        // The name of somebody who is not taken over; compared without case it would be Ada's.
        token(5, &"e5".repeat(20), &json!(["ADA"])),
    ]
}

const SAID: &str = "skipped: user 9 \"ADA\": the name is that of user 7 \"Ada\", compared without case\n\
    skipped: refresh token 3: its user was not taken over\n\
    skipped: refresh token 4: its user was not taken over\n\
    skipped: refresh token 5: its user was not taken over\n\
    Users: 2 added (0 with a warning, 0 without a password), 0 already there, 1 skipped.\n\
    Refresh tokens: 2 added, 0 already there, 0 revoked or expired, 0 of disabled users or older than the password, 3 skipped.\n";

#[tokio::test]
async fn users_and_refresh_tokens_come_in_any_order() {
    let lines: Vec<String> = dump().iter().map(Value::to_string).collect();
    for text in [json!(dump()).to_string(), lines.join("\n")] {
        let database = Database::fresh().await;
        let long = ["--jwt-refresh-expiration-delta", "4294967295"];
        let dry = import(&database, &text, &[long[0], long[1], "--dry-run"]).succeeds();
        assert!(
            dry.starts_with(&SAID.replace(" added", " would be added")),
            "{dry}"
        );
        assert_eq!(import(&database, &text, &long).succeeds(), SAID);
        assert_eq!(
            database.texts(ROW, "").await,
            [
                "7|Ada|ada@example.com|ada@example.com||O\"Hara\n🐢|active|1795443112367520|999345600000001|999345600000001",
                "11|bob|bob@example.com|bob@example.com|||active|NULL|999345600000001|999345600000001",
            ]
        );
        assert_eq!(database.password_hash("bob").await, HASH);
        let sql = "SELECT CAST(user_id AS TEXT) || '|' || CAST(created_at AS TEXT) FROM sessions
                   WHERE authenticated_by = $1 ORDER BY user_id";
        let sessions = database.texts(sql, "import").await;
        assert_eq!(sessions, ["7|1795168800123456", "11|1795168800123456"]);
        let again = import(&database, &text, &long).succeeds();
        assert!(again.contains("2 already there, 1 skipped"), "{again}");
        assert!(
            again.contains("Refresh tokens: 0 added, 2 already there"),
            "{again}"
        );
    }
}

#[tokio::test]
async fn a_custom_model_is_taken_over() {
    let database = Database::fresh().await;
    let person = json!([{ "model": "people.person", "pk": 3, "fields": { "email": "ada@example.com", "password": HASH } }]);
    let text = person.to_string();
    import(&database, &text, &[]).fails_with(&["auth_user", "--table", "people.person"]);
    let table = ["--table", "people.person"];
    import(&database, &text, &table).fails_with(&[
        "no field \"username\"",
        "email, password",
        "--columns username=",
    ]);
    for table in ["people.Person", "people_person"] {
        let words = ["--table", table, "--columns", "username=email"];
        import(&database, &text, &words).succeeds();
    }
    let row = &database.texts(ROW, "").await[0];
    assert!(
        row.starts_with("3|ada@example.com|ada@example.com|ada@example.com|||active|NULL|"),
        "{row}"
    );
}

#[tokio::test]
async fn a_file_that_is_no_dump_is_told_so() {
    let database = Database::fresh().await;
    let mut natural = dumped(1, "ada", "");
    natural
        .as_object_mut()
        .expect("it is an object")
        .remove("pk");
    for (text, texts) in [
        (
            json!([natural]).to_string(),
            &["--natural-primary"] as &[&str],
        ),
        (
            "[]".to_owned(),
            &["no object in it is of the model auth_user"],
        ),
        (r#"[{"id":1}]"#.to_owned(), &["no model"]),
        (
            r#"[{"model":"auth.user","pk":1,"fields":[]}]"#.to_owned(),
            &["no fields"],
        ),
        (
            json!(dump()).to_string().replace("}]", "}"),
            &["dump.json", "no whole JSON array"],
        ),
        (
            "<?xml".to_owned(),
            &["neither an SQLite database nor a JSON file"],
        ),
    ] {
        import(&database, &text, &["--dry-run"]).fails_with(texts);
    }
}

#[tokio::test]
async fn an_id_that_comes_twice_is_one_user() {
    let database = Database::fresh().await;
    let text = json!([
        dumped(1, "ada", ""),
        dumped(1, "ada", ""),
        dumped(1, "bob", "")
    ])
    .to_string();
    let said = import(&database, &text, &[]).succeeds();
    assert!(
        said.contains(
            "skipped: user 1 \"bob\": conflict: in Latchkey, the id is that of the user \"ada\""
        ),
        "{said}"
    );
    assert!(
        said.contains(
            "Users: 1 added (0 with a warning, 0 without a password), 1 already there, 1 skipped."
        ),
        "{said}"
    );
}

/// More users than a batch holds, each of whom there is something to say about.
const USERS: usize = 12_000;

#[tokio::test]
async fn an_import_that_was_killed_is_run_again() {
    let database = Database::fresh().await;
    let users = (1..=USERS).map(|id| {
        dumped(
            i64::try_from(id).expect("it is small"),
            &format!("user{id}"),
            "no address",
        )
    });
    let text = users.collect::<Value>().to_string();
    let from = file(&database, "dump.json", &text);
    // It says more than a pipe holds, and nobody reads on: it cannot come far beyond the first batch.
    until_line(&database, &["import", "django", "--from", &from], "user1\"").kill();
    let ids = || database.texts("SELECT username FROM users WHERE username <> $1", "");
    let there = ids().await.len();
    assert!(there > 0 && there < USERS, "it was in the middle: {there}");
    assert_eq!(there % 2_000, 0, "a batch is added as a whole: {there}");
    let said = latchkey(&database, &["import", "django", "--from", &from], "").succeeds();
    let summary = format!(
        "Users: {added} added ({added} with a warning, 0 without a password), {there} already there, 0 skipped.",
        added = USERS - there
    );
    assert_eq!(said.lines().last(), Some(summary.as_str()));
    assert_eq!(ids().await.len(), USERS);
}
