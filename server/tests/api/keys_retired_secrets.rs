//! Secret keys that are exchanged, and the change to key pairs: nobody is logged out.

use jsonwebtoken::Algorithm;

use crate::keys::{kid_of, kids};
use crate::support::{Api, Database, SECRET, Token, header_of, jwks, latchkey, latchkey_with};

const NEW: &str = "another key of the tests: 5be1f00d6c9a";
const OLDER: &str = "the key before all others: 77aa31c08e";

#[tokio::test]
async fn a_secret_key_is_exchanged_without_logging_anybody_out() {
    let api = Api::start().await;
    let token = api.member("ada").await.token;
    let database = api.stop().await;
    let retired = format!("{OLDER},{SECRET}");
    let settings = [
        ("--jwt-secret-key", NEW),
        ("--jwt-retired-secret-keys", &retired),
    ];
    let api = Api::on(database, &settings).await;
    let client = api.anonymous();
    client.verify(&token).await.data();
    let data = client.refresh(&token).await.data();
    let next = data["refreshToken"]["token"]
        .as_str()
        .expect("it is a text")
        .to_owned();
    for key in [SECRET, OLDER, NEW] {
        let token = Token::foreign("ada").key(key).signed();
        client.verify(&token).await.data();
    }
    let stranger = Token::foreign("ada")
        .key("a key that nobody here knows of")
        .signed();
    let answer = client.verify(&stranger).await;
    answer.is_refused("verifyToken", "TOKEN_INVALID", "Error decoding signature");
    // New tokens are signed with the new key: the old one can go.
    let database = api.stop().await;
    let api = Api::on(database, &[("--jwt-secret-key", NEW)]).await;
    api.anonymous().verify(&next).await.data();
    let answer = api.anonymous().verify(&token).await;
    answer.is_refused("verifyToken", "TOKEN_INVALID", "Error decoding signature");
}

#[tokio::test]
async fn the_change_to_key_pairs_logs_nobody_out() {
    let api = Api::start().await;
    let token = api.member("ada").await.token;
    assert!(header_of(&token).contains("HS256"));
    let database = api.stop().await;
    let settings = [
        ("--jwt-algorithm", "ES256"),
        ("--jwt-retired-secret-keys", SECRET),
    ];
    let api = Api::on(database, &settings).await;
    let client = api.anonymous();
    let old = client.with_authorization(&format!("JWT {token}"));
    old.me().await.data();
    let data = client.refresh(&token).await.data();
    let next = data["refreshToken"]["token"]
        .as_str()
        .expect("it is a text");
    client
        .with_authorization(&format!("JWT {next}"))
        .me()
        .await
        .data();
    let keys = kids(&jwks(&api).await);
    assert!(keys.contains(&kid_of(next)), "{keys:?}");
    assert_eq!(keys.len(), 2, "a secret key is not published");
    // Only as what they were: HS256.
    let other = Token::foreign("ada").algorithm(Algorithm::HS512).signed();
    let answer = client.verify(&other).await;
    answer.is_refused("verifyToken", "TOKEN_INVALID", "Invalid token");
}

#[tokio::test]
async fn a_program_that_shares_a_secret_key_may_name_it_as_it_likes() {
    let api = Api::start().await;
    api.member("ada").await;
    let header = r#"{"alg":"HS256","typ":"JWT","kid":"shop-2026"}"#;
    let token = Token::foreign("ada").header(header).signed();
    api.anonymous().verify(&token).await.data();
}

#[tokio::test]
async fn retired_secret_keys_have_to_be_as_strong_as_the_one_that_signs() {
    let database = Database::fresh().await;
    let name = "LATCHKEY_JWT_RETIRED_SECRET_KEYS";
    for weak in ["short", "", "your-256-bit-secret-your-256-bit-secret"] {
        let value = format!("{NEW},{weak}");
        let finished = latchkey_with(&database, &[], &[(name, &value)]);
        finished.fails_with(&[name, "--jwt-retired-secret-keys", "openssl rand"]);
        assert!(!finished.stderr.contains(NEW), "{finished:?}");
    }
    let help = latchkey_with(&database, &["--help"], &[(name, NEW)]).succeeds();
    assert!(!help.contains(NEW) && help.contains(name), "{help}");
}

#[tokio::test]
async fn a_longer_hash_needs_a_longer_secret() {
    let database = Database::fresh().await;
    for (algorithm, bytes) in [("HS384", 48), ("HS512", 64)] {
        let secret = "0123456789abcdef".repeat(4);
        let words = [
            "--jwt-algorithm",
            algorithm,
            "--jwt-secret-key",
            &secret[..bytes - 1],
        ];
        latchkey(&database, &words, "")
            .fails_with(&["LATCHKEY_JWT_SECRET_KEY", &format!("{bytes} at least")]);
    }
}
