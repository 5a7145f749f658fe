//! Connections that go from one statement straight to the next.
//!
//! sqlx asks each connection that comes back to its pool whether it is well, and waits for the answer: another message to
//! the database and back for every statement, on a machine that hashes passwords meanwhile no cheaper than the statement.
//! So a connection on which a statement has ended well is kept here, and the one that was used last is the first to be used
//! again. Once a second those that rest go back to the pool, which looks after their health and their age.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sqlx::pool::PoolConnection;
use sqlx::{Connection as _, Error, PgConnection, PgPool, Postgres, SqlSafeStr, Transaction};
use tokio::time::{sleep, timeout};

use super::{PING, is_suspect, suspect};

/// How long a connection is kept from its pool.
const KEPT: Duration = Duration::from_secs(1);

/// A pool of connections, and those that are kept from it between two statements.
#[derive(Clone)]
pub(in crate::store) struct Connections {
    pool: PgPool,
    kept: Arc<Mutex<Kept>>,
}

#[derive(Default)]
struct Kept {
    resting: Vec<Resting>,
    /// How many wait for the pool, to which connections go back as long as there is one.
    waiting: usize,
    /// Whether a task will give back those that rest.
    is_swept: bool,
}

struct Resting {
    connection: PoolConnection<Postgres>,
    /// Since when it is kept from its pool.
    kept: Instant,
    used: Instant,
}

impl fmt::Debug for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pool.fmt(f)
    }
}

impl From<PgPool> for Connections {
    fn from(pool: PgPool) -> Self {
        Self {
            pool,
            kept: Arc::default(),
        }
    }
}

impl Connections {
    /// A connection that nobody else uses.
    ///
    /// # Errors
    /// Where none can be had in time.
    pub(in crate::store) async fn acquire(&self) -> Result<Held<'_>, Error> {
        let last = self.kept().resting.pop();
        let (connection, kept) = match last {
            Some(last) if !is_suspect(last.used.elapsed()) => (last.connection, last.kept),
            last => {
                let _waiting = self.wait(last);
                (self.pool.acquire().await?, Instant::now())
            }
        };
        Ok(Held {
            connections: self,
            connection,
            kept,
        })
    }

    /// A transaction that lasts, begun by a statement.
    ///
    /// # Errors
    /// Where no connection can be had in time, or it cannot begin.
    pub(in crate::store) async fn begin_with(
        &self,
        statement: impl SqlSafeStr,
    ) -> Result<Transaction<'static, Postgres>, Error> {
        let _waiting = self.wait(None);
        self.pool.begin_with(statement).await
    }

    /// The most that there are at the same time.
    pub(in crate::store) fn most(&self) -> u32 {
        self.pool.options().get_max_connections()
    }

    /// Closes the connections, each as soon as it is free.
    pub(in crate::store) async fn close(&self) {
        // From here on none is kept any more.
        let closed = self.pool.close();
        self.kept().give_back();
        closed.await;
    }

    /// Keeps a connection for who comes next, unless somebody waits for the pool or it has been kept for long.
    fn keep(&self, connection: PoolConnection<Postgres>, since: Instant) {
        let mut kept = self.kept();
        if kept.waiting > 0 || since.elapsed() >= KEPT || self.pool.is_closed() {
            drop(kept);
            give_back(connection);
            return;
        }
        kept.resting.push(Resting {
            connection,
            kept: since,
            used: Instant::now(),
        });
        if !kept.is_swept {
            kept.is_swept = true;
            let kept = Arc::clone(&self.kept);
            tokio::spawn(async move {
                sleep(KEPT).await;
                let mut kept = lock(&kept);
                kept.give_back();
                kept.is_swept = false;
            });
        }
    }

    /// Has everything go back to the pool, `last` too, until what is returned is dropped.
    fn wait(&self, last: Option<Resting>) -> Waiting<'_> {
        let mut kept = self.kept();
        kept.resting.extend(last);
        kept.give_back();
        kept.waiting += 1;
        drop(kept);
        Waiting(self)
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        lock(&self.kept)
    }
}

fn lock(kept: &Mutex<Kept>) -> MutexGuard<'_, Kept> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Kept {
    /// Gives those that rest back to their pool.
    fn give_back(&mut self) {
        for resting in self.resting.drain(..) {
            give_back(resting.connection);
        }
    }
}

/// Gives a connection back to its pool, which asks it whether it is well. One that does not answer is let go: the pool
/// would wait for ever.
fn give_back(mut connection: PoolConnection<Postgres>) {
    tokio::spawn(async move {
        if timeout(PING, connection.ping()).await.is_ok() {
            drop(connection);
        } else {
            suspect();
            drop(connection.detach());
        }
    });
}

/// One who waits for the pool, until it is dropped.
struct Waiting<'a>(&'a Connections);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.kept().waiting -= 1;
    }
}

/// A connection for one statement or transaction. Dropped, it goes back to its pool, which asks it whether it is well: what
/// is dropped half way may not be.
pub(in crate::store) struct Held<'a> {
    connections: &'a Connections,
    connection: PoolConnection<Postgres>,
    kept: Instant,
}

impl Held<'_> {
    /// Keeps it for the next, after what has ended well.
    pub(in crate::store) fn keep(self) {
        // A transaction that was dropped is undone with the next message: the pool sends one at once.
        if !self.connection.should_flush() {
            self.connections.keep(self.connection, self.kept);
        }
    }

    /// Lets it go, and has all others asked whether they are well: it does not answer.
    pub(in crate::store) fn abandon(self) {
        suspect();
        // Not back to the pool, which would wait for its answer too.
        drop(self.connection.detach());
    }
}

impl Deref for Held<'_> {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.connection
    }
}

impl DerefMut for Held<'_> {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.connection
    }
}
