//! The keys that are in use together: one signs, all are accepted, and the public ones are published.

use std::borrow::Cow;
use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, crypto};
use quick_cache::sync::Cache;
use serde_json::{Map, Value};

use super::pair::{KeyPair, PublicKey};
use crate::accounts::TokenError;
use crate::accounts::claims::Claims;
use crate::config::Secret;

/// About how many tokens' claims are remembered: a kilobyte or two each.
const MOST_OPENED: usize = 1_024;
/// The longest token whose claims are remembered, in bytes: tokens of other programs may be of any length.
const LONGEST_REMEMBERED: usize = 1_024;

/// Keys that are in use together.
pub(in crate::accounts) struct Ring {
    header: Header,
    /// The header as it stands in a token.
    written: String,
    signing: EncodingKey,
    /// The current one first.
    accepted: Vec<Accepted>,
    published: String,
    /// The claims of the tokens that came last: a signature that was good stays good for as long as its key is on the ring.
    /// Whether a token is good now is judged at every request, by its claims.
    opened: Cache<Box<str>, Claims>,
}

/// A key that tokens may be signed with.
struct Accepted {
    /// Its name; secret keys have none.
    kid: Option<String>,
    algorithm: Algorithm,
    key: DecodingKey,
}

impl Ring {
    /// A secret key that signs, with what was in use before it.
    pub(super) fn of_secret(algorithm: Algorithm, secret: &Secret, retired: &[Secret]) -> Self {
        let secrets = std::iter::once(secret).chain(retired);
        let header = Header::new(algorithm);
        Self {
            written: written(&header),
            header,
            signing: EncodingKey::from_secret(secret.expose().as_bytes()),
            accepted: secrets
                .map(|secret| Accepted::secret(algorithm, secret))
                .collect(),
            published: r#"{"keys":[]}"#.to_owned(),
            opened: Cache::new(MOST_OPENED),
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
            written: written(&header),
            header,
            signing: current.private,
            accepted,
            published: serde_json::to_string(&JwkSet { keys })?,
            opened: Cache::new(MOST_OPENED),
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
    pub(in crate::accounts) fn open(&self, token: &str) -> Result<Claims, TokenError> {
        if let Some(claims) = self.opened.get(token) {
            return Ok(claims);
        }
        let claims = Claims::new(self.judge(token)?);
        if token.len() <= LONGEST_REMEMBERED {
            self.opened.insert(token.into(), claims.clone());
        }
        Ok(claims)
    }

    fn judge(&self, token: &str) -> Result<Map<String, Value>, TokenError> {
        let parts = Parts::of(token)?;
        let head = if parts.header == self.written {
            Head {
                algorithm: Some(self.header.alg),
                kid: self.header.kid.as_deref().map(Cow::Borrowed),
                is_critical: false,
                is_well_formed: true,
            }
        } else {
            Head::read(parts.header)?
        };
        let kid = head.kid.as_deref();
        let named = self
            .accepted
            .iter()
            .find(|key| kid.is_some() && key.kid.as_deref() == kid);
        // A name that no key of ours has may come from another program that shares a secret key.
        let (current, others) = self.accepted.split_at(1);
        let judged = match named {
            Some(key) => std::slice::from_ref(key),
            None => current,
        };
        let secrets = others.iter().filter(|key| key.kid.is_none());
        let secrets = secrets.take_while(|_| named.is_none());
        let fits = |key: &&Accepted| head.algorithm == Some(key.algorithm);
        let mut fitting = judged.iter().chain(secrets).filter(fits).peekable();
        if fitting.peek().is_none() || head.is_critical {
            return Err(TokenError::Invalid);
        }
        fitting
            .filter(|key| key.kid.is_none() || key.kid.as_deref() == kid || kid.is_none())
            .filter(|_| head.is_well_formed)
            .find(|key| key.signed(&parts))
            .ok_or(TokenError::Undecodable)?;
        object(&bytes(parts.claims)?)
    }
}

impl Accepted {
    fn secret(algorithm: Algorithm, secret: &Secret) -> Self {
        Self {
            kid: None,
            algorithm,
            key: DecodingKey::from_secret(secret.expose().as_bytes()),
        }
    }

    fn public(public: &PublicKey) -> Self {
        Self {
            kid: Some(public.kid.clone()),
            algorithm: public.algorithm,
            key: public.key.clone(),
        }
    }

    /// Whether the signature of a token is of this key. The claims are judged elsewhere.
    fn signed(&self, token: &Parts<'_>) -> bool {
        let (signature, message) = (token.signature, token.signed.as_bytes());
        crypto::verify(signature, message, &self.key, self.algorithm).unwrap_or(false)
    }
}

/// The parts of a token (RFC 7515, section 3.1), as they are written.
struct Parts<'a> {
    header: &'a str,
    claims: &'a str,
    signature: &'a str,
    /// The header and the claims, which the signature is of.
    signed: &'a str,
}

impl<'a> Parts<'a> {
    fn of(token: &'a str) -> Result<Self, TokenError> {
        let split = || {
            let (signed, signature) = token.rsplit_once('.')?;
            let (header, claims) = signed.split_once('.')?;
            let parts = Self {
                header,
                claims,
                signature,
                signed,
            };
            (!claims.contains('.')).then_some(parts)
        };
        split().ok_or(TokenError::Undecodable)
    }
}

/// What a token's header says.
struct Head<'a> {
    algorithm: Option<Algorithm>,
    kid: Option<Cow<'a, str>>,
    /// Whether it has to be understood beyond that.
    is_critical: bool,
    /// Whether every parameter that has a meaning has the type that it should have (RFC 7515, section 4.1).
    is_well_formed: bool,
}

impl Head<'_> {
    fn read(header: &str) -> Result<Self, TokenError> {
        let bytes = bytes(header)?;
        let header = object(&bytes)?;
        let text = |name: &str| header.get(name).and_then(Value::as_str);
        Ok(Self {
            algorithm: text("alg").and_then(|name| name.parse().ok()),
            kid: text("kid").map(|kid| Cow::Owned(kid.to_owned())),
            is_critical: header.contains_key("crit"),
            is_well_formed: serde_json::from_slice::<Header>(&bytes).is_ok(),
        })
    }
}

/// A header as it stands in a token; empty where it cannot be written, which no token's is.
fn written(header: &Header) -> String {
    let header = serde_json::to_vec(header).unwrap_or_default();
    URL_SAFE_NO_PAD.encode(header)
}

/// A part of a token, decoded.
fn bytes(part: &str) -> Result<Vec<u8>, TokenError> {
    let bytes = URL_SAFE_NO_PAD.decode(part);
    bytes.map_err(|_| TokenError::Undecodable)
}

fn object(json: &[u8]) -> Result<Map<String, Value>, TokenError> {
    serde_json::from_slice(json).map_err(|_| TokenError::Undecodable)
}
