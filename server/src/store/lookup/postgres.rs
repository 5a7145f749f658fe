//! On PostgreSQL: together with whoever asks at the same time.
//!
//! A query on its own costs both sides a message and the database a process that wakes up, many times the search itself.
//! While the queries of before are under way, those who ask gather, and go as one query. Who asks alone does not wait.
//!
//! The connections are of a pool of their own: those of the common one are held for as long as it takes to write to the
//! disk, and a token is not to wait for that.
//!
//! Nobody waits for ever: a query has an end, and so has the wait for its turn. Else connections that hang, as they do
//! where a firewall forgets them, would keep everybody who has a token out.

use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures_util::FutureExt as _;
use sqlx::pool::PoolConnection;
use sqlx::{Connection as _, PgConnection, PgPool, Postgres};
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::time::{Instant, timeout};

use super::{Asked, Row};
use crate::config::DatabaseConfig;
use crate::store::{Result, StoreError, connections};

/// The most connections that are in use at the same time.
pub(in crate::store) const MOST_CONNECTIONS: u32 = 2;
/// How long a query may be the only one that is under way. Those who ask meanwhile go together; two queries at a time, with
/// half as many each, cost the database more. But where one hangs, the next is not to hang with it.
const ALONE: Duration = Duration::from_millis(5);
/// The most that go together.
const MOST: usize = 256;
/// The most who wait for their turn: more than a server that is well lets in.
const MOST_WAITING: usize = 8_192;
/// How long a connection is kept from its pool, which looks after its health and its age, while there are those who ask.
const KEPT: Duration = Duration::from_secs(1);
/// How long it is kept while nobody asks.
const KEPT_IDLE: Duration = Duration::from_millis(20);

/// A search by key for each. `OFFSET 0` keeps PostgreSQL from making one join of them, for which it would go through all
/// users.
const FIND: &str = concat!(
    "SELECT place, looked_up.* FROM UNNEST($1::BIGINT[], $2::TEXT[]) WITH ORDINALITY AS asked (user_asked, session_asked, place)
     CROSS JOIN LATERAL (",
    find!("user_asked", "session_asked"),
    " OFFSET 0) AS looked_up"
);

/// Gathers those who ask.
#[derive(Debug)]
pub(in crate::store) struct Together {
    pool: PgPool,
    /// The longest that a query may take, and that anybody waits for its turn.
    longest: Duration,
    /// To the tasks that ask for them all, which begin with the first to ask and end with the store.
    waiting: OnceLock<mpsc::Sender<Waiting>>,
}

/// One who asks.
struct Waiting {
    asked: Asked,
    answer: oneshot::Sender<Result<Option<Row>>>,
}

#[derive(sqlx::FromRow)]
struct Placed {
    /// The place among those that were asked for, from 1.
    place: i64,
    #[sqlx(flatten)]
    row: Row,
}

impl Together {
    pub(super) fn new(pool: PgPool, config: &DatabaseConfig) -> Self {
        Self {
            pool,
            longest: config.wait() + config.statement_time(),
            waiting: OnceLock::new(),
        }
    }

    /// The row, where there is one.
    pub(super) async fn find(&self, asked: Asked) -> Result<Option<Row>> {
        let waiting = self.waiting.get_or_init(|| {
            let (sender, receiver) = mpsc::channel(MOST_WAITING);
            let receiver = Arc::new(Mutex::new(receiver));
            for _ in 0..self.pool.options().get_max_connections() {
                let asking = Asking {
                    pool: self.pool.clone(),
                    longest: self.longest,
                    held: None,
                };
                tokio::spawn(asking.ask_for_all(Arc::clone(&receiver)));
            }
            sender
        });
        let (answer, answered) = oneshot::channel();
        let asked = Waiting { asked, answer };
        waiting.try_send(asked).map_err(|_| unavailable())?;
        match timeout(self.longest, answered).await {
            Ok(Ok(row)) => row,
            Ok(Err(_)) | Err(_) => Err(unavailable()),
        }
    }

    /// Closes the connections, each as soon as it has answered.
    pub(super) async fn close(&self) {
        self.pool.close().await;
    }
}

fn unavailable() -> StoreError {
    StoreError::from(sqlx::Error::PoolTimedOut)
}

/// One of those that ask for all who wait.
struct Asking {
    pool: PgPool,
    longest: Duration,
    /// The connection that was used last, and since when it is kept from the pool.
    held: Option<(PoolConnection<Postgres>, Instant)>,
}

impl Asking {
    /// Asks for all who wait, until nobody can come any more.
    async fn ask_for_all(mut self, receiver: Arc<Mutex<mpsc::Receiver<Waiting>>>) {
        let mut all = Vec::new();
        let mut turn = receiver.lock().await;
        loop {
            if self.held.is_some() {
                let more = timeout(KEPT_IDLE, turn.recv_many(&mut all, MOST));
                if more.await.is_err() {
                    self.give_back();
                }
            }
            if all.is_empty() && turn.recv_many(&mut all, MOST).await == 0 {
                return;
            }
            // Whoever has gone meanwhile needs no answer.
            all.retain(|one| !one.answer.is_closed());
            if all.is_empty() {
                continue;
            }
            let kept = {
                // A panic may not end the task: without the tasks no token is looked up until the next start.
                let mut asking = pin!(AssertUnwindSafe(self.ask(&mut all)).catch_unwind());
                if timeout(ALONE, &mut asking).await.is_ok() {
                    Some(turn)
                } else {
                    drop(turn);
                    let _ = asking.await;
                    None
                }
            };
            // Where it panicked, they are told by what is dropped.
            all.clear();
            turn = if let Some(turn) = kept {
                turn
            } else if let Ok(turn) = timeout(KEPT_IDLE, receiver.lock()).await {
                turn
            } else {
                self.give_back();
                receiver.lock().await
            };
        }
    }

    /// Asks for these, and tells them.
    async fn ask(&mut self, all: &mut Vec<Waiting>) {
        let mut rows: Vec<Option<Row>> = all.iter().map(|_| None).collect();
        match self.find_in_time(all).await {
            Ok(found) => {
                for Placed { place, row } in found {
                    let place = usize::try_from(place - 1).ok();
                    if let Some(place) = place.and_then(|place| rows.get_mut(place)) {
                        *place = Some(row);
                    }
                }
                for (one, row) in all.drain(..).zip(rows) {
                    let _ = one.answer.send(Ok(row));
                }
            }
            Err(error) => {
                for one in all.drain(..) {
                    let _ = one.answer.send(Err(error.clone()));
                }
            }
        }
    }

    /// Gives the connection back to its pool, if one is held.
    fn give_back(&mut self) {
        if let Some((connection, _)) = self.held.take() {
            give_back(connection);
        }
    }

    async fn find_in_time(&mut self, all: &[Waiting]) -> Result<Vec<Placed>> {
        if let Some((_, since)) = &self.held
            && since.elapsed() >= KEPT
        {
            self.give_back();
        }
        let (mut connection, since) = match self.held.take() {
            Some(held) => held,
            None => (self.pool.acquire().await?, Instant::now()),
        };
        match timeout(self.longest, find(&mut connection, all)).await {
            Ok(Ok(found)) => {
                self.held = Some((connection, since));
                Ok(found)
            }
            Ok(Err(error)) => {
                give_back(connection);
                Err(error)
            }
            Err(_) => {
                connections::suspect();
                // Not back to the pool, which would ask it whether it is well, and wait for the answer.
                drop(connection.detach());
                Err(unavailable())
            }
        }
    }
}

/// Gives a connection back to its pool, which asks it whether it is well. One that does not answer is let go: the pool has
/// few, and would wait for ever.
fn give_back(mut connection: PoolConnection<Postgres>) {
    tokio::spawn(async move {
        if timeout(connections::PING, connection.ping()).await.is_ok() {
            drop(connection);
        } else {
            connections::suspect();
            drop(connection.detach());
        }
    });
}

async fn find(connection: &mut PgConnection, all: &[Waiting]) -> Result<Vec<Placed>> {
    let users: Vec<i64> = all.iter().map(|one| one.asked.user.0).collect();
    let sessions: Vec<&str> = all.iter().map(|one| &*one.asked.session.0).collect();
    let query = sqlx::query_as(FIND).bind(users).bind(sessions);
    Ok(query.fetch_all(connection).await?)
}
