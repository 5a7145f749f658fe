//! Threads that have passwords hashed, one after the other, and the queue before them.
//!
//! A thread takes what is next from the queue itself: were it handed that by an async task, a processor would idle each
//! time until that task had its turn.
//!
//! Where many wait, a thread takes several at a time, and tells them of it together. What comes before and after a hash (a
//! message to who computes it, the database, the answer, the next request) finds nothing in the processor's caches after
//! it, and takes half as long where it happens for the second in a row.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::Context as _;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::priority;

/// Where so many for each thread wait behind whoever is next, and as many stood before each, a thread takes one more at a
/// time. So nobody's wait grows by more than this part of it, as long as all hashes cost the same.
const WAITING_FOR_EACH_MORE: usize = 4;

/// Why work was not done.
pub(super) enum Refused {
    /// The queue is full, or the wait for a thread was too long.
    Busy,
    /// No fault of the one who asked.
    Fault(anyhow::Error),
}

/// Does work, one piece after the other, and gives an answer to each. Where that takes long it may leave the last ones for
/// another time.
type Worker<W, A> = Box<dyn FnMut(&[W]) -> Vec<A>>;

/// The threads, which begin with the first work and end with this.
pub(super) struct Turns<W, A> {
    shared: Arc<Shared<W, A>>,
    longest_wait: Duration,
}

struct Shared<W, A> {
    most_threads: usize,
    most_waiting: usize,
    /// Gives each thread what it works with.
    equip: Box<dyn Fn() -> Worker<W, A> + Send + Sync>,
    queue: Mutex<Queue<W, A>>,
    arrived: Condvar,
}

struct Queue<W, A> {
    waiting: VecDeque<Waiting<W, A>>,
    /// The number of the next who comes.
    next: u64,
    threads: usize,
    /// The threads that have nothing to do, or have only just begun: each takes one of those that wait.
    idle: usize,
    closed: bool,
}

struct Waiting<W, A> {
    work: W,
    client: Client<A>,
}

/// Who waits for an answer.
struct Client<A> {
    number: u64,
    /// How many stood before it when it came.
    before: usize,
    answer: oneshot::Sender<A>,
}

impl<W: Send + 'static, A: Send + 'static> Turns<W, A> {
    /// No more than `most_threads` at work at a time and `most_waiting` behind them, none of which waits for longer than
    /// `longest_wait` until a thread takes its work. Each thread works with what `equip` gives it.
    pub(super) fn new<F: FnMut(&[W]) -> Vec<A> + 'static>(
        most_threads: usize,
        most_waiting: usize,
        longest_wait: Duration,
        equip: impl Fn() -> F + Send + Sync + 'static,
    ) -> Self {
        Self {
            shared: Arc::new(Shared {
                most_threads,
                most_waiting,
                equip: Box::new(move || Box::new(equip())),
                queue: Mutex::new(Queue {
                    waiting: VecDeque::new(),
                    next: 0,
                    threads: 0,
                    idle: 0,
                    closed: false,
                }),
                arrived: Condvar::new(),
            }),
            longest_wait,
        }
    }

    /// What comes of `work`, done when its turn has come. Where this is dropped before a thread has taken the work, it is not
    /// done.
    ///
    /// # Errors
    /// Busy where the bounds are reached; a fault where it panics or no thread can be had.
    pub(super) async fn run(&self, work: W) -> Result<A, Refused> {
        let (answer, mut answered) = oneshot::channel();
        let (number, waits) = self.shared.enter(work, answer)?;
        let place = Place {
            shared: &self.shared,
            number,
        };
        // A thread that is free takes it however long the system lets it wait.
        let longest = if waits {
            self.longest_wait
        } else {
            Duration::MAX
        };
        let answer = match timeout(longest, &mut answered).await {
            Ok(answer) => answer,
            Err(_) if place.leave() => return Err(Refused::Busy),
            Err(_) => answered.await,
        };
        answer
            .context("a hash was not computed")
            .map_err(Refused::Fault)
    }
}

impl<W, A> Drop for Turns<W, A> {
    fn drop(&mut self) {
        self.shared.queue().closed = true;
        self.shared.arrived.notify_all();
    }
}

impl<W, A> Shared<W, A> {
    fn queue(&self) -> MutexGuard<'_, Queue<W, A>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a thread does next, one or several; None where there is to be no more.
    fn next(&self) -> Option<Vec<Waiting<W, A>>> {
        let mut queue = self.queue();
        loop {
            let before = queue.waiting.iter().map(|one| one.client.before);
            let many = together(before, queue.waiting.len(), queue.threads);
            if many > 0 {
                queue.idle -= 1;
                return Some(queue.waiting.drain(..many).collect());
            }
            if queue.closed {
                return None;
            }
            queue = self
                .arrived
                .wait(queue)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Does one after the other, until there are to be no more.
    fn work(&self, mut worker: Worker<W, A>) {
        while let Some(taken) = self.next() {
            let (mut work, mut clients): (Vec<_>, Vec<_>) =
                taken.into_iter().map(|one| (one.work, one.client)).unzip();
            let answers = catch_unwind(AssertUnwindSafe(|| worker(&work)));
            // The hook for panics has logged it, and they are told by what is dropped. It may have been left half way.
            let answers = answers.unwrap_or_else(|_| {
                worker = (self.equip)();
                work.clear();
                Vec::new()
            });
            // The thread is free before anybody is told, so that they find it so.
            let mut queue = self.queue();
            queue.idle += 1;
            while work.len() > answers.len()
                && let (Some(work), Some(client)) = (work.pop(), clients.pop())
            {
                // Whoever has gone meanwhile needs no answer.
                if !client.answer.is_closed() {
                    queue.waiting.push_front(Waiting { work, client });
                }
            }
            drop(queue);
            for (client, answer) in clients.into_iter().zip(answers) {
                let _ = client.answer.send(answer);
            }
        }
    }
}

/// How many of those `waiting` a thread takes at a time, before each of whom so many stood when it came.
fn together(before: impl Iterator<Item = usize>, waiting: usize, threads: usize) -> usize {
    let each_more = WAITING_FOR_EACH_MORE * threads;
    let mut least = waiting.saturating_sub(1);
    let mut many = 0;
    for before in before {
        least = least.min(before);
        if many * each_more > least {
            break;
        }
        many += 1;
    }
    many
}

impl<W: Send + 'static, A: Send + 'static> Shared<W, A> {
    /// Puts work at the end of the queue, and gives its number and whether it has to wait for a thread.
    fn enter(
        self: &Arc<Self>,
        work: W,
        answer: oneshot::Sender<A>,
    ) -> Result<(u64, bool), Refused> {
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
        let client = Client {
            number,
            before,
            answer,
        };
        queue.waiting.push_back(Waiting { work, client });
        drop(queue);
        self.arrived.notify_one();
        Ok((number, waits))
    }

    fn begin_thread(self: &Arc<Self>) -> anyhow::Result<()> {
        let shared = Arc::clone(self);
        thread::Builder::new()
            .name("hash".to_owned())
            .spawn(move || {
                // What it starts meanwhile may be in a hurry.
                let worker = (shared.equip)();
                // Also where it only passes work on: those who have an answer wait for a processor, not for a hash.
                priority::lower();
                shared.work(worker);
            })
            .context("no thread can be had for hashing")?;
        Ok(())
    }
}

/// A place in the queue, given back when nobody waits for the answer any more.
struct Place<'a, W, A> {
    shared: &'a Shared<W, A>,
    number: u64,
}

impl<W, A> Place<'_, W, A> {
    /// Takes the work out of the queue; whether it was still there.
    fn leave(&self) -> bool {
        let mut queue = self.shared.queue();
        let here = queue
            .waiting
            .binary_search_by_key(&self.number, |one| one.client.number);
        here.is_ok_and(|here| queue.waiting.remove(here).is_some())
    }
}

impl<W, A> Drop for Place<'_, W, A> {
    fn drop(&mut self) {
        self.leave();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    const LONG: Duration = Duration::from_mins(1);

    type Job = Box<dyn Fn() -> u32 + Send>;
    type Jobs = Turns<Job, (u32, usize)>;

    /// The answer to a job is what it gives, and how many were done together.
    fn turns(most_threads: usize, most_waiting: usize, longest_wait: Duration) -> Jobs {
        Turns::new(most_threads, most_waiting, longest_wait, || {
            |jobs: &[Job]| jobs.iter().map(|job| (job(), jobs.len())).collect()
        })
    }

    fn give(number: u32) -> Job {
        Box::new(move || number)
    }

    /// Keeps the only thread of `turns` busy, until what is returned is dropped.
    async fn busy(turns: &Arc<Jobs>) -> mpsc::Sender<()> {
        let (hold, until_dropped) = mpsc::channel::<()>();
        let (started, starts) = oneshot::channel();
        let busy = Arc::clone(turns);
        tokio::spawn(async move {
            let started = Mutex::new(Some(started));
            let job = move || {
                let started = started.lock().expect("it does not panic").take();
                started.map(|started| started.send(()));
                until_dropped.recv().ok();
                0
            };
            busy.run(Box::new(job)).await.ok();
        });
        starts.await.expect("the thread takes the job");
        hold
    }

    #[tokio::test]
    async fn a_job_that_panics_is_a_fault_and_its_thread_goes_on() {
        let turns = turns(1, 10, LONG);
        let panicked = turns.run(Box::new(|| panic!("as it has to"))).await;
        assert!(matches!(panicked, Err(Refused::Fault(_))));
        assert!(matches!(turns.run(give(5)).await, Ok((5, 1))));
    }

    #[tokio::test]
    async fn as_many_wait_as_may_and_who_leaves_makes_room() {
        let turns = Arc::new(turns(1, 1, LONG));
        let hold = busy(&turns).await;
        let mut leaves = Box::pin(turns.run(give(1)));
        assert!(futures_util::poll!(&mut leaves).is_pending());
        assert!(matches!(turns.run(give(2)).await, Err(Refused::Busy)));
        drop(leaves);
        let mut stays = Box::pin(turns.run(give(3)));
        assert!(futures_util::poll!(&mut stays).is_pending());
        drop(hold);
        assert!(matches!(stays.await, Ok((3, 1))));
    }

    #[tokio::test]
    async fn who_has_waited_too_long_is_told_and_the_job_is_never_done() {
        let turns = Arc::new(turns(1, 10, LONG));
        let hold = busy(&turns).await;
        let (sender, jobs) = mpsc::channel();
        // Time goes by while nothing else happens.
        tokio::time::pause();
        let job = move || {
            sender.send(()).ok();
            0
        };
        let waited = turns.run(Box::new(job)).await;
        assert!(matches!(waited, Err(Refused::Busy)));
        tokio::time::resume();
        drop(hold);
        assert!(matches!(turns.run(give(4)).await, Ok((4, 1))));
        assert!(jobs.recv().is_err());
    }

    #[tokio::test]
    async fn no_wait_is_too_long_for_a_thread_that_is_free() {
        let turns = turns(1, 10, Duration::ZERO);
        for number in 0..20 {
            assert!(matches!(turns.run(give(number)).await, Ok((done, 1)) if done == number));
        }
    }

    #[tokio::test]
    async fn where_many_wait_several_are_done_together() {
        let turns = Arc::new(turns(1, 50, LONG));
        let hold = busy(&turns).await;
        let mut all: Vec<_> = (0..20).map(|n| Box::pin(turns.run(give(n)))).collect();
        for waiting in &mut all {
            assert!(futures_util::poll!(waiting).is_pending());
        }
        drop(hold);
        let mut together = Vec::new();
        for (n, waiting) in (0..).zip(all) {
            let Ok((number, many)) = waiting.await else {
                panic!("{n} is done");
            };
            assert_eq!(number, n);
            together.push(many);
        }
        // Those that came first have waited for too little to wait for others, and the last have nobody behind them.
        let expected = [1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 2, 2, 1, 1, 1, 1];
        assert_eq!(together, expected);
    }

    #[tokio::test]
    async fn what_is_left_for_another_time_is_done_next() {
        let (sender, done) = mpsc::channel();
        // Two at a time.
        let turns = Arc::new(Turns::new(1, 50, LONG, move || {
            let sender = sender.clone();
            move |jobs: &[Job]| {
                let answers: Vec<_> = jobs.iter().take(2).map(|job| (job(), jobs.len())).collect();
                for (number, _) in &answers {
                    sender.send(*number).ok();
                }
                answers
            }
        }));
        let hold = busy(&turns).await;
        let mut all: Vec<_> = (1..21).map(|n| Box::pin(turns.run(give(n)))).collect();
        for waiting in &mut all {
            assert!(futures_util::poll!(waiting).is_pending());
        }
        drop(hold);
        for waiting in all {
            assert!(waiting.await.is_ok());
        }
        assert_eq!(
            done.try_iter().collect::<Vec<_>>(),
            (0..21).collect::<Vec<_>>()
        );
    }

    #[test]
    fn how_many_depends_on_threads_on_who_stood_before_and_on_who_is_behind() {
        let many =
            |before: &[usize], threads| together(before.iter().copied(), before.len(), threads);
        assert_eq!(many(&[30; 31], 2), 4);
        assert_eq!(many(&[30; 31], 16), 1);
        assert_eq!(many(&[60; 2], 2), 1);
        assert_eq!(many(&[0; 60], 2), 1);
        // Of those before the last two, most have left.
        let mut before = vec![30, 30, 1, 2];
        before.extend([30; 30]);
        assert_eq!(many(&before, 2), 2);
        assert_eq!(many(&[], 2), 0);
    }

    #[tokio::test]
    async fn every_thread_is_used_before_anybody_waits() {
        let turns = turns(3, 0, LONG);
        let all = std::sync::Arc::new(std::sync::Barrier::new(3));
        let meet = || {
            let all = Arc::clone(&all);
            turns.run(Box::new(move || u32::from(all.wait().is_leader())))
        };
        let (one, two, three) = tokio::join!(meet(), meet(), meet());
        assert!([one, two, three].iter().all(Result::is_ok));
    }
}
