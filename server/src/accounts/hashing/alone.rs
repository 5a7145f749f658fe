//! How fast passwords are hashed where nothing else happens: what log-ins and sign-ups are measured against.

use std::thread;
use std::time::{Duration, Instant};

use super::argon2id::Argon2id;
use super::normalised;
use crate::config::PasswordConfig;

/// Computes new hashes on every processor for `time`, without a server, a queue or a database: how many a second.
///
/// # Errors
/// Where a hash cannot be computed.
pub(crate) fn hashes_a_second(config: &PasswordConfig, time: Duration) -> anyhow::Result<f64> {
    let argon2 = Argon2id::new(config);
    // The first hash of a thread asks the system for its memory.
    hash_for(&argon2, Duration::ZERO)?;
    let started = Instant::now();
    let threads = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let counts: Vec<anyhow::Result<u32>> = thread::scope(|scope| {
        let threads = (0..threads).map(|_| scope.spawn(|| hash_for(&argon2, time)));
        let threads: Vec<_> = threads.collect();
        let ended = threads.into_iter().map(thread::ScopedJoinHandle::join);
        ended
            .map(|count| count.unwrap_or_else(|_| Err(anyhow::anyhow!("a thread has panicked"))))
            .collect()
    });
    let seconds = started.elapsed().as_secs_f64();
    let hashes = counts.into_iter().sum::<anyhow::Result<u32>>()?;
    Ok(f64::from(hashes) / seconds)
}

fn hash_for(argon2: &Argon2id, time: Duration) -> anyhow::Result<u32> {
    let started = Instant::now();
    let mut hashes = 0;
    loop {
        argon2.hash(&normalised("correct horse battery staple"))?;
        hashes += 1;
        if started.elapsed() >= time {
            return Ok(hashes);
        }
    }
}
