//! How passwords are judged and hashed.

use std::num::NonZeroUsize;

use clap::Args;

use super::values;

/// How passwords are judged and hashed.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Passwords")]
pub struct PasswordConfig {
    /// Fewest characters a new password may have
    #[arg(long, env = "LATCHKEY_PASSWORD_MIN_LENGTH", default_value = "8", value_name = "CHARACTERS", value_parser = clap::value_parser!(u32).range(1..=256))]
    pub password_min_length: u32,
    /// Memory of one Argon2id hash, in KiB
    #[arg(long, env = "LATCHKEY_ARGON2_MEMORY", default_value = "19456", value_name = "KIB", value_parser = clap::value_parser!(u32).range(8..=4_194_304))]
    pub argon2_memory: u32,
    /// Passes of one Argon2id hash over its memory
    #[arg(long, env = "LATCHKEY_ARGON2_PASSES", default_value = "2", value_name = "PASSES", value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub argon2_passes: u32,
    /// Lanes of one Argon2id hash
    #[arg(long, env = "LATCHKEY_ARGON2_LANES", default_value = "1", value_name = "LANES", value_parser = clap::value_parser!(u32).range(1..=64))]
    pub argon2_lanes: u32,
    /// Hashes computed at the same time [default: one a processor]
    #[arg(long, env = "LATCHKEY_HASHING_CONCURRENCY", value_name = "HASHES", value_parser = values::count)]
    pub hashing_concurrency: Option<NonZeroUsize>,
    /// Requests that may wait for a hash; the next one is told to come back later
    #[arg(
        long,
        env = "LATCHKEY_HASHING_QUEUE",
        default_value = "64",
        value_name = "REQUESTS"
    )]
    pub hashing_queue: usize,
    /// Longest wait for a hash, in milliseconds
    #[arg(
        long,
        env = "LATCHKEY_HASHING_WAIT",
        default_value = "5000",
        value_name = "MILLISECONDS"
    )]
    pub hashing_wait: u32,
}

impl PasswordConfig {
    /// Refuses Argon2id parameters weaker than the weakest that OWASP's Password Storage cheat sheet lists.
    ///
    /// # Errors
    /// A sentence that names the settings.
    pub fn check(&self) -> anyhow::Result<()> {
        let work = u64::from(self.argon2_memory) * u64::from(self.argon2_passes);
        anyhow::ensure!(
            self.argon2_memory >= 7_168 && work >= 35_840,
            "--argon2-memory {} with --argon2-passes {} is too weak: use at least 19456 KiB with 2 passes (or 12288 with 3, 9216 with 4, 7168 with 5)",
            self.argon2_memory,
            self.argon2_passes,
        );
        anyhow::ensure!(
            self.argon2_memory >= 8 * self.argon2_lanes,
            "--argon2-memory must be at least 8 KiB for each of the --argon2-lanes"
        );
        Ok(())
    }
}
