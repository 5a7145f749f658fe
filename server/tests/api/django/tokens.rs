//! Tokens that Django issued, here, and tokens issued here, in Django: both sign with one key.

use serde_json::{Value, json};

use crate::support::{Api, Client, OldTokens, PASSWORD, START, claims_of, old_back_end};

/// A server at the time when Django issued its tokens, with a user of the name that they are for.
async fn with_ada(tokens: &OldTokens, settings: &[(&str, &str)]) -> Api {
    let api = Api::with(settings).await;
    api.member("ada").await;
    api.pass(tokens.issued() - START);
    api
}

fn bearer(api: &Api, token: &str) -> Client {
    api.anonymous().with_authorization(&format!("JWT {token}"))
}

#[tokio::test]
#[ignore = "needs Django: run by `cargo xtask test`"]
async fn a_token_of_django_is_accepted_and_its_claims_are_given_back_as_they_are() {
    let old = &old_back_end().await.tokens;
    let api = with_ada(old, &[]).await;
    let me = bearer(&api, &old.token).me().await.data();
    assert_eq!(me, json!({ "me": { "id": "1", "username": "ada" } }));
    let answer = api.anonymous().verify(&old.token).await;
    let payload = format!("\"payload\":{}}}", claims_of(&old.token));
    assert!(answer.text().contains(&payload), "{payload} in {answer}");
}

#[tokio::test]
#[ignore = "needs Django: run by `cargo xtask test`"]
async fn a_token_of_django_is_refreshed_within_its_own_window_into_one_with_a_session() {
    let old = &old_back_end().await.tokens;
    let api = with_ada(old, &[]).await;
    api.pass(299);
    let answer = api.anonymous().refresh(&old.token).await;
    let refresh = answer.data()["refreshToken"].take();
    let expires = &refresh["refreshExpiresIn"];
    assert_eq!(expires, &json!(old.refresh_expires_in), "{answer}");
    for claim in ["username", "origIat"] {
        assert_eq!(refresh["payload"][claim], old.payload[claim], "{answer}");
    }
    assert!(refresh["payload"]["sid"].is_string(), "{answer}");
    let token = refresh["token"].as_str().expect("a token is a text");
    api.pass(299);
    bearer(&api, token).me().await.data();
}

#[tokio::test]
#[ignore = "needs Django: run by `cargo xtask test`"]
async fn a_token_of_django_expires_here_when_it_would_there() {
    let old = &old_back_end().await.tokens;
    let api = with_ada(old, &[]).await;
    let refused = |answer: crate::support::Answer, field: &str| {
        answer.is_refused(field, "TOKEN_EXPIRED", "Signature has expired");
    };
    refused(bearer(&api, &old.expired).me().await, "me");
    refused(api.anonymous().verify(&old.expired).await, "verifyToken");
    refused(api.anonymous().refresh(&old.expired).await, "refreshToken");
    api.pass(299);
    bearer(&api, &old.token).me().await.data();
    api.pass(1);
    refused(bearer(&api, &old.token).me().await, "me");
}

#[tokio::test]
#[ignore = "needs Django: run by `cargo xtask test`"]
async fn a_token_of_django_that_was_changed_or_signed_with_another_key_is_refused() {
    let old = &old_back_end().await.tokens;
    let api = with_ada(old, &[]).await;
    let other = with_ada(
        old,
        &[(
            "--jwt-secret-key",
            "another key than that of the old back end",
        )],
    )
    .await;
    let (head, signature) = old.token.rsplit_once('.').expect("three parts");
    let first = if signature.starts_with('A') { 'B' } else { 'A' };
    let changed = format!("{head}.{first}{}", &signature[1..]);
    for (api, token) in [(&api, &changed), (&other, &old.token)] {
        bearer(api, token)
            .me()
            .await
            .is_refused("me", "TOKEN_INVALID", "Error decoding signature");
    }
}

#[tokio::test]
#[ignore = "needs Django: run by `cargo xtask test`"]
async fn a_token_of_django_for_nobody_here_stands_for_nobody() {
    let old = &old_back_end().await.tokens;
    let api = Api::start().await;
    api.pass(old.issued() - START);
    bearer(&api, &old.token)
        .me()
        .await
        .is_refused("me", "UNAUTHENTICATED", "Not logged in!");
}

#[tokio::test]
#[ignore = "needs Django: run by `cargo xtask test`"]
async fn a_token_of_ours_is_accepted_by_django_which_is_the_way_back() {
    let old = old_back_end().await;
    let api = with_ada(&old.tokens, &[]).await;
    let token = api.anonymous().token("ada", PASSWORD).await;
    let request = json!({
        "method": "POST",
        "path": "/graphql/",
        "content_type": "application/json",
        "body": r#"{"query":"{ me { username } }"}"#,
        "authorization": format!("JWT {token}"),
    });
    let mut django = old.django.lock().await;
    let answers: Value = django.order("ask", json!({ "requests": [request] }));
    let me = json!({ "data": { "me": { "username": "ada" } } });
    assert_eq!(answers[0]["body"], me, "{answers}");
}
