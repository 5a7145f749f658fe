//! `latchkey import django` from a database: who is taken over, and what is said of the others.

use std::sync::Arc;

use serde_json::json;

use crate::support::django::{Django, HASH, JOINED};
use crate::support::{Api, Database, PASSWORD, START, Token, latchkey};

/// A user as stored, without the hash.
pub(crate) const ROW: &str = "SELECT CAST(id AS TEXT) || '|' || username || '|' || email || '|' || COALESCE(email_key, 'NULL')
    || '|' || first_name || '|' || last_name || '|' || CASE WHEN is_active THEN 'active' ELSE 'disabled' END
    || CASE WHEN is_staff THEN ',staff' ELSE '' END || CASE WHEN is_superuser THEN ',superuser' ELSE '' END
    || '|' || COALESCE(CAST(last_login AS TEXT), 'NULL') || '|' || CAST(date_joined AS TEXT)
    || '|' || CAST(password_changed_at AS TEXT) FROM users WHERE username <> $1 ORDER BY id";

async fn rows(database: &Database) -> Vec<String> {
    database.texts(ROW, "").await
}

fn import(database: &Database, django: &Django, more: &[&str]) -> String {
    let words = [&["import", "django", "--from", &django.from], more].concat();
    latchkey(database, &words, "").succeeds()
}

const ADA: &str = "7|Ada|ada@example.com|ada@example.com|Ada Jos\u{e9}|O'Hara 🐢|active,staff,superuser\
    |1795443112367520|999345600000001|999345600000001";

async fn with_ada(database: &Database) -> Django {
    let django = Django::fresh(database).await;
    django.add(7, "Ada", "ada@example.com").await;
    django
        .execute(
            "UPDATE auth_user SET first_name = 'Ada Jos\u{e9}', last_name = 'O''Hara 🐢', is_staff = TRUE,
             is_superuser = TRUE, last_login = '2026-11-23 14:11:52.367520'",
        )
        .await;
    django
}

#[tokio::test]
async fn a_user_is_taken_over_with_everything() {
    let database = Database::fresh().await;
    let django = with_ada(&database).await;
    let said = import(&database, &django, &[]);
    assert_eq!(
        said,
        "Users: 1 added (0 with a warning, 0 without a password), 0 already there, 0 skipped.\n"
    );
    assert_eq!(rows(&database).await, [ADA]);
    assert_eq!(database.password_hash("Ada").await, HASH);
}

#[tokio::test]
async fn a_sqlite_file_is_taken_over_into_any_database_and_stays_as_it_is() {
    let database = Database::fresh().await;
    let django = Django::sqlite(&database).await;
    django.add(1, "ada", "ada@example.com").await;
    let before = std::fs::read(&django.from).expect("the file is there");
    import(&database, &django, &[]);
    let url = Django {
        from: format!("sqlite:{}", django.from),
    };
    let said = import(&database, &url, &[]);
    assert!(said.contains("1 already there"), "{said}");
    assert_eq!(
        std::fs::read(&django.from).expect("the file is there"),
        before
    );
    assert_eq!(rows(&database).await.len(), 1);
}

#[tokio::test]
async fn the_old_password_logs_in_while_the_server_runs() {
    let api = Api::start().await;
    let django = Django::fresh(api.database()).await;
    django.add(7, "Ada Lovelace@home", "ada@example.com").await;
    import(api.database(), &django, &[]);
    for login in ["Ada Lovelace@home", "ada lovelace@HOME", "ADA@example.com"] {
        api.anonymous().log_in(login, PASSWORD).await.data();
    }
    let answer = api
        .anonymous()
        .log_in("ada@example.com", "not the password")
        .await;
    assert_eq!(answer.code(), "INVALID_CREDENTIALS", "{answer}");
}

#[tokio::test]
async fn a_token_that_django_issued_is_accepted_and_refreshed() {
    let api = Api::start().await;
    let django = Django::fresh(api.database()).await;
    django.add(7, "ada", "").await;
    import(api.database(), &django, &[]);
    let token = Token::foreign("ada").with("origIat", START - 60).signed();
    let client = api.anonymous().with_authorization(&format!("JWT {token}"));
    let me = client.me().await.data();
    assert_eq!(me["me"], json!({ "id": "7", "username": "ada" }));
    api.anonymous().refresh(&token).await.data();
}

#[tokio::test]
async fn a_second_run_changes_nothing_and_adds_what_is_new() {
    let database = Database::fresh().await;
    let django = with_ada(&database).await;
    import(&database, &django, &[]);
    let once = rows(&database).await;
    // What has become of a user here is not undone, whatever Django says.
    django
        .execute("UPDATE auth_user SET email = 'new@example.com', is_active = FALSE")
        .await;
    assert!(import(&database, &django, &[]).contains("0 added"));
    assert_eq!(rows(&database).await, once);
    django.add(9, "grace", "grace@example.com").await;
    let said = import(&database, &django, &[]);
    assert!(
        said.contains("\nUsers: 1 added") && said.contains("1 already there, 0 skipped"),
        "{said}"
    );
    // And the operator is told of what matters.
    assert!(
        said.starts_with("warning: user 7 \"Ada\": was taken over before and differs from the source by now in is_active:"),
        "{said}"
    );
    assert_eq!(rows(&database).await.len(), 2);
}

/// What can be wrong with a user, in the order of the ids.
const FOUND: [&str; 8] = [
    r#"skipped: user 2 "ADA": the name is that of user 1 "ada", compared without case"#,
    r#"warning: user 3 "mia": the e-mail address "nowhere" is not valid: it is kept, and not for logging in"#,
    r#"warning: user 4 "max": the e-mail address "ADA@example.com" is that of user 1 "ada" too: it is kept, and not for logging in"#,
    r#"warning: user 5 "old": the password hash was made by the hasher md5, which is not known: give them a new password with `latchkey user set-password`"#,
    r#"warning: user 6 "dear": the password hash costs too much to check: give them a new password with `latchkey user set-password`"#,
    r#"skipped: user 8 "a\tb": the username holds a control character"#,
    r#"skipped: user 9 " ": there is no username"#,
    r#"skipped: user -3 "below": the id is not a whole number from 1 on"#,
];

async fn with_everything_wrong(database: &Database) -> Django {
    let django = Django::fresh(database).await;
    django.add(1, "ada", "ada@example.com").await;
    django.add(2, "ADA", "other@example.com").await;
    django.add(3, "mia", "nowhere").await;
    django.add(4, "max", "ADA@example.com").await;
    for (id, name, hash) in [
        (5, "old", "md5$salt$0123456789abcdef"),
        (
            6,
            "dear",
            "pbkdf2_sha256$1000000000000$salt$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        ),
        (7, "shut", "!hye9wY6FmHvaAKjHYZFCJrsNfodBP6ebc8UcWP9z"),
    ] {
        django.add(id, name, "").await;
        django
            .execute(&format!(
                "UPDATE auth_user SET password = '{hash}' WHERE id = {id}"
            ))
            .await;
    }
    django.add(8, "a\tb", "").await;
    django.add(9, " ", "").await;
    django.add(-3, "below", "").await;
    django
}

#[tokio::test]
async fn what_is_wrong_is_told_row_by_row_and_counted() {
    let database = Database::fresh().await;
    let django = with_everything_wrong(&database).await;
    let dry = import(&database, &django, &["--dry-run"]);
    let said = import(&database, &django, &[]);
    for line in FOUND {
        assert_eq!(
            said.lines().filter(|said| *said == line.trim_end()).count(),
            1,
            "{line}\n{said}"
        );
    }
    let summary =
        "Users: 6 added (4 with a warning, 1 without a password), 0 already there, 4 skipped.";
    assert_eq!(said.lines().last(), Some(summary), "{said}");
    let expected = format!(
        "{}This was a rehearsal: nothing has been changed.\n",
        said.replace(" added (", " would be added (")
    );
    assert_eq!(dry, expected, "a rehearsal says the same");
    let kept = rows(&database).await;
    assert!(kept[1].starts_with("3|mia|nowhere|NULL|"), "{kept:?}");
    assert!(
        kept[2].starts_with("4|max|ADA@example.com|NULL|"),
        "{kept:?}"
    );
    // Those with a warning are there now, and there is nothing more to say of them.
    let again = import(&database, &django, &[]);
    let dry = import(&database, &django, &["--dry-run"]);
    for said in [again, dry] {
        assert_eq!(said.matches("warning: ").count(), 0, "{said}");
        assert!(said.contains("6 already there, 4 skipped"), "{said}");
    }
    assert_eq!(rows(&database).await, kept);
}

#[tokio::test]
async fn a_long_name_is_skipped() {
    let database = Database::fresh().await;
    let django = Django::sqlite(&database).await;
    // SQLite does not keep to the length of a column.
    django.add(1, &"é".repeat(151), "").await;
    django.add(2, &"é".repeat(150), "").await;
    let said = import(&database, &django, &[]);
    assert!(
        said.contains("the username has more than 150 characters"),
        "{said}"
    );
    assert!(
        said.starts_with("skipped: user 1 ") && said.contains("Users: 1 added"),
        "{said}"
    );
}

#[tokio::test]
async fn a_value_that_cannot_be_is_told_with_its_column() {
    let database = Database::fresh().await;
    let django = Django::sqlite(&database).await;
    for (id, column, value) in [
        (1, "date_joined", "'some day'"),
        (2, "is_active", "'perhaps'"),
        (3, "last_login", "'2026-02-30 00:00:00'"),
        (4, "first_name", "'a' || char(0) || 'b'"),
    ] {
        django.add(id, &format!("user{id}"), "").await;
        django
            .execute(&format!(
                "UPDATE auth_user SET {column} = {value} WHERE id = {id}"
            ))
            .await;
    }
    let said = import(&database, &django, &[]);
    for column in ["date_joined", "is_active", "last_login", "first_name"] {
        assert!(
            said.contains(&format!("{column} holds what it cannot hold")),
            "{column}: {said}"
        );
    }
    assert!(
        said.contains("Users: 0 added") && said.contains("4 skipped"),
        "{said}"
    );
}

#[tokio::test]
async fn who_is_there_already_stands_in_nobodys_place() {
    let api = Api::start().await;
    let grace = api.member("Grace").await;
    let bob = api.member("bob").await;
    let database = api.database();
    let django = Django::fresh(database).await;
    django.add(1, "linus", "").await;
    django.add(5, "GRACE", "").await;
    django.add(6, "mia", "BOB@example.com").await;
    let dry = import(database, &django, &["--dry-run"]);
    let said = import(database, &django, &[]);
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(
        lines,
        [
            r#"skipped: user 1 "linus": conflict: in Latchkey, the id is that of the user "Grace""#,
            r#"skipped: user 5 "GRACE": the name is that of user 1 "Grace", compared without case"#,
            r#"warning: user 6 "mia": the e-mail address "BOB@example.com" is that of user 2 "bob" too: it is kept, and not for logging in"#,
            "Users: 1 added (1 with a warning, 0 without a password), 0 already there, 2 skipped.",
        ]
    );
    let dry: Vec<&str> = dry.lines().collect();
    assert_eq!(dry[..3], lines[..3]);
    grace.me().await.data();
    bob.me().await.data();
    api.anonymous()
        .log_in("bob@example.com", PASSWORD)
        .await
        .data();
}

#[tokio::test]
async fn the_next_sign_up_gets_the_id_after_the_greatest() {
    let api = Api::start().await;
    let django = Django::fresh(api.database()).await;
    for id in [41, 7] {
        django.add(id, &format!("user{id}"), "").await;
    }
    import(api.database(), &django, &[]);
    assert_eq!(api.member("grace").await.id, "42");
    // A later import of smaller ids does not lead back.
    django.add(9, "user9", "").await;
    django.execute("DELETE FROM auth_user WHERE id = 41").await;
    import(api.database(), &django, &[]);
    assert_eq!(api.member("mia").await.id, "43");
}

#[tokio::test]
async fn more_users_than_a_batch_holds_are_taken_over_each_once() {
    let database = Database::fresh().await;
    let django = Django::fresh(&database).await;
    django
        .execute(&format!(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4100)
             INSERT INTO auth_user (id, username, email, password, first_name, last_name, is_active, is_staff,
                                    is_superuser, last_login, date_joined)
             SELECT i * 3, 'user' || i, 'user' || (i % 4000) || '@example.com', '{HASH}', '', '', TRUE, FALSE, FALSE,
                    NULL, '{JOINED}' FROM n"
        ))
        .await;
    let dry = import(&database, &django, &["--dry-run"]);
    let said = import(&database, &django, &[]);
    // An address is that of whoever came first, however far apart they are.
    let summary =
        "Users: 4100 added (100 with a warning, 0 without a password), 0 already there, 0 skipped.";
    assert_eq!(said.lines().last(), Some(summary));
    assert!(said.starts_with("warning: user 12003 \"user4001\": the e-mail address \"user1@example.com\" is that of user 3 \"user1\" too"));
    assert_eq!(
        dry.lines().take(100).collect::<Vec<_>>(),
        said.lines().take(100).collect::<Vec<_>>()
    );
    let sql = "SELECT CAST(SUM(id) AS TEXT) || ' ' || CAST(COUNT(email_key) AS TEXT) FROM users WHERE username <> $1";
    assert_eq!(database.texts(sql, "").await, ["25221150 4000"]);
}

#[tokio::test]
async fn a_name_that_is_being_taken_meanwhile_is_a_conflict() {
    let database = Database::fresh().await;
    let django = Django::fresh(&database).await;
    django.add(7, "ada", "ada@example.com").await;
    django.add(8, "bob", "bob@example.com").await;
    latchkey(
        &database,
        &["user", "create", "x", "--email", "x@example.com"],
        PASSWORD,
    )
    .succeeds();
    let sign_up = "INSERT INTO users (username, username_key, email, email_key, password_hash, date_joined, password_changed_at)
                   VALUES ('Ada', $1, 'Bob@example.com', 'bob@example.com', '!', 0, 0)";
    let held = database.hold(sign_up, "ada").await;
    let import = tokio::task::spawn_blocking({
        let database = Arc::clone(&database);
        move || import(&database, &django, &[])
    });
    held.commit().await;
    let said = import.await.expect("the import ends");
    assert!(
        said.contains("skipped: user 7 \"ada\": the name is that of user 2 \"Ada\""),
        "{said}"
    );
    assert!(
        said.contains(
            "warning: user 8 \"bob\": the e-mail address \"bob@example.com\" is that of user 2"
        ),
        "{said}"
    );
}

#[tokio::test]
async fn a_rehearsal_makes_no_database() {
    let database = Database::fresh().await;
    let django = with_ada(&database).await;
    let said = import(&database, &django, &["--dry-run"]);
    assert!(
        said.starts_with("Users: 1 would be added") && said.contains("nothing has been changed"),
        "{said}"
    );
    if database.is_postgres() {
        let sql = "SELECT table_name::text FROM information_schema.tables WHERE table_name = $1";
        assert_eq!(database.texts(sql, "users").await, Vec::<String>::new());
    } else {
        let made = std::fs::read_dir(database.folder()).expect("the folder is there");
        let names: Vec<_> = made
            .map(|entry| entry.expect("it is there").file_name())
            .collect();
        assert_eq!(names, ["db.sqlite3"]);
    }
}

#[tokio::test]
async fn a_custom_table_is_taken_over_by_a_column_map() {
    let database = Database::fresh().await;
    let django = Django::fresh(&database).await;
    // Names that have to be quoted, and nothing that can be left out.
    django
        .execute(r#"CREATE TABLE "my ""users""" ("user id" integer PRIMARY KEY, "select" varchar(254), password varchar(128))"#)
        .await;
    django
        .execute(&format!(
            r#"INSERT INTO "my ""users""" VALUES (3, 'ada@example.com', '{HASH}')"#
        ))
        .await;
    let words = [
        "--table",
        r#"my "users""#,
        "--columns",
        "id=user id,username=select,email=select",
    ];
    import(&database, &django, &words);
    let row = &rows(&database).await[0];
    assert!(
        row.starts_with("3|ada@example.com|ada@example.com|ada@example.com|||active|NULL|"),
        "{row}"
    );
    // Since when the password is there is not known: what Django signed stays good.
    assert!(row.ends_with("|0"), "{row}");
}

#[tokio::test]
async fn a_table_may_be_named_as_its_model() {
    let database = Database::fresh().await;
    let django = with_ada(&database).await;
    let said = import(&database, &django, &["--table", "auth.User"]);
    assert!(said.starts_with("Users: 1 added"), "{said}");
}

#[tokio::test]
async fn a_missing_table_or_column_is_told_with_those_that_are_there() {
    let database = Database::fresh().await;
    let django = Django::fresh(&database).await;
    let fails = |more: &[&str], texts: &[&str]| {
        let words = [&["import", "django", "--from", &django.from], more].concat();
        latchkey(&database, &words, "").fails_with(texts);
    };
    fails(
        &["--table", "users\"; DROP TABLE auth_user; --"],
        &["there is no table", "auth_user"],
    );
    fails(
        &["--columns", "username=login"],
        &[
            "no column \"login\"",
            "id, ",
            "is_superuser",
            "--columns username=",
        ],
    );
    fails(&["--columns", "email=mail"], &["no column \"mail\""]);
    fails(
        &["--columns", "user=login"],
        &["--columns", "is none of id, username"],
    );
    django
        .execute("CREATE TABLE other (name varchar(10), password varchar(10))")
        .await;
    fails(
        &["--table", "other"],
        &["no column \"id\"", "name, password"],
    );
    django
        .execute("CREATE TABLE by_uuid (id char(32), username varchar(10), password varchar(10))")
        .await;
    fails(&["--table", "by_uuid"], &["char", "whole numbers"]);
}

#[tokio::test]
async fn a_source_that_is_none_is_told_so_and_no_database_is_made() {
    let database = Database::fresh().await;
    let folder = database.folder();
    let text = crate::support::django::file(&database, "notes.txt", "just a text");
    let empty = crate::support::django::file(&database, "empty.json", "");
    for (from, texts) in [
        (
            format!("{folder}/nothing"),
            &["nothing", "--from"] as &[&str],
        ),
        (format!("sqlite:{folder}/nothing"), &["there is no file"]),
        (text, &["neither an SQLite database nor a JSON file"]),
        (empty, &["neither an SQLite database nor a JSON file"]),
        (
            "postgres://ada:hunter2@127.0.0.1:1/app".to_owned(),
            &["cannot read the database PostgreSQL 127.0.0.1:1/app"],
        ),
    ] {
        let finished = latchkey(&database, &["import", "django", "--from", &from], "");
        finished.fails_with(texts);
        assert!(!finished.stderr.contains("hunter2"), "{finished:?}");
    }
    let target = std::path::Path::new(folder).join("test.db");
    assert!(!target.exists(), "no database is made");
}
