//! `latchkey export`, and `latchkey import` of what it wrote.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use crate::support::django::file;
use crate::support::{Api, Database, PASSWORD, latchkey};

/// Everything that is stored of a user.
const ALL: &str = "SELECT CAST(id AS TEXT) || '|' || username || '|' || username_key || '|' || email || '|'
    || COALESCE(email_key, 'NULL') || '|' || first_name || '|' || last_name || '|' || password_hash
    || CASE WHEN is_active THEN '|active' ELSE '|disabled' END || CASE WHEN is_staff THEN ',staff' ELSE '' END
    || CASE WHEN is_superuser THEN ',superuser' ELSE '' END || '|' || COALESCE(CAST(last_login AS TEXT), 'NULL')
    || '|' || CAST(date_joined AS TEXT) || '|' || CAST(password_changed_at AS TEXT)
    FROM users WHERE username <> $1 ORDER BY id";

/// Users with whatever makes files hard to read.
async fn people() -> Api {
    let api = Api::start().await;
    for name in ["ada", "bob", "Жанна", "mia"] {
        api.member(name).await;
    }
    let database = api.database();
    for (name, set) in [
        (
            "ada",
            "UPDATE users SET first_name = '\"Ada\", ''A''', last_name = 'O,Hara;|' || $1 WHERE username = 'ada'",
        ),
        (
            "bob",
            "UPDATE users SET first_name = '  ', last_name = 'two\nlines\r\n🐢\t\\' WHERE username = $1",
        ),
        (
            "Жанна",
            "UPDATE users SET is_active = FALSE, is_staff = TRUE, is_superuser = TRUE, last_login = NULL WHERE username = $1",
        ),
        // An address that is not for logging in, though it could be.
        (
            "mia",
            "UPDATE users SET email_key = NULL, date_joined = -1, password_hash = '=1+1', password_changed_at = 0 WHERE username = $1",
        ),
    ] {
        database.execute(set, name).await;
    }
    api
}

#[tokio::test]
async fn nothing_is_lost_on_the_way_out_and_in() {
    let api = people().await;
    let users = api.database().texts(ALL, "").await;
    for format in ["json", "csv"] {
        let written = latchkey(api.database(), &["export", "--format", format], "").succeeds();
        let other = Api::start().await;
        let from = file(other.database(), "users", &written);
        let words = ["import", format, "--from", &from];
        let dry = latchkey(other.database(), &[&words[..], &["--dry-run"]].concat(), "").succeeds();
        let said = latchkey(other.database(), &words, "").succeeds();
        let summary = "Users: 4 added (1 with a warning, 0 without a password), 0 already there, 0 skipped.\n";
        assert!(said.ends_with(summary), "{said}");
        assert!(
            dry.contains("Users: 4 would be added (1 with a warning"),
            "{dry}"
        );
        assert_eq!(other.database().texts(ALL, "").await, users, "{format}");
        let again = latchkey(other.database(), &words, "").succeeds();
        assert!(
            again.contains("Users: 0 added") && again.contains("4 already there"),
            "{again}"
        );
        let back = latchkey(other.database(), &["export", "--format", format], "").succeeds();
        assert_eq!(back, written, "{format}");
        other
            .anonymous()
            .log_in("ada@example.com", PASSWORD)
            .await
            .data();
        assert_eq!(other.member("grace").await.id, "5");
    }
}

#[tokio::test]
async fn json_is_an_array_with_a_user_a_line_and_may_be_lines() {
    let api = people().await;
    let written = latchkey(api.database(), &["export", "--format", "json"], "").succeeds();
    let users: Value = serde_json::from_str(&written).expect("it is JSON");
    assert_eq!(
        users[3],
        json!({
            "id": 4, "username": "mia", "email": "mia@example.com", "email_usable": false, "first_name": "",
            "last_name": "", "password_hash": "=1+1", "is_active": true, "is_staff": false, "is_superuser": false,
            "last_login": "2001-09-09T01:46:40.123456Z", "date_joined": "1969-12-31T23:59:59.999999Z",
            "password_changed_at": "1970-01-01T00:00:00.000000Z",
        })
    );
    assert_eq!(written.lines().count(), 6);
    let lines: Vec<&str> = written
        .lines()
        .filter(|line| line.starts_with('{'))
        .map(|line| line.trim_end_matches(','))
        .collect();
    let database = Database::fresh().await;
    let from = file(&database, "users.jsonl", &lines.join("\n"));
    let said = latchkey(&database, &["import", "json", "--from", &from], "").succeeds();
    assert!(said.contains("Users: 4 added"), "{said}");
}

#[tokio::test]
async fn a_file_is_its_owners_alone_and_there_only_when_it_is_whole() {
    let api = people().await;
    let database = api.database();
    let path = file(database, "users.csv", "something old");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).expect("it is ours");
    let said = latchkey(
        database,
        &["export", "--format", "csv", "--output", &path],
        "",
    )
    .succeeds();
    assert_eq!(said, format!("4 users are in {path}.\n"));
    let mode = std::fs::metadata(&path)
        .expect("it is there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let text = std::fs::read_to_string(&path).expect("it is a text");
    assert_eq!(
        text,
        latchkey(database, &["export", "--format", "csv"], "").succeeds()
    );
    let nowhere = format!("{}/no/folder", database.folder());
    latchkey(
        database,
        &["export", "--format", "csv", "--output", &nowhere],
        "",
    )
    .fails_with(&["cannot write", &nowhere]);
    let left = std::fs::read_dir(database.folder()).expect("it is there");
    let left: Vec<_> = left
        .map(|entry| entry.expect("it is there").file_name().into_string())
        .collect();
    assert!(
        !left.iter().flatten().any(|name| name.contains(".part")),
        "{left:?}"
    );
}

#[tokio::test]
async fn what_is_no_ordinary_file_is_not_replaced_by_one() {
    let api = people().await;
    let target = file(api.database(), "target.json", "something old");
    let link = format!("{}/link.json", api.database().folder());
    std::os::unix::fs::symlink(&target, &link).expect("it is ours");
    for path in [link.as_str(), api.database().folder()] {
        let words = ["export", "--format", "json", "--output", path];
        latchkey(api.database(), &words, "").fails_with(&["cannot write", "no ordinary file"]);
    }
    let old = std::fs::read_to_string(&target).expect("it is a text");
    assert_eq!(old, "something old");
    assert!(std::fs::symlink_metadata(&link).is_ok_and(|link| link.is_symlink()));
}

#[tokio::test]
async fn no_users_are_a_file_too() {
    for (format, text) in [("json", "[\n]\n"), ("csv", "")] {
        let api = Api::start().await;
        let written = latchkey(api.database(), &["export", "--format", format], "").succeeds();
        assert!(written.ends_with(text), "{written}");
        let from = file(api.database(), "users", &written);
        let said = latchkey(api.database(), &["import", format, "--from", &from], "").succeeds();
        assert!(said.contains("Users: 0 added"), "{said}");
    }
}

#[tokio::test]
async fn few_columns_are_enough_and_unknown_ones_are_refused() {
    let database = Database::fresh().await;
    let import = |format: &str, text: &str| {
        let from = file(&database, "users", text);
        latchkey(&database, &["import", format, "--from", &from], "")
    };
    import("csv", "id,username,password_hash\n3,ada,!\n").succeeds();
    import("json", r#"[{"id":4,"username":"bob","password_hash":"!"}]"#).succeeds();
    let users = database
        .texts(
            "SELECT username || email FROM users WHERE username <> $1 ORDER BY id",
            "",
        )
        .await;
    assert_eq!(users, ["ada", "bob"]);
    import("csv", "id,username\n5,mia\n").fails_with(&["no password_hash", "id, username"]);
    import("csv", "id,username,password_hash,mail\n5,mia,!,x\n")
        .fails_with(&["\"mail\" is no column", "email_usable"]);
    import("csv", "id,username,password_hash\n5,mia\n").fails_with(&["users", "2"]);
    import("csv", "id,id,username,password_hash\n5,6,mia,!\n")
        .fails_with(&["the column \"id\" is there twice"]);
    import("json", r#"[{"id":5,"username":"mia"}]"#).fails_with(&["no password_hash"]);
    import(
        "json",
        r#"[{"id":5,"username":"mia","password_hash":"!","mail":""}]"#,
    )
    .fails_with(&["\"mail\" is no column"]);
    import(
        "json",
        r#"[{"id":5,"username":["mia"],"password_hash":"!"}]"#,
    )
    .fails_with(&["neither a text nor a number"]);
    latchkey(&database, &["import", "csv", "--from", "/nowhere.csv"], "")
        .fails_with(&["/nowhere.csv"]);
}
