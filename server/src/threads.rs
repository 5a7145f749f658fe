//! The threads that answer, each with an async runtime of its own.
//!
//! A connection stays on its thread. What a short request needs is then in the caches of one processor, and nobody has to be woken up on
//! another one for it; in a runtime whose threads take each other's tasks, that costs more than is gained by a thread that
//! is free (docs/performance.md). What asks the database several times, or computes for long, is better done by whichever thread
//! is free: [`anywhere`].

use std::cell::OnceCell;
use std::convert::Infallible;
use std::num::NonZeroUsize;
use std::panic;
use std::sync::{Arc, LazyLock};
use std::thread;

use anyhow::Context as _;
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::model::LoggedRequest;

thread_local! {
    /// Where this thread is one of those that answer.
    static HERE: OnceCell<Here> = const { OnceCell::new() };
}

struct Here {
    number: usize,
    /// The runtime whose threads take each other's tasks.
    anywhere: Handle,
}

/// See [`many`]. Found out once: all who ask have to be told the same, and it can change while the program runs.
static MANY: LazyLock<usize> =
    LazyLock::new(|| thread::available_parallelism().map_or(1, NonZeroUsize::get));

/// How many threads answer: one for each processor that the program may use.
pub(crate) fn many() -> usize {
    *MANY
}

/// The number of this thread, from 0, where it is one of those that answer.
pub(crate) fn number() -> Option<usize> {
    HERE.with(|here| here.get().map(|here| here.number))
}

/// Does `work` on whichever thread is free, of those that no connection stays on. It ends with this, and is about the same request.
pub(crate) async fn anywhere<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
) -> T {
    let elsewhere = HERE.with(|here| here.get().map(|here| here.anywhere.clone()));
    let Some(elsewhere) = elsewhere else {
        return work.await;
    };
    let mut task = Task(elsewhere.spawn(LoggedRequest::carried(work)));
    match (&mut task.0).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => panic::resume_unwind(panic),
            // The server ends.
            Err(_) => std::future::pending().await,
        },
    }
}

/// A task that ends when nobody waits for it any more.
struct Task<T>(JoinHandle<T>);

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The threads, which end when this is dropped, and what still runs on them.
pub(crate) struct Threads(Vec<Thread>);

struct Thread {
    runtime: Handle,
    /// Held by every connection that it has.
    connections: Arc<()>,
    /// Closed where the thread has ended by itself.
    until_dropped: oneshot::Sender<Infallible>,
}

impl Threads {
    /// As [`many`] as there are processors. What is done [`anywhere`] is done by the runtime that this is called in.
    ///
    /// # Errors
    /// Where the system gives no more threads.
    pub(crate) fn begin() -> anyhow::Result<Self> {
        Self::of(many(), &Handle::try_current()?)
    }

    fn of(many: usize, anywhere: &Handle) -> anyhow::Result<Self> {
        let all = (0..many).map(|number| {
            let anywhere = anywhere.clone();
            Thread::begin(Here { number, anywhere })
        });
        all.collect::<anyhow::Result<_>>().map(Self)
    }

    /// Runs a connection, on the thread that has the fewest.
    pub(crate) fn run(&self, connection: impl Future<Output = ()> + Send + 'static) {
        let fewest = self
            .0
            .iter()
            .filter(|thread| !thread.until_dropped.is_closed())
            .min_by_key(|thread| Arc::strong_count(&thread.connections));
        if let Some(thread) = fewest {
            let counted = Arc::clone(&thread.connections);
            thread.runtime.spawn(async move {
                connection.await;
                drop(counted);
            });
        }
    }
}

impl Thread {
    fn begin(here: Here) -> anyhow::Result<Self> {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .context("the async runtime of a thread cannot be started")?;
        let handle = runtime.handle().clone();
        let (until_dropped, dropped) = oneshot::channel();
        thread::Builder::new()
            .name("answer".to_owned())
            .spawn(move || {
                HERE.with(|this| this.set(here).ok());
                let _: Result<Infallible, _> = runtime.block_on(dropped);
                // What still runs has had its time, and does not hold up the end.
                runtime.shutdown_background();
            })
            .context("no thread can be had for answering")?;
        Ok(Self {
            runtime: handle,
            connections: Arc::new(()),
            until_dropped,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::sync::mpsc;

    use tokio::sync::Semaphore;

    use super::*;

    #[tokio::test]
    async fn connections_are_spread_and_stay_where_they_are() {
        let threads = Threads::of(2, &Handle::current()).unwrap();
        let gate = Arc::new(Semaphore::new(0));
        let (tell, told) = mpsc::channel();
        for connection in 0..6 {
            let (gate, tell) = (Arc::clone(&gate), tell.clone());
            threads.run(async move {
                tell.send((connection, thread::current().id())).unwrap();
                gate.acquire().await.unwrap().forget();
                tell.send((connection, thread::current().id())).unwrap();
            });
        }
        let begun: HashMap<_, _> = told.iter().take(6).collect();
        gate.add_permits(6);
        let ended: HashMap<_, _> = told.iter().take(6).collect();
        assert_eq!(begun, ended);
        let mut each = HashMap::new();
        for thread in begun.values() {
            *each.entry(thread).or_insert(0) += 1;
        }
        assert_eq!(each.into_values().collect::<Vec<_>>(), [3, 3]);
    }

    #[tokio::test]
    async fn what_still_runs_ends_with_the_threads() {
        let threads = Threads::of(1, &Handle::current()).unwrap();
        let (tell, told) = mpsc::channel();
        threads.run(async move {
            tell.send(()).unwrap();
            std::future::pending::<()>().await;
            drop(tell);
        });
        told.recv().unwrap();
        drop(threads);
        assert!(told.recv().is_err(), "nobody can tell anything any more");
    }

    #[tokio::test]
    async fn what_may_be_done_anywhere_is_done_elsewhere_and_ends_with_who_waits() {
        let threads = Threads::of(1, &Handle::current()).unwrap();
        let (tell, told) = oneshot::channel();
        threads.run(async move {
            let here = number();
            tell.send((here, anywhere(async { number() }).await)).ok();
        });
        assert_eq!(told.await.unwrap(), (Some(0), None));
        let (hold, ended) = oneshot::channel::<()>();
        let (tell, told) = oneshot::channel();
        threads.run(async move {
            let work = anywhere(async move {
                tell.send(()).ok();
                std::future::pending::<()>().await;
                drop(hold);
            });
            tokio::select! {
                () = work => {}
                _ = told => {}
            }
        });
        assert!(ended.await.is_err(), "the work is dropped");
    }
}
