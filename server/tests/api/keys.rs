//! Key pairs: tokens of each algorithm, checked with nothing but what the server publishes.

use jsonwebtoken::jwk::{JwkSet, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Value, json};

use crate::support::{Api, Pair, Request, START, Token, header_of, jwks};

const PAIRS: [&str; 9] = [
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA",
];

/// The name of the key that a token is signed with.
pub(crate) fn kid_of(token: &str) -> String {
    let header: Value = serde_json::from_str(&header_of(token)).expect("a header is JSON");
    let kid = header["kid"].as_str();
    kid.unwrap_or_else(|| panic!("a key is named: {header}"))
        .to_owned()
}

/// The names of published keys, in order.
pub(crate) fn kids(keys: &JwkSet) -> Vec<String> {
    let kids = keys.keys.iter().map(|key| key.common.key_id.clone());
    kids.collect::<Option<_>>().expect("every key has a name")
}

/// Checks a token as another service does: with the published key that it names.
fn checked(token: &str, keys: &JwkSet) -> Value {
    let kid = kid_of(token);
    let jwk = keys
        .find(&kid)
        .unwrap_or_else(|| panic!("{kid} is published: {keys:?}"));
    let algorithm = jwk.common.key_algorithm.expect("a key says its algorithm");
    let mut validation = Validation::new(algorithm.try_into().expect("it is one of tokens"));
    // The tests' clock stands in the past.
    validation.validate_exp = false;
    let key = DecodingKey::from_jwk(jwk).expect("it is a key");
    let decoded = jsonwebtoken::decode::<Value>(token, &key, &validation);
    decoded.expect("the key fits the token").claims
}

#[tokio::test]
async fn tokens_of_every_algorithm_are_accepted_and_can_be_checked_with_the_published_keys() {
    for algorithm in PAIRS {
        let api = Api::with(&[("--jwt-algorithm", algorithm)]).await;
        let ada = api.member("ada").await;
        ada.me().await.data();
        api.anonymous().verify(&ada.token).await.data();
        let refreshed = api.anonymous().refresh(&ada.token).await.data();
        let refreshed = refreshed["refreshToken"]["token"].as_str();
        let keys = jwks(&api).await;
        for token in [Some(ada.token.as_str()), refreshed] {
            let token = token.expect("a token is a text");
            let header: Value = serde_json::from_str(&header_of(token)).expect("it is JSON");
            let expected = json!({ "typ": "JWT", "alg": algorithm, "kid": kid_of(token) });
            assert_eq!(header, expected);
            assert_eq!(checked(token, &keys)["username"], "ada", "{algorithm}");
        }
        api.pass(300);
        let answer = ada.me().await;
        assert_eq!(answer.code(), "TOKEN_EXPIRED", "{algorithm}: {answer}");
    }
}

#[tokio::test]
async fn the_published_keys_have_what_their_kind_needs_and_nothing_private() {
    for (algorithm, kind, names) in [
        (
            "RS256",
            "RSA",
            &["use", "alg", "kid", "kty", "n", "e"] as &[&str],
        ),
        (
            "ES384",
            "EC",
            &["use", "alg", "kid", "kty", "crv", "x", "y"],
        ),
        ("EdDSA", "OKP", &["use", "alg", "kid", "kty", "crv", "x"]),
    ] {
        let api = Api::with(&[("--jwt-algorithm", algorithm)]).await;
        let answer = api.send(&Request::get("/.well-known/jwks.json")).await;
        let set = answer.json();
        let keys = set["keys"].as_array().expect("keys are a list");
        assert_eq!(keys.len(), 2, "the next one and the current one: {set}");
        for key in keys {
            let members: Vec<&str> = key
                .as_object()
                .into_iter()
                .flat_map(|o| o.keys())
                .map(String::as_str)
                .collect();
            assert_eq!(members, names, "{key}");
            assert_eq!(
                (&key["kty"], &key["use"], &key["alg"]),
                (&json!(kind), &json!("sig"), &json!(algorithm))
            );
        }
    }
}

#[tokio::test]
async fn a_key_is_named_by_its_thumbprint() {
    // The key of RFC 8037, appendix A, and its thumbprint from there.
    let private = "-----BEGIN PRIVATE KEY-----\n\
        MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n\
        -----END PRIVATE KEY-----\n";
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let file = folder.path().join("key.pem");
    std::fs::write(&file, private).expect("it can be written");
    let file = file.to_str().expect("temporary folders have plain names");
    let api = Api::with(&[("--jwt-algorithm", "EdDSA"), ("--jwt-private-key", file)]).await;
    let ada = api.member("ada").await;
    let kid = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k";
    assert_eq!(kid_of(&ada.token), kid);
    let keys = jwks(&api).await;
    assert_eq!(kids(&keys), [kid]);
    let thumbprint = keys.keys[0].thumbprint(ThumbprintHash::SHA256);
    assert_eq!(thumbprint.expect("it has one"), kid);
}

#[tokio::test]
async fn a_secret_key_is_never_published_and_its_tokens_name_none() {
    for algorithm in ["HS256", "HS384", "HS512"] {
        let secret = "94d1c07be2f86a3594d1c07be2f86a3594d1c07be2f86a3594d1c07be2f86a35";
        let settings = [("--jwt-algorithm", algorithm), ("--jwt-secret-key", secret)];
        let api = Api::with(&settings).await;
        let ada = api.member("ada").await;
        ada.me().await.data();
        let header: Value = serde_json::from_str(&header_of(&ada.token)).expect("it is JSON");
        assert_eq!(header, json!({ "alg": algorithm, "typ": "JWT" }));
        let answer = api.send(&Request::get("/.well-known/jwks.json")).await;
        assert_eq!(
            (answer.status, answer.text()),
            (200, r#"{"keys":[]}"#),
            "{answer}"
        );
        let other = if algorithm == "HS256" {
            Algorithm::HS512
        } else {
            Algorithm::HS256
        };
        let token = Token::foreign("ada").key(secret).algorithm(other).signed();
        let answer = api.anonymous().verify(&token).await;
        answer.is_refused("verifyToken", "TOKEN_INVALID", "Invalid token");
    }
}

#[tokio::test]
async fn the_published_keys_can_be_read_by_any_page_and_kept_for_five_minutes() {
    let api = Api::with(&[("--jwt-algorithm", "ES256")]).await;
    let request = Request::get("/.well-known/jwks.json");
    let from_elsewhere = request
        .clone()
        .header("origin", "https://shop.example.com")
        .header("sec-fetch-site", "cross-site");
    let head = Request::new("HEAD", "/.well-known/jwks.json");
    for request in [request, from_elsewhere, head] {
        let answer = api.send(&request).await;
        assert_eq!(answer.status, 200, "{answer}");
        for (name, value) in [
            ("content-type", "application/json"),
            ("cache-control", "public, max-age=300"),
            ("access-control-allow-origin", "*"),
            ("cross-origin-resource-policy", "cross-origin"),
            ("x-content-type-options", "nosniff"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{answer}");
        }
    }
    for method in ["POST", "PUT", "DELETE"] {
        let answer = api
            .send(&Request::new(method, "/.well-known/jwks.json"))
            .await;
        assert_eq!(answer.status, 405, "{answer}");
        assert_eq!(answer.header("allow"), Some("GET,HEAD"), "{answer}");
    }
}

#[tokio::test]
async fn a_token_of_the_same_key_without_a_name_is_accepted_as_those_of_other_back_ends_are() {
    let pair = Pair::new(Algorithm::RS256);
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let folder = folder.path().to_str().expect("it has a plain name");
    let file = pair.private_file(folder, "key.pem");
    let api = Api::with(&[("--jwt-algorithm", "RS256"), ("--jwt-private-key", &file)]).await;
    api.member("ada").await;
    let token = Token::foreign("ada").pair(&pair, None).signed();
    api.anonymous().verify(&token).await.data();
    let data = api.anonymous().refresh(&token).await.data();
    let next = data["refreshToken"]["token"]
        .as_str()
        .expect("it is a text");
    assert_eq!(kids(&jwks(&api).await), [kid_of(next)]);
    assert_eq!(data["refreshToken"]["payload"]["origIat"], json!(START));
}
