//! What ends a session, and whom a token stands for when accounts change; audiences and issuers.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{Answer, Api, Database, PASSWORD, START, Token, latchkey};

async fn me_by(api: &Api, token: &str) -> Answer {
    api.anonymous()
        .with_authorization(&format!("JWT {token}"))
        .me()
        .await
}

#[tokio::test]
async fn a_new_password_ends_every_session_at_once() {
    let api = Api::start().await;
    let ada = api.member("ada").await;
    latchkey(
        api.database(),
        &["user", "set-password", "ada"],
        "another good one, 77",
    )
    .succeeds();
    ada.me()
        .await
        .is_refused("me", "SESSION_ENDED", "Session has ended");
    let anonymous = api.anonymous();
    let verified = anonymous.verify(&ada.token).await;
    verified.is_refused("verifyToken", "SESSION_ENDED", "Session has ended");
    let refreshed = anonymous.refresh(&ada.token).await;
    refreshed.is_refused("refreshToken", "SESSION_ENDED", "Session has ended");
}

#[tokio::test]
async fn a_new_password_ends_tokens_made_elsewhere() {
    let api = Api::start().await;
    api.member("ada").await;
    let token = Token::foreign("ada").signed();
    me_by(&api, &token).await.data();
    latchkey(
        api.database(),
        &["user", "set-password", "ada"],
        "another good one, 77",
    )
    .succeeds();
    me_by(&api, &token)
        .await
        .is_refused("me", "SESSION_ENDED", "Session has ended");
}

#[tokio::test]
async fn those_who_ask_at_the_same_time_are_each_told_of_themselves() {
    let api = Api::start().await;
    let members = [api.member("ada").await, api.member("bob").await];
    let eve = api.member("eve").await;
    let password = "another good one, 77";
    latchkey(api.database(), &["user", "set-password", "eve"], password).succeeds();
    // PostgreSQL is asked for many of them together, and once for each token.
    let ask = |turn: usize| members.get(turn % 3).unwrap_or(&eve).me();
    let answers = join_all((0..90).map(ask)).await;
    for (turn, answer) in answers.iter().enumerate() {
        match members.get(turn % 3) {
            Some(member) => assert_eq!(answer.data()["me"]["id"], json!(member.id)),
            None => answer.is_refused("me", "SESSION_ENDED", "Session has ended"),
        }
    }
}

#[tokio::test]
async fn a_new_password_ends_nobody_elses_session() {
    let api = Api::start().await;
    api.member("ada").await;
    let bob = api.member("bob").await;
    latchkey(
        api.database(),
        &["user", "set-password", "ada"],
        "another good one, 77",
    )
    .succeeds();
    bob.me().await.data();
}

#[tokio::test]
async fn a_disabled_user_is_told_so() {
    let api = Api::start().await;
    let ada = api.member("ada").await;
    latchkey(api.database(), &["user", "disable", "ada"], "").succeeds();
    ada.me()
        .await
        .is_refused("me", "USER_DISABLED", "User is disabled");
}

#[tokio::test]
async fn an_enabled_user_has_to_log_in_again() {
    let api = Api::start().await;
    let ada = api.member("ada").await;
    latchkey(api.database(), &["user", "disable", "ada"], "").succeeds();
    latchkey(api.database(), &["user", "enable", "ada"], "").succeeds();
    ada.me()
        .await
        .is_refused("me", "SESSION_ENDED", "Session has ended");
    api.anonymous().log_in("ada", PASSWORD).await.data();
}

#[tokio::test]
async fn what_another_process_writes_holds_from_the_next_request_on() {
    let api = Api::start().await;
    api.member("ada").await;
    for turn in 0..4 {
        let token = api.anonymous().token("ada", PASSWORD).await;
        let ada = api.anonymous().with_token(&token);
        // The second time, nothing has been written since the first.
        ada.me().await.data();
        ada.me().await.data();
        latchkey(api.database(), &["user", "disable", "ada"], "").succeeds();
        for _ in 0..2 {
            let refused = ada.me().await;
            refused.is_refused("me", "USER_DISABLED", "User is disabled");
        }
        latchkey(api.database(), &["user", "enable", "ada"], "").succeeds();
        let ended = ada.me().await;
        ended.is_refused("me", "SESSION_ENDED", "Session has ended");
        if turn % 2 == 1 && !api.database().is_postgres() {
            // The log begins anew.
            api.database()
                .script("PRAGMA wal_checkpoint(TRUNCATE)")
                .await;
        }
    }
}

#[tokio::test]
async fn the_token_of_a_deleted_user_is_anonymous() {
    let api = Api::start().await;
    let ada = api.member("ada").await;
    api.database()
        .execute("DELETE FROM users WHERE username = $1", "ada")
        .await;
    ada.me()
        .await
        .is_refused("me", "UNAUTHENTICATED", "Not logged in!");
}

#[tokio::test]
async fn a_renamed_user_stays_signed_in() {
    let api = Api::start().await;
    let ada = api.member("ada").await;
    let sql = "UPDATE users SET username = $1, username_key = $1 WHERE username = 'ada'";
    api.database().execute(sql, "countess").await;
    let me = json!({ "id": ada.id, "username": "countess" });
    ada.me().await.is(200, &json!({ "data": { "me": me } }));
}

#[tokio::test]
async fn a_token_made_elsewhere_is_looked_up_by_username() {
    let api = Api::start().await;
    let ada = api.member("ada").await;
    let answer = me_by(&api, &Token::foreign("ada").signed()).await;
    let me = json!({ "id": ada.id, "username": "ada" });
    answer.is(200, &json!({ "data": { "me": me } }));
}

#[tokio::test]
async fn a_token_made_elsewhere_names_its_user_to_the_letter() {
    // Django can have both an "ada" and an "ADA"; only one of them is here.
    let api = Api::start().await;
    api.member("ada").await;
    for name in ["ADA", "Ada", " ada", "ａda"] {
        let answer = me_by(&api, &Token::foreign(name).signed()).await;
        answer.is_refused("me", "UNAUTHENTICATED", "Not logged in!");
    }
}

#[tokio::test]
async fn a_token_made_elsewhere_need_not_say_when_it_was_made() {
    // What django-graphql-jwt issues where refreshing is not allowed.
    let api = Api::start().await;
    let ada = api.member("ada").await;
    let token = Token::foreign("ada").without("origIat");
    let answer = me_by(&api, &token.signed()).await;
    let me = json!({ "id": ada.id, "username": "ada" });
    answer.is(200, &json!({ "data": { "me": me } }));

    // A lifetime before its end, it was made before the password was.
    let older = token.with("exp", START + 299);
    let answer = me_by(&api, &older.signed()).await;
    answer.is_refused("me", "SESSION_ENDED", "Session has ended");
}

#[tokio::test]
async fn a_token_made_elsewhere_is_never_looked_up_by_email_address() {
    let api = Api::start().await;
    api.member("ada").await;
    let answer = me_by(&api, &Token::foreign("ada@example.com").signed()).await;
    answer.is_refused("me", "UNAUTHENTICATED", "Not logged in!");
}

#[tokio::test]
async fn the_id_in_a_token_goes_before_the_username() {
    let api = Api::start().await;
    let ada = api.member("ada").await;
    api.member("bob").await;
    let token = Token::foreign("bob").with("sub", ada.id.as_str()).signed();
    let answer = me_by(&api, &token).await;
    assert_eq!(answer.data()["me"]["username"], "ada", "{answer}");
}

#[tokio::test]
async fn sessions_outlive_a_restart() {
    let api = Api::start().await;
    let ada = api.member("ada").await;
    let database = api.stop().await;
    let api = Api::on(database, &[]).await;
    let answer = me_by(&api, &ada.token).await;
    let me = json!({ "id": ada.id, "username": "ada" });
    answer.is(200, &json!({ "data": { "me": me } }));
}

#[tokio::test]
async fn a_wrong_or_missing_audience_is_refused() {
    let api = Api::with(&[("--jwt-audience", "shop")]).await;
    api.member("ada").await;
    let token = Token::foreign("ada");
    for (audience, good) in [
        (json!("shop"), true),
        (json!(["other", "shop"]), true),
        (json!("other"), false),
        (json!("SHOP"), false),
        (json!(["other"]), false),
        (json!([]), false),
        (json!(1), false),
        (json!(null), false),
    ] {
        let answer = api
            .anonymous()
            .verify(&token.clone().with("aud", audience).signed())
            .await;
        let code = if good {
            Value::Null
        } else {
            json!("TOKEN_INVALID")
        };
        assert_eq!(answer.code(), code, "{answer}");
    }
    let answer = api.anonymous().verify(&token.signed()).await;
    answer.is_refused("verifyToken", "TOKEN_INVALID", "Invalid token");
}

#[tokio::test]
async fn a_wrong_or_missing_issuer_is_refused() {
    let api = Api::with(&[("--jwt-issuer", "id.example")]).await;
    let ada = api.member("ada").await;
    ada.me().await.data();
    let token = Token::foreign("ada");
    for token in [
        token.clone(),
        token.clone().with("iss", "other"),
        token.clone().with("iss", json!(["id.example"])),
        token.clone().with("iss", json!(null)),
    ] {
        let answer = api.anonymous().verify(&token.signed()).await;
        answer.is_refused("verifyToken", "TOKEN_INVALID", "Invalid token");
    }
    let good = token.with("iss", "id.example").signed();
    api.anonymous().verify(&good).await.data();
}

/// In a database whose sizes PostgreSQL does not know yet, it would go through all users, and through all sessions of one.
#[tokio::test]
async fn postgres_looks_up_a_token_by_the_keys_of_its_user_and_its_session() {
    let api = Api::start().await;
    if !api.database().is_postgres() {
        return;
    }
    let ada = api.member("ada").await;
    ada.me().await.data();
    let plans = api.database().plans("UNNEST").await;
    assert_eq!(plans.len(), 1, "{plans:#?}");
    let (query, plan) = &plans[0];
    for step in [
        "Index Scan using sessions_pkey on sessions",
        "Index Scan using users_pkey on users",
    ] {
        assert!(plan.contains(step), "{query}\n{plan}");
    }
    assert!(!plan.contains("Seq Scan"), "{query}\n{plan}");
}

/// A statement is planned once a connection. With a row or two in its tables PostgreSQL would choose to read them whole, and
/// go on with that when they have grown.
#[tokio::test]
async fn postgres_reads_no_table_whole_however_few_rows_it_has() {
    let api = Api::start().await;
    if !api.database().is_postgres() {
        return;
    }
    let ada = api.member("ada").await;
    let database = api.stop().await;
    database.script("VACUUM ANALYZE").await;
    let before = whole_reads(&database).await;
    let api = Api::on(database, &[]).await;
    me_by(&api, &ada.token).await.data();
    api.anonymous().log_in("ada", PASSWORD).await.data();
    api.member("bob").await;
    for list in ["users(first: 2)", "usersConnection(search: \"b\")"] {
        let document = format!("{{ {list} {{ __typename }} }}");
        api.anonymous().ask(&document).await.data();
    }
    let database = api.stop().await;
    assert_eq!(whole_reads(&database).await, before);
}

/// How often each table of users and sessions has been read whole, once everybody who did has told.
async fn whole_reads(database: &Database) -> Vec<String> {
    let others = "SELECT CAST(pid AS TEXT) FROM pg_stat_activity
                  WHERE datname = current_database() AND pid <> pg_backend_pid() AND query <> $1";
    while !database.texts(others, "").await.is_empty() {}
    let sql = "SELECT relname || ': ' || seq_scan FROM pg_stat_user_tables
               WHERE relname IN ('users', 'sessions') AND relname <> $1 ORDER BY relname";
    database.texts(sql, "").await
}
