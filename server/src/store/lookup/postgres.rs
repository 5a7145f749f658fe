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
use sqlx::PgConnection;
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::time::timeout;

use super::{Asked, Row};
use crate::config::DatabaseConfig;
use crate::store::connections::Connections;
use crate::store::{Result, StoreError};

/// The most connections that are in use at the same time.
pub(in crate::store) const MOST_CONNECTIONS: u32 = 2;
/// How long a query may be the only one that is under way. Those who ask meanwhile go together; two queries at a time, with
/// half as many each, cost the database more. But where one hangs, the next is not to hang with it.
const ALONE: Duration = Duration::from_millis(5);
/// The most that go together.
const MOST: usize = 256;
/// The most who wait for their turn: more than a server that is well lets in.
const MOST_WAITING: usize = 8_192;

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
    connections: Connections,
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
    pub(super) fn new(connections: Connections, config: &DatabaseConfig) -> Self {
        Self {
            connections,
            longest: config.wait() + config.statement_time(),
            waiting: OnceLock::new(),
        }
    }

    /// The row, where there is one.
    pub(super) async fn find(&self, asked: Asked) -> Result<Option<Row>> {
        let waiting = self.waiting.get_or_init(|| {
            let (sender, receiver) = mpsc::channel(MOST_WAITING);
            let receiver = Arc::new(Mutex::new(receiver));
            for _ in 0..self.connections.most() {
                let asking = Asking {
                    connections: self.connections.clone(),
                    longest: self.longest,
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
        self.connections.close().await;
    }
}

fn unavailable() -> StoreError {
    StoreError::from(sqlx::Error::PoolTimedOut)
}

/// One of those that ask for all who wait.
struct Asking {
    connections: Connections,
    longest: Duration,
}

impl Asking {
    /// Asks for all who wait, until nobody can come any more.
    async fn ask_for_all(self, receiver: Arc<Mutex<mpsc::Receiver<Waiting>>>) {
        let mut all = Vec::new();
        let mut turn = receiver.lock().await;
        while turn.recv_many(&mut all, MOST).await > 0 {
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
            turn = match kept {
                Some(turn) => turn,
                None => receiver.lock().await,
            };
        }
    }

    /// Asks for these, and tells them.
    async fn ask(&self, all: &mut Vec<Waiting>) {
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

    async fn find_in_time(&self, all: &[Waiting]) -> Result<Vec<Placed>> {
        let mut connection = self.connections.acquire().await?;
        if let Ok(found) = timeout(self.longest, find(&mut connection, all)).await {
            let found = found?;
            connection.keep();
            return Ok(found);
        }
        connection.abandon();
        Err(unavailable())
    }
}

async fn find(connection: &mut PgConnection, all: &[Waiting]) -> Result<Vec<Placed>> {
    let users: Vec<i64> = all.iter().map(|one| one.asked.user.0).collect();
    let sessions: Vec<&str> = all.iter().map(|one| &*one.asked.session.0).collect();
    let query = sqlx::query_as(FIND).bind(users).bind(sessions);
    Ok(query.fetch_all(connection).await?)
}
