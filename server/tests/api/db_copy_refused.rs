//! Copies that are refused before anything is done.

use crate::support::{Api, Database, Finished, latchkey};

/// The version of the tables.
const VERSION: &str =
    "SELECT CAST(MAX(version) AS TEXT) FROM _sqlx_migrations WHERE description <> $1";

fn copy(place: &Database, from: &str, to: &str) -> Finished {
    latchkey(place, &["db", "copy", "--from", from, "--to", to], "")
}

/// A database with somebody in it.
async fn with_ada(database: std::sync::Arc<Database>) -> std::sync::Arc<Database> {
    let api = Api::on(database, &[]).await;
    api.member("ada").await;
    api.stop().await
}

#[tokio::test]
async fn a_target_that_has_users_is_refused() {
    let place = Database::fresh().await;
    let from = with_ada(place.beside().await).await;
    for to in [
        with_ada(place.beside().await).await,
        with_ada(Database::sqlite_beside()).await,
    ] {
        copy(&place, from.url(), to.url()).fails_with(&["has users already", "empty database"]);
        let listed = latchkey(&to, &["user", "list"], "").succeeds();
        assert_eq!(listed.lines().count(), 2, "{listed}");
    }
}

#[tokio::test]
async fn a_target_of_an_older_version_that_has_users_stays_as_it_is() {
    let place = Database::fresh().await;
    let from = with_ada(place.beside().await).await;
    let old = place.beside().await;
    old.migrate_before_last().await;
    let insert = "INSERT INTO users (username, username_key, email, password_hash, date_joined, password_changed_at)
                  VALUES ($1, $1, '', '!', 0, 0)";
    old.execute(insert, "grace").await;
    copy(&place, from.url(), old.url()).fails_with(&["has users already"]);
    assert_eq!(old.texts(VERSION, "").await, ["2"]);
    old.execute("DELETE FROM users WHERE username = $1", "grace")
        .await;
    copy(&place, from.url(), old.url()).succeeds();
}

#[tokio::test]
async fn no_tables_are_made_in_a_database_of_something_else() {
    let place = Database::fresh().await;
    let from = with_ada(place.beside().await).await;
    let other = place.beside().await;
    if !other.is_postgres() {
        std::fs::File::create(format!("{}/test.db", other.folder())).expect("it is ours");
    }
    other.script("CREATE TABLE turtles (name TEXT)").await;
    copy(&place, from.url(), other.url()).fails_with(&["such as turtles", "empty database"]);
    let tables = if other.is_postgres() {
        "SELECT CAST(tablename AS TEXT) FROM pg_tables WHERE schemaname = current_schema() AND tablename <> $1"
    } else {
        "SELECT name FROM sqlite_schema WHERE name <> $1"
    };
    assert_eq!(other.texts(tables, "").await, ["turtles"]);
    let files = std::fs::read_dir(other.folder()).expect("it is there");
    assert_eq!(files.count(), usize::from(!other.is_postgres()));
    // Whoever does mean it says so.
    latchkey(&other, &["user", "list"], "").succeeds();
    copy(&place, from.url(), other.url()).succeeds();
}

#[tokio::test]
async fn a_database_is_not_copied_to_itself() {
    let place = Database::fresh().await;
    let from = with_ada(place.beside().await).await;
    copy(&place, from.url(), from.url()).fails_with(&["the same"]);
    let file = with_ada(Database::sqlite_beside()).await;
    let link = format!("{}/link.db", file.folder());
    std::os::unix::fs::symlink(format!("{}/test.db", file.folder()), &link).expect("it is ours");
    copy(&place, file.url(), &format!("sqlite:{link}")).fails_with(&["the same"]);
    if from.is_postgres() {
        // Known by what it is, and not by how it is called.
        let other_name = format!("{}&application_name=other", from.url());
        copy(&place, from.url(), &other_name).fails_with(&["the same"]);
    }
}

#[tokio::test]
async fn a_source_that_is_not_there_is_refused_and_no_target_made() {
    let place = Database::fresh().await;
    let to = Database::sqlite_beside();
    let nowhere = format!("sqlite:{}/nowhere.db", place.folder());
    copy(&place, &nowhere, to.url()).fails_with(&["there is no database", "nowhere.db"]);
    let empty = place.beside().await;
    copy(&place, empty.url(), to.url()).fails_with(&["there is no database"]);
    assert!(!std::path::Path::new(&format!("{}/test.db", to.folder())).exists());
    copy(&place, "mysql://ada:hunter2@localhost/x", to.url())
        .fails_with(&["--from", "sqlite: or postgres://"]);
    let wrong = copy(&place, to.url(), "mysql://ada:hunter2@localhost/x");
    wrong.fails_with(&["--to", "sqlite: or postgres://"]);
    assert!(!wrong.stderr.contains("hunter2"), "{wrong:?}");
}

#[tokio::test]
async fn a_source_of_another_version_is_refused_as_it_is() {
    let place = Database::fresh().await;
    let to = Database::sqlite_beside();
    let old = place.beside().await;
    old.migrate_before_last().await;
    copy(&place, old.url(), to.url()).fails_with(&["older version", "latchkey user list"]);
    assert_eq!(old.texts(VERSION, "").await, ["2"]);
    let new = with_ada(place.beside().await).await;
    let later = "UPDATE _sqlx_migrations SET version = 1000 + version WHERE description <> $1";
    new.execute(later, "").await;
    copy(&place, new.url(), to.url()).fails_with(&["newer version"]);
    latchkey(&old, &["user", "list"], "").succeeds();
    copy(&place, old.url(), to.url()).succeeds();
}

#[tokio::test]
async fn a_database_in_another_encoding_than_utf_8_is_refused_by_every_command() {
    let place = Database::fresh().await;
    let Some(latin) = Database::in_latin_1().await else {
        return;
    };
    let from = with_ada(place.beside().await).await;
    let wanted = ["its encoding is LATIN1", "ENCODING 'UTF8'"];
    copy(&place, from.url(), latin.url()).fails_with(&wanted);
    latchkey(&latin, &["user", "list"], "").fails_with(&wanted);
}
