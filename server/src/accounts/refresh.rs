//! Refresh by an access token: one that is still valid for the next one of the same session.

use super::token::IssuedToken;
use super::viewer::Bearer;
use super::{Accounts, Result, TokenError};
use crate::model::{Authentication, Device, SessionId};
use crate::store::NewSession;

impl Accounts {
    /// A new access token for the user and session of `token`, its `origIat` preserved. Where `refresh_token` is asked
    /// for, the session is given its first one.
    ///
    /// # Errors
    /// What is wrong with the token, or that it can no longer be refreshed; `RefreshTokenRequired` where the session has
    /// a refresh token: then nothing else refreshes it (RFC 9700, section 4.14).
    pub(crate) async fn refresh(
        &self,
        token: Option<&str>,
        device: &Device,
        refresh_token: bool,
    ) -> Result<IssuedToken> {
        let token = token.ok_or(TokenError::Required)?;
        let claims = self.0.tokens.decode(token, self.clock().now_seconds())?;
        let bearer = self.bearer(&claims).await?.ok_or(TokenError::Invalid)?;
        if bearer.has_refresh_token {
            return Err(TokenError::RefreshTokenRequired.into());
        }
        let now = self.clock().now_seconds();
        let orig_iat = self.0.tokens.refreshable_since(&claims, now)?;
        let session = match &bearer.session {
            Some(session) => {
                self.keep(session, orig_iat, device).await?;
                session.clone()
            }
            None => self.adopt(token, &bearer, orig_iat, device).await?,
        };
        tracing::info!(user = %bearer.user.id, session = session.0, "token refreshed");
        let issued = self.0.tokens.issue(&bearer.user, &session, orig_iat, now)?;
        if !refresh_token {
            return Ok(issued);
        }
        let token = self.new_refresh_token()?;
        let expires = self.session_end(now, true);
        let micros = self.clock().now_micros();
        let store = self.store();
        if !store
            .insert_refresh_token(&session, &token, micros, expires)
            .await?
        {
            // Another request was first.
            return Err(TokenError::RefreshTokenRequired.into());
        }
        Ok(issued.with_refresh_token(token, self.refresh_token_end(now)))
    }

    /// Marks a session as used.
    async fn keep(&self, session: &SessionId, orig_iat: i64, device: &Device) -> Result<()> {
        let now = self.clock().now_micros();
        let expires = self.session_end(orig_iat, false);
        let kept = self
            .store()
            .update_session_used(session, &device.ip_address, now, expires);
        if kept.await? {
            return Ok(());
        }
        Err(TokenError::SessionEnded.into())
    }

    /// A session for the bearer of a token made elsewhere with the same key: from here on it can be ended.
    async fn adopt(
        &self,
        token: &str,
        bearer: &Bearer,
        orig_iat: i64,
        device: &Device,
    ) -> Result<SessionId> {
        let id = SessionId::of_token(token);
        let session = NewSession {
            id: &id,
            user: bearer.user.id,
            now: self.clock().now_micros(),
            expires: self.session_end(orig_iat, false),
            device,
            authenticated_by: Authentication::Token,
            refresh_token: None,
        };
        if self.store().insert_session(&session, &bearer.user).await? {
            return Ok(id);
        }
        Err(TokenError::SessionEnded.into())
    }
}
