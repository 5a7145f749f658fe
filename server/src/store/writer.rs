//! What is written to SQLite most often: log-ins and sign-ups, on a thread with a connection of its own.
//!
//! By way of sqlx a transaction is a dozen messages from thread to thread, each to one whose caches are cold by then where
//! passwords are hashed beside it. Here it is one there and one back. Everything else is written by way of the pool, which
//! has one connection. The two take turns in the order in which they ask: SQLite itself has whoever finds it busy try again
//! now and then, and who writes all the time would keep the other out.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};
use tokio::sync::{MutexGuard, oneshot};

use super::Result;
use super::error::{StoreError, Trouble};

/// A transaction to run on the connection, if that is there.
type Job = Box<dyn FnOnce(Result<&mut Connection>) + Send>;

/// Writes, one transaction after the other.
pub(super) struct DirectWriter {
    file: PathBuf,
    /// How long a transaction may wait: for its turn here, and for other processes.
    wait: Duration,
    /// Held by whoever writes, here or by way of the pool.
    turn: tokio::sync::Mutex<()>,
    thread: Mutex<Thread>,
}

impl fmt::Debug for DirectWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DirectWriter").finish_non_exhaustive()
    }
}

enum Thread {
    NotBegun,
    Begun {
        jobs: mpsc::Sender<Job>,
        /// Fails when the connection is closed.
        ended: oneshot::Receiver<()>,
    },
    Closed,
}

impl DirectWriter {
    /// For the database `file`, whose tables are up to date. The thread begins with the first transaction.
    pub(super) fn new(file: &Path, wait: Duration) -> Self {
        Self {
            file: file.to_owned(),
            wait,
            turn: tokio::sync::Mutex::new(()),
            thread: Mutex::new(Thread::NotBegun),
        }
    }

    /// The turn to write, until it is dropped.
    pub(super) async fn turn(&self) -> Result<MutexGuard<'_, ()>> {
        let turn = tokio::time::timeout(self.wait, self.turn.lock());
        turn.await
            .map_err(|_| unavailable("others are writing for too long"))
    }

    /// What `write` gives, in a transaction that is committed, unless it fails. It is whole, whoever still waits for it by
    /// then; where nobody does any more before it begins, it does not.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        write: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        let (wait, since) = (self.wait, Instant::now());
        let _turn = self.turn().await?;
        let (answer, answered) = oneshot::channel();
        let job = Box::new(move |connection: Result<&mut Connection>| {
            if answer.is_closed() {
                return;
            }
            let written = connection.and_then(|connection| {
                // What is left of the wait is for other processes.
                connection.busy_timeout(wait.saturating_sub(since.elapsed()))?;
                Ok(transact(connection, write)?)
            });
            let _ = answer.send(written);
        });
        self.send(job)?;
        let fault = || StoreError {
            text: "a transaction stopped half way".to_owned(),
            trouble: Trouble::Fault,
        };
        answered.await.unwrap_or_else(|_| Err(fault()))
    }

    fn send(&self, job: Job) -> Result<()> {
        let mut thread = self.thread();
        if matches!(*thread, Thread::NotBegun) {
            *thread = self.begin()?;
        }
        let sent = match &*thread {
            Thread::Begun { jobs, .. } => jobs.send(job).is_ok(),
            Thread::NotBegun | Thread::Closed => false,
        };
        if sent {
            Ok(())
        } else {
            Err(unavailable("the database is closed"))
        }
    }

    fn begin(&self) -> Result<Thread> {
        let (jobs, received) = mpsc::channel();
        let (end, ended) = oneshot::channel();
        let (file, wait) = (self.file.clone(), self.wait);
        let write = move || {
            write_all(&received, || open(&file, wait));
            drop(end);
        };
        let begun = thread::Builder::new().name("sqlite-write".to_owned());
        match begun.spawn(write) {
            Ok(_) => Ok(Thread::Begun { jobs, ended }),
            Err(error) => Err(unavailable(&format!("no thread can be had: {error}"))),
        }
    }

    /// Closes the connection when what waits is written.
    pub(super) async fn close(&self) {
        let thread = std::mem::replace(&mut *self.thread(), Thread::Closed);
        if let Thread::Begun { jobs, ended } = thread {
            drop(jobs);
            let _ = ended.await;
        }
    }

    fn thread(&self) -> std::sync::MutexGuard<'_, Thread> {
        self.thread.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn unavailable(why: &str) -> StoreError {
    StoreError {
        text: why.to_owned(),
        trouble: Trouble::Unavailable,
    }
}

/// Runs jobs until no more can come.
fn write_all(jobs: &mpsc::Receiver<Job>, open: impl Fn() -> rusqlite::Result<Connection>) {
    let mut kept = None;
    for job in jobs {
        let connection = match kept.take() {
            Some(connection) => Ok(connection),
            None => open(),
        };
        match connection {
            Ok(mut connection) => {
                // A panic may not end the thread.
                let job = catch_unwind(AssertUnwindSafe(|| job(Ok(&mut connection))));
                // A transaction that could not even be undone ends with its connection.
                if job.is_ok() && connection.is_autocommit() {
                    kept = Some(connection);
                }
            }
            Err(error) => job(Err(error.into())),
        }
    }
}

fn open(file: &Path, wait: Duration) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    connection.busy_timeout(wait)?;
    connection.pragma_update(None, "foreign_keys", "ON")?;
    // As the pool's: what was acknowledged survives a power cut.
    connection.pragma_update(None, "synchronous", "FULL")?;
    Ok(connection)
}

fn transact<T>(
    connection: &mut Connection,
    write: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    // Undone when it is dropped.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let written = write(&transaction)?;
    transaction.commit()?;
    Ok(written)
}
