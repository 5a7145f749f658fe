//! Refresh tokens: given at the log-in, exchanged at each use, revoked. What is stored of one is in `model`.
//!
//! A token is good once (RFC 9700, section 4.14.2). Used again within a short while, it is answered with the very same
//! successor: an answer was lost, or two tabs asked. Used again later, somebody has a copy, and the session ends.

use std::sync::Arc;

use super::token::IssuedToken;
use super::{Accounts, Result, TokenError};
use crate::model::{Device, Ending, RefreshToken, SessionId, User};
use crate::store::{Found, RefreshSession, Rotation};

/// Microseconds of a second.
const SECOND: i64 = 1_000_000;

/// The most exchanges of one session that a straggler may have missed while its token is answered again.
const MOST_EXCHANGES: usize = 100;

/// What a refresh token is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// The one that is good now.
    Good,
    /// Exchanged a moment ago.
    JustSpent,
    /// Exchanged before, or never given: whoever uses it knows of the session what only its tokens tell.
    Replayed,
}

impl Accounts {
    /// Exchanges a refresh token for a new access token and the next refresh token.
    ///
    /// # Errors
    /// `RefreshTokenRequired`, `RefreshTokenInvalid`, `RefreshTokenExpired`, `UserDisabled`.
    pub(crate) async fn rotate(&self, token: Option<&str>, device: &Device) -> Result<IssuedToken> {
        let token = read(token)?;
        let successor = token.successor(
            &self.0.refresh_key,
            self.sessions().jwt_refresh_token_n_bytes,
        );
        let now = self.clock().now_micros();
        let seconds = now.div_euclid(SECOND);
        let rotation = Rotation {
            spent: &token,
            successor: &successor,
            now,
            oldest: now.saturating_sub(self.sessions().lifetime().saturating_mul(SECOND)),
            expires: self.session_end(seconds, true),
            forget_before: now.saturating_sub(self.grace()),
            ip_address: &device.ip_address,
        };
        let rotated = self.store().rotate_refresh_token(&rotation).await?;
        let (user, session, successor) = if let Some((user, session)) = rotated {
            tracing::info!(user = %user.id, session = session.0, "refresh token rotated");
            (Arc::new(user), session, successor)
        } else {
            self.answered_again(&token, successor, now).await?
        };
        let issued = self.0.tokens.issue(&user, &session, seconds, seconds)?;
        Ok(issued.with_refresh_token(successor, self.refresh_token_end(seconds)))
    }

    /// The user and session of a token that was exchanged a moment ago, and the token that is good now: its successor, or
    /// one that came after that.
    ///
    /// # Errors
    /// What is wrong with any other token.
    async fn answered_again(
        &self,
        token: &RefreshToken,
        successor: RefreshToken,
        now: i64,
    ) -> Result<(Arc<User>, SessionId, RefreshToken)> {
        let session = self.refresh_session(token).await?;
        match self.standing(&session, token, now) {
            Standing::JustSpent => {}
            // The good one is exchanged, unless it is too old.
            Standing::Good => return Err(TokenError::RefreshTokenExpired.into()),
            Standing::Replayed => return self.end_replayed(&session, now).await,
        }
        let good = self.good_after(successor, &session.refresh_hash);
        let good = good.ok_or(TokenError::RefreshTokenInvalid)?;
        let (user, id) = (session.user_id, session.id);
        match self.store().find_user_in_session(user, &id, now).await? {
            Some((user, Found::GoesOn { .. })) => Ok((user, id, good)),
            _ => Err(TokenError::RefreshTokenInvalid.into()),
        }
    }

    /// The token with this hash, `token` itself or one of those that come after it. None where a process with another
    /// key, or another length of tokens, has made it: only that one can tell.
    fn good_after(&self, token: RefreshToken, hash: &str) -> Option<RefreshToken> {
        let bytes = self.sessions().jwt_refresh_token_n_bytes;
        let next = |token: &RefreshToken| Some(token.successor(&self.0.refresh_key, bytes));
        let mut tokens = std::iter::successors(Some(token), next).take(MOST_EXCHANGES);
        tokens.find(|token| token.hash() == hash)
    }

    /// Ends the session of a refresh token, and says when, in seconds.
    ///
    /// # Errors
    /// `RefreshTokenRequired`, `RefreshTokenInvalid`.
    pub(crate) async fn revoke(&self, token: Option<&str>) -> Result<i64> {
        let token = read(token)?;
        let now = self.clock().now_micros();
        let session = self.refresh_session(&token).await?;
        if self.standing(&session, &token, now) == Standing::Replayed {
            return self.end_replayed(&session, now).await;
        }
        let (user, id) = (session.user_id, &session.id);
        if !self
            .store()
            .end_session(user, id, now, Ending::Revoked)
            .await?
        {
            return Err(TokenError::RefreshTokenInvalid.into());
        }
        tracing::info!(%user, session = id.0, "refresh token revoked: the session has ended");
        Ok(now.div_euclid(SECOND))
    }

    /// The session of a refresh token, if it goes on.
    async fn refresh_session(&self, token: &RefreshToken) -> Result<RefreshSession> {
        let session = self.store().find_refresh_session(token).await?;
        let session = session.ok_or(TokenError::RefreshTokenInvalid)?;
        if !session.is_active {
            return Err(TokenError::UserDisabled.into());
        }
        if session.ended_at.is_some() {
            return Err(TokenError::RefreshTokenInvalid.into());
        }
        Ok(session)
    }

    fn standing(&self, session: &RefreshSession, token: &RefreshToken, now: i64) -> Standing {
        let just = |spent_at| now.saturating_sub(spent_at) < self.grace();
        if session.refresh_hash == token.hash() {
            Standing::Good
        } else if session.spent_at.is_some_and(just) {
            Standing::JustSpent
        } else {
            Standing::Replayed
        }
    }

    async fn end_replayed<T>(&self, session: &RefreshSession, now: i64) -> Result<T> {
        let (user, id) = (session.user_id, &session.id);
        self.store()
            .end_session(user, id, now, Ending::Reuse)
            .await?;
        tracing::warn!(%user, session = id.0, "a refresh token was used again: the session has ended");
        Err(TokenError::RefreshTokenInvalid.into())
    }

    /// The first refresh token of a session.
    pub(super) fn new_refresh_token(&self) -> Result<RefreshToken> {
        Ok(RefreshToken::random(
            self.sessions().jwt_refresh_token_n_bytes,
        )?)
    }

    /// Until when a refresh token that is given at `now` lasts, both in seconds.
    pub(super) fn refresh_token_end(&self, now: i64) -> i64 {
        now.saturating_add(self.sessions().lifetime())
    }

    /// From when on no token of a session can be valid, in microseconds: of one that begins at `time`, in seconds, or has
    /// just been given a refresh token then.
    pub(super) fn session_end(&self, time: i64, refresh_token: bool) -> i64 {
        let seconds = if refresh_token {
            let lifetime = self.refresh_token_end(time);
            lifetime.max(self.0.tokens.token_end(time))
        } else {
            self.0.tokens.session_end(time)
        };
        seconds.saturating_mul(SECOND)
    }

    /// How long a token that was exchanged is answered again, in microseconds.
    fn grace(&self) -> i64 {
        i64::from(self.sessions().refresh_token_grace) * SECOND
    }
}

fn read(token: Option<&str>) -> Result<RefreshToken> {
    let token = token.ok_or(TokenError::RefreshTokenRequired)?;
    Ok(RefreshToken::parse(token).ok_or(TokenError::RefreshTokenInvalid)?)
}
