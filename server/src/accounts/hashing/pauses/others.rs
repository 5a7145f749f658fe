//! What part of the processors others have than those that hash.

use std::fs;
use std::time::{Duration, Instant};

use rustix::process::getpriority_process;
use rustix::thread::{CpuSet, sched_getaffinity};

/// How often it is looked at: the system counts in hundredths of a second.
const LOOK: Duration = Duration::from_millis(50);
/// What part of what was seen counts at the next look.
const REMEMBERED: f64 = 0.5;

/// What those that hash cannot tell by how long they wait, for they wait for each other as well.
pub(super) struct Others {
    seen: Option<Times>,
    looked: Instant,
    share: f64,
}

/// How long the processors have been used, in one unit.
struct Times {
    /// By who is not nice, as those that hash are.
    by_others: f64,
    /// By anybody or nobody.
    all: f64,
}

impl Others {
    pub(super) fn new() -> Self {
        Self {
            seen: times(),
            looked: Instant::now(),
            share: 0.,
        }
    }

    /// What part they have had lately, from 0 to 1: 1 where that is not known.
    pub(super) fn share(&self) -> f64 {
        if self.seen.is_some() { self.share } else { 1. }
    }

    pub(super) fn look(&mut self) {
        if self.looked.elapsed() < LOOK {
            return;
        }
        self.looked = Instant::now();
        let before = std::mem::replace(&mut self.seen, times());
        if let (Some(before), Some(now)) = (before, &self.seen) {
            let all = now.all - before.all;
            if all > 0. {
                let share = (now.by_others - before.by_others) / all;
                self.share = REMEMBERED * self.share + (1. - REMEMBERED) * share;
            }
        }
    }
}

/// Nothing where the system does not say, or where the server is nice itself: whatever it does counts as what those that hash do then.
fn times() -> Option<Times> {
    if getpriority_process(None).ok()? > 0 {
        return None;
    }
    let processors = sched_getaffinity(None).ok()?;
    of(&fs::read_to_string("/proc/stat").ok()?, |number| {
        number < CpuSet::MAX_CPU && processors.is_set(number)
    })
}

/// The times of `/proc/stat` (proc(5)) of some processors.
fn of(text: &str, counts: impl Fn(usize) -> bool) -> Option<Times> {
    let mut sum = Times {
        by_others: 0.,
        all: 0.,
    };
    for line in text.lines() {
        let Some((number, times)) = line
            .strip_prefix("cpu")
            .and_then(|rest| rest.split_once(' '))
        else {
            continue;
        };
        // The first line is the sum of all, and has no number.
        if !number.parse().is_ok_and(&counts) {
            continue;
        }
        let times: Vec<f64> = times
            .split_ascii_whitespace()
            .map_while(|time| time.parse().ok())
            .collect();
        let [user, nice, system, idle, waiting, irq, softirq, ..] = times[..] else {
            return None;
        };
        let by_others = user + system + irq + softirq;
        sum.by_others += by_others;
        sum.all += by_others + nice + idle + waiting;
    }
    (sum.all > 0.).then_some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_nice_counts_and_nobody_on_another_processor() {
        let text = "cpu  99 99 99 99 99 99 99 99 0 0\n\
                    cpu0 10 400 20 500 30 2 3 77 0 0\n\
                    cpu1 99 99 99 99 99 99 99 99 0 0\n\
                    cpu10 1 10 1 10 1 1 1 1 0 0\n\
                    intr 5 0\n";
        let times = of(text, |number| number != 1).expect("there are some");
        assert_eq!((times.by_others, times.all), (39., 990.));
        assert!(of(text, |number| number == 2).is_none());
        assert!(of("cpu0 1 2\n", |_| true).is_none());
        assert!(of("", |_| true).is_none());
    }
}
