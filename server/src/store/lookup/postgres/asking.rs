//! The task that asks for all in a queue, one query after another.
//!
//! Where a query takes unusually long, it is asked once more by another connection, and the first answer counts; one whose connection
//! turns out to have died is tried again before anybody is told.

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::pending;
use std::mem;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use futures_util::FutureExt as _;
use sqlx::PgConnection;
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout, timeout_at};

use super::unavailable;
use crate::store::connections::Connections;
use crate::store::lookup::{Asked, Row};
use crate::store::{Result, Trouble};

/// How long a query is waited for at least before others go by a connection to spare, and it is asked again by another. Those who ask
/// meanwhile go together; two queries at a time, with half as many each, cost the database more.
const PATIENCE: Duration = Duration::from_millis(3);
/// And how many times as long as one takes on average: where the database is far away, each takes long.
const TIMES_USUAL: u32 = 3;
/// The most that go together.
const MOST: usize = 256;

/// A search by key for each. `OFFSET 0` keeps PostgreSQL from making one join of them, for which it would go through all
/// users.
const FIND: &str = concat!(
    "SELECT place, looked_up.* FROM UNNEST($1::BIGINT[], $2::TEXT[]) WITH ORDINALITY AS asked (user_asked, session_asked, place)
     CROSS JOIN LATERAL (",
    find!("user_asked", "session_asked"),
    " OFFSET 0) AS looked_up"
);

/// One who asks.
pub(super) struct Waiting {
    pub(super) asked: Asked,
    pub(super) answer: Answer,
}

/// Where somebody waits for a row.
pub(super) type Answer = oneshot::Sender<Result<Option<Row>>>;

/// What asks for all who wait.
pub(super) struct Asking {
    pub(super) connections: Connections,
    pub(super) longest: Duration,
}

impl Asking {
    /// Asks for all who wait, until nobody can come any more.
    pub(super) async fn ask_for_all(
        self,
        mut receiver: mpsc::Receiver<Waiting>,
        spare: Option<Spare>,
    ) {
        let mut all = Vec::new();
        let mut usual = Usual::default();
        while !all.is_empty() || receiver.recv_many(&mut all, MOST).await > 0 {
            // Those whose requests have arrived by now, but have not been read, may come along.
            tokio::task::yield_now().await;
            fill(&mut all, &mut receiver);
            let (all_asked, mut answers) = part(&mut all);
            let (asked, places) = without_repetition(&all_asked);
            if asked.is_empty() {
                continue;
            }
            let begun = Instant::now();
            // A panic may not end the task: without it no token is looked up until the next start.
            let mut own = pin!(AssertUnwindSafe(self.find_in_time(&asked)).catch_unwind());
            let found = if let Ok(found) = timeout(usual.patience(), &mut own).await {
                found
            } else {
                let others = self.ask_others_by(spare.as_ref(), &mut receiver, &mut all);
                let (mut others, mut again) = (
                    pin!(others),
                    pin!(self.ask_again_by(spare.as_ref(), &asked)),
                );
                loop {
                    // Whichever answers first: all who wait for it came before either was asked.
                    tokio::select! {
                        biased;
                        found = &mut own => break found,
                        found = &mut again, if !answers.is_empty() => {
                            tell(mem::take(&mut answers), &places, Ok(Ok(found)));
                        }
                        never = &mut others => match never {},
                    }
                }
            };
            if matches!(found, Ok(Ok(_))) {
                usual.took(begun.elapsed());
            }
            tell(answers, &places, found);
        }
    }

    /// Asks for those who come, by connections to `spare`, until this is dropped. Who has come by then, and waits for one that is free, is in
    /// `all`.
    async fn ask_others_by(
        &self,
        spare: Option<&Spare>,
        receiver: &mut mpsc::Receiver<Waiting>,
        all: &mut Vec<Waiting>,
    ) -> Infallible {
        let Some(spare) = spare else {
            return pending().await;
        };
        loop {
            if receiver.recv_many(all, MOST).await == 0 {
                return pending().await;
            }
            let Ok(free) = Arc::clone(&spare.free).acquire_owned().await else {
                return pending().await;
            };
            fill(all, receiver);
            let (asked, answers) = part(all);
            let asking = self.by(spare);
            // A task of its own, for it may hang in turn.
            let asking = spare.spawn(async move {
                let (asked, places) = without_repetition(&asked);
                if !asked.is_empty() {
                    tell(answers, &places, Ok(asking.find_in_time(&asked).await));
                }
                drop(free);
            });
            let _ = asking.await;
        }
    }

    /// Asks the same once more, by a connection to `spare`: a process of the database that is ready to answer may have to wait for a
    /// processor for tens of milliseconds where passwords are hashed, and another seldom has to at the same time. Never ready if that
    /// gets no answer either.
    async fn ask_again_by(&self, spare: Option<&Spare>, asked: &[&Asked]) -> Vec<Placed> {
        // One is left for those who come meanwhile: what one query hangs on, this one may hang on too.
        let free = spare.and_then(|spare| Arc::clone(&spare.free).try_acquire_many_owned(2).ok());
        let (Some(spare), Some(mut free)) = (spare, free) else {
            return pending().await;
        };
        drop(free.split(1));
        let asking = self.by(spare);
        let asked: Vec<Asked> = asked.iter().copied().cloned().collect();
        // A task of its own: given up half way, it would cost the connection.
        let asking = spare.spawn(async move {
            let found = asking.find_in_time(&asked.iter().collect::<Vec<_>>()).await;
            drop(free);
            found
        });
        match asking.await {
            Ok(Ok(found)) => found,
            Ok(Err(_)) | Err(_) => pending().await,
        }
    }

    fn by(&self, spare: &Spare) -> Self {
        Self {
            connections: spare.connections.clone(),
            longest: self.longest,
        }
    }

    /// What is found. A connection that turns out to have died is replaced.
    async fn find_in_time(&self, asked: &[&Asked]) -> Result<Vec<Placed>> {
        let end = Instant::now() + self.longest;
        let mut has_failed = false;
        loop {
            let connection = timeout_at(end, self.connections.acquire()).await;
            let mut connection = connection.map_err(|_| unavailable())??;
            match timeout_at(end, find(&mut connection, asked)).await {
                Ok(Ok(found)) => {
                    connection.keep();
                    return Ok(found);
                }
                Ok(Err(error)) if has_failed || error.trouble != Trouble::Unavailable => {
                    return Err(error);
                }
                Ok(Err(_)) => {
                    has_failed = true;
                    connection.abandon();
                }
                Err(_) => {
                    connection.abandon();
                    return Err(unavailable());
                }
            }
        }
    }
}

#[derive(sqlx::FromRow)]
struct Placed {
    /// The place among those that were asked for, from 1.
    place: i64,
    #[sqlx(flatten)]
    row: Row,
}

/// Connections that all queues share.
#[derive(Clone, Debug)]
pub(super) struct Spare {
    pub(super) connections: Connections,
    /// As many as nobody asks by.
    pub(super) free: Arc<Semaphore>,
    /// Where they are read from: whoever opens one may be on the thread of a queue, on which no other queue is to wait.
    pub(super) home: Option<Handle>,
}

impl Spare {
    fn spawn<T: Send + 'static>(
        &self,
        asking: impl Future<Output = T> + Send + 'static,
    ) -> JoinHandle<T> {
        match &self.home {
            Some(home) => home.spawn(asking),
            None => tokio::spawn(asking),
        }
    }
}

/// How long a query takes on average.
#[derive(Default)]
struct Usual(Duration);

impl Usual {
    /// How long the next one may take before it is unusual.
    fn patience(&self) -> Duration {
        (self.0 * TIMES_USUAL).max(PATIENCE)
    }

    /// The last ones count for more. None counts for more than what is unusual already: it may have taken a minute.
    fn took(&mut self, time: Duration) {
        self.0 = (self.0 * 7 + time.min(self.patience())) / 8;
    }
}

/// Has those come along who wait by now.
fn fill(all: &mut Vec<Waiting>, receiver: &mut mpsc::Receiver<Waiting>) {
    while all.len() < MOST
        && let Ok(one) = receiver.try_recv()
    {
        all.push(one);
    }
}

/// What is asked, and who is to be told. Whoever has gone meanwhile needs no answer.
fn part(all: &mut Vec<Waiting>) -> (Vec<Asked>, Vec<Answer>) {
    let here = all.drain(..).filter(|one| !one.answer.is_closed());
    here.map(|one| (one.asked, one.answer)).unzip()
}

/// Tells those who wait what was found, each what is at its place. Where it panicked, they are told by what is dropped.
fn tell(answers: Vec<Answer>, places: &[usize], found: thread::Result<Result<Vec<Placed>>>) {
    let found = match found {
        Ok(Ok(found)) => found,
        Ok(Err(error)) => {
            for answer in answers {
                let _ = answer.send(Err(error.clone()));
            }
            return;
        }
        Err(_) => return,
    };
    let mut rows: Vec<Option<Row>> = places.iter().map(|_| None).collect();
    for Placed { place, row } in found {
        let place = usize::try_from(place - 1).ok();
        if let Some(place) = place.and_then(|place| rows.get_mut(place)) {
            *place = Some(row);
        }
    }
    for (answer, &place) in answers.into_iter().zip(places) {
        let _ = answer.send(Ok(rows.get(place).cloned().flatten()));
    }
}

/// What is asked, and for each who asks its place in that. A page that is opened asks several things with one token.
fn without_repetition(all: &[Asked]) -> (Vec<&Asked>, Vec<usize>) {
    let mut asked = Vec::new();
    let mut known = HashMap::new();
    let places = all.iter().map(|one| {
        *known.entry(one).or_insert_with(|| {
            asked.push(one);
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
    use std::time::Duration;

    use super::{Asked, PATIENCE, Usual, without_repetition};
    use crate::model::{SessionId, UserId};

    #[test]
    fn the_same_user_in_the_same_session_is_asked_for_once() {
        let asked = |user, session: &str| Asked {
            user: UserId(user),
            session: SessionId(session.to_owned()),
        };
        let all = [
            asked(1, "a"),
            asked(2, "a"),
            asked(1, "a"),
            asked(1, "b"),
            asked(2, "a"),
        ];
        let (asked, places) = without_repetition(&all);
        let asked: Vec<_> = asked
            .iter()
            .map(|asked| (asked.user.0, &*asked.session.0))
            .collect();
        assert_eq!(asked, [(1, "a"), (2, "a"), (1, "b")]);
        assert_eq!(places, [0, 1, 0, 2, 1]);
    }

    #[test]
    fn patience_follows_what_is_usual_and_no_exception() {
        let mut usual = Usual::default();
        assert_eq!(usual.patience(), PATIENCE);
        usual.took(Duration::from_mins(1));
        assert_eq!(usual.patience(), PATIENCE);
        for _ in 0..60 {
            usual.took(Duration::from_millis(20));
        }
        assert!(usual.patience() > Duration::from_millis(55));
        for _ in 0..60 {
            usual.took(Duration::from_micros(300));
        }
        assert_eq!(usual.patience(), PATIENCE);
    }
}
