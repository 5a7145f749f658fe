//! `verifyToken`: whether a token is good now, and what it says.

use serde_json::{Value, json};

use crate::support::{Api, Token, claims_of, latchkey};

#[tokio::test]
async fn a_good_token_is_answered_with_its_payload() {
    let api = Api::start().await;
    let ada = api.member("ada").await;
    let answer = api.anonymous().verify(&ada.token).await;
    let expected = format!(
        r#"{{"data":{{"verifyToken":{{"payload":{}}}}}}}"#,
        claims_of(&ada.token)
    );
    assert_eq!((answer.status, answer.text()), (200, expected.as_str()));
}

#[tokio::test]
async fn claims_that_nobody_knows_are_kept() {
    let api = Api::start().await;
    api.member("ada").await;
    let token = Token::foreign("ada").with("shoe", json!({ "size": [41.5, null, "ü"] }));
    let answer = api.anonymous().verify(&token.signed()).await;
    let payload: Value =
        serde_json::from_str(&claims_of(&token.signed())).expect("claims are JSON");
    answer.is(
        200,
        &json!({ "data": { "verifyToken": { "payload": payload } } }),
    );
}

#[tokio::test]
async fn a_missing_token_is_required() {
    let api = Api::start().await;
    for document in [
        "mutation { verifyToken { payload } }",
        "mutation { verifyToken(token: null) { payload } }",
    ] {
        let answer = api.anonymous().ask(document).await;
        answer.is_refused("verifyToken", "TOKEN_REQUIRED", "Token is required");
    }
}

#[tokio::test]
async fn a_null_variable_is_a_missing_token() {
    let api = Api::start().await;
    let document = "mutation ($t: String) { verifyToken(token: $t) { payload } }";
    for variables in [json!({ "t": null }), json!({})] {
        let answer = api.anonymous().ask_with(document, variables).await;
        answer.is_refused("verifyToken", "TOKEN_REQUIRED", "Token is required");
    }
}

#[tokio::test]
async fn the_header_is_not_the_argument() {
    let api = Api::start().await;
    let ada = api.member("ada").await;
    let answer = ada.ask("mutation { verifyToken { payload } }").await;
    answer.is_refused("verifyToken", "TOKEN_REQUIRED", "Token is required");
}

#[tokio::test]
async fn an_empty_token_is_garbage() {
    let api = Api::start().await;
    let answer = api.anonymous().verify("").await;
    answer.is_refused("verifyToken", "TOKEN_INVALID", "Error decoding signature");
}

#[tokio::test]
async fn an_expired_token_is_told_so() {
    let api = Api::start().await;
    let ada = api.member("ada").await;
    api.pass(300);
    let answer = api.anonymous().verify(&ada.token).await;
    answer.is_refused("verifyToken", "TOKEN_EXPIRED", "Signature has expired");
}

#[tokio::test]
async fn the_token_of_a_disabled_user_cannot_be_verified() {
    let api = Api::start().await;
    let ada = api.member("ada").await;
    latchkey(api.database(), &["user", "disable", "ada"], "").succeeds();
    let answer = api.anonymous().verify(&ada.token).await;
    answer.is_refused("verifyToken", "USER_DISABLED", "User is disabled");
}

#[tokio::test]
async fn the_token_of_a_deleted_user_cannot_be_verified() {
    let api = Api::start().await;
    let ada = api.member("ada").await;
    api.database()
        .execute("DELETE FROM users WHERE username = $1", "ada")
        .await;
    let answer = api.anonymous().verify(&ada.token).await;
    answer.is_refused("verifyToken", "TOKEN_INVALID", "Invalid token");
}

#[tokio::test]
async fn a_field_sees_what_the_fields_before_it_have_ended() {
    let api = Api::start().await;
    let skipped = "mutation ($token: String!) {
        first: verifyToken(token: $token) @skip(if: true) { payload }
        logout { loggedOut }
        second: verifyToken(token: $token) { payload }
    }";
    let documents = [skipped.to_owned(), skipped.replace("@skip(if: true)", "")];
    // Each is remembered once it has been run.
    for username in ["ada", "bob", "cleo"] {
        for document in &documents {
            let member = api.member(&format!("{username}{}", document.len())).await;
            let variables = json!({ "token": member.token });
            let answer = member.ask_with(document, variables).await.json();
            let data = &answer["data"];
            let is_skipped = document.as_str() == skipped;
            let first: Value =
                serde_json::from_str(&claims_of(&member.token)).expect("claims are JSON");
            let first = if is_skipped { Value::Null } else { first };
            assert_eq!(data["first"]["payload"], first, "{answer}");
            assert_eq!(data["logout"]["loggedOut"], true, "{answer}");
            assert_eq!(data["second"], Value::Null, "{answer}");
            let code = &answer["errors"][0]["extensions"]["code"];
            assert_eq!(code, "SESSION_ENDED", "{answer}");
        }
    }
}

#[tokio::test]
async fn what_was_verified_is_never_taken_for_another_token() {
    let api = Api::start().await;
    let (ada, bob) = (api.member("ada").await, api.member("bob").await);
    let claims: Value = serde_json::from_str(&claims_of(&bob.token)).expect("claims are JSON");
    // Valid while the first variable is missing, and remembered then.
    for around in ["[$one]", "{ one: $one }"] {
        let document = format!(
            "mutation ($one: String, $two: String) {{
                first: verifyToken(token: {around}) {{ payload }}
                deleteTokenCookie {{ deleted }}
                second: verifyToken(token: $two) {{ payload }}
            }}"
        );
        for variables in [
            json!({ "two": bob.token }),
            json!({ "one": ada.token, "two": bob.token }),
            json!({ "one": ada.token, "two": bob.token }),
        ] {
            let answer = api.anonymous().ask_with(&document, variables).await.json();
            let second = &answer["data"]["second"]["payload"];
            assert!(second.is_null() || *second == claims, "{answer}");
        }
    }
}
