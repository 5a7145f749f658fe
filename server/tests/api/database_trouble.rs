//! A database that goes away, is slow or in use, and comes back: what clients are told, and that nothing is
//! acknowledged that did not happen.

use crate::support::{Answer, Api, Database, PASSWORD, Request};

/// Ends every connection to the database but the one that asks, and waits until they have ended: a server process that
/// was only told to may still answer.
const TERMINATE: &str = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()";
/// Who waits for a lock of a kind.
const WAITING: &str =
    "SELECT pid::TEXT FROM pg_locks JOIN pg_database ON pg_database.oid = database
    WHERE datname = current_database() AND NOT granted AND locktype = $1";
const USER: &str = "SELECT username FROM users WHERE username = $1";
const CHANGE: &str = "UPDATE users SET first_name = 'Ada' WHERE username = $1";

/// A server on PostgreSQL; None where the suite runs on SQLite.
async fn on_postgres() -> Option<Api> {
    on_postgres_with(&[]).await
}

async fn on_postgres_with(settings: &[(&str, &str)]) -> Option<Api> {
    let database = Database::fresh().await;
    if !database.is_postgres() {
        return None;
    }
    Some(Api::on(database, settings).await)
}

async fn sign_up(api: &Api, name: &str) -> Answer {
    let email = format!("{name}@example.com");
    api.anonymous().sign_up(name, &email, PASSWORD).await
}

#[tokio::test]
async fn a_change_that_others_are_in_the_way_of_is_given_up_and_told() {
    let settings = [
        ("--database-statement-timeout", "1"),
        ("--database-wait", "1"),
    ];
    let api = Api::with(&settings).await;
    api.member("ada").await;
    let held = api.database().hold(CHANGE, "ada").await;
    let answer = api.anonymous().log_in("ada", PASSWORD).await;
    let code = if api.database().is_postgres() {
        "TIMEOUT"
    } else {
        "UNAVAILABLE"
    };
    assert_eq!(answer.code(), code, "{answer}");
    let id = answer.json()["errors"][0]["extensions"]["requestId"].take();
    assert_eq!(id.as_str(), answer.header("x-request-id"), "{answer}");
    held.commit().await;
    api.anonymous().log_in("ada", PASSWORD).await.data();
}

#[tokio::test]
async fn tokens_are_looked_up_while_every_other_connection_waits() {
    let Some(api) = on_postgres_with(&[("--database-pool-size", "2")]).await else {
        return;
    };
    let bob = api.member("bob").await;
    api.member("ada").await;
    let held = api.database().hold(CHANGE, "ada").await;
    let client = api.anonymous();
    let (log_in, ()) = tokio::join!(client.log_in("ada", PASSWORD), async {
        for _ in 0..100 {
            bob.me().await.data();
        }
        held.commit().await;
    });
    log_in.data();
}

#[tokio::test]
async fn tokens_are_looked_up_while_the_look_up_of_another_hangs() {
    // One queue, whose own connection is what hangs, and one to spare.
    let Some(api) = on_postgres_with(&[("--database-pool-size", "4")]).await else {
        return;
    };
    let (ada, bob) = (api.member("ada").await, api.member("bob").await);
    let hanging = "CREATE FUNCTION hang(name TEXT) RETURNS BOOLEAN LANGUAGE plpgsql AS $$
            BEGIN PERFORM pg_advisory_xact_lock_shared(hashtext(name)); RETURN TRUE; END $$;
        ALTER TABLE users RENAME TO all_users;
        CREATE VIEW users AS SELECT * FROM all_users
            WHERE CASE WHEN username = 'ada' THEN hang(username) ELSE TRUE END";
    api.database().script(hanging).await;
    let lock = "SELECT pg_advisory_xact_lock(hashtext($1))";
    let held = api.database().hold(lock, "ada").await;
    let (hung, ()) = tokio::join!(ada.me(), async {
        while api.database().texts(WAITING, "advisory").await.is_empty() {}
        for _ in 0..20 {
            bob.me().await.data();
        }
        held.commit().await;
    });
    hung.data();
}

#[tokio::test]
async fn a_look_up_that_takes_long_is_made_once_more_by_another_connection() {
    // Enough for two to spare on any machine of today.
    let Some(api) = on_postgres_with(&[("--database-pool-size", "400")]).await else {
        return;
    };
    let ada = api.member("ada").await;
    let first_hangs = "CREATE FUNCTION first_hangs() RETURNS BOOLEAN LANGUAGE plpgsql AS $$
            BEGIN
                IF pg_try_advisory_xact_lock(1) THEN PERFORM pg_advisory_xact_lock(hashtext('all')); END IF;
                RETURN TRUE;
            END $$;
        ALTER TABLE users RENAME TO all_users;
        CREATE VIEW users AS SELECT * FROM all_users WHERE first_hangs()";
    api.database().script(first_hangs).await;
    let lock = "SELECT pg_advisory_xact_lock(hashtext($1))";
    let held = api.database().hold(lock, "all").await;
    ada.me().await.data();
    let hanging = api.database().texts(WAITING, "advisory").await;
    assert_eq!(hanging.len(), 1, "the first one still hangs");
    for _ in 0..20 {
        ada.me().await.data();
    }
    held.commit().await;
    ada.me().await.data();
}

#[tokio::test]
async fn connections_that_died_are_replaced() {
    let Some(api) = on_postgres().await else {
        return;
    };
    let ada = api.member("ada").await;
    for _ in 0..3 {
        api.database().script(TERMINATE).await;
        for _ in 0..5 {
            ada.me().await.data();
        }
    }
    sign_up(&api, "bob").await.data();
}

#[tokio::test]
async fn a_database_that_is_away_is_told_and_taken_up_again_when_it_is_back() {
    let Some(api) = on_postgres().await else {
        return;
    };
    let ada = api.member("ada").await;
    let database = api.database();
    database
        .in_cluster("ALTER DATABASE NAME ALLOW_CONNECTIONS false")
        .await;
    database
        .in_cluster("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'NAME'")
        .await;
    for _ in 0..3 {
        let answer = ada.me().await;
        assert_eq!(answer.code(), "UNAVAILABLE", "{answer}");
    }
    let ready = api.send(&Request::get("/readyz")).await;
    assert_eq!(ready.status, 503, "{ready}");
    let live = api.send(&Request::get("/healthz")).await;
    assert_eq!(live.status, 200, "{live}");
    database
        .in_cluster("ALTER DATABASE NAME ALLOW_CONNECTIONS true")
        .await;
    ada.me().await.data();
    let ready = api.send(&Request::get("/readyz")).await;
    assert_eq!(ready.status, 200, "{ready}");
}

#[tokio::test]
async fn a_sign_up_whose_connection_is_lost_is_not_acknowledged() {
    let Some(api) = on_postgres().await else {
        return;
    };
    let insert = "INSERT INTO users (username, username_key, email, password_hash, date_joined, password_changed_at)
                  VALUES ($1, $1, '', '!', 0, 0)";
    let held = api.database().hold(insert, "eve").await;
    let waiting = "SELECT CAST(pid AS TEXT) FROM pg_stat_activity
                   WHERE datname = current_database() AND wait_event_type = 'Lock' AND query <> $1";
    let cut = async {
        // It waits for whoever holds the name.
        while api.database().texts(waiting, "").await.is_empty() {}
        let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                   WHERE datname = current_database() AND wait_event_type = 'Lock'";
        api.database().script(cut).await;
    };
    let (answer, ()) = tokio::join!(sign_up(&api, "eve"), cut);
    assert_eq!(answer.code(), "UNAVAILABLE", "{answer}");
    drop(held);
    assert!(api.database().texts(USER, "eve").await.is_empty());
    sign_up(&api, "eve").await.data();
}

#[tokio::test]
async fn a_sign_up_that_is_not_committed_is_not_acknowledged() {
    let Some(api) = on_postgres().await else {
        return;
    };
    let refuse = "CREATE FUNCTION refuse() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
        CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON users DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION refuse()";
    api.database().script(refuse).await;
    let answer = sign_up(&api, "ada").await;
    assert_eq!(answer.code(), "INTERNAL", "{answer}");
    let hang_up = "CREATE OR REPLACE FUNCTION refuse() RETURNS TRIGGER LANGUAGE plpgsql AS $$
        BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$";
    api.database().script(hang_up).await;
    let answer = sign_up(&api, "ada").await;
    assert_eq!(answer.code(), "UNAVAILABLE", "{answer}");
    assert!(api.database().texts(USER, "ada").await.is_empty());
    api.database().script("DROP TRIGGER refuse ON users").await;
    sign_up(&api, "ada").await.data();
}

#[tokio::test]
async fn a_log_in_that_fails_half_way_leaves_nothing_behind() {
    let api = Api::start().await;
    let database = api.database();
    sign_up(&api, "ada").await.data();
    let (refuse, allow) = if database.is_postgres() {
        (
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;
             CREATE TRIGGER refuse BEFORE INSERT ON sessions FOR EACH ROW EXECUTE FUNCTION refuse()",
            "DROP TRIGGER refuse ON sessions",
        )
    } else {
        (
            "CREATE TRIGGER refuse BEFORE INSERT ON sessions BEGIN SELECT RAISE(FAIL, 'no'); END",
            "DROP TRIGGER refuse",
        )
    };
    database.script(refuse).await;
    let answer = api.anonymous().log_in("ada", PASSWORD).await;
    assert_eq!(answer.code(), "INTERNAL", "{answer}");
    let last = "SELECT COALESCE(CAST(last_login AS TEXT), 'never') FROM users WHERE username = $1";
    assert_eq!(database.texts(last, "ada").await, ["never"]);
    // Nor is the next one in its way.
    sign_up(&api, "bob").await.data();
    database.script(allow).await;
    api.anonymous().log_in("ada", PASSWORD).await.data();
}
