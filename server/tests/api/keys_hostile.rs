//! Tokens that try to have a key used for what it is not for.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Algorithm;
use jsonwebtoken::jwk::AlgorithmParameters;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::keys::kids;
use crate::support::{Api, Pair, SECRET, Token, jwks};

const UNDECODABLE: &str = "Error decoding signature";
const INVALID: &str = "Invalid token";

/// A server that signs with `pair`, publishes `other` too, and knows ada.
struct Signing {
    api: Api,
    pair: Pair,
    /// Published, and its private half known to the test.
    other: Pair,
    kid: String,
    other_kid: String,
    _folder: TempDir,
}

impl Signing {
    async fn with(pair: Pair, other: Pair, settings: &[(&str, &str)]) -> Self {
        let files = tempfile::tempdir().expect("a temporary folder can be made");
        let folder = files.path().to_str().expect("it has a plain name");
        let algorithm = format!("{:?}", pair.algorithm);
        let (private, public) = (
            pair.private_file(folder, "private.pem"),
            other.public_file(folder, "other.pem"),
        );
        let mut all = vec![
            ("--jwt-algorithm", algorithm.as_str()),
            ("--jwt-private-key", &private),
            ("--jwt-public-key", &public),
        ];
        all.extend(settings);
        let api = Api::with(&all).await;
        api.member("ada").await;
        let kids = kids(&jwks(&api).await);
        let [kid, other_kid] = <[String; 2]>::try_from(kids).expect("two keys are published");
        Self {
            api,
            pair,
            other,
            kid,
            other_kid,
            _folder: files,
        }
    }

    async fn of(algorithm: Algorithm, other: Algorithm) -> Self {
        Self::with(Pair::new(algorithm), Pair::new(other), &[]).await
    }

    async fn accepts(&self, token: &Token) {
        self.api.anonymous().verify(&token.signed()).await.data();
    }

    async fn refuses(&self, token: &str, message: &str) {
        let client = self.api.anonymous();
        let answer = client.verify(token).await;
        answer.is_refused("verifyToken", "TOKEN_INVALID", message);
        let answer = client.refresh(token).await;
        answer.is_refused("refreshToken", "TOKEN_INVALID", message);
        let bearer = client.with_authorization(&format!("Bearer {token}"));
        bearer.me().await.is_refused("me", "TOKEN_INVALID", message);
    }

    /// Everything public about the key that signs, which somebody may take for a secret.
    async fn public_texts(&self) -> Vec<Vec<u8>> {
        let mut texts = vec![
            self.pair.public_pem().into_bytes(),
            self.pair.public_pem().trim_end().as_bytes().to_vec(),
            self.pair.public_der().to_vec(),
            self.kid.clone().into_bytes(),
        ];
        let keys = jwks(&self.api).await;
        texts.push(serde_json::to_vec(&keys.keys[0]).expect("it is JSON"));
        if let AlgorithmParameters::RSA(rsa) = &keys.keys[0].algorithm {
            texts.push(rsa.n.clone().into_bytes());
            texts.push(URL_SAFE_NO_PAD.decode(&rsa.n).expect("it is Base64"));
        }
        texts
    }
}

/// A token whose signature is an HMAC with these bytes.
fn hmac(header: &Value, key: &[u8]) -> String {
    Token::foreign("ada")
        .header(&header.to_string())
        .key_bytes(key)
        .signed()
}

#[tokio::test]
async fn a_public_key_is_never_taken_for_a_secret_one() {
    for algorithm in [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA] {
        let signing = Signing::of(algorithm, Algorithm::ES384).await;
        for key in signing.public_texts().await {
            for header in [
                json!({ "alg": "HS256", "typ": "JWT" }),
                json!({ "alg": "HS256", "typ": "JWT", "kid": signing.kid }),
                json!({ "alg": "HS256", "typ": "JWT", "kid": "another" }),
            ] {
                signing.refuses(&hmac(&header, &key), INVALID).await;
            }
            // By HMAC, though the header says what the key is for.
            let header = json!({ "alg": algorithm, "typ": "JWT", "kid": signing.kid });
            signing.refuses(&hmac(&header, &key), UNDECODABLE).await;
        }
    }
}

#[tokio::test]
async fn a_public_key_is_no_secret_one_beside_retired_secrets_either() {
    let (pair, other) = (Pair::new(Algorithm::RS256), Pair::new(Algorithm::ES256));
    let retired = [("--jwt-retired-secret-keys", SECRET)];
    let signing = Signing::with(pair, other, &retired).await;
    signing.accepts(&Token::foreign("ada")).await;
    for key in signing.public_texts().await {
        let header = json!({ "alg": "HS256", "typ": "JWT" });
        signing.refuses(&hmac(&header, &key), UNDECODABLE).await;
    }
    // And a secret one does not sign in the name of a key pair.
    for kid in [&signing.kid, &signing.other_kid] {
        let header = json!({ "alg": "HS256", "typ": "JWT", "kid": kid });
        signing
            .refuses(&hmac(&header, SECRET.as_bytes()), INVALID)
            .await;
    }
}

#[tokio::test]
async fn a_key_signs_by_its_own_algorithm_alone() {
    let signing = Signing::of(Algorithm::RS256, Algorithm::ES256).await;
    let token = Token::foreign("ada").pair(&signing.pair, Some(&signing.kid));
    signing.accepts(&token).await;
    for algorithm in [
        Algorithm::RS384,
        Algorithm::RS512,
        Algorithm::PS256,
        Algorithm::PS512,
    ] {
        for header in [
            json!({ "alg": algorithm, "typ": "JWT", "kid": signing.kid }),
            json!({ "alg": algorithm, "typ": "JWT" }),
        ] {
            let token = token.clone().header(&header.to_string()).really(algorithm);
            signing.refuses(&token.signed(), INVALID).await;
        }
        let lying = token.clone().really(algorithm).signed();
        signing.refuses(&lying, UNDECODABLE).await;
    }
    for alg in ["none", "None", "ES256", "EdDSA", "HS256", "", "rs256"] {
        let header = json!({ "alg": alg, "typ": "JWT", "kid": signing.kid });
        let signed = token.clone().header(&header.to_string()).signed();
        signing.refuses(&signed, INVALID).await;
        let (message, _) = signed.rsplit_once('.').expect("a token has three parts");
        signing.refuses(&format!("{message}."), INVALID).await;
    }
}

#[tokio::test]
async fn a_name_chooses_one_key_and_no_other() {
    let signing = Signing::of(Algorithm::ES256, Algorithm::EdDSA).await;
    let token = Token::foreign("ada");
    let by = |pair: &Pair, kid: &str| token.clone().pair(pair, Some(kid));
    signing.accepts(&by(&signing.pair, &signing.kid)).await;
    signing
        .accepts(&by(&signing.other, &signing.other_kid))
        .await;
    // Each in the name of the other.
    let mixed = by(&signing.pair, &signing.other_kid).signed();
    signing.refuses(&mixed, INVALID).await;
    let mixed = by(&signing.other, &signing.kid).signed();
    signing.refuses(&mixed, INVALID).await;
    // Only the key that signs may go without a name.
    signing
        .accepts(&token.clone().pair(&signing.pair, None))
        .await;
    let nameless = token.clone().pair(&signing.other, None).signed();
    signing.refuses(&nameless, INVALID).await;
}

#[tokio::test]
async fn a_name_that_no_key_has_is_refused_though_the_signature_is_right() {
    let signing = Signing::of(Algorithm::ES256, Algorithm::EdDSA).await;
    for kid in [
        "",
        "x",
        "../../../dev/null",
        "1.pem",
        "' OR 1=1 --",
        "\0",
        &signing.kid.to_lowercase(),
        &"k".repeat(10_000),
    ] {
        let token = Token::foreign("ada")
            .pair(&signing.pair, Some(kid))
            .signed();
        signing.refuses(&token, UNDECODABLE).await;
    }
    for kid in [json!(1), json!([signing.kid]), json!({}), json!(true)] {
        let header = json!({ "alg": "ES256", "typ": "JWT", "kid": kid }).to_string();
        let token = Token::foreign("ada").pair(&signing.pair, None);
        signing
            .refuses(&token.header(&header).signed(), UNDECODABLE)
            .await;
    }
}

#[tokio::test]
async fn keys_that_a_header_brings_along_are_never_used() {
    let signing = Signing::of(Algorithm::ES256, Algorithm::EdDSA).await;
    let stranger = Pair::new(Algorithm::ES256);
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let folder = folder.path().to_str().expect("it has a plain name");
    let theirs = stranger.private_file(folder, "stranger.pem");
    let settings = [("--jwt-algorithm", "ES256"), ("--jwt-private-key", &theirs)];
    let elsewhere = Api::with(&settings).await;
    let set = jwks(&elsewhere).await;
    let (jwk, their_kid) = (&set.keys[0], &kids(&set)[0]);
    let address = elsewhere.address();
    let url = format!("http://{address}/.well-known/jwks.json");
    for (name, value) in [
        ("jwk", json!(jwk)),
        ("jku", json!(url)),
        ("x5u", json!(url)),
        ("x5c", json!([stranger.public_pem()])),
    ] {
        for kid in [None, Some(&signing.kid), Some(their_kid)] {
            let mut header = json!({ "alg": "ES256", "typ": "JWT", "kid": kid });
            header[name] = value.clone();
            let header = header.to_string();
            let forged = Token::foreign("ada").pair(&stranger, None).header(&header);
            signing.refuses(&forged.signed(), UNDECODABLE).await;
            // With the right signature they are in nobody's way.
            if kid == Some(&signing.kid) {
                let token = Token::foreign("ada").pair(&signing.pair, None);
                signing.accepts(&token.header(&header)).await;
            }
        }
    }
}

#[tokio::test]
async fn the_secret_of_the_data_folder_signs_nothing_once_a_key_pair_does() {
    let signing = Signing::of(Algorithm::ES256, Algorithm::EdDSA).await;
    // The server has SECRET as its secret key.
    let token = Token::foreign("ada").signed();
    signing.refuses(&token, INVALID).await;
}
