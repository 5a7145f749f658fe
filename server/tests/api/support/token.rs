//! Tokens made here, by hand: good ones, and ones that no server of ours would issue.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use serde_json::{Map, Value, json};

use super::{Pair, SECRET, START};

/// A token to be made: begins as a valid one without a session, as another program with the same key makes them.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    header: String,
    claims: Map<String, Value>,
    key: EncodingKey,
    algorithm: Algorithm,
}

impl Token {
    /// What django-graphql-jwt issues: the claims `username`, `exp` and `origIat`.
    pub(crate) fn foreign(username: &str) -> Self {
        let claims = json!({ "username": username, "exp": START + 300, "origIat": START });
        Self::of(claims)
    }

    /// A token with these claims.
    pub(crate) fn of(claims: Value) -> Self {
        let Value::Object(claims) = claims else {
            panic!("claims are an object");
        };
        Self {
            header: json!({ "alg": "HS256", "typ": "JWT" }).to_string(),
            claims,
            key: secret(SECRET),
            algorithm: Algorithm::HS256,
        }
    }

    /// The same with another value of a claim.
    pub(crate) fn with(mut self, claim: &str, value: impl Into<Value>) -> Self {
        self.claims.insert(claim.to_owned(), value.into());
        self
    }

    /// The same without a claim.
    pub(crate) fn without(mut self, claim: &str) -> Self {
        self.claims.remove(claim);
        self
    }

    /// The same with another header, whatever it says.
    pub(crate) fn header(mut self, header: &str) -> Self {
        header.clone_into(&mut self.header);
        self
    }

    /// The same, signed with another key.
    pub(crate) fn key(mut self, key: &str) -> Self {
        self.key = secret(key);
        self
    }

    /// The same, signed with another key that may be no text.
    pub(crate) fn key_bytes(mut self, key: &[u8]) -> Self {
        self.key = EncodingKey::from_secret(key);
        self
    }

    /// The same, signed with a key pair, by its algorithm and under this name.
    pub(crate) fn pair(mut self, pair: &Pair, kid: Option<&str>) -> Self {
        let mut header = json!({ "alg": pair.algorithm, "typ": "JWT" });
        if let Some(kid) = kid {
            header["kid"] = json!(kid);
        }
        self.header = header.to_string();
        self.algorithm = pair.algorithm;
        self.key = pair.signing();
        self
    }

    /// The same, signed by another algorithm, as its header says.
    pub(crate) fn algorithm(mut self, algorithm: Algorithm) -> Self {
        self.header = json!({ "alg": algorithm, "typ": "JWT" }).to_string();
        self.algorithm = algorithm;
        self
    }

    /// The same, signed by another algorithm than its header says.
    pub(crate) fn really(mut self, algorithm: Algorithm) -> Self {
        self.algorithm = algorithm;
        self
    }

    /// The token as it is sent.
    pub(crate) fn signed(&self) -> String {
        signed(
            &self.header,
            &Value::Object(self.claims.clone()).to_string(),
            &self.key,
            self.algorithm,
        )
    }

    /// A token whose payload is this text, signed with the server's key.
    pub(crate) fn of_payload(payload: &str) -> String {
        let header = r#"{"alg":"HS256","typ":"JWT"}"#;
        signed(header, payload, &secret(SECRET), Algorithm::HS256)
    }
}

fn secret(key: &str) -> EncodingKey {
    EncodingKey::from_secret(key.as_bytes())
}

fn signed(header: &str, payload: &str, key: &EncodingKey, algorithm: Algorithm) -> String {
    let message = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header),
        URL_SAFE_NO_PAD.encode(payload)
    );
    let signature = crypto::sign(message.as_bytes(), key, algorithm).expect("the key signs");
    format!("{message}.{signature}")
}

/// The raw text of a token's header.
pub(crate) fn header_of(token: &str) -> String {
    part(token, 0)
}

/// The raw text of a token's claims.
pub(crate) fn claims_of(token: &str) -> String {
    part(token, 1)
}

fn part(token: &str, index: usize) -> String {
    let part = token
        .split('.')
        .nth(index)
        .expect("a token has three parts");
    let bytes = URL_SAFE_NO_PAD.decode(part).expect("parts are Base64");
    String::from_utf8(bytes).expect("parts are texts")
}
