//! Password hashes, bounded: so many at once, so many waiting, so long.
//!
//! A hash takes tens of milliseconds of a processor and megabytes of memory. Without bounds a flood of log-ins takes
//! both from everything else.

mod alone;
mod apart;
mod argon2id;
mod desk;
mod django;
#[cfg_attr(not(target_os = "linux"), path = "hashing/no_pauses.rs")]
mod pauses;
mod priority;
mod stored;
mod turns;
mod work;

use std::thread;
use std::time::Duration;

use anyhow::anyhow;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

use super::password::Rules;
use super::{AccountsError, Result};
use crate::config::PasswordConfig;
use desk::Desk;
use turns::{Refused, Turns};
use work::{Answer, Done, Work};

pub(crate) use alone::hashes_a_second;
pub(crate) use apart::hash_apart;
pub use desk::Hashing;
#[cfg(target_os = "linux")]
pub(crate) use pauses::pause_others;
pub(super) use stored::{Verdict, verdict};

/// What a client is told to wait when the queue is full.
const RETRY_AFTER_SECONDS: u32 = 2;

/// Computes and checks password hashes, off the async threads.
pub(super) struct Hasher {
    turns: Turns<Work, Answer>,
}

/// What came of a new password: every rule that it breaks, a sentence each; else its hash, where that was wanted.
pub(super) type NewHash = std::result::Result<Option<String>, Vec<String>>;

/// What a check found.
#[derive(Debug, PartialEq, Eq, Deserialize, Serialize)]
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
    pub(super) fn new(config: &PasswordConfig, hashing: Hashing) -> Self {
        let at_once = config
            .hashing_concurrency
            .or_else(|| thread::available_parallelism().ok())
            .map_or(1, std::num::NonZero::get);
        let longest_wait = Duration::from_millis(config.hashing_wait.into());
        let desks = Desk::each(config, hashing);
        let equip = move || {
            let mut desk = desks();
            move |work: &[Work]| desk.run(work)
        };
        Self {
            turns: Turns::new(at_once, config.hashing_queue, longest_wait, equip),
        }
    }

    /// The hash of a new password that breaks none of `rules`, if there are any. Where it is not `wanted`, the password is
    /// only judged.
    ///
    /// # Errors
    /// Busy where the bounds are reached.
    pub(super) async fn hash_new(
        &self,
        password: &str,
        rules: Option<Rules>,
        wanted: bool,
    ) -> Result<NewHash> {
        let work = Work::New {
            password: password.to_owned(),
            rules,
            wanted,
        };
        match self.run(work).await? {
            Done::New(new) => Ok(new),
            Done::Checked(_) => Err(mixed_up()),
        }
    }

    /// Checks `password` against `hash`.
    ///
    /// # Errors
    /// Busy where the bounds are reached.
    pub(super) async fn check(&self, password: &str, hash: &str) -> Result<Checked> {
        let work = Work::Check {
            password: password.to_owned(),
            hash: hash.to_owned(),
        };
        match self.run(work).await? {
            Done::Checked(checked) => Ok(checked),
            Done::New(_) => Err(mixed_up()),
        }
    }

    /// Does the work of a check that finds `password` wrong: that of `hash`, or that of a new hash.
    ///
    /// # Errors
    /// Busy where the bounds are reached.
    pub(super) async fn check_for_nobody(&self, password: &str, hash: Option<&str>) -> Result<()> {
        let work = Work::CheckForNobody {
            password: password.to_owned(),
            hash: hash.map(str::to_owned),
        };
        self.run(work).await?;
        Ok(())
    }

    async fn run(&self, work: Work) -> Result<Done> {
        match self.turns.run(work).await {
            Ok(answer) => Ok(answer.map_err(|error| anyhow!(error))?),
            Err(Refused::Busy) => Err(AccountsError::Busy {
                retry_after: RETRY_AFTER_SECONDS,
            }),
            Err(Refused::Fault(error)) => Err(error.into()),
        }
    }
}

/// The answer is of other work.
fn mixed_up() -> AccountsError {
    anyhow!("the answer is not to what was to be hashed").into()
}

/// The same password typed on two keyboards is the same text (NIST SP 800-63B-4, section 3.1.1.2).
fn normalised(password: &str) -> String {
    password.nfc().collect()
}
