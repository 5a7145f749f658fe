//! Password hashes, bounded: so many at once, so many waiting, so long.
//!
//! A hash takes tens of milliseconds of a processor and megabytes of memory. Without bounds a flood of log-ins takes
//! both from everything else.

mod alone;
mod argon2id;
mod django;
mod priority;
mod stored;
mod turns;

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use unicode_normalization::UnicodeNormalization as _;

use super::{AccountsError, Result};
use crate::config::PasswordConfig;
use argon2id::Argon2id;
use stored::StoredHash;
use turns::{Refused, Turns};

pub(crate) use alone::hashes_a_second;
pub(super) use stored::{Verdict, verdict};

/// What a client is told to wait when the queue is full.
const RETRY_AFTER_SECONDS: u32 = 2;

/// Computes and checks password hashes, off the async threads.
pub(super) struct Hasher {
    argon2: Arc<Argon2id>,
    turns: Turns,
}

/// What a check found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Checked {
    /// Not the password.
    Wrong,
    /// Not the password, for no password can be checked against this hash.
    Unreadable(String),
    /// The password; with a fresh hash where the old one was made otherwise than today's.
    Right { upgraded: Option<String> },
}

impl Hasher {
    /// A hasher with the configured cost and bounds.
    pub(super) fn new(config: &PasswordConfig) -> Self {
        let at_once = config
            .hashing_concurrency
            .or_else(|| thread::available_parallelism().ok())
            .map_or(1, std::num::NonZero::get);
        let longest_wait = Duration::from_millis(config.hashing_wait.into());
        Self {
            argon2: Arc::new(Argon2id::new(config)),
            turns: Turns::new(at_once, config.hashing_queue, longest_wait),
        }
    }

    /// The hash of a new password, if `judge` finds nothing wrong with it. Both in one turn: a password can be made that
    /// takes longer to judge than to hash. Without `wanted`, only judges.
    ///
    /// # Errors
    /// Busy where the bounds are reached; inside, what `judge` says.
    pub(super) async fn hash_new(
        &self,
        password: &str,
        wanted: bool,
        judge: impl FnOnce(&str) -> std::result::Result<(), Vec<String>> + Send + 'static,
    ) -> Result<std::result::Result<Option<String>, Vec<String>>> {
        let password = password.to_owned();
        self.run(move |argon2| match judge(&password) {
            Ok(()) if wanted => Ok(Ok(Some(argon2.hash(&normalised(&password))?))),
            Ok(()) => Ok(Ok(None)),
            Err(sentences) => Ok(Err(sentences)),
        })
        .await
    }

    /// Checks `password` against `hash`.
    ///
    /// # Errors
    /// Busy where the bounds are reached.
    pub(super) async fn check(&self, password: &str, hash: &str) -> Result<Checked> {
        let (password, hash) = (password.to_owned(), hash.to_owned());
        self.run(move |argon2| match StoredHash::parse(&hash, argon2) {
            Ok(hash) if hash.matches(&password, argon2)? => {
                let current = hash.is_current(argon2);
                let upgraded = (!current).then(|| argon2.hash(&normalised(&password)));
                let upgraded = upgraded.transpose()?;
                Ok(Checked::Right { upgraded })
            }
            Ok(hash) => {
                hash.make_up(&password, argon2)?;
                Ok(Checked::Wrong)
            }
            Err(wrong) => {
                argon2.toil(&normalised(&password))?;
                Ok(Checked::Unreadable(wrong))
            }
        })
        .await
    }

    /// Does the work of a check that finds `password` wrong: that of `hash`, or that of a new hash.
    ///
    /// # Errors
    /// Busy where the bounds are reached.
    pub(super) async fn check_for_nobody(&self, password: &str, hash: Option<&str>) -> Result<()> {
        let (password, hash) = (password.to_owned(), hash.map(str::to_owned));
        self.run(move |argon2| {
            let hash = hash.and_then(|hash| StoredHash::parse(&hash, argon2).ok());
            let Some(hash) = hash else {
                return argon2.toil(&normalised(&password));
            };
            // Even where it is somebody's password: what a right one costs more would tell.
            hash.matches(&password, argon2)?;
            hash.make_up(&password, argon2)
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Argon2id) -> anyhow::Result<T> + Send + 'static,
    ) -> Result<T> {
        let argon2 = Arc::clone(&self.argon2);
        match self.turns.run(move || job(&argon2)).await {
            Ok(done) => Ok(done?),
            Err(Refused::Busy) => Err(AccountsError::Busy {
                retry_after: RETRY_AFTER_SECONDS,
            }),
            Err(Refused::Fault(error)) => Err(error.into()),
        }
    }
}

/// The same password typed on two keyboards is the same text (NIST SP 800-63B-4, section 3.1.1.2).
fn normalised(password: &str) -> String {
    password.nfc().collect()
}
