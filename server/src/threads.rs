//! The threads that answer, each with an async runtime of its own.
//!
//! A connection stays on its thread. What its requests need is then in the caches of one processor, and nobody has to be woken up on
//! another one for it; in a runtime whose threads take each other's tasks, that costs more than is gained by a thread that
//! is free (docs/performance.md).

use std::convert::Infallible;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread;

use anyhow::Context as _;
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

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
    /// One for each processor that the program may use.
    ///
    /// # Errors
    /// Where the system gives no more threads.
    pub(crate) fn begin() -> anyhow::Result<Self> {
        Self::of(thread::available_parallelism().map_or(1, NonZeroUsize::get))
    }

    fn of(many: usize) -> anyhow::Result<Self> {
        let all = (0..many).map(|_| Thread::begin());
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
    fn begin() -> anyhow::Result<Self> {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .context("the async runtime of a thread cannot be started")?;
        let handle = runtime.handle().clone();
        let (until_dropped, dropped) = oneshot::channel();
        thread::Builder::new()
            .name("answer".to_owned())
            .spawn(move || {
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

    #[test]
    fn connections_are_spread_and_stay_where_they_are() {
        let threads = Threads::of(2).unwrap();
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

    #[test]
    fn what_still_runs_ends_with_the_threads() {
        let threads = Threads::of(1).unwrap();
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
}
