//! Access tokens: issued, and judged as django-graphql-jwt judges them.
//!
//! Signatures are the work of `keys`. The claims are judged here: the wire contract tells apart what libraries do not,
//! such as an `exp` that is no number (undecodable) and an `iat` to come (invalid).

use serde_json::{Map, Value, json};

use super::claims::Claims;
use super::keys::Keys;
use super::{Result, TokenError};
use crate::config::TokenConfig;
use crate::model::{self, RefreshToken, SessionId, User};

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
            payload: Claims::new(claims),
            issued_at: now,
            expires_at: expires,
            refresh_expires_in: self.refresh_end(orig_iat),
            refresh_token: None,
        })
    }

    /// The claims of `token`, if it is signed by us, for us, and for now.
    pub(super) fn decode(&self, token: &str, now: i64) -> std::result::Result<Claims, TokenError> {
        let claims = self.keys.ring().open(token)?;
        self.check_times(&claims, now)?;
        self.check_parties(&claims)?;
        Ok(claims)
    }

    fn check_times(&self, claims: &Claims, now: i64) -> std::result::Result<(), TokenError> {
        let leeway = i64::from(self.config.jwt_leeway);
        let latest = now.saturating_add(leeway);
        let times = claims.times();
        if times.issued_at? > Some(latest) || times.not_before? > Some(latest) {
            return Err(TokenError::Invalid);
        }
        if !self.config.jwt_verify_expiration {
            return Ok(());
        }
        match times.expires_at? {
            Some(expires) if expires <= now.saturating_sub(leeway) => Err(TokenError::Expired),
            _ => Ok(()),
        }
    }

    fn check_parties(&self, claims: &Claims) -> std::result::Result<(), TokenError> {
        let audiences = &self.config.jwt_audience;
        let is_ours = |value: &Value| audiences.iter().any(|ours| value.as_str() == Some(ours));
        let is_for_us = || match claims.all().get("aud") {
            Some(Value::Array(all)) => all.iter().any(is_ours),
            Some(one) => is_ours(one),
            None => false,
        };
        if !audiences.is_empty() && !is_for_us() {
            return Err(TokenError::Invalid);
        }
        if let Some(issuer) = &self.config.jwt_issuer
            && claims.all().get("iss").and_then(Value::as_str) != Some(issuer)
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
