//! Long-running refresh tokens: those that Django gave, and how both answer about their own.

use serde_json::json;

use super::moving::moved_from_the_old_back_end;
use super::wire::{Both, LATEST, Wire};
use crate::support::{Answer, Api, PASSWORD, old_back_end};

fn is_invalid(answer: &Answer) {
    answer.is_refused(
        "refreshToken",
        "REFRESH_TOKEN_INVALID",
        "Invalid refresh token",
    );
}

async fn is_ada(api: &Api, access_token: &str) {
    let client = api.anonymous().with_token(access_token);
    let me = client.ask("{ me { username } }").await.data();
    assert_eq!(me, json!({ "me": { "username": "ada" } }));
}

#[tokio::test]
#[ignore = "needs Django: run by `cargo xtask test`"]
async fn a_refresh_token_of_django_works_once_and_then_rotates_into_ours() {
    let old = &old_back_end().await.tokens.refresh;
    let api = moved_from_the_old_back_end().await;
    let client = api.anonymous();
    let next = client.rotated(&old.good).await;
    assert_ne!(next.refresh, old.good);
    is_ada(&api, &next.access).await;
    api.pass(24 * 60 * 60);
    let last = client.rotated(&next.refresh).await;
    is_ada(&api, &last.access).await;
    // Whoever uses it once more has found it somewhere.
    is_invalid(&client.rotate(&old.good).await);
    is_invalid(&client.rotate(&last.refresh).await);
    let me = client.with_token(&last.access).me().await;
    me.is_refused("me", "SESSION_ENDED", "Session has ended");
}

#[tokio::test]
#[ignore = "needs Django: run by `cargo xtask test`"]
async fn a_refresh_token_that_django_revoked_or_let_expire_is_none_here() {
    let old = &old_back_end().await.tokens.refresh;
    let api = moved_from_the_old_back_end().await;
    for token in [&old.revoked, &old.expired] {
        is_invalid(&api.anonymous().rotate(token).await);
    }
}

#[tokio::test]
#[ignore = "needs Django: run by `cargo xtask test`"]
async fn a_refresh_token_of_django_can_be_revoked_unused() {
    let old = &old_back_end().await.tokens.refresh;
    let api = moved_from_the_old_back_end().await;
    api.anonymous().revoke(&old.good).await.data();
    is_invalid(&api.anonymous().rotate(&old.good).await);
}

#[tokio::test]
#[ignore = "needs Django: run by `cargo xtask test`"]
async fn a_second_import_does_not_bring_a_used_refresh_token_back() {
    let old = old_back_end().await;
    let api = moved_from_the_old_back_end().await;
    let next = api.anonymous().rotated(&old.tokens.refresh.good).await;
    super::moving::import(api.database(), &old.source, &[]).succeeds();
    api.pass(60);
    api.anonymous().rotated(&next.refresh).await;
    api.pass(60);
    is_invalid(&api.anonymous().rotate(&old.tokens.refresh.good).await);
}

#[tokio::test]
#[ignore = "needs Django: run by `cargo xtask test`"]
async fn requests_about_refresh_tokens_get_the_same_answers() {
    let log_in = format!(
        r#"mutation {{ tokenAuth(username: "ada", password: "{PASSWORD}")
            {{ __typename token payload refreshExpiresIn refreshToken }} }}"#
    );
    let refresh = |token: &str| {
        let document = "mutation ($r: String) { refreshToken(refreshToken: $r) \
            { __typename token payload refreshExpiresIn refreshToken } }";
        Wire::with(document, &json!({ "r": token }))
    };
    let revoke = |token: &str| {
        let document =
            "mutation ($r: String) { revokeToken(refreshToken: $r) { __typename revoked } }";
        Wire::with(document, &json!({ "r": token }))
    };
    let requests = [
        Wire::ask(&log_in),
        refresh(LATEST),
        refresh(LATEST),
        revoke(LATEST),
        refresh(LATEST),
        revoke(LATEST),
        refresh("0123456789abcdef0123456789abcdef01234567"),
        refresh(""),
        revoke("garbage"),
        Wire::ask("mutation { refreshToken { token } }"),
        Wire::ask("mutation { refreshToken(refreshToken: null) { token } }"),
        Wire::ask("mutation { revokeToken { revoked } }"),
        Wire::ask("mutation { revokeToken(refreshToken: null) { revoked } }"),
    ];
    let mut both = Both::with_refresh_tokens().await;
    let answers = both.send(&requests).await;
    for (request, (theirs, ours)) in requests.iter().zip(answers) {
        assert_eq!(ours, theirs, "{request:?}");
    }
}
