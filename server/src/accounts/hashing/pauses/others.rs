//! What part of the processors those have that do not hash.

use std::fs;
use std::num::NonZero;
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use rustix::process::getpriority_process;
use rustix::thread::{CpuSet, sched_getaffinity};

/// How often it is looked at: the system counts in hundredths of a second.
const LOOK: Duration = Duration::from_millis(50);
/// What part of what was seen counts after that time.
const REMEMBERED: f64 = 0.5;

/// What those that hash cannot tell by how long they wait, for they wait for each other as well.
pub(super) struct Others {
    is_told: bool,
    seen: Option<Times>,
    looked: Instant,
    share: f64,
}

impl Others {
    pub(super) fn new() -> Self {
        let is_told = is_told();
        Self {
            is_told,
            seen: if is_told { Times::now() } else { None },
            looked: Instant::now(),
            share: 0.,
        }
    }

    /// What part they have had lately, from 0 to 1. Where the system does not tell it is 1: how long those that hash wait decides alone then.
    pub(super) fn share(&self) -> f64 {
        if self.seen.is_some() { self.share } else { 1. }
    }

    pub(super) fn look(&mut self) {
        let elapsed = self.looked.elapsed();
        if self.is_told && elapsed >= LOOK {
            self.looked = Instant::now();
            self.note(Times::now(), elapsed);
        }
    }

    /// Takes note of the times that there are `elapsed` after the last.
    fn note(&mut self, times: Option<Times>, elapsed: Duration) {
        let before = std::mem::replace(&mut self.seen, times);
        let (Some(before), Some(now)) = (before, &self.seen) else {
            return;
        };
        let all = now.all - before.all;
        if all > 0. {
            // They are of other processors where those that may be used have changed.
            let share = ((now.by_others - before.by_others) / all).clamp(0., 1.);
            let remembered = REMEMBERED.powf(elapsed.as_secs_f64() / LOOK.as_secs_f64());
            self.share = remembered * self.share + (1. - remembered) * share;
        }
    }
}

/// Not where the server is nice itself: whatever it does counts as what those that hash do. Nor where it may use less of the processors than
/// there are (cgroups(7)): whoever else uses them does not have it wait.
fn is_told() -> bool {
    let is_nice = getpriority_process(None).is_ok_and(|niceness| niceness > 0);
    let may_use = available_parallelism().map_or(0, NonZero::get);
    let there_are = sched_getaffinity(None).map_or(0, |processors| processors.count());
    !is_nice && u32::try_from(may_use).is_ok_and(|may_use| may_use >= there_are)
}

/// Times of the processors since the system was started, in hundredths of a second.
#[derive(Clone, Copy)]
struct Times {
    /// Used by those that are not nice, or by the system. Those that hash are.
    by_others: f64,
    /// Used by anybody or idle. What the host of a virtual machine took (steal) is nobody's.
    all: f64,
}

impl Times {
    /// Those of the processors that may be used. In some containers there are none, or as if nobody were nice (lxcfs).
    fn now() -> Option<Self> {
        let processors = sched_getaffinity(None).ok()?;
        Self::read(&fs::read_to_string("/proc/stat").ok()?, |number| {
            number < CpuSet::MAX_CPU && processors.is_set(number)
        })
    }

    /// Those of `/proc/stat` (proc(5)) of the processors that count. All of them 0 are as good as none.
    fn read(text: &str, counts: impl Fn(usize) -> bool) -> Option<Self> {
        let mut sum = Self {
            by_others: 0.,
            all: 0.,
        };
        for line in text.lines() {
            let Some((number, fields)) = line
                .strip_prefix("cpu")
                .and_then(|rest| rest.split_once(' '))
            else {
                continue;
            };
            // The first line is the sum of all, and has no number.
            if !number.parse().is_ok_and(&counts) {
                continue;
            }
            let fields: Vec<f64> = fields
                .split_ascii_whitespace()
                .map_while(|field| field.parse().ok())
                .collect();
            let [user, nice, system, idle, waiting, irq, softirq, ..] = fields[..] else {
                return None;
            };
            let by_others = user + system + irq + softirq;
            sum.by_others += by_others;
            sum.all += by_others + nice + idle + waiting;
        }
        (sum.all > 0.).then_some(sum)
    }
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
        let times = Times::read(text, |number| number != 1).expect("there are some");
        assert_eq!((times.by_others, times.all), (39., 990.));
        for (text, what) in [
            ("cpu1 9 9 9 9 9 9 9 9\n", "another"),
            ("cpu0 1 2\n", "too few"),
            ("cpu0 0 0 0 0 0 0 0 0\n", "nothing"),
            ("cpu0 a b\n", "no numbers"),
            ("", "no lines"),
        ] {
            assert!(Times::read(text, |number| number == 0).is_none(), "{what}");
        }
    }

    #[test]
    fn the_share_is_that_of_late() {
        let mut others = Others {
            is_told: true,
            seen: None,
            looked: Instant::now(),
            share: 0.,
        };
        let mut note = |times: Option<(f64, f64)>, looks| {
            let times = times.map(|(by_others, all)| Times { by_others, all });
            others.note(times, LOOK * looks);
            (others.share() * 1000.).round() / 1000.
        };
        for (times, looks, share, what) in [
            (None, 1, 1., "unknown"),
            (
                Some((0., 100.)),
                1,
                0.,
                "known, and nothing to compare it with",
            ),
            (Some((10., 110.)), 1, 0.5, "all of it, for once"),
            (Some((20., 120.)), 1, 0.75, "all of it again"),
            (Some((20., 120.)), 1, 0.75, "no time has passed"),
            (Some((20., 130.)), 2, 0.188, "nothing for twice as long"),
            (
                Some((10., 110.)),
                1,
                0.188,
                "less than before: a processor is gone",
            ),
            (
                Some((900., 111.)),
                20,
                1.,
                "more than there is: other processors",
            ),
            (
                Some((0., 112.)),
                20,
                0.,
                "less than nothing: other processors",
            ),
            (None, 1, 1., "unknown again"),
        ] {
            assert_eq!(note(times, looks).to_bits(), f64::to_bits(share), "{what}");
        }
    }
}
