//! Log in: the password for a session and its first access token.

use super::hashing::Checked;
use super::password;
use super::token::IssuedToken;
use super::{Accounts, AccountsError, Result};
use crate::model::{self, Authentication, Device, SessionId};
use crate::store::{Credentials, NewSession};

/// What a person gives to log in.
#[derive(Debug)]
pub(crate) struct LogIn<'a> {
    /// The username or the e-mail address.
    pub(crate) login: &'a str,
    pub(crate) password: &'a str,
    /// Where they are.
    pub(crate) device: &'a Device,
    /// Whether the session is given a refresh token.
    pub(crate) refresh_token: bool,
}

impl Accounts {
    /// Checks the password of the user whose username, else e-mail address, is given, and opens a session.
    ///
    /// # Errors
    /// `InvalidCredentials` for an unknown user, a wrong password and a disabled user alike, at the same cost; `Busy`.
    pub(crate) async fn log_in(&self, input: &LogIn<'_>) -> Result<IssuedToken> {
        let key = login_key(input.login);
        let mut checked_before = None;
        loop {
            // Whom a name that nobody has is taken for is asked for even where it is somebody's: that takes time as well.
            let (credentials, other) = match &key {
                Some(key) => {
                    let candidates = self.0.nobody.candidates(key);
                    self.store().find_for_log_in(key, &candidates).await?
                }
                None => (None, None),
            };
            // Only a hash that another log-in has just upgraded is worth another look. Anything else costs one check,
            // whoever the user is.
            if let (Some(before), Some(now)) = (&checked_before, &credentials)
                && now.password_hash == *before
            {
                tracing::info!(user = %now.user.id, "log-in refused: disabled");
                return Err(AccountsError::InvalidCredentials);
            }
            let stored = credentials.as_ref().map(|found| &*found.password_hash);
            let checked = self.check(stored, other.as_deref(), input.password).await?;
            let Some(credentials) = credentials else {
                return Err(AccountsError::InvalidCredentials);
            };
            let id = credentials.user.id;
            let upgraded = match checked {
                Checked::Right { upgraded } => upgraded,
                Checked::Wrong => {
                    tracing::info!(user = %id, "log-in refused: wrong password");
                    return Err(AccountsError::InvalidCredentials);
                }
                Checked::Unreadable(wrong) => {
                    tracing::warn!(user = %id, "log-in refused: the stored hash {wrong}: set a new password with `latchkey user set-password`");
                    return Err(AccountsError::InvalidCredentials);
                }
            };
            if let Some(issued) = self.open(input, &credentials, upgraded.as_deref()).await? {
                return Ok(issued);
            }
            if checked_before.is_some() {
                tracing::info!(user = %id, "log-in refused: the account keeps changing");
                return Err(AccountsError::InvalidCredentials);
            }
            checked_before = Some(credentials.password_hash);
        }
    }

    /// Checks a password, at such a cost that it does not tell whether there is a user: where none is `stored`, the hash of
    /// whom the name is taken for.
    async fn check(
        &self,
        stored: Option<&str>,
        other: Option<&str>,
        password: &str,
    ) -> Result<Checked> {
        let hasher = &self.directory().hasher;
        // No stored hash is of a longer password.
        if password.len() > password::MOST_BYTES {
            hasher.check_for_nobody("", None).await?;
            return Ok(Checked::Wrong);
        }
        if let Some(stored) = stored {
            return hasher.check(password, stored).await;
        }
        hasher.check_for_nobody(password, other).await?;
        Ok(Checked::Wrong)
    }

    /// Opens a session and issues its first token; None where the account changed since its password was checked.
    async fn open(
        &self,
        input: &LogIn<'_>,
        credentials: &Credentials,
        upgraded: Option<&str>,
    ) -> Result<Option<IssuedToken>> {
        let id = SessionId::random()?;
        let now = self.clock().now_seconds();
        let refresh_token = input
            .refresh_token
            .then(|| self.new_refresh_token())
            .transpose()?;
        let session = NewSession {
            id: &id,
            user: credentials.user.id,
            now: self.clock().now_micros(),
            expires: self.session_end(now, refresh_token.is_some()),
            device: input.device,
            authenticated_by: Authentication::Password,
            refresh_token: refresh_token.as_ref(),
        };
        let user = self
            .store()
            .insert_log_in(&session, &credentials.password_hash, upgraded)
            .await?;
        let Some(user) = user else {
            return Ok(None);
        };
        tracing::info!(user = %user.id, session = id.0, "logged in");
        let issued = self.0.tokens.issue(&user, &id, now, now)?;
        Ok(Some(match refresh_token {
            Some(token) => issued.with_refresh_token(token, self.refresh_token_end(now)),
            None => issued,
        }))
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
