//! Connections that go from one statement straight to the next.
//!
//! sqlx asks each connection that comes back to its pool whether it is well, and waits for the answer: another message to
//! the database and back for every statement, on a machine that hashes passwords meanwhile no cheaper than the statement.
//! So a connection on which something has ended well is kept here, and the one that was used last is the first to be used
//! again. Those that rest for long go back to the pool, which looks after their age.
//!
//! One on which something was left half way goes back only after a look at whether it is in a transaction: where the
//! beginning of one is cancelled, sqlx does not know of it, and whatever is written next would be a part of it.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sqlx::pool::PoolConnection;
use sqlx::{
    Connection as _, Error, PgConnection, PgPool, Postgres, Row as _, SqlSafeStr, Transaction,
};
use tokio::time::{sleep, timeout};

use super::{PING, is_suspect, suspect};

/// How long a connection is kept from its pool while it is used, and how long while it is not.
const KEPT_USED: Duration = Duration::from_mins(1);
const KEPT_RESTING: Duration = Duration::from_secs(1);
/// How long a statement may go on that nobody waits for any more, from when its connection was taken: where the network
/// swallows everything, it has no end.
const HALF_WAY: Duration = Duration::from_secs(15);

/// A pool of connections, and those that are kept from it.
#[derive(Clone)]
pub(in crate::store) struct Connections {
    pool: PgPool,
    kept: Arc<Mutex<Kept>>,
}

#[derive(Default)]
struct Kept {
    resting: Vec<Resting>,
    /// How many wait for the pool: where there is one, none rests.
    waiting: usize,
    /// Whether a task looks after those that rest.
    is_swept: bool,
}

struct Resting {
    connection: PoolConnection<Postgres>,
    /// When the pool gave it.
    since: Instant,
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
        let (connection, since) = match last {
            Some(last) if !is_suspect(last.used.elapsed()) => (last.connection, last.since),
            last => {
                let _waiting = self.wait(last);
                // On the heap: it is large, seldom waited for, and a part of every request's future.
                (Box::pin(self.pool.acquire()).await?, Instant::now())
            }
        };
        Ok(Held {
            connections: self,
            connection: Some(connection),
            since,
            taken: Instant::now(),
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
    pub(in crate::store) fn most(&self) -> usize {
        let most = self.pool.options().get_max_connections();
        usize::try_from(most).unwrap_or(usize::MAX)
    }

    /// Closes the connections, each as soon as it is free.
    pub(in crate::store) async fn close(&self) {
        // From here on none is kept any more.
        let closed = self.pool.close();
        self.kept().give_back(Duration::ZERO);
        closed.await;
    }

    /// Keeps a connection for who comes next, unless somebody waits for the pool or it has been kept for long.
    fn keep(&self, connection: PoolConnection<Postgres>, since: Instant) {
        let mut kept = self.kept();
        if kept.waiting > 0 || since.elapsed() >= KEPT_USED || self.pool.is_closed() {
            drop(kept);
            give_back(connection);
            return;
        }
        kept.resting.push(Resting {
            connection,
            since,
            used: Instant::now(),
        });
        if !kept.is_swept {
            kept.is_swept = true;
            tokio::spawn(sweep(Arc::clone(&self.kept)));
        }
    }

    /// Has everything go back to the pool, `last` too, until what is returned is dropped.
    fn wait(&self, last: Option<Resting>) -> Waiting<'_> {
        let mut kept = self.kept();
        kept.resting.extend(last);
        kept.give_back(Duration::ZERO);
        kept.waiting += 1;
        drop(kept);
        Waiting(self)
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        lock(&self.kept)
    }
}

/// Gives back those that rest for long, as long as there are any.
async fn sweep(kept: Arc<Mutex<Kept>>) {
    loop {
        sleep(KEPT_RESTING).await;
        let mut kept = lock(&kept);
        kept.give_back(KEPT_RESTING);
        if kept.resting.is_empty() {
            kept.is_swept = false;
            return;
        }
    }
}

fn lock(kept: &Mutex<Kept>) -> MutexGuard<'_, Kept> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Kept {
    /// Gives those back that rest for at least as long.
    fn give_back(&mut self, rested: Duration) {
        let rested = |resting: &mut Resting| resting.used.elapsed() >= rested;
        for resting in self.resting.extract_if(.., rested) {
            give_back(resting.connection);
        }
    }
}

/// One who waits for the pool, until it is dropped.
struct Waiting<'a>(&'a Connections);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.kept().waiting -= 1;
    }
}

/// Gives a connection on which all has ended well back to its pool.
fn give_back(connection: PoolConnection<Postgres>) {
    tokio::spawn(return_to_pool(connection));
}

/// The same where something was left half way, `taken` so long ago.
fn give_back_half_way(mut connection: PoolConnection<Postgres>, taken: Duration) {
    let rest = HALF_WAY.saturating_sub(taken).max(PING);
    tokio::spawn(async move {
        // Within a transaction the first is the time of its beginning, and after an error there is no answer.
        let asked = sqlx::raw_sql("SELECT transaction_timestamp() = statement_timestamp()");
        let answer = timeout(rest, asked.fetch_one(&mut *connection)).await;
        if answer.is_ok_and(|row| row.and_then(|row| row.try_get(0)).unwrap_or(false)) {
            return_to_pool(connection).await;
        } else {
            suspect();
            drop(connection.detach());
        }
    });
}

/// Has the pool ask a connection whether it is well. One that does not answer is let go: the pool would wait for ever.
async fn return_to_pool(mut connection: PoolConnection<Postgres>) {
    if timeout(PING, connection.return_to_pool()).await.is_err() {
        suspect();
    }
}

/// A connection for one statement or transaction. Dropped, it was left half way.
pub(in crate::store) struct Held<'a> {
    connections: &'a Connections,
    /// None only while it is dropped.
    connection: Option<PoolConnection<Postgres>>,
    since: Instant,
    taken: Instant,
}

const TAKEN: &str = "a connection is taken only by what drops the rest as well";

impl Held<'_> {
    /// Keeps it for the next, after what has ended well.
    pub(in crate::store) fn keep(mut self) {
        // A transaction that was dropped is undone with the next message.
        if let Some(connection) = self
            .connection
            .take_if(|connection| !connection.should_flush())
        {
            self.connections.keep(connection, self.since);
        }
    }

    /// Lets it go, and has all others asked whether they are well: it does not answer.
    pub(in crate::store) fn abandon(mut self) {
        suspect();
        // Not back to the pool, which would wait for its answer too.
        drop(self.connection.take().map(PoolConnection::detach));
    }
}

impl Deref for Held<'_> {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        self.connection.as_deref().expect(TAKEN)
    }
}

impl DerefMut for Held<'_> {
    fn deref_mut(&mut self) -> &mut PgConnection {
        self.connection.as_deref_mut().expect(TAKEN)
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            give_back_half_way(connection, self.taken.elapsed());
        }
    }
}

/// On the PostgreSQL that the API is tested on.
#[cfg(test)]
mod tests {
    use futures_util::poll;
    use sqlx::postgres::PgPoolOptions;
    use std::pin::pin;

    use super::*;

    /// No more than one connection; None where the suite runs on SQLite.
    #[expect(
        clippy::disallowed_methods,
        reason = "which database the tests run on is no setting of the server"
    )]
    async fn only_one() -> Option<Connections> {
        let url = std::env::var("LATCHKEY_TEST_DATABASE_URL").ok()?;
        let pool = PgPoolOptions::new().max_connections(1).connect(&url);
        Some(Connections::from(pool.await.expect("PostgreSQL is there")))
    }

    async fn process(held: &mut Held<'_>) -> i32 {
        let sql = sqlx::query_scalar("SELECT pg_backend_pid()");
        sql.fetch_one(&mut **held).await.expect("it answers")
    }

    #[tokio::test]
    async fn a_connection_goes_to_who_waits_for_it_then_to_who_comes_next() {
        let Some(connections) = only_one().await else {
            return;
        };
        let mut first = connections.acquire().await.unwrap();
        let process_of_first = process(&mut first).await;
        let mut gone = Box::pin(connections.acquire());
        let mut waits = pin!(connections.acquire());
        assert!(poll!(&mut gone).is_pending());
        assert!(poll!(&mut waits).is_pending());
        drop(gone);
        first.keep();
        let mut second = waits.await.unwrap();
        assert_eq!(process(&mut second).await, process_of_first);
        second.keep();
        let mut third = connections.acquire().await.unwrap();
        assert_eq!(process(&mut third).await, process_of_first);
        drop(third);
        connections.close().await;
        assert!(connections.acquire().await.is_err());
    }

    #[tokio::test]
    async fn what_a_cancelled_beginning_of_a_transaction_leaves_is_nobody_elses() {
        let Some(connections) = only_one().await else {
            return;
        };
        let mut held = connections.acquire().await.unwrap();
        let process_of_first = process(&mut held).await;
        // Where the answer is there at once, nothing was cancelled.
        while poll!(pin!(held.begin())).is_ready() {}
        drop(held);
        let mut next = connections.acquire().await.unwrap();
        assert_ne!(process(&mut next).await, process_of_first);
    }

    #[tokio::test]
    async fn a_transaction_that_is_dropped_is_undone_before_the_next_statement() {
        let Some(connections) = only_one().await else {
            return;
        };
        let mut held = connections.acquire().await.unwrap();
        let process_of_first = process(&mut held).await;
        let mut transaction = held.begin().await.unwrap();
        let make = sqlx::raw_sql("CREATE TEMPORARY TABLE half_way (done INT)");
        make.execute(&mut *transaction).await.unwrap();
        drop(transaction);
        held.keep();
        let mut next = connections.acquire().await.unwrap();
        assert_eq!(process(&mut next).await, process_of_first);
        let left = sqlx::query_scalar("SELECT to_regclass('half_way') IS NULL");
        assert!(left.fetch_one(&mut *next).await.unwrap_or(false));
    }
}
