//! `refreshToken`: a token for the next one.

use serde_json::{Value, json};

use crate::support::{Api, START, Token, claims_of, latchkey};

fn claims(token: &str) -> Value {
    serde_json::from_str(&claims_of(token)).expect("claims are JSON")
}

#[tokio::test]
async fn a_good_token_is_exchanged_for_one_of_the_same_session() {
    let api = Api::start().await;
    let ada = api.member("ada").await;
    api.pass(200);
    let answer = api.anonymous().refresh(&ada.token).await;
    let refresh = answer.data()["refreshToken"].take();
    let token = refresh["token"].as_str().expect("a token is a text");
    let (old, new) = (claims(&ada.token), claims(token));
    assert_eq!(refresh["payload"], new, "{answer}");
    assert_eq!(
        refresh["refreshExpiresIn"],
        json!(START + 604_800),
        "{answer}"
    );
    for kept in ["username", "origIat", "sub", "sid"] {
        assert_eq!(new[kept], old[kept], "{kept}: {answer}");
    }
    assert_eq!(
        (&new["exp"], &new["iat"]),
        (&json!(START + 500), &json!(START + 200))
    );
    assert_ne!(new["jti"], old["jti"], "{answer}");
}

#[tokio::test]
async fn the_new_token_signs_requests() {
    let api = Api::start().await;
    let ada = api.member("ada").await;
    api.pass(299);
    let mut data = api.anonymous().refresh(&ada.token).await.data();
    let Value::String(token) = data["refreshToken"]["token"].take() else {
        panic!("a token is a text: {data}");
    };
    api.pass(299);
    let me = ada
        .with_authorization(&format!("JWT {token}"))
        .me()
        .await
        .data();
    assert_eq!(me, json!({ "me": { "id": ada.id, "username": "ada" } }));
}

#[tokio::test]
async fn a_missing_token_is_required() {
    let api = Api::start().await;
    for document in [
        "mutation { refreshToken { token } }",
        "mutation { refreshToken(token: null) { token } }",
    ] {
        let answer = api.anonymous().ask(document).await;
        answer.is_refused("refreshToken", "TOKEN_REQUIRED", "Token is required");
    }
}

#[tokio::test]
async fn an_empty_or_garbled_token_is_told_so() {
    let api = Api::start().await;
    for token in ["", "garbage", "a.b.c"] {
        let answer = api.anonymous().refresh(token).await;
        answer.is_refused("refreshToken", "TOKEN_INVALID", "Error decoding signature");
    }
}

#[tokio::test]
async fn an_expired_token_is_told_so() {
    let api = Api::start().await;
    let ada = api.member("ada").await;
    api.pass(300);
    let answer = api.anonymous().refresh(&ada.token).await;
    answer.is_refused("refreshToken", "TOKEN_EXPIRED", "Signature has expired");
}

#[tokio::test]
async fn the_token_of_a_disabled_user_cannot_be_refreshed() {
    let api = Api::start().await;
    let ada = api.member("ada").await;
    latchkey(api.database(), &["user", "disable", "ada"], "").succeeds();
    let answer = api.anonymous().refresh(&ada.token).await;
    answer.is_refused("refreshToken", "USER_DISABLED", "User is disabled");
}

#[tokio::test]
async fn the_token_of_a_deleted_user_cannot_be_refreshed() {
    let api = Api::start().await;
    let ada = api.member("ada").await;
    api.database()
        .execute("DELETE FROM users WHERE username = $1", "ada")
        .await;
    let answer = api.anonymous().refresh(&ada.token).await;
    answer.is_refused("refreshToken", "TOKEN_INVALID", "Invalid token");
}

#[tokio::test]
async fn without_a_username_the_payload_is_invalid() {
    let api = Api::start().await;
    let token = Token::foreign("ada").without("username").signed();
    let answer = api.anonymous().refresh(&token).await;
    answer.is_refused("refreshToken", "TOKEN_INVALID", "Invalid payload");
}

#[tokio::test]
async fn without_orig_iat_a_token_cannot_be_refreshed() {
    let api = Api::start().await;
    api.member("ada").await;
    let whole = Token::foreign("ada").with("iat", START);
    for token in [whole.clone().without("origIat"), whole.with("origIat", 0)] {
        let answer = api.anonymous().refresh(&token.signed()).await;
        answer.is_refused(
            "refreshToken",
            "REFRESH_NOT_ALLOWED",
            "origIat field is required",
        );
    }
}

#[tokio::test]
async fn where_refreshing_is_not_allowed_no_token_can_be() {
    let api = Api::with(&[("--jwt-allow-refresh", "false")]).await;
    let ada = api.member("ada").await;
    for token in [ada.token.clone(), Token::foreign("ada").signed()] {
        let answer = api.anonymous().refresh(&token).await;
        answer.is_refused(
            "refreshToken",
            "REFRESH_NOT_ALLOWED",
            "origIat field is required",
        );
    }
}

#[tokio::test]
async fn a_token_can_be_refreshed_until_the_window_closes_and_not_after() {
    let window = [
        ("--jwt-expiration-delta", "1000"),
        ("--jwt-refresh-expiration-delta", "100"),
    ];
    let api = Api::with(&window).await;
    let ada = api.member("ada").await;
    api.pass(100);
    api.anonymous().refresh(&ada.token).await.data();
    api.pass(1);
    let answer = api.anonymous().refresh(&ada.token).await;
    answer.is_refused("refreshToken", "REFRESH_EXPIRED", "Refresh has expired");
}

#[tokio::test]
async fn refreshing_does_not_lengthen_the_window() {
    let window = [
        ("--jwt-expiration-delta", "90"),
        ("--jwt-refresh-expiration-delta", "100"),
    ];
    let api = Api::with(&window).await;
    let ada = api.member("ada").await;
    api.pass(80);
    let mut data = api.anonymous().refresh(&ada.token).await.data();
    let Value::String(token) = data["refreshToken"]["token"].take() else {
        panic!("a token is a text: {data}");
    };
    api.pass(21);
    let answer = api.anonymous().refresh(&token).await;
    answer.is_refused("refreshToken", "REFRESH_EXPIRED", "Refresh has expired");
}

#[tokio::test]
async fn a_token_made_elsewhere_is_refreshed_into_one_with_a_session() {
    let api = Api::start().await;
    let ada = api.member("ada").await;
    let foreign = Token::foreign("ada").with("origIat", START).signed();
    let answer = api.anonymous().refresh(&foreign).await;
    let payload = answer.data()["refreshToken"]["payload"].take();
    assert_eq!(payload["username"], "ada", "{answer}");
    assert_eq!(payload["sub"], json!(ada.id), "{answer}");
    assert_eq!(payload["origIat"], json!(START), "{answer}");
    assert!(payload["sid"].is_string(), "{answer}");
}

#[tokio::test]
async fn the_session_of_such_a_token_ends_like_any_other() {
    let api = Api::start().await;
    let ada = api.member("ada").await;
    let foreign = Token::foreign("ada").signed();
    let mut data = api.anonymous().refresh(&foreign).await.data();
    let Value::String(token) = data["refreshToken"]["token"].take() else {
        panic!("a token is a text: {data}");
    };
    let client = ada.with_authorization(&format!("JWT {token}"));
    client.me().await.data();
    latchkey(
        api.database(),
        &["user", "set-password", "ada"],
        "another good one, 77",
    )
    .succeeds();
    client
        .me()
        .await
        .is_refused("me", "SESSION_ENDED", "Session has ended");
}

#[tokio::test]
async fn no_session_begins_beside_a_change_of_the_password() {
    let api = Api::start().await;
    api.member("ada").await;
    let token = Token::foreign("ada").signed();
    // The change is made and not yet seen when the token is judged, and seen before its session can be stored.
    let change =
        "UPDATE users SET password_changed_at = password_changed_at + 5000000 WHERE username = $1";
    let change = api.database().hold(change, "ada").await;
    let anonymous = api.anonymous();
    let mut refreshing = std::pin::pin!(anonymous.refresh(&token));
    for _ in 0..20 {
        // Each round trip lets the server get on with the refresh, as far as it can.
        let other = std::pin::pin!(anonymous.me());
        match futures_util::future::select(&mut refreshing, other).await {
            futures_util::future::Either::Left((early, _)) => panic!("it waits: {early}"),
            futures_util::future::Either::Right(_) => {}
        }
    }
    change.commit().await;
    refreshing
        .await
        .is_refused("refreshToken", "SESSION_ENDED", "Session has ended");
    let sessions = api
        .database()
        .texts("SELECT id FROM sessions WHERE id <> $1", "");
    assert_eq!(sessions.await.len(), 1, "only that of the log-in");
}
