//! Import: users and their refresh tokens from another program, as often as one likes.
//!
//! The source is read in order and in batches, and each batch is one transaction. Who is there already stays as they
//! are, so that an import that was interrupted is simply run again. A rehearsal does the same against a scratch database
//! and looks into the real one: what it says is what happens.

mod dumpdata;
mod export;
mod file;
mod ids;
mod judge;
mod objects;
mod report;
mod source;
mod tokens;
mod users;

use anyhow::Context as _;

pub(crate) use report::{Event, Finding, SkippedToken, SkippedUser, Summary, Warning};
pub(crate) use source::{Format, Source};

use crate::clock::Clock;
use crate::config::StorageConfig;
use crate::store::Store;
use ids::Ids;
use report::Findings;

/// Rows read, and added, at once.
const BATCH: usize = 2_000;
/// How often a batch is tried again while a server on the same database takes names away from under it.
const TRIES: u32 = 50;

/// Whoever listens to what an import finds.
pub(crate) type Listener<'a> = dyn FnMut(Event) -> anyhow::Result<()> + 'a;

/// How long refresh tokens last without being used, in seconds.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TokenLives {
    /// In the source: what had expired there does not come to life here.
    pub(crate) there: i64,
    /// From now on.
    pub(crate) here: i64,
}

/// An import under way.
pub(crate) struct Import<'a> {
    /// Where rows are added.
    target: Store,
    /// What is there beside it, in a rehearsal.
    beside: Option<Store>,
    /// The time, in microseconds.
    now: i64,
    lives: TokenLives,
    /// The greatest id of the source, where it can tell.
    greatest: i64,
    /// Whether to look who is there before rows are added: that is quicker where most are.
    look_first: bool,
    /// The users of the source who are in the target now, this time or from before.
    accepted: Ids,
    summary: Summary,
    listener: &'a mut Listener<'a>,
}

impl<'a> Import<'a> {
    /// An import into the configured database, or a rehearsal of one.
    ///
    /// # Errors
    /// What is wrong with the database, in a sentence.
    pub(crate) async fn into(
        storage: &StorageConfig,
        rehearsal: bool,
        lives: TokenLives,
        clock: &Clock,
        listener: &'a mut Listener<'a>,
    ) -> anyhow::Result<Self> {
        let (target, beside) = if rehearsal {
            let beside = Store::open_as_it_is(storage).await?;
            let scratch = Store::scratch().await;
            (scratch.context("no scratch database can be made")?, beside)
        } else {
            (Store::open_for_bulk(storage).await?, None)
        };
        Ok(Self {
            target,
            look_first: beside.is_some(),
            beside,
            now: clock.now_micros(),
            lives,
            greatest: 0,
            accepted: Ids::default(),
            summary: Summary::default(),
            listener,
        })
    }

    /// Takes over what is in `source`: first all users, then their refresh tokens.
    ///
    /// # Errors
    /// What stopped it, in a sentence. What was taken over until then stays.
    pub(crate) async fn run(mut self, mut source: Source) -> anyhow::Result<Summary> {
        let done = self.take(&mut source).await;
        self.target.close().await;
        if let Some(beside) = &self.beside {
            beside.close().await;
        }
        done.map(|()| self.summary)
    }

    async fn take(&mut self, source: &mut Source) -> anyhow::Result<()> {
        let (size, greatest) = source.size().await?;
        self.greatest = greatest;
        let mut rows = 0;
        while let Some(batch) = source.users().await? {
            rows += u64::try_from(batch.len())?;
            self.add_users(&batch).await?;
            let position = source.position();
            (self.listener)(Event::Read {
                rows,
                position,
                size,
            })?;
        }
        while let Some(batch) = source.tokens().await? {
            self.add_tokens(batch).await?;
        }
        Ok(())
    }

    /// The databases that have to be looked into.
    fn databases(&self) -> impl Iterator<Item = &Store> {
        [&self.target].into_iter().chain(&self.beside)
    }

    /// Tells what was found, once it is so, in the order of the rows.
    fn tell(&mut self, mut findings: Findings) -> anyhow::Result<()> {
        findings.sort_by_key(|(row, _)| *row);
        findings
            .into_iter()
            .try_for_each(|(_, finding)| (self.listener)(Event::Found(finding)))
    }
}
