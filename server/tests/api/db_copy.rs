//! `latchkey db copy`: everything goes along, in every direction, and everybody stays signed in.

use std::sync::Arc;

use crate::support::{Api, Database, Finished, PASSWORD, Tokens, latchkey, under_way};

/// Copies one database to another.
fn copy(from: &Database, to: &Database) -> Finished {
    let words = ["db", "copy", "--from", from.url(), "--to", to.url()];
    latchkey(from, &words, "")
}

/// The lines with the checksums of the tables.
fn sums(said: &str) -> Vec<String> {
    let sums = said.lines().filter(|line| line.contains("SHA-256"));
    sums.map(str::to_owned).collect()
}

/// Every direction that the suite can try; the first value keeps the place of all of them.
async fn directions() -> (Arc<Database>, Vec<(Arc<Database>, Arc<Database>)>) {
    let place = Database::fresh().await;
    let mut directions = vec![(place.beside().await, place.beside().await)];
    if place.is_postgres() {
        directions.push((Database::sqlite_beside(), place.beside().await));
        directions.push((place.beside().await, Database::sqlite_beside()));
    }
    (place, directions)
}

/// An empty database that a server has made the tables of.
async fn with_tables(database: Arc<Database>) -> Arc<Database> {
    Api::on(database, &[]).await.stop().await
}

/// A server with people who have whatever makes rows hard to copy; one of them has left.
async fn people(database: Arc<Database>) -> Api {
    let api = Api::on(database, &[]).await;
    for name in ["ada", "bob", "Жанна", "mia", "zoe"] {
        api.member(name).await;
    }
    for (name, sql) in [
        (
            "ada",
            "UPDATE users SET first_name = '\"Ada\", ''A''', last_name = '\\N', last_login = NULL WHERE username = $1",
        ),
        (
            "bob",
            "UPDATE users SET first_name = '  ', last_name = 'two\nlines\r\n🐢\t\\t\\.' WHERE username = $1",
        ),
        (
            "Жанна",
            "UPDATE users SET is_active = FALSE, is_staff = TRUE, date_joined = -1, sessionless_since = 9223372036854775807 WHERE username = $1",
        ),
        (
            "mia",
            "UPDATE users SET email_key = NULL, is_superuser = TRUE WHERE username = $1",
        ),
        ("zoe", "DELETE FROM users WHERE username = $1"),
    ] {
        api.database().execute(sql, name).await;
    }
    api
}

#[tokio::test]
async fn everything_goes_along_and_everybody_stays_signed_in() {
    let (_place, directions) = directions().await;
    for (from, to) in directions {
        let api = people(from).await;
        let first = api.anonymous().open_session("ada").await;
        let second: Tokens = api.anonymous().rotated(&first.refresh).await;
        let from = api.stop().await;
        let said = copy(&from, &to).succeeds();
        assert_eq!(sums(&said).len(), 3, "{said}");
        assert!(said.starts_with("users: 4 rows, SHA-256 "), "{said}");
        assert!(said.contains("spent_refresh_tokens: 1 rows"), "{said}");
        assert!(said.contains("LATCHKEY_JWT_SECRET_KEY"), "{said}");

        // And back, to the same.
        let back = Database::sqlite_beside();
        assert_eq!(sums(&copy(&to, &back).succeeds()), sums(&said), "{said}");

        let api = Api::on(to, &[]).await;
        let anonymous = api.anonymous();
        let me = anonymous.with_token(&second.access).me().await.data();
        assert_eq!(me["me"]["username"], "ada");
        // The token that was just spent is remembered, and answered with the same successor.
        assert_eq!(
            anonymous.rotated(&first.refresh).await.refresh,
            second.refresh
        );
        anonymous.rotated(&second.refresh).await;
        anonymous.log_in("bob@example.com", PASSWORD).await.data();
        let refused = anonymous.log_in("mia@example.com", PASSWORD).await;
        assert_eq!(refused.code(), "INVALID_CREDENTIALS", "{refused}");
        // The id of who has left is not given again.
        assert_eq!(api.member("grace").await.id, "6");
    }
}

#[tokio::test]
async fn ids_are_not_given_again_where_nobody_is_left() {
    let (_place, directions) = directions().await;
    for (from, to) in directions {
        let api = people(from).await;
        api.database()
            .execute("DELETE FROM users WHERE username <> $1", "")
            .await;
        let from = api.stop().await;
        let said = copy(&from, &to).succeeds();
        assert!(said.starts_with("users: 0 rows"), "{said}");
        let api = Api::on(to, &[]).await;
        assert_eq!(api.member("grace").await.id, "6");
    }
}

#[tokio::test]
async fn more_rows_than_are_read_at_once_all_go_along() {
    let (_place, directions) = directions().await;
    for (from, to) in directions {
        let from = with_tables(from).await;
        let many = "INSERT INTO users (id, username, username_key, email, password_hash, date_joined, password_changed_at)
            SELECT n, $1 || CAST(n AS TEXT), $1 || CAST(n AS TEXT), '', '!', n, n
            FROM (WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 2345) SELECT n FROM c) AS ns";
        from.execute(many, "user").await;
        let sessions = "INSERT INTO sessions (id, user_id, created_at, expires_at)
            SELECT CASE WHEN id % 2 = 0 THEN 'A' ELSE 'a' END || username || $1, id, id, id FROM users";
        from.execute(sessions, "é").await;
        let said = copy(&from, &to).succeeds();
        assert!(said.contains("users: 2345 rows"), "{said}");
        assert!(said.contains("sessions: 2345 rows"), "{said}");
        assert!(said.contains("Copied 4690 rows"), "{said}");
    }
}

#[tokio::test]
async fn a_copy_that_differs_is_not_kept() {
    let (_place, directions) = directions().await;
    for (from, to) in directions {
        let from = people(from).await.stop().await;
        let to = with_tables(to).await;
        to.script(if to.is_postgres() {
            "CREATE FUNCTION meddle() RETURNS TRIGGER LANGUAGE plpgsql AS
             $$ BEGIN NEW.first_name := 'x'; RETURN NEW; END $$;
             CREATE TRIGGER meddle BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION meddle()"
        } else {
            "CREATE TRIGGER meddle AFTER INSERT ON users
             BEGIN UPDATE users SET first_name = 'x' WHERE id = NEW.id; END"
        })
        .await;
        let said = copy(&from, &to);
        said.fails_with(&["differs", "nothing of it has been kept"]);
        assert!(said.stdout.starts_with("users DIFFERS: 4 rows"), "{said:?}");
        is_empty(&to).await;
    }
}

#[tokio::test]
async fn a_copy_that_fails_half_way_leaves_nothing() {
    let (_place, directions) = directions().await;
    for (from, to) in directions {
        let from = people(from).await.stop().await;
        let to = with_tables(to).await;
        to.script(if to.is_postgres() {
            "CREATE FUNCTION refuse() RETURNS TRIGGER LANGUAGE plpgsql AS
             $$ BEGIN RAISE EXCEPTION 'refused'; END $$;
             CREATE TRIGGER refuse BEFORE INSERT ON sessions FOR EACH ROW EXECUTE FUNCTION refuse()"
        } else {
            "CREATE TRIGGER refuse BEFORE INSERT ON sessions BEGIN SELECT RAISE(ABORT, 'refused'); END"
        })
        .await;
        copy(&from, &to).fails_with(&["the table sessions cannot be copied", "refused"]);
        is_empty(&to).await;
    }
}

#[tokio::test]
async fn a_copy_that_is_interrupted_leaves_nothing_and_can_be_made_again() {
    let place = Database::fresh().await;
    if !place.is_postgres() {
        return;
    }
    let to = with_tables(place.beside().await).await;
    let from = people(place.beside().await).await.stop().await;
    let stall = "CREATE FUNCTION stall() RETURNS TRIGGER LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_sleep(3600); RETURN NEW; END $$;
        CREATE TRIGGER stall BEFORE INSERT ON sessions FOR EACH ROW EXECUTE FUNCTION stall()";
    to.script(stall).await;
    let words = ["db", "copy", "--from", from.url(), "--to", to.url()];
    let copying = under_way(&from, &words);
    let stalled = "SELECT CAST(pid AS TEXT) FROM pg_stat_activity
                   WHERE datname = current_database() AND wait_event = 'PgSleep' AND query <> $1";
    while to.texts(stalled, "").await.is_empty() {}
    copying.kill();
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
               WHERE datname = current_database() AND wait_event = 'PgSleep'";
    to.script(end).await;
    while !to.texts(stalled, "").await.is_empty() {}
    is_empty(&to).await;
    to.script("DROP TRIGGER stall ON sessions").await;
    copy(&from, &to).succeeds();
}

async fn is_empty(database: &Database) {
    let left = "SELECT username FROM users WHERE username <> $1 UNION ALL SELECT id FROM sessions
                UNION ALL SELECT 'counted' FROM user_counts WHERE users <> 0";
    let left = database.texts(left, "").await;
    assert!(left.is_empty(), "{left:?}");
}
