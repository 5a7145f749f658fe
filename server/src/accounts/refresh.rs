//! Refresh: a token that is still valid for the next one of the same session.

use super::token::IssuedToken;
use super::{Accounts, Result, TokenError};
use crate::model::SessionId;

impl Accounts {
    /// A new token for the user and session of `token`, its `origIat` preserved.
    ///
    /// # Errors
    /// What is wrong with the token, or that it can no longer be refreshed.
    pub(crate) async fn refresh(&self, token: Option<&str>) -> Result<IssuedToken> {
        let token = token.ok_or(TokenError::Required)?;
        let now = self.clock().now_seconds();
        let claims = self.0.tokens.decode(token, now)?;
        let bearer = self.bearer(&claims).await?.ok_or(TokenError::Invalid)?;
        let orig_iat = self.0.tokens.refreshable_since(&claims, now)?;
        let session = if let Some(session) = bearer.session {
            session
        } else {
            // Made elsewhere with the same key: from here on it has a session that can be ended.
            let id = SessionId::random()?;
            let session = self.new_session(&id, bearer.user.id, orig_iat);
            let unchanged = bearer.user.password_changed_at;
            if !self.store().insert_session(&session, unchanged).await? {
                return Err(TokenError::SessionEnded.into());
            }
            self.sweep().await;
            id
        };
        self.0.tokens.issue(&bearer.user, &session, orig_iat, now)
    }
}
