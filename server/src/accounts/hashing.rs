//! Argon2id, bounded: so many hashes at once, so many waiting, so long.
//!
//! A hash takes tens of milliseconds of a processor and megabytes of memory. Without bounds a flood of log-ins takes
//! both from everything else.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use unicode_normalization::UnicodeNormalization as _;

use super::{AccountsError, Result};
use crate::config::PasswordConfig;

/// What a client is told to wait when the queue is full.
const RETRY_AFTER_SECONDS: u32 = 2;
/// Bytes of a salt.
const SALT_BYTES: usize = 16;
/// Bytes of a hash.
const OUTPUT_BYTES: usize = 32;

/// Computes and checks password hashes, off the async threads.
pub(super) struct Hasher {
    shared: Arc<Shared>,
    permits: Arc<Semaphore>,
    waiting: AtomicUsize,
    most_waiting: usize,
    longest_wait: Duration,
    /// Checked in place of a missing user's hash, so that both cost the same.
    dummy: String,
}

struct Shared {
    params: Params,
    /// One block of memory a permit, kept: an allocator that gets megabytes back and forth keeps more than one.
    memory: Mutex<Vec<Vec<Block>>>,
}

/// What a check found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Checked {
    /// Not the password.
    Wrong,
    /// The password; with a fresh hash where the old one was made with other parameters than today's.
    Right { upgraded: Option<String> },
}

impl Hasher {
    /// A hasher with the configured cost and bounds.
    pub(super) fn new(config: &PasswordConfig) -> Self {
        let params = Params::new(
            config.argon2_memory,
            config.argon2_passes,
            config.argon2_lanes,
            Some(OUTPUT_BYTES),
        )
        .expect("the command line refuses parameters that Argon2 does not take");
        let permits = config
            .hashing_concurrency
            .or_else(|| thread::available_parallelism().ok())
            .map_or(1, std::num::NonZero::get);
        let dummy = Salt::new(&[0; SALT_BYTES])
            .map_err(anyhow::Error::msg)
            .and_then(|salt| phc(&params, salt, &[0; OUTPUT_BYTES]))
            .expect("a hash of our own parameters can be written");
        Self {
            shared: Arc::new(Shared {
                params,
                memory: Mutex::default(),
            }),
            permits: Arc::new(Semaphore::new(permits)),
            waiting: AtomicUsize::new(0),
            most_waiting: config.hashing_queue,
            longest_wait: Duration::from_millis(config.hashing_wait.into()),
            dummy,
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
        self.run(move |shared| match judge(&password) {
            Ok(()) if wanted => Ok(Ok(Some(shared.hash(&normalised(&password))?))),
            Ok(()) => Ok(Ok(None)),
            Err(sentences) => Ok(Err(sentences)),
        })
        .await
    }

    /// Checks `password` against `hash`; without one, does the same work and finds it wrong.
    ///
    /// # Errors
    /// Busy where the bounds are reached.
    pub(super) async fn check(&self, password: &str, hash: Option<&str>) -> Result<Checked> {
        let password = normalised(password);
        let known = hash.is_some();
        let hash = hash.unwrap_or(&self.dummy).to_owned();
        self.run(move |shared| {
            let checked = shared.check(&password, &hash)?;
            Ok(if known { checked } else { Checked::Wrong })
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Shared) -> anyhow::Result<T> + Send + 'static,
    ) -> Result<T> {
        let permit = self.permit().await?;
        let shared = Arc::clone(&self.shared);
        // The permit goes with the job: it comes back when the work is done, even if the client has gone or the job
        // panicked.
        let done = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            job(&shared)
        });
        Ok(done.await.context("a hash was not computed")??)
    }

    async fn permit(&self) -> Result<tokio::sync::OwnedSemaphorePermit> {
        let busy = || AccountsError::Busy {
            retry_after: RETRY_AFTER_SECONDS,
        };
        if let Ok(permit) = Arc::clone(&self.permits).try_acquire_owned() {
            return Ok(permit);
        }
        let _place = Place::take(&self.waiting, self.most_waiting).ok_or_else(busy)?;
        let permit = timeout(self.longest_wait, Arc::clone(&self.permits).acquire_owned())
            .await
            .map_err(|_| busy())?;
        Ok(permit.context("hashing has stopped")?)
    }
}

/// A place in the queue, given back when the wait ends, however it ends.
struct Place<'a>(&'a AtomicUsize);

impl<'a> Place<'a> {
    fn take(waiting: &'a AtomicUsize, most: usize) -> Option<Self> {
        waiting
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |now| {
                (now < most).then_some(now + 1)
            })
            .ok()
            .map(|_| Self(waiting))
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Shared {
    fn hash(&self, password: &str) -> anyhow::Result<String> {
        let salt = Salt::new(&crate::model::random::<SALT_BYTES>()?)
            .map_err(|error| anyhow!("a salt cannot be made: {error}"))?;
        let output = self.compute(&self.params, password, &salt, OUTPUT_BYTES)?;
        phc(&self.params, salt, &output)
    }

    fn check(&self, password: &str, hash: &str) -> anyhow::Result<Checked> {
        let stored = PasswordHash::new(hash).map_err(|error| anyhow!("a stored hash: {error}"))?;
        let params =
            Params::try_from(&stored).map_err(|error| anyhow!("a stored hash: {error}"))?;
        let (Some(salt), Some(expected)) = (stored.salt, stored.hash) else {
            anyhow::bail!("a stored hash holds no salt or no hash");
        };
        anyhow::ensure!(
            stored.algorithm.as_str() == Algorithm::Argon2id.as_str(),
            "a stored hash is of another kind than Argon2id"
        );
        let output = self.compute(&params, password, &salt, expected.len())?;
        // Output compares in constant time.
        let output = Output::new(&output).map_err(|error| anyhow!("{error}"))?;
        if output != expected {
            // Where the cost was raised since, a user who is there must not be told from one who is not by the time.
            if let Some(rest) = self.missing(&params) {
                self.compute(&rest, password, &salt, OUTPUT_BYTES)?;
            }
            return Ok(Checked::Wrong);
        }
        let same_cost = params.m_cost() == self.params.m_cost()
            && params.t_cost() == self.params.t_cost()
            && params.p_cost() == self.params.p_cost();
        let upgraded = (!same_cost).then(|| self.hash(password)).transpose()?;
        Ok(Checked::Right { upgraded })
    }

    /// What is missing from the cost of `params` to today's, as a hash of its own; None where that is next to nothing.
    fn missing(&self, params: &Params) -> Option<Params> {
        let work = |params: &Params| u64::from(params.m_cost()) * u64::from(params.t_cost());
        let missing = work(&self.params).checked_sub(work(params))?;
        let memory = u64::from(self.params.m_cost());
        let passes = u32::try_from((missing + memory / 2) / memory).ok()?;
        Params::new(self.params.m_cost(), passes, self.params.p_cost(), None).ok()
    }

    fn compute(
        &self,
        params: &Params,
        password: &str,
        salt: &Salt,
        bytes: usize,
    ) -> anyhow::Result<Vec<u8>> {
        let pooled = || self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let mut memory = pooled().pop().unwrap_or_default();
        // Argon2 overwrites what was there.
        memory.resize(params.block_count(), Block::new());
        let mut output = vec![0; bytes];
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
        let computed = argon2.hash_password_into_with_memory(
            password.as_bytes(),
            salt,
            &mut output,
            &mut memory,
        );
        pooled().push(memory);
        computed.map_err(|error| anyhow!("Argon2: {error}"))?;
        Ok(output)
    }
}

fn phc(params: &Params, salt: Salt, output: &[u8]) -> anyhow::Result<String> {
    let hash = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(params)
            .map_err(|error| anyhow!("a hash cannot be written: {error}"))?,
        salt: Some(salt),
        hash: Some(
            Output::new(output).map_err(|error| anyhow!("a hash cannot be written: {error}"))?,
        ),
    };
    Ok(hash.to_string())
}

/// The same password typed on two keyboards is the same text (NIST SP 800-63B-4, section 3.1.1.2).
fn normalised(password: &str) -> String {
    password.nfc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_to_todays_cost_is_made_up_for() {
        let params = |memory, passes| Params::new(memory, passes, 1, None).unwrap();
        let shared = Shared {
            params: params(19_456, 6),
            memory: Mutex::default(),
        };
        let missing = |memory, passes| {
            let missing = shared.missing(&params(memory, passes));
            missing.map(|params| (params.m_cost(), params.t_cost()))
        };
        assert_eq!(missing(19_456, 2), Some((19_456, 4)));
        assert_eq!(missing(7_168, 5), Some((19_456, 4)));
        assert_eq!(missing(19_456, 6), None);
        assert_eq!(missing(65_536, 3), None);
    }
}
