//! The keys that are in use together: one signs, all are accepted, and the public ones are published.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde_json::{Map, Value};

use super::pair::{KeyPair, PublicKey};
use crate::accounts::TokenError;
use crate::config::Secret;

/// Keys that are in use together.
pub(in crate::accounts) struct Ring {
    header: Header,
    signing: EncodingKey,
    /// The current one first.
    accepted: Vec<Accepted>,
    published: String,
}

/// A key that tokens may be signed with.
struct Accepted {
    /// Its name; secret keys have none.
    kid: Option<String>,
    algorithm: Algorithm,
    key: DecodingKey,
    validation: Validation,
}

impl Ring {
    /// A secret key that signs, with what was in use before it.
    pub(super) fn of_secret(algorithm: Algorithm, secret: &Secret, retired: &[Secret]) -> Self {
        let secrets = std::iter::once(secret).chain(retired);
        Self {
            header: Header::new(algorithm),
            signing: EncodingKey::from_secret(secret.expose().as_bytes()),
            accepted: secrets
                .map(|secret| Accepted::secret(algorithm, secret))
                .collect(),
            published: r#"{"keys":[]}"#.to_owned(),
        }
    }

    /// A key pair that signs, with the other public keys in the order of publication, and with the secret keys that were
    /// in use before it.
    ///
    /// # Errors
    /// Where the public keys cannot be written as JSON.
    pub(super) fn of_pair(
        current: KeyPair,
        before: Vec<PublicKey>,
        after: Vec<PublicKey>,
        secrets: &[Secret],
    ) -> anyhow::Result<Self> {
        let mut header = Header::new(current.public.algorithm);
        header.kid = Some(current.public.kid.clone());
        let mut all = before;
        all.push(current.public.clone());
        all.extend(after);
        let mut seen = BTreeSet::new();
        all.retain(|key| seen.insert(key.kid.clone()));
        let others = all.iter().filter(|key| key.kid != current.public.kid);
        let mut accepted = vec![Accepted::public(&current.public)];
        accepted.extend(others.map(Accepted::public));
        let secret = |secret| Accepted::secret(Algorithm::HS256, secret);
        accepted.extend(secrets.iter().map(secret));
        let keys = all.iter().map(|key| key.jwk.clone()).collect();
        Ok(Self {
            header,
            signing: current.private,
            accepted,
            published: serde_json::to_string(&JwkSet { keys })?,
        })
    }

    /// The name of the key that signs; None for a secret one.
    pub(in crate::accounts) fn kid(&self) -> Option<&str> {
        self.header.kid.as_deref()
    }

    /// The public keys as a JWK set (RFC 7517); a secret key is never in it.
    pub(super) fn published(&self) -> &str {
        &self.published
    }

    /// A token with these claims.
    ///
    /// # Errors
    /// Where the library cannot sign.
    pub(in crate::accounts) fn sign(&self, claims: &Map<String, Value>) -> anyhow::Result<String> {
        jsonwebtoken::encode(&self.header, claims, &self.signing)
            .map_err(|error| anyhow::anyhow!("a token cannot be signed: {error}"))
    }

    /// The payload of `token`, if a key of ours signed it by that key's algorithm.
    ///
    /// The header is judged before the signature: what names another algorithm than the key's, or demands to be understood
    /// (`crit`), is a token, but none of ours. `kid` only chooses among our keys. Keys that a header brings along (`jwk`,
    /// `jku`, `x5c`, `x5u`) are never looked at.
    ///
    /// # Errors
    /// `Undecodable` or `Invalid`.
    pub(in crate::accounts) fn open(&self, token: &str) -> Result<Value, TokenError> {
        let header = header(token)?;
        let text = |name: &str| header.get(name).and_then(Value::as_str);
        let kid = text("kid");
        let named = self
            .accepted
            .iter()
            .find(|key| kid.is_some() && key.kid.as_deref() == kid);
        // A name that no key of ours has may come from another program that shares a secret key.
        let judged: Vec<&Accepted> = if let Some(key) = named {
            vec![key]
        } else {
            let (current, others) = self.accepted.split_at(1);
            let secrets = others.iter().filter(|key| key.kid.is_none());
            current.iter().chain(secrets).collect()
        };
        let algorithm = text("alg").and_then(|name| name.parse::<Algorithm>().ok());
        let fits = |key: &&&Accepted| algorithm == Some(key.algorithm);
        let mut fitting = judged.iter().filter(fits).peekable();
        if fitting.peek().is_none() || header.contains_key("crit") {
            return Err(TokenError::Invalid);
        }
        fitting
            .filter(|key| key.kid.is_none() || key.kid.as_deref() == kid || kid.is_none())
            .find_map(|key| jsonwebtoken::decode(token, &key.key, &key.validation).ok())
            .map(|decoded| decoded.claims)
            .ok_or(TokenError::Undecodable)
    }
}

impl Accepted {
    fn new(kid: Option<String>, algorithm: Algorithm, key: DecodingKey) -> Self {
        // Claims are judged where tokens are.
        let mut validation = Validation::new(algorithm);
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        validation.validate_aud = false;
        Self {
            kid,
            algorithm,
            key,
            validation,
        }
    }

    fn secret(algorithm: Algorithm, secret: &Secret) -> Self {
        let key = DecodingKey::from_secret(secret.expose().as_bytes());
        Self::new(None, algorithm, key)
    }

    fn public(public: &PublicKey) -> Self {
        Self::new(
            Some(public.kid.clone()),
            public.algorithm,
            public.key.clone(),
        )
    }
}

fn header(token: &str) -> Result<Map<String, Value>, TokenError> {
    let mut parts = token.split('.');
    let (Some(header), Some(_), Some(_), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(TokenError::Undecodable);
    };
    let header = URL_SAFE_NO_PAD
        .decode(header)
        .map_err(|_| TokenError::Undecodable)?;
    serde_json::from_slice(&header).map_err(|_| TokenError::Undecodable)
}
