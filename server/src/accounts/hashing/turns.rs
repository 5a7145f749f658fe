//! Threads that hash, one job after the other, and the queue before them.
//!
//! A thread takes its next job from the queue itself: were it handed one by an async task, a processor would idle each
//! time until that task had its turn.
//!
//! Where many wait, those whose jobs are done are told several at a time. What follows a hash (the database, the answer, the
//! next request) finds nothing in the processor's caches after it, and takes half as long where it happens for the
//! second in a row.

use std::collections::VecDeque;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::Context as _;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::priority;

/// Where so many wait, and as many stood before whoever is done, one may be done and not be told yet. So nobody's wait grows by
/// more than this part of it.
const WAITING_FOR_EACH_HELD_BACK: usize = 8;

/// Why a job was not done.
pub(super) enum Refused {
    /// The queue is full, or the wait for a thread was too long.
    Busy,
    /// No fault of the one who asked.
    Fault(anyhow::Error),
}

/// The threads, which begin with the first jobs and end with this.
pub(super) struct Turns {
    shared: Arc<Shared>,
    longest_wait: Duration,
}

struct Shared {
    most_threads: usize,
    most_waiting: usize,
    queue: Mutex<Queue>,
    arrived: Condvar,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Waiting>,
    /// What tells those whose jobs are done.
    done: Vec<Tell>,
    /// How many stood before the one of them that had the fewest before it.
    patience: usize,
    /// The number of the next job.
    next: u64,
    threads: usize,
    /// The threads that have nothing to do, or have only just begun: each takes one of those that wait.
    idle: usize,
    closed: bool,
}

struct Waiting {
    number: u64,
    /// How many stood before it when it came.
    before: usize,
    job: Job,
}

/// Does the work, and gives what tells of its end: unless it panicked, the thread is free by then, so that whoever is told
/// finds it so.
type Job = Box<dyn FnOnce() -> Tell + Send>;

/// Tells whoever waits for a job what came of it.
type Tell = Box<dyn FnOnce() + Send>;

impl Turns {
    /// No more than `most_threads` jobs at a time and `most_waiting` behind them, none of which waits for longer than
    /// `longest_wait`.
    pub(super) fn new(most_threads: usize, most_waiting: usize, longest_wait: Duration) -> Self {
        Self {
            shared: Arc::new(Shared {
                most_threads,
                most_waiting,
                queue: Mutex::default(),
                arrived: Condvar::new(),
            }),
            longest_wait,
        }
    }

    /// What comes of `job`, done when its turn has come. A job that has not begun when this is dropped is not done; one
    /// that has goes on to its end.
    ///
    /// # Errors
    /// Busy where the bounds are reached; a fault where the job panics or no thread can be had.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Refused> {
        let (sender, mut done) = oneshot::channel();
        let job = Box::new(move || -> Tell {
            let done = job();
            Box::new(move || _ = sender.send(done))
        });
        let (number, waits) = self.shared.enter(job)?;
        let place = Place {
            shared: &self.shared,
            number,
        };
        // A thread that is free takes the job however long the system lets it wait.
        let longest = if waits {
            self.longest_wait
        } else {
            Duration::MAX
        };
        let done = match timeout(longest, &mut done).await {
            Ok(done) => done,
            Err(_) if place.leave() => return Err(Refused::Busy),
            Err(_) => done.await,
        };
        done.context("a hash was not computed")
            .map_err(Refused::Fault)
    }
}

impl Drop for Turns {
    fn drop(&mut self) {
        self.shared.queue().closed = true;
        self.shared.arrived.notify_all();
    }
}

impl Shared {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a job at the end of the queue, and gives its number and whether it has to wait for a thread.
    fn enter(self: &Arc<Self>, job: Job) -> Result<(u64, bool), Refused> {
        let mut queue = self.queue();
        let free = queue.idle + self.most_threads - queue.threads;
        if queue.waiting.len() >= free.saturating_add(self.most_waiting) {
            return Err(Refused::Busy);
        }
        if queue.waiting.len() >= queue.idle && queue.threads < self.most_threads {
            match self.begin_thread() {
                Ok(()) => {
                    queue.threads += 1;
                    queue.idle += 1;
                }
                // Where no more can be had, those that are there do the work.
                Err(error) if queue.threads == 0 => return Err(Refused::Fault(error)),
                Err(_) => {}
            }
        }
        let waits = queue.waiting.len() >= queue.idle;
        let number = queue.next;
        queue.next += 1;
        let before = queue.waiting.len();
        queue.waiting.push_back(Waiting {
            number,
            before,
            job,
        });
        drop(queue);
        self.arrived.notify_one();
        Ok((number, waits))
    }

    fn begin_thread(self: &Arc<Self>) -> anyhow::Result<()> {
        let shared = Arc::clone(self);
        thread::Builder::new()
            .name("hash".to_owned())
            .spawn(move || {
                priority::lower();
                shared.work();
            })
            .context("no thread can be had for hashing")?;
        Ok(())
    }

    /// Does one job after the other, until there are to be no more.
    fn work(&self) {
        while let Some(Waiting { before, job, .. }) = self.next() {
            // The hook for panics has logged it, and who waits for the job is told by what it drops.
            let tell = catch_unwind(AssertUnwindSafe(job));
            let mut queue = self.queue();
            queue.idle += 1;
            let least = if queue.done.is_empty() {
                before
            } else {
                before.min(queue.patience)
            };
            queue.patience = least;
            queue.done.extend(tell);
            if queue.done.len() * WAITING_FOR_EACH_HELD_BACK > queue.waiting.len().min(least) {
                tell_all(queue);
            }
        }
    }

    fn next(&self) -> Option<Waiting> {
        loop {
            let mut queue = self.queue();
            if let Some(first) = queue.waiting.pop_front() {
                queue.idle -= 1;
                return Some(first);
            }
            if !queue.done.is_empty() {
                // Those that waited behind them have left.
                tell_all(queue);
            } else if queue.closed {
                return None;
            } else {
                drop(self.arrived.wait(queue));
            }
        }
    }
}

/// Tells everybody whose job is done.
fn tell_all(mut queue: MutexGuard<'_, Queue>) {
    let done = mem::take(&mut queue.done);
    drop(queue);
    for tell in done {
        let _ = catch_unwind(AssertUnwindSafe(tell));
    }
}

/// A job's place in the queue, given back when nobody waits for it any more.
struct Place<'a> {
    shared: &'a Shared,
    number: u64,
}

impl Place<'_> {
    /// Takes the job out of the queue; whether it was still there.
    fn leave(&self) -> bool {
        let mut queue = self.shared.queue();
        let here = queue
            .waiting
            .binary_search_by_key(&self.number, |one| one.number);
        here.is_ok_and(|here| queue.waiting.remove(here).is_some())
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.leave();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    const LONG: Duration = Duration::from_mins(1);

    /// Keeps the only thread of `turns` busy, until what is returned is dropped.
    async fn busy(turns: &Arc<Turns>) -> mpsc::Sender<()> {
        let (hold, until_dropped) = mpsc::channel::<()>();
        let (started, starts) = oneshot::channel();
        let busy = Arc::clone(turns);
        tokio::spawn(async move {
            let job = move || {
                started.send(()).ok();
                until_dropped.recv().ok();
            };
            busy.run(job).await.ok();
        });
        starts.await.expect("the thread takes the job");
        hold
    }

    #[tokio::test]
    async fn a_job_that_panics_is_a_fault_and_its_thread_goes_on() {
        let turns = Turns::new(1, 10, LONG);
        let panicked = turns.run(|| panic!("as it has to")).await;
        assert!(matches!(panicked, Err::<(), _>(Refused::Fault(_))));
        assert!(matches!(turns.run(|| 5).await, Ok(5)));
    }

    #[tokio::test]
    async fn as_many_wait_as_may_and_who_leaves_makes_room() {
        let turns = Arc::new(Turns::new(1, 1, LONG));
        let hold = busy(&turns).await;
        let mut leaves = Box::pin(turns.run(|| 1));
        assert!(futures_util::poll!(&mut leaves).is_pending());
        assert!(matches!(turns.run(|| 2).await, Err(Refused::Busy)));
        drop(leaves);
        let mut stays = Box::pin(turns.run(|| 3));
        assert!(futures_util::poll!(&mut stays).is_pending());
        drop(hold);
        assert!(matches!(stays.await, Ok(3)));
    }

    #[tokio::test]
    async fn who_has_waited_too_long_is_told_and_the_job_is_never_done() {
        let turns = Arc::new(Turns::new(1, 10, LONG));
        let hold = busy(&turns).await;
        let (sender, jobs) = mpsc::channel();
        // Time goes by while nothing else happens.
        tokio::time::pause();
        let waited = turns.run(move || sender.send(()).ok()).await;
        assert!(matches!(waited, Err(Refused::Busy)));
        tokio::time::resume();
        drop(hold);
        assert!(matches!(turns.run(|| 4).await, Ok(4)));
        assert!(jobs.recv().is_err());
    }

    #[tokio::test]
    async fn no_wait_is_too_long_for_a_thread_that_is_free() {
        let turns = Turns::new(1, 10, Duration::ZERO);
        for number in 0..20 {
            assert!(matches!(turns.run(move || number).await, Ok(done) if done == number));
        }
    }

    #[tokio::test]
    async fn where_many_wait_those_who_are_done_are_told_together() {
        let turns = Arc::new(Turns::new(1, 50, LONG));
        let hold = busy(&turns).await;
        let mut all: Vec<_> = (0..17).map(|n| Box::pin(turns.run(move || n))).collect();
        let (started, starts) = oneshot::channel();
        let (finish, until_told) = mpsc::channel::<()>();
        let mut last = Box::pin(turns.run(move || {
            started.send(()).ok();
            until_told.recv().ok();
            17
        }));
        let mut behind: Vec<_> = (0..24).map(|n| Box::pin(turns.run(move || n))).collect();
        for waiting in &mut all {
            assert!(futures_util::poll!(waiting).is_pending());
        }
        assert!(futures_util::poll!(&mut last).is_pending());
        for waiting in &mut behind {
            assert!(futures_util::poll!(waiting).is_pending());
        }
        drop(hold);
        starts.await.expect("the thread takes the last");
        // By then it has done all before it. Those that came first have waited for too little to wait for others.
        let mut told = Vec::new();
        for (n, waiting) in all.iter_mut().enumerate() {
            if futures_util::poll!(waiting).is_ready() {
                told.push(n);
            }
        }
        assert_eq!(told, (0..16).collect::<Vec<_>>());
        // With nobody behind them, they are told at once.
        drop(behind);
        drop(finish);
        assert!(matches!(all.remove(16).await, Ok(16)));
        assert!(matches!(last.await, Ok(17)));
    }

    #[tokio::test]
    async fn every_thread_is_used_before_anybody_waits() {
        let turns = Turns::new(3, 0, LONG);
        let all = std::sync::Arc::new(std::sync::Barrier::new(3));
        let meet = || {
            let all = Arc::clone(&all);
            turns.run(move || all.wait().is_leader())
        };
        let (one, two, three) = tokio::join!(meet(), meet(), meet());
        assert!([one, two, three].iter().all(Result::is_ok));
    }
}
