//! The connections to PostgreSQL: what each is told when it is made, and how one that has died is noticed.

mod kept;

use std::sync::RwLock;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};

pub(super) use kept::Connections;

use super::StoreError;
use crate::config::DatabaseConfig;
use crate::threads;

/// A connection that has been idle for this long is asked whether it is still there. One that was in use a moment ago is
/// not: to ask would double the way of every short query.
const TRUSTED: Duration = Duration::from_secs(1);
/// How long the answer may take.
const PING: Duration = Duration::from_secs(2);

/// When the database could last not be reached.
static LOST: RwLock<Option<Instant>> = RwLock::new(None);

/// The database could not be reached: every connection that is idle now is asked before it is used again.
pub(super) fn suspect() {
    if let Ok(mut lost) = LOST.write() {
        *lost = Some(Instant::now());
    }
}

/// Whether a connection that has been idle for so long has to be asked.
fn is_suspect(idle: Duration) -> bool {
    let lost = LOST.read().ok().and_then(|lost| *lost);
    idle >= TRUSTED || lost.is_some_and(|lost| lost.elapsed() <= idle)
}

/// How long the statements of a connection may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pace {
    /// As the settings say: somebody waits.
    Requests,
    /// As long as it takes.
    Bulk,
}

/// Connections, used as the settings say.
pub(super) struct Pools {
    pub(super) common: Connections,
    /// For [`super::lookup`] alone: the one of each of its queues, of which there is at least one.
    pub(super) lookups: Vec<Connections>,
    /// For the queues whose connection takes long; None where there are too few.
    pub(super) spare: Option<Connections>,
}

/// Connects, and shares out the connections.
pub(super) async fn connect(
    options: PgConnectOptions,
    config: &DatabaseConfig,
    pace: Pace,
) -> anyhow::Result<Pools> {
    let options = options
        .application_name("latchkey")
        .statement_cache_capacity(usize::try_from(config.database_prepared_statements)?);
    reach(&options, config.wait()).await?;
    let Shares {
        common,
        queues,
        spare,
    } = Shares::of(config.database_pool_size, threads::many());
    let common = pool(config, pace, common).connect_with(options.clone());
    let lazily = |most| pool(config, pace, most).connect_lazy_with(options.clone());
    Ok(Pools {
        common: common.await.map_err(StoreError::from)?.into(),
        lookups: (0..queues).map(|_| lazily(1).into()).collect(),
        spare: (spare > 0).then(|| lazily(spare).into()),
    })
}

/// How many connections are for what.
#[derive(Debug, PartialEq, Eq)]
struct Shares {
    common: u32,
    /// One for each queue of look-ups.
    queues: u32,
    spare: u32,
}

impl Shares {
    /// Of so many connections, of which two fifths are left for all else than look-ups: a queue for each of the `threads` that answer and
    /// one for all others, if that leaves one to spare.
    fn of(connections: u32, threads: usize) -> Self {
        // The smallest that the setting takes is two.
        let most = (connections * 3 / 5).max(1);
        let wanted = u32::try_from(threads).unwrap_or(u32::MAX).saturating_add(1);
        let queues = if wanted < most {
            wanted
        } else {
            most.div_ceil(2)
        };
        let spare = queues.min(most - queues);
        Self {
            common: connections.saturating_sub(queues + spare).max(1),
            queues,
            spare,
        }
    }
}

fn pool(config: &DatabaseConfig, pace: Pace, most: u32) -> PgPoolOptions {
    let told = told(config, pace);
    PgPoolOptions::new()
        .max_connections(most)
        .acquire_timeout(config.wait())
        .idle_timeout(config.idle_timeout())
        .max_lifetime(config.max_lifetime())
        .test_before_acquire(false)
        .after_connect(move |connection, _| {
            let told = told.clone();
            Box::pin(async move {
                if let Some(told) = told {
                    connection.execute(AssertSqlSafe(told)).await?;
                }
                Ok(())
            })
        })
        .before_acquire(|connection, state| {
            Box::pin(async move {
                if !is_suspect(state.idle_for) {
                    return Ok(true);
                }
                // A network that swallows everything gives no answer at all.
                let answer = tokio::time::timeout(PING, connection.ping()).await;
                let answers = matches!(answer, Ok(Ok(())));
                if !answers {
                    // Others may have been cut with it, and may have been in use a moment before.
                    suspect();
                }
                Ok(answers)
            })
        })
}

/// What a connection is told when it is made. Not as parameters of its start: poolers that stand between refuse them.
fn told(config: &DatabaseConfig, pace: Pace) -> Option<String> {
    let (seconds, planning) = match pace {
        Pace::Requests if config.database_statement_timeout == 0 => return None,
        // What a request asks goes by the same index whatever the values are, and to plan it takes longer than to run it: so
        // a prepared statement is planned once. That plan stays while tables grow, until the database counts them again. With
        // hardly a row in them it would be to read them all, and so would it be for the ten thousandth session.
        Pace::Requests => (
            config.database_statement_timeout,
            "; SELECT set_config(name, CASE name WHEN 'plan_cache_mode' THEN 'force_generic_plan' ELSE 'off' END, false)
             FROM pg_settings WHERE name IN ('plan_cache_mode', 'enable_seqscan', 'jit')",
        ),
        Pace::Bulk => (0, ""),
    };
    // The second is for a process that stops in the middle of a transaction: its locks are let go.
    Some(format!(
        "SET statement_timeout = '{seconds}s'; SET idle_in_transaction_session_timeout = '{seconds}s'{planning}"
    ))
}

/// Connects once: a pool tries again until its time is over and then says only that; one connection says why it fails.
pub(super) async fn reach(options: &PgConnectOptions, wait: Duration) -> anyhow::Result<()> {
    let first = tokio::time::timeout(wait, PgConnection::connect_with(options));
    let first = first.await.context("it does not answer")?;
    first.map_err(StoreError::from)?.close().await.ok();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::Shares;

    #[test]
    fn look_ups_have_a_queue_for_each_thread_where_there_are_enough_connections() {
        let of = |connections, threads| {
            let Shares {
                common,
                queues,
                spare,
            } = Shares::of(connections, threads);
            (common, queues, spare)
        };
        assert_eq!(of(2, 2), (1, 1, 0));
        assert_eq!(of(3, 2), (2, 1, 0));
        assert_eq!(of(5, 2), (2, 2, 1), "too few for two threads");
        assert_eq!(of(10, 1), (6, 2, 2));
        assert_eq!(of(10, 2), (4, 3, 3));
        assert_eq!(of(10, 4), (4, 5, 1));
        assert_eq!(of(10, 5), (4, 3, 3), "too few for five threads");
        assert_eq!(of(17, 8), (7, 9, 1));
        assert_eq!(of(100, 8), (82, 9, 9));
    }
}
