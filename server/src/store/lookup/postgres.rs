//! On PostgreSQL: together with whoever asks at the same time.
//!
//! A query on its own costs both sides a message and the database a process that wakes up, many times the search itself.
//! While the queries of before are under way, those who ask gather, and go as one query. Who asks alone does not wait.
//!
//! Nobody waits for ever: a query has an end, and so has the wait for its turn. Else two connections that hang, as they do
//! where a firewall forgets them, would keep everybody who has a token out.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use sqlx::{PgConnection, PgPool};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::time::timeout;

use super::{Asked, Row};
use crate::config::DatabaseConfig;
use crate::model::User;
use crate::store::{Result, StoreError, connections};

/// The most that go together.
const MOST: usize = 64;
/// The queries that are under way at the same time.
const UNDER_WAY: usize = 2;
/// The most who wait for their turn: more than a server that is well lets in.
const MOST_WAITING: usize = 8_192;

const FIND: &str = concat!(
    "SELECT place, ",
    session_columns!("session_asked", "time_asked"),
    " FROM UNNEST($1::BIGINT[], $2::TEXT[], $3::BIGINT[]) WITH ORDINALITY
           AS asked (user_asked, session_asked, time_asked, place)
      JOIN users ON users.id = user_asked"
);

/// Gathers those who ask.
#[derive(Debug)]
pub(in crate::store) struct Together {
    pool: PgPool,
    /// The longest that a query may take, and that anybody waits for its turn.
    longest: Duration,
    /// To the task that asks for them all, which begins with the first to ask and ends with the store.
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
    user: User,
    has_refresh_token: Option<bool>,
}

impl Together {
    pub(super) fn new(pool: &PgPool, config: &DatabaseConfig) -> Self {
        Self {
            pool: pool.clone(),
            longest: config.wait() + config.statement_time(),
            waiting: OnceLock::new(),
        }
    }

    /// The row, where there is one.
    pub(super) async fn find(&self, asked: Asked) -> Result<Option<Row>> {
        let waiting = self.waiting.get_or_init(|| {
            let (sender, receiver) = mpsc::channel(MOST_WAITING);
            tokio::spawn(ask_for_all(self.pool.clone(), receiver, self.longest));
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

/// Asks for all who wait, until nobody can come any more.
async fn ask_for_all(pool: PgPool, mut receiver: mpsc::Receiver<Waiting>, longest: Duration) {
    let places = Arc::new(Semaphore::new(UNDER_WAY));
    while let Ok(place) = Arc::clone(&places).acquire_owned().await {
        let mut all = Vec::new();
        if receiver.recv_many(&mut all, MOST).await == 0 {
            return;
        }
        let pool = pool.clone();
        tokio::spawn(async move {
            let _place = place;
            // Whoever has gone meanwhile needs no answer.
            all.retain(|one| !one.answer.is_closed());
            if !all.is_empty() {
                ask(&pool, all, longest).await;
            }
        });
    }
}

async fn ask(pool: &PgPool, all: Vec<Waiting>, longest: Duration) {
    let mut rows: Vec<Option<Row>> = all.iter().map(|_| None).collect();
    match find_in_time(pool, &all, longest).await {
        Ok(found) => {
            for Placed {
                place,
                user,
                has_refresh_token,
            } in found
            {
                let place = usize::try_from(place - 1).ok();
                if let Some(row) = place.and_then(|place| rows.get_mut(place)) {
                    *row = Some((user, has_refresh_token));
                }
            }
            for (one, row) in all.into_iter().zip(rows) {
                let _ = one.answer.send(Ok(row));
            }
        }
        Err(error) => {
            for one in all {
                let _ = one.answer.send(Err(error.clone()));
            }
        }
    }
}

async fn find_in_time(pool: &PgPool, all: &[Waiting], longest: Duration) -> Result<Vec<Placed>> {
    let mut connection = pool.acquire().await?;
    if let Ok(found) = timeout(longest, find(&mut connection, all)).await {
        return found;
    }
    connections::suspect();
    // Not back to the pool, which would ask it whether it is well, and wait for the answer.
    drop(connection.detach());
    Err(unavailable())
}

async fn find(connection: &mut PgConnection, all: &[Waiting]) -> Result<Vec<Placed>> {
    let users: Vec<i64> = all.iter().map(|one| one.asked.user.0).collect();
    let sessions: Vec<&str> = all.iter().map(|one| &*one.asked.session.0).collect();
    let times: Vec<i64> = all.iter().map(|one| one.asked.now).collect();
    let query = sqlx::query_as(FIND).bind(users).bind(sessions).bind(times);
    Ok(query.fetch_all(connection).await?)
}
