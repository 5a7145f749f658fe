//! The time: the system's, or one that a test sets. No other file reads the system's clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Where the server takes the time from.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// The operating system's clock.
    #[default]
    System,
    /// A clock that stands at the given microseconds since 1970-01-01 UTC until it is set again.
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    /// Microseconds since 1970-01-01 UTC.
    pub fn now_micros(&self) -> i64 {
        match self {
            #[expect(
                clippy::disallowed_methods,
                reason = "this is the one place that asks the system for the time"
            )]
            Self::System => SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |elapsed| {
                    i64::try_from(elapsed.as_micros()).unwrap_or(i64::MAX)
                }),
            Self::Fixed(micros) => micros.load(Ordering::SeqCst),
        }
    }

    /// Whole seconds since 1970-01-01 UTC, as tokens count them.
    pub fn now_seconds(&self) -> i64 {
        self.now_micros().div_euclid(1_000_000)
    }
}
