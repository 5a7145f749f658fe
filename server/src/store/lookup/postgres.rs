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

mod asking;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures_util::future::{join_all, try_join, try_join_all};
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::time::timeout;

use super::{Asked, Row};
use crate::config::DatabaseConfig;
use crate::store::connections::Connections;
use crate::store::{Result, StoreError};
use crate::threads;
use asking::{Asking, Spare, Waiting};

/// The most who wait for their turn: more than a server that is well lets in.
const MOST_WAITING: usize = 8_192;

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
            home: home.clone(),
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
