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
    _until_dropped: oneshot::Sender<Infallible>,
}

impl Threads {
    /// One for each processor that the program may use.
    ///
    /// # Errors
    /// Where the system gives no more threads.
    pub(crate) fn begin() -> anyhow::Result<Self> {
        let many = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let all = (0..many).map(|_| Thread::begin());
        all.collect::<anyhow::Result<_>>().map(Self)
    }

    /// Runs a connection, on the thread that has the fewest.
    pub(crate) fn run(&self, connection: impl Future<Output = ()> + Send + 'static) {
        let fewest = self
            .0
            .iter()
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
            _until_dropped: until_dropped,
        })
    }
}
