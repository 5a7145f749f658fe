//! On PostgreSQL: together with whoever asks at the same time.
//!
//! A query on its own costs both sides a message and the database a process that wakes up, many times the search itself.
//! While the queries of before are under way, those who ask on one thread gather, and go as one query, in which each token is asked
//! for once. Who asks alone does not wait.
//!
//! The connections are of pools of their own: those of the common one are held for as long as it takes to write to the
//! disk, and a token is not to wait for that.
//!
//! Nobody waits for ever: a query has an end, and so has the wait for its turn. Else connections that hang, as they do
//! where a firewall forgets them, would keep everybody who has a token out.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::{join_all, try_join, try_join_all};
use sqlx::PgConnection;
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::time::timeout;

use super::{Asked, Row};
use crate::config::DatabaseConfig;
use crate::store::connections::Connections;
use crate::store::{Result, StoreError};
use crate::threads;

/// How long a query may be the only one of a queue that is under way. Those who ask meanwhile go together; two queries at a time, with
/// half as many each, cost the database more. But where one hangs, the next is not to hang with it, and goes by a connection to spare.
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

/// Gathers those who ask, in queues.
#[derive(Debug)]
pub(in crate::store) struct Together(Vec<Queue>);

/// Those who ask on the same thread, or on several where there are more threads than queues.
#[derive(Debug)]
struct Queue {
    own: Connections,
    spare: Option<Spare>,
    /// The longest that a query may take, and that anybody waits for its turn.
    longest: Duration,
    /// Where that task is, if not on the thread that the queue belongs to: where no thread's connections stay, for none is to have
    /// the work of several.
    home: Option<Handle>,
    /// To the task that asks for them all, which begins with the first to ask and ends with the store.
    waiting: OnceLock<mpsc::Sender<Waiting>>,
}

/// Connections that all queues share.
#[derive(Clone, Debug)]
struct Spare {
    connections: Connections,
    /// As many as nobody asks by: who waits for one has not taken anybody's turn yet.
    free: Arc<Semaphore>,
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
    /// A queue with each of `connections`, and all with those to `spare`.
    pub(super) fn new(
        connections: Vec<Connections>,
        spare: Option<&Connections>,
        config: &DatabaseConfig,
    ) -> Self {
        let home = Handle::try_current().ok();
        let of_its_own = connections.len() > threads::many();
        let spare = spare.map(|connections| Spare {
            connections: connections.clone(),
            free: Arc::new(Semaphore::new(connections.most())),
        });
        let queue = |(place, own)| Queue {
            own,
            spare: spare.clone(),
            longest: config.wait() + config.statement_time(),
            home: home.clone().filter(|_| place == 0 || !of_its_own),
            waiting: OnceLock::new(),
        };
        Self(connections.into_iter().enumerate().map(queue).collect())
    }

    /// The row, where there is one.
    pub(super) async fn find(&self, asked: Asked) -> Result<Option<Row>> {
        self.queue().ok_or_else(unavailable)?.find(asked).await
    }

    /// Whether the database answers in this thread's queue, and in all where somebody has asked.
    pub(super) async fn ping(&self, nobody: &Asked) -> Result<()> {
        let begun = self.0.iter().filter(|queue| queue.waiting.get().is_some());
        let others = try_join_all(begun.map(|queue| queue.find(nobody.clone())));
        try_join(self.find(nobody.clone()), others).await?;
        Ok(())
    }

    /// The queue of this thread: the first is for those on which no connection stays.
    fn queue(&self) -> Option<&Queue> {
        let place = threads::number().map_or(0, |number| number + 1);
        self.0.get(place.checked_rem(self.0.len())?)
    }

    /// Closes the connections, each as soon as it has answered.
    pub(super) async fn close(&self) {
        let own = self.0.iter().map(|queue| &queue.own);
        let spare = self.0.first().and_then(|queue| queue.spare.as_ref());
        let spare = spare.map(|spare| &spare.connections);
        join_all(own.chain(spare).map(Connections::close)).await;
    }
}

impl Queue {
    async fn find(&self, asked: Asked) -> Result<Option<Row>> {
        let waiting = self.waiting.get_or_init(|| {
            let (sender, receiver) = mpsc::channel(MOST_WAITING);
            let asking = Asking {
                connections: self.own.clone(),
                longest: self.longest,
            };
            let asking = asking.ask_for_all(receiver, self.spare.clone());
            match &self.home {
                Some(home) => home.spawn(asking),
                None => tokio::spawn(asking),
            };
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
}

fn unavailable() -> StoreError {
    StoreError::from(sqlx::Error::PoolTimedOut)
}

/// What asks for all who wait.
struct Asking {
    connections: Connections,
    longest: Duration,
}

impl Asking {
    /// Asks for all who wait, until nobody can come any more.
    async fn ask_for_all(self, mut receiver: mpsc::Receiver<Waiting>, spare: Option<Spare>) {
        let mut all = Vec::new();
        while receiver.recv_many(&mut all, MOST).await > 0 {
            // Those whose requests have arrived by now, but have not been read, may come along.
            tokio::task::yield_now().await;
            while all.len() < MOST
                && let Ok(one) = receiver.try_recv()
            {
                all.push(one);
            }
            {
                // A panic may not end the task: without it no token is looked up until the next start.
                let mut asking = pin!(AssertUnwindSafe(self.ask(&mut all)).catch_unwind());
                if timeout(ALONE, &mut asking).await.is_err() {
                    let by_spare = async {
                        match &spare {
                            Some(spare) => self.ask_by(spare, &mut receiver).await,
                            None => std::future::pending().await,
                        }
                    };
                    tokio::select! {
                        biased;
                        _ = &mut asking => {}
                        () = by_spare => {}
                    }
                }
            }
            // Where it panicked, they are told by what is dropped.
            all.clear();
        }
    }

    /// Asks for all who wait, by connections to `spare`, until this is dropped. Nobody's turn is lost by that.
    async fn ask_by(&self, spare: &Spare, receiver: &mut mpsc::Receiver<Waiting>) {
        loop {
            // First a connection, then those who wait: if there is none, their queue's own may be the first to be free.
            let Ok(free) = Arc::clone(&spare.free).acquire_owned().await else {
                return std::future::pending().await;
            };
            let mut all = Vec::new();
            if receiver.recv_many(&mut all, MOST).await == 0 {
                return std::future::pending().await;
            }
            let asking = Self {
                connections: spare.connections.clone(),
                longest: self.longest,
            };
            // A task of its own, for it may hang in turn.
            let asking = tokio::spawn(async move {
                asking.ask(&mut all).await;
                drop(free);
            });
            let _ = asking.await;
        }
    }

    /// Asks for these, and tells them.
    async fn ask(&self, all: &mut Vec<Waiting>) {
        // Whoever has gone meanwhile needs no answer.
        all.retain(|one| !one.answer.is_closed());
        if all.is_empty() {
            return;
        }
        let (asked, places) = without_repetition(all);
        let found = self.find_in_time(&asked).await;
        let mut rows: Vec<Option<Row>> = asked.iter().map(|_| None).collect();
        match found {
            Ok(found) => {
                for Placed { place, row } in found {
                    let place = usize::try_from(place - 1).ok();
                    if let Some(place) = place.and_then(|place| rows.get_mut(place)) {
                        *place = Some(row);
                    }
                }
                for (one, place) in all.drain(..).zip(places) {
                    let row = rows.get(place).cloned().flatten();
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

    async fn find_in_time(&self, asked: &[&Asked]) -> Result<Vec<Placed>> {
        let mut connection = self.connections.acquire().await?;
        if let Ok(found) = timeout(self.longest, find(&mut connection, asked)).await {
            let found = found?;
            connection.keep();
            return Ok(found);
        }
        connection.abandon();
        Err(unavailable())
    }
}

/// What is asked, and for each who asks its place in that. A page that is opened asks several things with one token.
fn without_repetition(all: &[Waiting]) -> (Vec<&Asked>, Vec<usize>) {
    let mut asked = Vec::new();
    let mut known = HashMap::new();
    let places = all.iter().map(|one| {
        *known.entry(&one.asked).or_insert_with(|| {
            asked.push(&one.asked);
            asked.len() - 1
        })
    });
    let places = places.collect();
    (asked, places)
}

async fn find(connection: &mut PgConnection, asked: &[&Asked]) -> Result<Vec<Placed>> {
    let users: Vec<i64> = asked.iter().map(|asked| asked.user.0).collect();
    let sessions: Vec<&str> = asked.iter().map(|asked| &*asked.session.0).collect();
    let query = sqlx::query_as(FIND).bind(users).bind(sessions);
    Ok(query.fetch_all(connection).await?)
}

#[cfg(test)]
mod tests {
    use super::{Asked, Waiting, oneshot, without_repetition};
    use crate::model::{SessionId, UserId};

    #[test]
    fn the_same_user_in_the_same_session_is_asked_for_once() {
        let waiting = |user, session: &str| Waiting {
            asked: Asked {
                user: UserId(user),
                session: SessionId(session.to_owned()),
            },
            answer: oneshot::channel().0,
        };
        let all = [
            waiting(1, "a"),
            waiting(2, "a"),
            waiting(1, "a"),
            waiting(1, "b"),
            waiting(2, "a"),
        ];
        let (asked, places) = without_repetition(&all);
        let asked: Vec<_> = asked
            .iter()
            .map(|asked| (asked.user.0, &*asked.session.0))
            .collect();
        assert_eq!(asked, [(1, "a"), (2, "a"), (1, "b")]);
        assert_eq!(places, [0, 1, 0, 2, 1]);
    }
}
