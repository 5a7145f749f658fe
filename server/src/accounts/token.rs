//! Access tokens: issued, and judged as django-graphql-jwt judges them.
//!
//! Signatures are the work of `keys`. The claims are judged here: the wire contract tells apart what libraries do not,
//! such as an `exp` that is no number (undecodable) and an `iat` to come (invalid).

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::keys::Keys;
use super::{Result, TokenError};
use crate::config::TokenConfig;
use crate::model::{self, RefreshToken, SessionId, User, UserId};

/// Bytes of a token's own id, `jti`.
const TOKEN_ID_BYTES: usize = 16;

/// Issues and judges access tokens (RFC 7519, by the rules of RFC 8725).
pub(super) struct Tokens {
    keys: Keys,
    config: TokenConfig,
}

/// A token that was just signed.
#[derive(Debug)]
pub(crate) struct IssuedToken {
    /// The token as it is sent.
    pub(crate) token: String,
    /// Its claims, in order.
    pub(crate) payload: Claims,
    /// When it was issued, in seconds since 1970-01-01 UTC.
    pub(crate) issued_at: i64,
    /// When it expires, in seconds since 1970-01-01 UTC.
    pub(crate) expires_at: i64,
    /// Until when it can be refreshed, in seconds since 1970-01-01 UTC.
    pub(crate) refresh_expires_in: i64,
    /// The refresh token of its session, where one was asked for.
    pub(crate) refresh_token: Option<RefreshToken>,
}

impl IssuedToken {
    /// The same with the refresh token that its session was just given, good until `expires`, in seconds.
    pub(super) fn with_refresh_token(self, token: RefreshToken, expires: i64) -> Self {
        Self {
            refresh_expires_in: expires,
            refresh_token: Some(token),
            ..self
        }
    }
}

/// The claims of a token whose signature and times were judged.
#[derive(Clone, Debug)]
pub(crate) struct Claims(Arc<Map<String, Value>>);

/// Whom a token names.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Subject {
    /// A user of ours, and the session, where the token belongs to one.
    Id(UserId, Option<SessionId>),
    /// A user by name: the token was made elsewhere with the same key.
    Username(String),
}

impl Tokens {
    pub(super) fn new(config: &TokenConfig, keys: Keys) -> Self {
        Self {
            keys,
            config: config.clone(),
        }
    }

    pub(super) fn keys(&self) -> &Keys {
        &self.keys
    }

    pub(super) fn scheme(&self) -> &str {
        &self.config.jwt_auth_header_prefix
    }

    /// When no token of a session that began at `orig_iat` can be valid any more, in seconds.
    pub(super) fn session_end(&self, orig_iat: i64) -> i64 {
        self.token_end(self.refresh_end(orig_iat))
    }

    /// When no access token that is issued by `time` can be valid any more, in seconds.
    pub(super) fn token_end(&self, time: i64) -> i64 {
        time.saturating_add(self.config.jwt_expiration_delta.get().into())
            .saturating_add(self.config.jwt_leeway.into())
    }

    /// Until when a token that began at `orig_iat` can be refreshed, in seconds.
    fn refresh_end(&self, orig_iat: i64) -> i64 {
        orig_iat.saturating_add(self.config.sessions.refresh_window())
    }

    /// A token for `user`, in a session that began at `orig_iat`.
    pub(super) fn issue(
        &self,
        user: &User,
        session: &SessionId,
        orig_iat: i64,
        now: i64,
    ) -> Result<IssuedToken> {
        let expires = now.saturating_add(self.config.jwt_expiration_delta.get().into());
        let mut claims = Map::new();
        claims.insert("username".into(), json!(user.username));
        claims.insert("exp".into(), json!(expires));
        if self.config.jwt_allow_refresh {
            claims.insert("origIat".into(), json!(orig_iat));
        }
        match self.config.jwt_audience.as_slice() {
            [] => {}
            [audience] => _ = claims.insert("aud".into(), json!(audience)),
            audiences => _ = claims.insert("aud".into(), json!(audiences)),
        }
        if let Some(issuer) = &self.config.jwt_issuer {
            claims.insert("iss".into(), json!(issuer));
        }
        claims.insert("sub".into(), json!(user.id.to_string()));
        claims.insert("iat".into(), json!(now));
        let id = model::hex(&model::random::<TOKEN_ID_BYTES>()?);
        claims.insert("jti".into(), json!(id));
        claims.insert("sid".into(), json!(session.0));
        Ok(IssuedToken {
            token: self.keys.ring().sign(&claims)?,
            payload: Claims(Arc::new(claims)),
            issued_at: now,
            expires_at: expires,
            refresh_expires_in: self.refresh_end(orig_iat),
            refresh_token: None,
        })
    }

    /// The claims of `token`, if it is signed by us, for us, and for now.
    pub(super) fn decode(&self, token: &str, now: i64) -> std::result::Result<Claims, TokenError> {
        let claims = Claims(self.keys.ring().open(token)?);
        self.check_times(&claims, now)?;
        self.check_parties(&claims)?;
        Ok(claims)
    }

    fn check_times(&self, claims: &Claims, now: i64) -> std::result::Result<(), TokenError> {
        let leeway = i64::from(self.config.jwt_leeway);
        let latest = now.saturating_add(leeway);
        if claims.seconds("iat", TokenError::Invalid)? > Some(latest)
            || claims.seconds("nbf", TokenError::Undecodable)? > Some(latest)
        {
            return Err(TokenError::Invalid);
        }
        if !self.config.jwt_verify_expiration {
            return Ok(());
        }
        match claims.seconds("exp", TokenError::Undecodable)? {
            Some(expires) if expires <= now.saturating_sub(leeway) => Err(TokenError::Expired),
            _ => Ok(()),
        }
    }

    fn check_parties(&self, claims: &Claims) -> std::result::Result<(), TokenError> {
        let audiences = &self.config.jwt_audience;
        let is_ours = |value: &Value| audiences.iter().any(|ours| value.as_str() == Some(ours));
        let ours = match claims.0.get("aud") {
            Some(Value::Array(all)) => all.iter().any(is_ours),
            Some(one) => is_ours(one),
            None => false,
        };
        if !audiences.is_empty() && !ours {
            return Err(TokenError::Invalid);
        }
        if let Some(issuer) = &self.config.jwt_issuer
            && claims.0.get("iss").and_then(Value::as_str) != Some(issuer)
        {
            return Err(TokenError::Invalid);
        }
        Ok(())
    }

    /// When a token without a session was made: its first log-in, else its own making, else a lifetime before its end.
    /// 0 where it does not say.
    pub(super) fn made(&self, claims: &Claims) -> i64 {
        let seconds = |name| {
            let seconds = claims.seconds(name, TokenError::Invalid).ok().flatten();
            seconds.filter(|seconds| *seconds != 0)
        };
        let lifetime = self.config.jwt_expiration_delta.get().into();
        seconds("origIat")
            .or_else(|| seconds("iat"))
            .or_else(|| seconds("exp").map(|expires| expires.saturating_sub(lifetime)))
            .unwrap_or(0)
    }

    /// When the log-in behind `claims` was, if the token can still be refreshed.
    pub(super) fn refreshable_since(
        &self,
        claims: &Claims,
        now: i64,
    ) -> std::result::Result<i64, TokenError> {
        let since = claims.seconds("origIat", TokenError::InvalidPayload)?;
        let since = since
            .filter(|since| *since != 0 && self.config.jwt_allow_refresh)
            .ok_or(TokenError::OrigIatRequired)?;
        if now > self.refresh_end(since) {
            return Err(TokenError::RefreshExpired);
        }
        Ok(since)
    }
}

impl Claims {
    /// Every claim, in the token's order.
    pub(crate) fn all(&self) -> &Map<String, Value> {
        &self.0
    }

    /// Whom the token names.
    ///
    /// # Errors
    /// `InvalidPayload` where it names nobody; `Invalid` where a claim has a type that no token of ours has.
    pub(super) fn subject(&self) -> std::result::Result<Subject, TokenError> {
        let text = |name: &str| match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.as_str())),
            Some(_) => Err(TokenError::Invalid),
        };
        let session = text("sid")?
            .map(|id| SessionId::parse(id).ok_or(TokenError::Invalid))
            .transpose()?;
        if let Some(sub) = text("sub")? {
            let id = UserId::parse(sub).ok_or(TokenError::InvalidPayload)?;
            return Ok(Subject::Id(id, session));
        }
        match self.0.get("username") {
            Some(Value::String(name)) if !name.is_empty() => Ok(Subject::Username(name.clone())),
            _ => Err(TokenError::InvalidPayload),
        }
    }

    /// A claim that is a time in seconds: a number, or a text that reads as a whole one.
    fn seconds(
        &self,
        name: &str,
        otherwise: TokenError,
    ) -> std::result::Result<Option<i64>, TokenError> {
        let seconds = match self.0.get(name) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::Number(number)) => number.as_i64().or_else(|| whole(number.as_f64()?)),
            Some(Value::String(text)) => text.trim().parse().ok(),
            Some(_) => None,
        };
        seconds.map(Some).ok_or(otherwise)
    }
}

/// The whole part of a number of seconds, if it is one that a time can have.
#[expect(
    clippy::cast_possible_truncation,
    reason = "checked to be within what both types hold exactly"
)]
fn whole(number: f64) -> Option<i64> {
    (number.abs() < 9e15).then_some(number as i64)
}
