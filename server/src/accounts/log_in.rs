//! Log in: the password for a session and its first access token.

use super::hashing::Checked;
use super::password;
use super::token::IssuedToken;
use super::{Accounts, AccountsError, Result};
use crate::model::{self, SessionId, UserId};
use crate::store::NewSession;

/// Bytes of a session's id.
const SESSION_ID_BYTES: usize = 16;

impl Accounts {
    /// Checks the password of the user whose username, else e-mail address, is `login`, and opens a session.
    ///
    /// # Errors
    /// `InvalidCredentials` for an unknown user, a wrong password and a disabled user alike, at the same cost; `Busy`.
    pub(crate) async fn log_in(&self, login: &str, password: &str) -> Result<IssuedToken> {
        let credentials = match login_key(login) {
            Some(key) => self.store().find_credentials(&key).await?,
            None => None,
        };
        // No stored hash is of a longer password. A check of the first bytes costs the same as any other.
        let fits = password.len() <= password::MOST_BYTES;
        let typed = if fits { password } else { "" };
        let hash = credentials
            .as_ref()
            .filter(|_| fits)
            .map(|credentials| credentials.password_hash.as_str());
        let checked = self.0.directory.hasher.check(typed, hash).await?;
        let (Some(credentials), Checked::Right { upgraded }) = (credentials, checked) else {
            tracing::info!("log-in refused");
            return Err(AccountsError::InvalidCredentials);
        };
        let id = new_session_id()?;
        let orig_iat = self.clock().now_seconds();
        let session = self.new_session(&id, credentials.user.id, orig_iat);
        let user = self
            .store()
            .insert_log_in(&session, &credentials.password_hash, upgraded.as_deref())
            .await?;
        let Some(user) = user else {
            tracing::info!(user = %credentials.user.id, "log-in refused: disabled or changed meanwhile");
            return Err(AccountsError::InvalidCredentials);
        };
        tracing::info!(user = %user.id, "logged in");
        self.0
            .tokens
            .issue(&user, &id, orig_iat, self.clock().now_seconds())
    }

    /// A session that lasts as long as a token of it can.
    pub(super) fn new_session<'a>(
        &self,
        id: &'a SessionId,
        user: UserId,
        orig_iat: i64,
    ) -> NewSession<'a> {
        NewSession {
            id,
            user,
            now: self.clock().now_micros(),
            expires: self
                .0
                .tokens
                .session_end(orig_iat)
                .saturating_mul(1_000_000),
        }
    }
}

/// An id for a new session.
pub(super) fn new_session_id() -> Result<SessionId> {
    Ok(SessionId(model::hex(&super::random::<SESSION_ID_BYTES>()?)))
}

/// The folded form of what was typed as a username or an e-mail address; None for what can be neither.
pub(super) fn login_key(login: &str) -> Option<String> {
    // Longer than any name or address, folded: not worth folding or looking up.
    const MOST_BYTES: usize = 4_096;
    (login.len() <= MOST_BYTES)
        .then(|| model::folded(login.trim()))
        .flatten()
}
