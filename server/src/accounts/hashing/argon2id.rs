//! Argon2id, as new hashes are made, and Argon2 of any kind, as they are checked.

use std::sync::{Mutex, PoisonError};

use anyhow::anyhow;
use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};

use crate::config::PasswordConfig;

/// Bytes of a salt.
const SALT_BYTES: usize = 16;
/// Bytes of a hash.
const OUTPUT_BYTES: usize = 32;
/// The fewest bytes of a hash that is checked: a shorter one is matched by too many passwords.
const FEWEST_BYTES: usize = 16;
/// The most memory of a hash that is checked, in KiB, whatever the configured parameters are.
const MOST_MEMORY: u32 = 512 * 1_024;
/// The most work of a hash that is checked, in KiB over all passes: about two seconds of a processor.
const MOST_WORK: u64 = 2 * 1_024 * 1_024;

/// Computes Argon2.
pub(super) struct Argon2id {
    params: Params,
    /// The memory of one hash for each thread, kept: an allocator that gets megabytes back and forth keeps more than one.
    memory: Mutex<Vec<Vec<Block>>>,
}

/// A stored hash that Argon2 made.
pub(super) struct Argon2Hash {
    algorithm: Algorithm,
    version: Version,
    params: Params,
    salt: Salt,
    expected: Output,
}

impl Argon2Hash {
    /// Reads a hash in PHC format.
    ///
    /// # Errors
    /// Why it cannot be checked.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        let broken = "is of Argon2 and damaged";
        let hash = PasswordHash::new(text).map_err(|_| broken)?;
        let algorithm = Algorithm::try_from(hash.algorithm.as_str()).map_err(|_| broken)?;
        // Hashes of before the version was written name none (RFC 9106 has only the later one).
        let version = hash.version.map_or(Ok(Version::V0x10), Version::try_from);
        let (Some(salt), Some(expected)) = (hash.salt, hash.hash) else {
            return Err(broken);
        };
        if expected.len() < FEWEST_BYTES {
            return Err(broken);
        }
        Ok(Self {
            algorithm,
            version: version.map_err(|_| broken)?,
            params: Params::try_from(&hash).map_err(|_| broken)?,
            salt,
            expected,
        })
    }

    /// Whether a check takes no more than a server can spare: with the most that is checked of any hash, or with the
    /// configured parameters.
    pub(super) fn is_affordable(&self, configured: Option<&Argon2id>) -> bool {
        let within = |memory, most| self.params.m_cost() <= memory && work(&self.params) <= most;
        within(MOST_MEMORY, MOST_WORK)
            || configured.is_some_and(|own| within(own.params.m_cost(), work(&own.params)))
    }
}

impl Argon2id {
    /// With the configured cost.
    pub(super) fn new(config: &PasswordConfig) -> Self {
        let params = Params::new(
            config.argon2_memory,
            config.argon2_passes,
            config.argon2_lanes,
            Some(OUTPUT_BYTES),
        )
        .expect("the command line refuses parameters that Argon2 does not take");
        Self {
            params,
            memory: Mutex::default(),
        }
    }

    /// A new hash, in PHC format.
    ///
    /// # Errors
    /// Where the system gives no random numbers.
    pub(super) fn hash(&self, password: &str) -> anyhow::Result<String> {
        let mut hash = self.empty(&crate::model::random::<SALT_BYTES>()?)?;
        let output = self.compute(&hash, password)?;
        hash.expected = output;
        self.phc(&hash)
    }

    /// Whether `password` is the one of `hash`.
    ///
    /// # Errors
    /// Where it cannot be computed.
    pub(super) fn matches(&self, password: &str, hash: &Argon2Hash) -> anyhow::Result<bool> {
        // Output compares in constant time.
        Ok(self.compute(hash, password)? == hash.expected)
    }

    /// Does the work of a new hash, for nothing.
    ///
    /// # Errors
    /// Where it cannot be computed.
    pub(super) fn toil(&self, password: &str) -> anyhow::Result<()> {
        self.compute(&self.empty(&[0; SALT_BYTES])?, password)?;
        Ok(())
    }

    /// Does what was missing from the work of a check of `hash` to that of today's: where the cost was raised since, a
    /// user who is there must not be told from one who is not by the time.
    ///
    /// # Errors
    /// Where it cannot be computed.
    pub(super) fn make_up(&self, password: &str, hash: &Argon2Hash) -> anyhow::Result<()> {
        if let Some(params) = self.missing(&hash.params) {
            let rest = Argon2Hash {
                params,
                ..self.empty(&[0; SALT_BYTES])?
            };
            self.compute(&rest, password)?;
        }
        Ok(())
    }

    /// Whether a new hash would be made as `hash` was.
    pub(super) fn is_current(&self, hash: &Argon2Hash) -> bool {
        hash.algorithm == Algorithm::Argon2id
            && hash.version == Version::V0x13
            && hash.params.m_cost() == self.params.m_cost()
            && hash.params.t_cost() == self.params.t_cost()
            && hash.params.p_cost() == self.params.p_cost()
    }

    /// A hash that is still to be computed.
    fn empty(&self, salt: &[u8]) -> anyhow::Result<Argon2Hash> {
        let wrong = |error| anyhow!("a hash cannot be begun: {error}");
        Ok(Argon2Hash {
            algorithm: Algorithm::Argon2id,
            version: Version::V0x13,
            params: self.params.clone(),
            salt: Salt::new(salt).map_err(wrong)?,
            expected: Output::new(&[0; OUTPUT_BYTES]).map_err(wrong)?,
        })
    }

    /// What is missing from the cost of `params` to today's, as a hash of its own; None where that is next to nothing.
    fn missing(&self, params: &Params) -> Option<Params> {
        let missing = work(&self.params).checked_sub(work(params))?;
        let memory = u64::from(self.params.m_cost());
        let passes = u32::try_from((missing + memory / 2) / memory).ok()?;
        Params::new(self.params.m_cost(), passes, self.params.p_cost(), None).ok()
    }

    fn compute(&self, hash: &Argon2Hash, password: &str) -> anyhow::Result<Output> {
        let pooled = || self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let blocks = hash.params.block_count();
        let keep = blocks <= self.params.block_count();
        // What takes more than a hash of today's is given back, for it is rare.
        let mut memory = if keep { pooled().pop() } else { None }.unwrap_or_default();
        // Argon2 overwrites what was there.
        memory.resize(blocks, Block::new());
        let mut output = vec![0; hash.expected.len()];
        let argon2 = Argon2::new(hash.algorithm, hash.version, hash.params.clone());
        let computed = argon2.hash_password_into_with_memory(
            password.as_bytes(),
            &hash.salt,
            &mut output,
            &mut memory,
        );
        if keep {
            pooled().push(memory);
        }
        computed.map_err(|error| anyhow!("Argon2: {error}"))?;
        Output::new(&output).map_err(|error| anyhow!("Argon2: {error}"))
    }

    fn phc(&self, hash: &Argon2Hash) -> anyhow::Result<String> {
        let hash = PasswordHash {
            algorithm: hash.algorithm.ident(),
            version: Some(hash.version.into()),
            params: ParamsString::try_from(&self.params)
                .map_err(|error| anyhow!("a hash cannot be written: {error}"))?,
            salt: Some(hash.salt),
            hash: Some(hash.expected),
        };
        Ok(hash.to_string())
    }
}

/// Work, in KiB over all passes.
fn work(params: &Params) -> u64 {
    u64::from(params.m_cost()) * u64::from(params.t_cost())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_to_todays_cost_is_made_up_for() {
        let params = |memory, passes| Params::new(memory, passes, 1, None).unwrap();
        let argon2 = Argon2id {
            params: params(19_456, 6),
            memory: Mutex::default(),
        };
        let missing = |memory, passes| {
            let missing = argon2.missing(&params(memory, passes));
            missing.map(|params| (params.m_cost(), params.t_cost()))
        };
        assert_eq!(missing(19_456, 2), Some((19_456, 4)));
        assert_eq!(missing(7_168, 5), Some((19_456, 4)));
        assert_eq!(missing(19_456, 6), None);
        assert_eq!(missing(65_536, 3), None);
    }
}
