//! Refresh tokens of django-graphql-jwt, which become sessions.

use crate::support::django::Django;
use crate::support::{Api, Database, latchkey};

const TOKEN: &str = "0123456789abcdef0123456789abcdef01234567";
const OTHER: &str = "fedcba9876543210fedcba9876543210fedcba98";
/// SHA-256 of the first.
const TOKEN_HASH: &str = "deb87fabd17715bb31ad4cf4ffb9494eeb15f8d33d85b031a301c64ab3417eaa";
const CREATED: &str = "2026-11-20 10:00:00.123456";
/// 136 years.
const LONG: [&str; 2] = ["--jwt-refresh-expiration-delta", "4294967295"];

const SESSIONS: &str = "SELECT CAST(user_id AS TEXT) || '|' || CAST(created_at AS TEXT) || '|' || CAST(last_used_at AS TEXT)
    || '|' || CAST(expires_at AS TEXT) || '|' || authenticated_by || '|' || refresh_selector || '|' || refresh_hash
    FROM sessions WHERE id <> $1 ORDER BY created_at";

fn import(database: &Database, django: &Django, more: &[&str]) -> String {
    let words = [&["import", "django", "--from", &django.from], more].concat();
    latchkey(database, &words, "").succeeds()
}

fn tokens(said: &str) -> &str {
    said.lines()
        .find(|line| line.starts_with("Refresh tokens: "))
        .unwrap_or(said)
}

async fn sessions(database: &Database) -> Vec<String> {
    database.texts(SESSIONS, "").await
}

async fn with_token(database: &Database) -> Django {
    let django = Django::fresh(database).await;
    django.add(7, "ada", "").await;
    django.token(1, TOKEN, CREATED, None, 7).await;
    django
}

#[tokio::test]
async fn a_refresh_token_becomes_a_session_of_which_only_the_hash_is_kept() {
    let database = Database::fresh().await;
    let django = with_token(&database).await;
    let said = import(&database, &django, &LONG);
    assert!(
        tokens(&said).starts_with("Refresh tokens: 1 added, 0 already there, 0 revoked"),
        "{said}"
    );
    assert_eq!(
        sessions(&database).await,
        [format!(
            "7|1795168800123456|1795168800123456|{}|import|0123456789ab|{TOKEN_HASH}",
            1_795_168_800_123_456_i64 + 4_294_967_295_000_000
        )]
    );
}

#[tokio::test]
async fn a_second_run_leaves_sessions_alone_that_have_rotated_or_ended() {
    let database = Database::fresh().await;
    let django = with_token(&database).await;
    django.token(2, OTHER, "2026-11-21 10:00:00", None, 7).await;
    import(&database, &django, &LONG);
    database
        .execute(
            "UPDATE sessions SET refresh_hash = 'rotated' WHERE refresh_hash = $1",
            TOKEN_HASH,
        )
        .await;
    database
        .execute(
            "UPDATE sessions SET ended_at = 1, ended_by = $1 WHERE refresh_hash <> 'rotated'",
            "log_out",
        )
        .await;
    let before = sessions(&database).await;
    for more in [&LONG as &[&str], &[LONG[0], LONG[1], "--dry-run"]] {
        let said = import(&database, &django, more);
        assert!(
            tokens(&said).contains(", 2 already there, 0 revoked"),
            "{said}"
        );
        assert!(tokens(&said).starts_with("Refresh tokens: 0 "), "{said}");
    }
    assert_eq!(sessions(&database).await, before);
}

#[tokio::test]
async fn tokens_that_are_over_are_left_behind() {
    let database = Database::fresh().await;
    let django = with_token(&database).await;
    django
        .token(2, OTHER, CREATED, Some("2026-11-21 10:00:00"), 7)
        .await;
    django
        .token(
            3,
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "1890-01-01 00:00:00",
            None,
            7,
        )
        .await;
    django.add(8, "bob", "").await;
    django
        .execute("UPDATE auth_user SET is_active = FALSE WHERE id = 8")
        .await;
    django
        .token(
            4,
            "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
            CREATED,
            None,
            8,
        )
        .await;
    django.add(9, "mia", "").await;
    django
        .execute("UPDATE auth_user SET date_joined = '2026-11-22 00:00:00' WHERE id = 9")
        .await;
    django
        .token(
            5,
            "cccccccccccccccccccccccccccccccccccccccc",
            CREATED,
            None,
            9,
        )
        .await;
    let dry = import(&database, &django, &[LONG[0], LONG[1], "--dry-run"]);
    let said = import(&database, &django, &LONG);
    assert_eq!(
        tokens(&said),
        "Refresh tokens: 1 added, 0 already there, 2 revoked or expired, 2 of disabled users or older than the password, 0 skipped."
    );
    assert_eq!(
        tokens(&dry),
        tokens(&said).replace("added", "would be added")
    );
    assert_eq!(sessions(&database).await.len(), 1);
}

#[tokio::test]
async fn a_password_that_was_changed_here_keeps_old_tokens_out() {
    let database = Database::fresh().await;
    let django = with_token(&database).await;
    import(&database, &django, &LONG);
    latchkey(
        &database,
        &["user", "set-password", "ada"],
        "seven quiet herons, 9",
    )
    .succeeds();
    // As after a sweep.
    database
        .execute("DELETE FROM sessions WHERE id <> $1", "")
        .await;
    database
        .execute(
            "UPDATE users SET password_changed_at = 4000000000000000 WHERE username = $1",
            "ada",
        )
        .await;
    for more in [&[LONG[0], LONG[1], "--dry-run"] as &[&str], &LONG] {
        let said = import(&database, &django, more);
        assert!(
            said.contains("1 of disabled users or older than the password"),
            "{said}"
        );
    }
    assert_eq!(sessions(&database).await, Vec::<String>::new());
}

#[tokio::test]
async fn tokens_that_cannot_be_are_told_without_being_shown() {
    let database = Database::fresh().await;
    let django = with_token(&database).await;
    django.token(2, "short", CREATED, None, 7).await;
    django
        .token(
            3,
            "0123456789abffffffffffffffffffffffffffff",
            "2026-11-21 10:00:00",
            None,
            7,
        )
        .await;
    let dry = import(&database, &django, &[LONG[0], LONG[1], "--dry-run"]);
    for _ in 0..2 {
        let said = import(&database, &django, &LONG);
        assert!(
            said.contains("skipped: refresh token 2: it is too short"),
            "{said}"
        );
        assert!(
            said.contains("skipped: refresh token 3: it begins like another one"),
            "{said}"
        );
        assert!(tokens(&said).ends_with("2 skipped."), "{said}");
        assert!(
            !said.contains("ffff") && !said.contains(": short"),
            "{said}"
        );
        assert_eq!(
            dry.lines()
                .filter(|line| line.starts_with("skipped"))
                .collect::<Vec<_>>(),
            said.lines()
                .filter(|line| line.starts_with("skipped"))
                .collect::<Vec<_>>()
        );
    }
    assert_eq!(sessions(&database).await.len(), 1);
}

#[tokio::test]
async fn nobody_gets_the_session_of_a_user_who_had_the_id_elsewhere() {
    let api = Api::start().await;
    let database = api.database();
    // Grace has the id 1 here, and Ada had it there.
    api.member("grace").await;
    let django = Django::fresh(database).await;
    django.add(1, "ada", "").await;
    django.token(1, TOKEN, CREATED, None, 1).await;
    let said = import(database, &django, &LONG);
    assert!(said.contains("conflict"), "{said}");
    assert!(
        said.contains("skipped: refresh token 1: its user was not taken over"),
        "{said}"
    );
    let sql = "SELECT id FROM sessions WHERE authenticated_by = $1";
    assert_eq!(database.texts(sql, "import").await, Vec::<String>::new());
}

#[tokio::test]
async fn a_database_without_refresh_tokens_has_none() {
    let database = Database::fresh().await;
    let django = with_token(&database).await;
    django
        .execute("DROP TABLE refresh_token_refreshtoken")
        .await;
    let said = import(&database, &django, &[]);
    assert!(!said.contains("Refresh"), "{said}");
}
