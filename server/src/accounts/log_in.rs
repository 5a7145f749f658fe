//! Log in: the password for a session and its first access token.

use super::hashing::Checked;
use super::password;
use super::token::IssuedToken;
use super::{Accounts, AccountsError, Result};
use crate::model::{self, SessionId, UserId};
use crate::store::{Credentials, NewSession};

impl Accounts {
    /// Checks the password of the user whose username, else e-mail address, is `login`, and opens a session.
    ///
    /// # Errors
    /// `InvalidCredentials` for an unknown user, a wrong password and a disabled user alike, at the same cost; `Busy`.
    pub(crate) async fn log_in(&self, login: &str, password: &str) -> Result<IssuedToken> {
        let key = login_key(login);
        let mut checked_before = None;
        loop {
            let credentials = match &key {
                Some(key) => self.store().find_credentials(key).await?,
                None => None,
            };
            // Only a hash that another log-in has just upgraded is worth another look. Anything else costs one check,
            // whoever the user is.
            if let (Some(before), Some(now)) = (&checked_before, &credentials)
                && now.password_hash == *before
            {
                tracing::info!(user = %now.user.id, "log-in refused: disabled");
                return Err(AccountsError::InvalidCredentials);
            }
            let checked = self.check(credentials.as_ref(), password).await?;
            let Some(credentials) = credentials else {
                return Err(AccountsError::InvalidCredentials);
            };
            let Checked::Right { upgraded } = checked else {
                tracing::info!(user = %credentials.user.id, "log-in refused: wrong password");
                return Err(AccountsError::InvalidCredentials);
            };
            if let Some(issued) = self.open(&credentials, upgraded.as_deref()).await? {
                return Ok(issued);
            }
            if checked_before.is_some() {
                tracing::info!(user = %credentials.user.id, "log-in refused: the account keeps changing");
                return Err(AccountsError::InvalidCredentials);
            }
            checked_before = Some(credentials.password_hash);
        }
    }

    /// Checks a password at the same cost whether there is a user or not.
    async fn check(&self, credentials: Option<&Credentials>, password: &str) -> Result<Checked> {
        // No stored hash is of a longer password. A check of the first bytes costs the same as any other.
        let fits = password.len() <= password::MOST_BYTES;
        let typed = if fits { password } else { "" };
        let hash = credentials
            .filter(|_| fits)
            .map(|credentials| credentials.password_hash.as_str());
        self.directory().hasher.check(typed, hash).await
    }

    /// Opens a session and issues its first token; None where the account changed since its password was checked.
    async fn open(
        &self,
        credentials: &Credentials,
        upgraded: Option<&str>,
    ) -> Result<Option<IssuedToken>> {
        let id = SessionId::random()?;
        let orig_iat = self.clock().now_seconds();
        let session = self.new_session(&id, credentials.user.id, orig_iat);
        let user = self
            .store()
            .insert_log_in(&session, &credentials.password_hash, upgraded)
            .await?;
        let Some(user) = user else {
            return Ok(None);
        };
        tracing::info!(user = %user.id, "logged in");
        self.sweep().await;
        let now = self.clock().now_seconds();
        Ok(Some(self.0.tokens.issue(&user, &id, orig_iat, now)?))
    }

    /// Clears expired sessions away, a few with each that begins: there is never more to do than was done.
    pub(super) async fn sweep(&self) {
        let now = self.clock().now_micros();
        // What is left over is taken along next time.
        if let Err(error) = self.store().delete_expired_sessions(now).await {
            tracing::warn!("expired sessions were not cleared away: {error}");
        }
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

/// The folded form of what was typed as a username or an e-mail address; None for what can be neither.
pub(super) fn login_key(login: &str) -> Option<String> {
    // Longer than any name or address, folded: not worth folding or looking up.
    const MOST_BYTES: usize = 4_096;
    (login.len() <= MOST_BYTES)
        .then(|| model::folded(login.trim()))
        .flatten()
}
