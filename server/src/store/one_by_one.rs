//! On PostgreSQL: those who log in or sign up ask one after the other, where that is quick.
//!
//! Passwords are hashed in between, which leaves nothing of a connection's process in the processors' caches: several at the
//! same time would each begin anew, where one goes on. Where the database is far away or its disk is slow, that would
//! only be a queue, and several commit together.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::{Mutex, MutexGuard};
use tokio::time::timeout;

/// Turns that take longer than this are not waited for.
const QUICK: Duration = Duration::from_millis(4);
/// How long turns are waited for that were quick before.
const LONGEST_WAIT: Duration = Duration::from_millis(20);

/// Whose turn it is.
#[derive(Debug, Default)]
pub(super) struct OneByOne {
    one: Mutex<()>,
    /// Whether the last turn was long.
    is_slow: AtomicBool,
}

/// One's turn, until it is dropped.
pub(super) struct Turn<'a> {
    turns: &'a OneByOne,
    since: Instant,
    _one: Option<MutexGuard<'a, ()>>,
}

impl OneByOne {
    /// One's turn, after whoever asked before: where that is not worth it, at once.
    pub(super) async fn turn(&self) -> Turn<'_> {
        let one = if self.is_slow.load(Ordering::Relaxed) {
            None
        } else {
            timeout(LONGEST_WAIT, self.one.lock()).await.ok()
        };
        Turn {
            turns: self,
            since: Instant::now(),
            _one: one,
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let is_slow = self.since.elapsed() > QUICK;
        self.turns.is_slow.store(is_slow, Ordering::Relaxed);
    }
}
