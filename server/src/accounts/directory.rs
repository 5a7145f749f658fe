//! The users and their passwords: what the command line looks after, and what sign-up adds to.

use super::hashing::{Hasher, Hashing, NewHash};
use super::log_in::login_key;
use super::password::Rules;
use super::{AccountsError, Field, FieldErrors, Result};
use crate::clock::Clock;
use crate::config::PasswordConfig;
use crate::model::{User, UserId};
use crate::store::Store;

/// The users and their passwords.
pub(crate) struct Directory {
    pub(super) store: Store,
    pub(super) clock: Clock,
    pub(super) hasher: Hasher,
    pub(super) password_min_length: usize,
}

impl Directory {
    /// The users in `store`, their passwords judged and hashed by `config`, where `hashing` says.
    pub(crate) fn new(
        store: Store,
        clock: Clock,
        config: &PasswordConfig,
        hashing: Hashing,
    ) -> Self {
        Self {
            store,
            clock,
            hasher: Hasher::new(config, hashing),
            password_min_length: usize::try_from(config.password_min_length).unwrap_or(usize::MAX),
        }
    }

    /// The user with this username, else with this e-mail address.
    pub(crate) async fn find(&self, name: &str) -> Result<Option<User>> {
        let Some(key) = login_key(name) else {
            return Ok(None);
        };
        let found = self.store.find_credentials(&key).await?;
        Ok(found.map(|credentials| credentials.user))
    }

    /// At most `limit` users after the one with the id `after`, oldest first.
    pub(crate) async fn list(&self, after: UserId, limit: u32) -> Result<Vec<User>> {
        Ok(self.store.list_users(after, limit).await?)
    }

    /// Sets a user's password, by the same rules as sign-up, and ends every session of theirs.
    ///
    /// # Errors
    /// `InvalidInput` with every rule that the password breaks; `Busy`.
    pub(crate) async fn set_password(&self, user: &User, new: &str) -> Result<()> {
        let words = [
            ("username", user.username.as_str()),
            ("e-mail address", user.email.as_str()),
        ];
        let mut errors = FieldErrors::default();
        let hash = self.hash_new(new, words, true).await?;
        let Some(Some(hash)) = errors.take(Field::Password, hash) else {
            return Err(AccountsError::InvalidInput(errors));
        };
        let now = self.clock.now_micros();
        self.store.update_password(user.id, &hash, now).await?;
        tracing::info!(user = %user.id, "password set");
        Ok(())
    }

    /// The hash of a new password, or every rule that it breaks; `words` are the account's own, each with what it is
    /// called. Where something else is wrong already, the hash is not `wanted`.
    pub(super) async fn hash_new(
        &self,
        password: &str,
        words: [(&str, &str); 2],
        wanted: bool,
    ) -> Result<NewHash> {
        let rules = Rules {
            min_length: self.password_min_length,
            words: words.map(|(called, word)| (called.to_owned(), word.to_owned())),
        };
        self.hasher.hash_new(password, Some(rules), wanted).await
    }

    /// Enables or disables a user; disabling ends every session of theirs.
    pub(crate) async fn set_active(&self, user: &User, active: bool) -> Result<()> {
        let now = self.clock.now_micros();
        self.store.update_active(user.id, active, now).await?;
        tracing::info!(user = %user.id, active, "enabled or disabled");
        Ok(())
    }
}
