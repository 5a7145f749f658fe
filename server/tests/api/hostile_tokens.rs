//! Tokens that were tampered with, or made to break what reads them.

use jsonwebtoken::Algorithm;
use serde_json::{Value, json};

use crate::support::{Api, SECRET, START, Token};

const UNDECODABLE: &str = "Error decoding signature";
const INVALID: &str = "Invalid token";
const NOBODY: &str = "Invalid payload";

/// Demands that a token is refused with this message wherever tokens are read.
async fn is_refused(api: &Api, token: &str, message: &str) {
    let client = api.anonymous();
    client
        .verify(token)
        .await
        .is_refused("verifyToken", "TOKEN_INVALID", message);
    client
        .refresh(token)
        .await
        .is_refused("refreshToken", "TOKEN_INVALID", message);
    if !token.is_empty() {
        let bearer = client.with_authorization(&format!("JWT {token}"));
        bearer.me().await.is_refused("me", "TOKEN_INVALID", message);
    }
}

async fn with_ada() -> (Api, Token) {
    let api = Api::start().await;
    api.member("ada").await;
    let token = Token::foreign("ada");
    api.anonymous().verify(&token.signed()).await.data();
    (api, token)
}

#[tokio::test]
async fn what_is_no_token_is_refused() {
    let (api, token) = with_ada().await;
    let good = token.signed();
    let (head, _) = good.rsplit_once('.').expect("a token has three parts");
    for token in [
        "garbage",
        "a.b",
        "a.b.c",
        "...",
        "..",
        &format!("{good}.more"),
        &format!("{head}."),
        head,
        &good.replace('.', ","),
        &good[1..],
        &"a".repeat(10_000),
    ] {
        is_refused(&api, token, UNDECODABLE).await;
    }
}

#[tokio::test]
async fn a_token_signed_with_another_key_is_refused() {
    let (api, token) = with_ada().await;
    let keys = [
        SECRET.to_uppercase(),
        "x".to_owned(),
        SECRET[1..].to_owned(),
    ];
    for key in keys {
        is_refused(&api, &token.clone().key(&key).signed(), UNDECODABLE).await;
    }
}

#[tokio::test]
async fn a_token_whose_claims_were_changed_is_refused() {
    let (api, token) = with_ada().await;
    let (good, other) = (token.signed(), token.with("username", "grace").signed());
    let parts: Vec<&str> = good.split('.').collect();
    let claims = other.split('.').nth(1).expect("a token has three parts");
    let forged = format!("{}.{claims}.{}", parts[0], parts[2]);
    is_refused(&api, &forged, UNDECODABLE).await;
}

#[tokio::test]
async fn a_token_without_a_signature_is_refused_however_it_spells_none() {
    let (api, token) = with_ada().await;
    for none in ["none", "None", "NONE", "nOnE", ""] {
        let header = json!({ "alg": none, "typ": "JWT" }).to_string();
        let signed = token.clone().header(&header).signed();
        let (message, _) = signed.rsplit_once('.').expect("a token has three parts");
        is_refused(&api, &format!("{message}."), INVALID).await;
        is_refused(&api, &signed, INVALID).await;
    }
}

#[tokio::test]
async fn a_token_of_another_algorithm_is_refused_though_the_key_is_right() {
    let (api, token) = with_ada().await;
    for algorithm in [Algorithm::HS384, Algorithm::HS512] {
        is_refused(&api, &token.clone().algorithm(algorithm).signed(), INVALID).await;
    }
    for name in ["RS256", "ES256", "EdDSA", "HS1", "hs256", "HS257"] {
        let header = json!({ "alg": name, "typ": "JWT" }).to_string();
        is_refused(&api, &token.clone().header(&header).signed(), INVALID).await;
    }
}

#[tokio::test]
async fn a_header_that_is_none_is_refused() {
    let (api, token) = with_ada().await;
    for header in [
        "",
        "null",
        "[]",
        "\"HS256\"",
        "{",
        "{\"alg\":\"HS256\"",
        "\u{0}",
    ] {
        is_refused(&api, &token.clone().header(header).signed(), UNDECODABLE).await;
    }
    for header in [
        "{}",
        r#"{"alg":null}"#,
        r#"{"alg":256}"#,
        r#"{"alg":["HS256"]}"#,
    ] {
        is_refused(&api, &token.clone().header(header).signed(), INVALID).await;
    }
}

#[tokio::test]
async fn a_header_that_demands_to_be_understood_is_refused() {
    let (api, token) = with_ada().await;
    let header = json!({ "alg": "HS256", "typ": "JWT", "crit": ["exp"], "exp": 1 }).to_string();
    is_refused(&api, &token.header(&header).signed(), INVALID).await;
}

#[tokio::test]
async fn keys_that_a_header_brings_along_are_not_used() {
    let (api, token) = with_ada().await;
    let jwk = json!({ "kty": "oct", "k": "eA" });
    let header = json!({ "alg": "HS256", "typ": "JWT", "jwk": jwk, "kid": "../../dev/null" });
    let forged = token.header(&header.to_string()).key("x").signed();
    is_refused(&api, &forged, UNDECODABLE).await;
}

#[tokio::test]
async fn claims_that_are_no_object_are_refused() {
    let (api, _) = with_ada().await;
    for payload in [
        "",
        "null",
        "1",
        "[]",
        "\"ada\"",
        "[{\"username\":\"ada\"}]",
        "{",
        "{\"a\":1e999}",
        "\u{0}",
    ] {
        is_refused(&api, &Token::of_payload(payload), UNDECODABLE).await;
    }
}

#[tokio::test]
async fn an_exp_that_is_no_number_is_refused() {
    let (api, token) = with_ada().await;
    for exp in [
        json!("soon"),
        json!(""),
        json!([]),
        json!({}),
        json!("1e9 seconds"),
    ] {
        is_refused(&api, &token.clone().with("exp", exp).signed(), UNDECODABLE).await;
    }
}

#[tokio::test]
async fn a_token_from_the_future_is_refused() {
    let (api, token) = with_ada().await;
    for claim in ["iat", "nbf"] {
        is_refused(
            &api,
            &token.clone().with(claim, START + 1).signed(),
            INVALID,
        )
        .await;
        let now = token.clone().with(claim, START).signed();
        api.anonymous().verify(&now).await.data();
    }
}

#[tokio::test]
async fn claims_of_the_wrong_type_are_refused() {
    let (api, token) = with_ada().await;
    for (claim, value) in [
        ("sub", json!(1)),
        ("sub", json!(true)),
        ("sub", json!(["1"])),
        ("sid", json!(1)),
        ("sid", json!({})),
        ("iat", json!([])),
        ("iat", json!("yesterday")),
        ("nbf", json!({})),
    ] {
        let answer = api
            .anonymous()
            .verify(&token.clone().with(claim, value).signed())
            .await;
        assert_eq!(answer.code(), "TOKEN_INVALID", "{claim}: {answer}");
    }
}

#[tokio::test]
async fn a_token_that_names_nobody_stands_for_nobody() {
    let (api, token) = with_ada().await;
    for (claim, value) in [
        ("username", json!(1)),
        ("username", json!("")),
        ("username", json!(null)),
        ("username", json!(["ada"])),
        ("sub", json!("")),
        ("sub", json!("ada")),
        ("sub", json!("-1")),
        ("sub", json!("1.0")),
        ("sub", json!("99999999999999999999")),
    ] {
        let token = token.clone().with(claim, value).signed();
        let bearer = api.anonymous().with_authorization(&format!("JWT {token}"));
        bearer.me().await.is_refused("me", "TOKEN_INVALID", NOBODY);
    }
}

#[tokio::test]
async fn huge_and_tiny_numbers_are_judged_without_a_fault() {
    let (api, token) = with_ada().await;
    for number in [
        json!(i64::MAX),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(1e308),
        json!(-1e308),
        json!(9e15),
        json!(-1),
        json!(0.5),
    ] {
        for claim in ["exp", "iat", "nbf", "origIat"] {
            let token = token.clone().with(claim, number.clone()).signed();
            for answer in [
                api.anonymous().verify(&token).await,
                api.anonymous().refresh(&token).await,
            ] {
                let code = answer.code();
                let judged = code != "INTERNAL" && answer.status == 200;
                assert!(judged, "{claim} {number}: {answer}");
            }
        }
    }
}

#[tokio::test]
async fn a_username_with_a_nul_character_names_nobody_that_exists() {
    let (api, token) = with_ada().await;
    let token = token.with("username", "ada\0").signed();
    let answer = api.anonymous().verify(&token).await;
    assert_eq!(answer.code(), "TOKEN_INVALID", "{answer}");
}

#[tokio::test]
async fn a_session_id_of_another_form_is_refused() {
    let (api, token) = with_ada().await;
    for id in ["", "x", "a\0b", "' OR 1=1 --", &"0".repeat(10_000)] {
        let token = token.clone().with("sub", "1").with("sid", id).signed();
        is_refused(&api, &token, INVALID).await;
    }
}

#[tokio::test]
async fn a_session_of_somebody_else_is_none() {
    let api = Api::start().await;
    let ada = api.member("ada").await;
    let bob = api.member("bob").await;
    let claims: Value =
        serde_json::from_str(&crate::support::claims_of(&ada.token)).expect("claims are JSON");
    let forged = Token::of(claims).with("sub", bob.id.as_str()).signed();
    let bearer = api.anonymous().with_authorization(&format!("JWT {forged}"));
    bearer
        .me()
        .await
        .is_refused("me", "SESSION_ENDED", "Session has ended");
}
