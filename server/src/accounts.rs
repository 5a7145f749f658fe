//! The use cases: who may sign up, log in and see whom. Decides everything; calls `store`, is called by `schema`.

mod claims;
mod copy;
mod device;
mod directory;
mod error;
mod export;
mod hashing;
mod import;
mod keys;
mod log_in;
mod nobody;
mod password;
mod refresh;
mod rotate;
mod seed;
mod sessions;
mod sign_up;
mod token;
mod users;
mod users_connection;
mod viewer;

use std::sync::Arc;

pub(crate) use claims::Claims;
pub(crate) use copy::{CopyEvent, copy_database};
pub(crate) use device::device_name;
pub(crate) use directory::Directory;
pub(crate) use error::{AccountsError, Field, FieldErrors, TokenError};
pub(crate) use export::{ExportFormat, export};
pub use hashing::Hashing;
#[cfg(target_os = "linux")]
pub(crate) use hashing::pause_others;
pub(crate) use hashing::{hash_apart, hashes_a_second};
pub(crate) use import::{
    Event, Finding, Format, Import, SkippedToken, SkippedUser, Source, Summary, TokenLives, Warning,
};
pub(crate) use keys::{ListedKey, list_keys, rotate_keys};
pub(crate) use log_in::LogIn;
pub(crate) use seed::SEED_PASSWORD;
pub(crate) use sign_up::SignUp;
pub(crate) use token::IssuedToken;
pub(crate) use users::Page;
pub(crate) use users_connection::Connection;

use crate::clock::Clock;
use crate::config::{Secret, ServeConfig, SessionConfig, UsersConfig};
use crate::model::RefreshKey;
use crate::store::Store;
use keys::Keys;
use nobody::Nobody;
use token::Tokens;

type Result<T> = std::result::Result<T, AccountsError>;

/// The use cases, shared by every request.
#[derive(Clone)]
pub(crate) struct Accounts(Arc<Inner>);

struct Inner {
    directory: Directory,
    nobody: Nobody,
    tokens: Tokens,
    refresh_key: RefreshKey,
    sessions: SessionConfig,
    users: UsersConfig,
}

impl Accounts {
    /// The use cases over `store`, by the settings of `config`, with the secret key `secret`; passwords are hashed
    /// where `hashing` says.
    ///
    /// # Errors
    /// A key that cannot be used.
    pub(crate) fn new(
        store: Store,
        clock: Clock,
        config: &ServeConfig,
        secret: &Secret,
        hashing: Hashing,
    ) -> anyhow::Result<Self> {
        let (tokens, data_dir) = (&config.tokens, &config.storage.data_dir);
        let keys = Keys::open(tokens, data_dir, secret, clock.now_seconds())?;
        Ok(Self(Arc::new(Inner {
            directory: Directory::new(store, clock, &config.passwords, hashing),
            nobody: Nobody::new(secret),
            tokens: Tokens::new(tokens, keys),
            refresh_key: RefreshKey::new(secret.expose().as_bytes()),
            sessions: config.tokens.sessions.clone(),
            users: config.users.clone(),
        })))
    }

    /// The users and their passwords, for what needs no token.
    pub(crate) fn directory(&self) -> &Directory {
        &self.0.directory
    }

    /// The scheme of the Authorization header, beside `Bearer`.
    pub(crate) fn scheme(&self) -> &str {
        self.0.tokens.scheme()
    }

    /// The public keys of tokens as a JWK set.
    pub(crate) fn published_keys(&self) -> String {
        self.0.tokens.keys().published()
    }

    /// Takes over keys that change, for as long as it is polled.
    pub(crate) async fn follow_keys(&self) {
        self.0.tokens.keys().follow().await;
    }

    /// Whether the database answers.
    pub(crate) async fn ready(&self) -> Result<()> {
        Ok(self.store().ping().await?)
    }

    /// Closes the database.
    pub(crate) async fn close(&self) {
        self.store().close().await;
    }

    fn store(&self) -> &Store {
        &self.0.directory.store
    }

    fn sessions(&self) -> &SessionConfig {
        &self.0.sessions
    }

    fn clock(&self) -> &Clock {
        &self.0.directory.clock
    }
}
