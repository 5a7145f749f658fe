//! Refresh tokens: given where they are asked for, good once, answered again for a moment, and never after that.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::support::{Answer, Api, PASSWORD, SECRET, START, Tokens, claims_of, latchkey};

const DAY: i64 = 24 * 60 * 60;

/// A server with one user, ada, and a session of hers.
async fn with_session(settings: &[(&str, &str)]) -> (Api, Tokens) {
    let api = Api::with(settings).await;
    let client = api.anonymous();
    let email = "ada@example.com";
    client.sign_up("ada", email, PASSWORD).await.data();
    let tokens = client.open_session("ada").await;
    (api, tokens)
}

fn claims(token: &str) -> Value {
    serde_json::from_str(&claims_of(token)).expect("claims are JSON")
}

fn is_invalid(answer: &Answer) {
    answer.is_refused(
        "refreshToken",
        "REFRESH_TOKEN_INVALID",
        "Invalid refresh token",
    );
}

async fn has_ended(api: &Api, tokens: &Tokens) {
    let me = api.anonymous().with_token(&tokens.access).me().await;
    me.is_refused("me", "SESSION_ENDED", "Session has ended");
}

#[tokio::test]
async fn a_refresh_token_is_forty_hexadecimal_digits() {
    let (_, tokens) = with_session(&[]).await;
    let digit = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    assert_eq!(tokens.refresh.len(), 40, "{tokens:?}");
    assert!(tokens.refresh.chars().all(digit), "{tokens:?}");
}

#[tokio::test]
async fn its_length_is_a_setting() {
    let (api, tokens) = with_session(&[("--jwt-refresh-token-n-bytes", "32")]).await;
    assert_eq!(tokens.refresh.len(), 64);
    let next = api.anonymous().rotated(&tokens.refresh).await;
    assert_eq!(next.refresh.len(), 64);
}

#[tokio::test]
async fn a_log_in_that_does_not_select_it_stores_none() {
    let api = Api::start().await;
    api.member("ada").await;
    let sql = "SELECT id FROM sessions WHERE refresh_hash IS NOT NULL AND id <> $1";
    assert!(api.database().texts(sql, "").await.is_empty());
    api.anonymous().open_session("ada").await;
    assert_eq!(api.database().texts(sql, "").await.len(), 1);
}

#[tokio::test]
async fn neither_fragment_nor_alias_nor_directive_hides_the_selection() {
    let (api, _) = with_session(&[]).await;
    let call = "tokenAuth(username: \"ada\", password: $p)";
    for (selection, stored) in [
        (
            "{ ...F } } fragment F on ObtainJSONWebToken { r: refreshToken }",
            1,
        ),
        ("{ ... on ObtainJSONWebToken { refreshToken } }", 1),
        ("{ token refreshToken @skip(if: true) }", 0),
    ] {
        let sql = "SELECT id FROM sessions WHERE refresh_hash IS NOT NULL AND id <> $1";
        let before = api.database().texts(sql, "").await.len();
        let end = if selection.contains("fragment") {
            ""
        } else {
            " }"
        };
        let document = format!("mutation ($p: String!) {{ {call} {selection}{end}");
        let variables = json!({ "p": PASSWORD });
        api.anonymous().ask_with(&document, variables).await.data();
        let after = api.database().texts(sql, "").await.len();
        assert_eq!(after - before, stored, "{document}");
    }
}

#[tokio::test]
async fn only_a_hash_of_it_is_stored() {
    let (api, tokens) = with_session(&[]).await;
    let next = api.anonymous().rotated(&tokens.refresh).await;
    for sql in [
        "SELECT refresh_hash FROM sessions WHERE id <> $1",
        "SELECT hash FROM spent_refresh_tokens WHERE session_id <> $1",
        "SELECT refresh_selector FROM sessions WHERE id <> $1",
    ] {
        let stored = api.database().texts(sql, "").await;
        assert_eq!(stored.len(), 1, "{sql}");
        for secret in [&tokens.refresh[12..], &next.refresh[12..]] {
            assert!(!stored[0].contains(secret), "{sql}: {stored:?}");
        }
    }
}

#[tokio::test]
async fn it_is_exchanged_for_new_tokens_of_the_same_session() {
    let (api, tokens) = with_session(&[]).await;
    api.pass(DAY);
    let answer = api.anonymous().rotate(&tokens.refresh).await;
    let refresh = answer.data()["refreshToken"].take();
    let now = START + DAY;
    let payload = &refresh["payload"];
    assert_eq!(payload["origIat"], json!(now), "{answer}");
    assert_eq!(payload["exp"], json!(now + 300), "{answer}");
    assert_eq!(payload["sid"], claims(&tokens.access)["sid"], "{answer}");
    assert_eq!(
        refresh["refreshExpiresIn"],
        json!(now + 30 * DAY),
        "{answer}"
    );
    let token = refresh["token"].as_str().expect("a token is a text");
    assert_eq!(&claims(token), payload, "{answer}");
    api.anonymous().with_token(token).me().await.data();
    assert_ne!(refresh["refreshToken"], json!(tokens.refresh), "{answer}");
}

#[tokio::test]
async fn every_successor_is_good_in_its_turn() {
    let (api, mut tokens) = with_session(&[]).await;
    for _ in 0..5 {
        api.pass(10 * DAY);
        tokens = api.anonymous().rotated(&tokens.refresh).await;
    }
}

#[tokio::test]
async fn used_again_within_the_grace_window_it_has_the_same_successor() {
    let (api, tokens) = with_session(&[]).await;
    let client = api.anonymous();
    let first = client.rotated(&tokens.refresh).await;
    api.pass(9);
    let again = client.rotated(&tokens.refresh).await;
    assert_eq!(again.refresh, first.refresh);
    client.with_token(&again.access).me().await.data();
    client.rotated(&first.refresh).await;
}

#[tokio::test]
async fn a_straggler_is_answered_even_when_its_successor_was_used() {
    let (api, tokens) = with_session(&[]).await;
    let client = api.anonymous();
    let second = client.rotated(&tokens.refresh).await;
    let third = client.rotated(&second.refresh).await;
    // What it gets is good for later too: not a token that was spent meanwhile.
    let straggler = client.rotated(&tokens.refresh).await;
    assert_eq!(straggler.refresh, third.refresh);
    api.pass(DAY);
    let fourth = client.rotated(&straggler.refresh).await;
    client.with_token(&fourth.access).me().await.data();
}

#[tokio::test]
async fn used_again_after_the_grace_window_it_ends_the_session() {
    let (api, tokens) = with_session(&[]).await;
    let client = api.anonymous();
    let next = client.rotated(&tokens.refresh).await;
    api.pass(10);
    is_invalid(&client.rotate(&tokens.refresh).await);
    has_ended(&api, &next).await;
    is_invalid(&client.rotate(&next.refresh).await);
    let sql = "SELECT ended_by FROM sessions WHERE id <> $1";
    assert_eq!(api.database().texts(sql, "").await, ["reuse"]);
}

#[tokio::test]
async fn a_replay_ends_nobody_elses_session_and_no_other_of_the_same_user() {
    let (api, tokens) = with_session(&[]).await;
    let client = api.anonymous();
    let other = client.open_session("ada").await;
    client.rotated(&tokens.refresh).await;
    api.pass(10);
    is_invalid(&client.rotate(&tokens.refresh).await);
    client.rotated(&other.refresh).await;
}

#[tokio::test]
async fn the_grace_window_is_a_setting_and_can_be_none() {
    let (api, tokens) = with_session(&[("--refresh-token-grace", "0")]).await;
    let client = api.anonymous();
    client.rotated(&tokens.refresh).await;
    is_invalid(&client.rotate(&tokens.refresh).await);
}

#[tokio::test]
async fn a_token_from_long_before_is_a_replay_too() {
    let (api, tokens) = with_session(&[]).await;
    let client = api.anonymous();
    let mut last = tokens.clone();
    for _ in 0..4 {
        api.pass(DAY);
        last = client.rotated(&last.refresh).await;
    }
    let sql = "SELECT hash FROM spent_refresh_tokens WHERE hash <> $1";
    let remembered = api.database().texts(sql, "").await;
    assert_eq!(remembered.len(), 1, "what is forgotten takes no place");
    is_invalid(&client.rotate(&tokens.refresh).await);
    has_ended(&api, &last).await;
}

#[tokio::test]
async fn what_is_no_refresh_token_is_told_so() {
    let (api, tokens) = with_session(&[]).await;
    for token in ["", "x", "0123456789abcdef0123456789abcdef01234567", "\u{0}"] {
        is_invalid(&api.anonymous().rotate(token).await);
    }
    is_invalid(&api.anonymous().rotate(&tokens.access).await);
    is_invalid(&api.anonymous().rotate(&"f".repeat(60_000)).await);
    api.anonymous().rotated(&tokens.refresh).await;
}

#[tokio::test]
async fn a_missing_one_is_required() {
    let api = Api::start().await;
    let document = "mutation { refreshToken(refreshToken: null) { token } }";
    let required = |answer: Answer| {
        let message = "Refresh token is required";
        answer.is_refused("refreshToken", "REFRESH_TOKEN_REQUIRED", message);
    };
    required(api.anonymous().ask(document).await);
    let api = Api::with(&[("--jwt-long-running-refresh-token", "true")]).await;
    let document = "mutation { refreshToken { token } }";
    required(api.anonymous().ask(document).await);
}

#[tokio::test]
async fn a_session_with_one_is_refreshed_by_nothing_else() {
    let (api, tokens) = with_session(&[]).await;
    let answer = api.anonymous().refresh(&tokens.access).await;
    answer.is_refused(
        "refreshToken",
        "REFRESH_TOKEN_REQUIRED",
        "Refresh token is required",
    );
}

#[tokio::test]
async fn a_session_without_one_is_given_its_first_by_a_refresh_that_selects_it() {
    let api = Api::start().await;
    let ada = api.member("ada").await;
    let document =
        "mutation ($t: String) { refreshToken(token: $t) { token refreshToken payload } }";
    let answer = ada.ask_with(document, json!({ "t": ada.token })).await;
    let refresh = answer.data()["refreshToken"].take();
    assert_eq!(
        refresh["payload"]["sid"],
        claims(&ada.token)["sid"],
        "{answer}"
    );
    let first = refresh["refreshToken"].as_str().expect("it is a text");
    api.anonymous().rotated(first).await;
    let answer = ada.refresh(&ada.token).await;
    assert_eq!(answer.code(), "REFRESH_TOKEN_REQUIRED", "{answer}");
}

#[tokio::test]
async fn unused_for_too_long_it_expires() {
    let (api, tokens) = with_session(&[]).await;
    api.pass(30 * DAY);
    let next = api.anonymous().rotated(&tokens.refresh).await;
    api.pass(30 * DAY + 1);
    let answer = api.anonymous().rotate(&next.refresh).await;
    answer.is_refused(
        "refreshToken",
        "REFRESH_TOKEN_EXPIRED",
        "Refresh token is expired",
    );
}

#[tokio::test]
async fn its_lifetime_is_a_setting_and_follows_that_of_the_peer() {
    for (settings, seconds) in [
        (&[("--session-lifetime", "1000")] as &[_], 1_000),
        (&[("--jwt-refresh-expiration-delta", "2000")], 2_000),
        (
            &[
                ("--jwt-refresh-expiration-delta", "2000"),
                ("--session-lifetime", "500"),
            ],
            500,
        ),
    ] {
        let (api, tokens) = with_session(settings).await;
        api.pass(seconds + 1);
        let answer = api.anonymous().rotate(&tokens.refresh).await;
        assert_eq!(answer.code(), "REFRESH_TOKEN_EXPIRED", "{settings:?}");
    }
}

#[tokio::test]
async fn where_access_tokens_cannot_be_refreshed_refresh_tokens_can() {
    let (api, tokens) = with_session(&[("--jwt-allow-refresh", "false")]).await;
    let next = api.anonymous().rotated(&tokens.refresh).await;
    assert_eq!(claims(&next.access)["origIat"], Value::Null);
}

#[tokio::test]
async fn a_disabled_user_cannot_refresh() {
    let (api, tokens) = with_session(&[]).await;
    latchkey(api.database(), &["user", "disable", "ada"], "").succeeds();
    let answer = api.anonymous().rotate(&tokens.refresh).await;
    answer.is_refused("refreshToken", "USER_DISABLED", "User is disabled");
    latchkey(api.database(), &["user", "enable", "ada"], "").succeeds();
    is_invalid(&api.anonymous().rotate(&tokens.refresh).await);
}

#[tokio::test]
async fn a_new_password_ends_it() {
    let (api, tokens) = with_session(&[]).await;
    let words = ["user", "set-password", "ada"];
    latchkey(api.database(), &words, "another good one, 77").succeeds();
    is_invalid(&api.anonymous().rotate(&tokens.refresh).await);
}

#[tokio::test]
async fn a_deleted_user_has_none() {
    let (api, tokens) = with_session(&[]).await;
    let sql = "DELETE FROM users WHERE username = $1";
    api.database().execute(sql, "ada").await;
    is_invalid(&api.anonymous().rotate(&tokens.refresh).await);
}

#[tokio::test]
async fn a_revoked_one_ends_its_session_and_its_access_tokens() {
    let (api, tokens) = with_session(&[]).await;
    api.pass(7);
    let answer = api.anonymous().revoke(&tokens.refresh).await;
    let data = answer.data();
    assert_eq!(data["revokeToken"]["revoked"], json!(START + 7), "{answer}");
    has_ended(&api, &tokens).await;
    is_invalid(&api.anonymous().rotate(&tokens.refresh).await);
}

#[tokio::test]
async fn revoking_wants_a_refresh_token_that_is_good() {
    let (api, tokens) = with_session(&[]).await;
    let client = api.anonymous();
    for document in [
        "mutation { revokeToken { revoked } }",
        "mutation { revokeToken(refreshToken: null) { revoked } }",
    ] {
        let answer = client.ask(document).await;
        let message = "Refresh token is required";
        answer.is_refused("revokeToken", "REFRESH_TOKEN_REQUIRED", message);
    }
    client.revoke(&tokens.refresh).await.data();
    for token in [tokens.refresh.as_str(), "", "nonsense"] {
        let answer = client.revoke(token).await;
        let message = "Invalid refresh token";
        answer.is_refused("revokeToken", "REFRESH_TOKEN_INVALID", message);
    }
}

#[tokio::test]
async fn revoking_the_one_that_was_just_exchanged_ends_the_session() {
    let (api, tokens) = with_session(&[]).await;
    let next = api.anonymous().rotated(&tokens.refresh).await;
    api.anonymous().revoke(&tokens.refresh).await.data();
    has_ended(&api, &next).await;
}

#[tokio::test]
async fn a_stale_header_does_not_stand_in_the_way() {
    let (api, tokens) = with_session(&[]).await;
    api.pass(DAY);
    let client = api.anonymous().with_token(&tokens.access);
    let next = client.rotated(&tokens.refresh).await;
    client.revoke(&next.refresh).await.data();
}

#[tokio::test]
async fn the_refresh_token_goes_before_the_access_token() {
    let (api, tokens) = with_session(&[]).await;
    let document = "mutation ($r: String) \
        { refreshToken(token: \"garbage\", refreshToken: $r) { token } }";
    let variables = json!({ "r": tokens.refresh });
    api.anonymous().ask_with(document, variables).await.data();
}

#[tokio::test]
async fn a_process_with_another_key_gives_no_token_that_is_not_good_and_ends_nothing() {
    let (one, tokens) = with_session(&[]).await;
    let settings = [
        (
            "--jwt-secret-key",
            "another key, of another process: 8f1c44d0",
        ),
        ("--jwt-retired-secret-keys", SECRET),
    ];
    let other = Api::on(Arc::clone(one.database()), &settings).await;
    let next = one.anonymous().rotated(&tokens.refresh).await;
    is_invalid(&other.anonymous().rotate(&tokens.refresh).await);
    other.anonymous().rotated(&next.refresh).await;
}
