//! Files of users: Django's `dumpdata`, and our own exports. They are read in a thread of their own, a row at a time.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use anyhow::{Context as _, bail};
use serde_json::Value;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinHandle;

use super::BATCH;
use super::{dumpdata, export, objects};
use crate::model::{ColumnMap, SourceToken, SourceUser};

/// Models that are named at most where none is the one looked for.
const MODELS: usize = 30;

/// What a file holds.
#[derive(Clone)]
pub(super) enum Content {
    /// Django's `dumpdata`: the table or model of the users, and what holds what.
    Dumpdata(String, ColumnMap),
    /// Our own export, as JSON.
    Json,
    /// Our own export, as CSV.
    Csv,
}

/// A file of users.
#[derive(Clone)]
pub(super) struct UserFile {
    path: PathBuf,
    content: Content,
    /// Bytes read.
    pub(super) read: Arc<AtomicU64>,
    /// Whether refresh tokens were seen while users were read.
    pub(super) has_tokens: Arc<AtomicBool>,
}

/// Rows that a thread reads.
pub(super) struct Reading<T> {
    batches: Receiver<Vec<T>>,
    done: JoinHandle<anyhow::Result<()>>,
}

impl<T> Reading<T> {
    /// The next rows; None at the end.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub(super) async fn next(&mut self) -> anyhow::Result<Option<Vec<T>>> {
        if let Some(batch) = self.batches.recv().await {
            return Ok(Some(batch));
        }
        (&mut self.done)
            .await
            .context("the file was not read to its end")??;
        Ok(None)
    }
}

/// Collects rows into batches.
struct Batches<T> {
    rows: Vec<T>,
    sender: Sender<Vec<T>>,
}

impl<T> Batches<T> {
    fn push(&mut self, row: T) -> anyhow::Result<()> {
        self.rows.push(row);
        if self.rows.len() < BATCH {
            return Ok(());
        }
        self.flush()
    }

    fn flush(&mut self) -> anyhow::Result<()> {
        let rows = std::mem::take(&mut self.rows);
        self.sender
            .blocking_send(rows)
            .ok()
            .context("nobody reads any more")
    }
}

impl UserFile {
    /// A file; it is opened when it is read.
    pub(super) fn new(path: &Path, content: Content) -> Self {
        Self {
            path: path.to_owned(),
            content,
            read: Arc::default(),
            has_tokens: Arc::default(),
        }
    }

    /// Begins to read the users.
    pub(super) fn users(&self) -> Reading<SourceUser> {
        self.begin(|file, batches| match &file.content {
            Content::Dumpdata(table, map) => file.dumped_users(table, map, batches),
            Content::Json => objects::each(file.open()?, &mut |object| {
                batches.push(export::user(object)?)
            }),
            Content::Csv => {
                export::each_record(csv::Reader::from_reader(file.open()?), &mut |user| {
                    batches.push(user)
                })
            }
        })
    }

    /// Begins to read the refresh tokens.
    pub(super) fn tokens(&self) -> Reading<SourceToken> {
        self.begin(|file, batches| {
            objects::each(file.open()?, &mut |mut entry| {
                let model = entry.get("model").and_then(Value::as_str);
                if model.is_some_and(dumpdata::is_token) {
                    batches.push(dumpdata::token(&mut entry)?)?;
                }
                Ok(())
            })
        })
    }

    fn begin<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Self, &mut Batches<T>) -> anyhow::Result<()> + Send + 'static,
    ) -> Reading<T> {
        let (sender, batches) = channel(1);
        let file = self.clone();
        let done = tokio::task::spawn_blocking(move || {
            let rows = Vec::new();
            let mut batches = Batches { rows, sender };
            read(&file, &mut batches)
                .with_context(|| format!("cannot read {}", file.path.display()))?;
            batches.flush()
        });
        Reading { batches, done }
    }

    fn open(&self) -> anyhow::Result<Counted> {
        self.read.store(0, Ordering::Relaxed);
        Ok(Counted(File::open(&self.path)?, Arc::clone(&self.read)))
    }

    fn dumped_users(
        &self,
        table: &str,
        map: &ColumnMap,
        batches: &mut Batches<SourceUser>,
    ) -> anyhow::Result<()> {
        let mut found = false;
        let mut others = BTreeSet::new();
        objects::each(self.open()?, &mut |mut entry| {
            let model = entry.get("model").and_then(Value::as_str);
            let model = model
                .context("an object in it has no model: it was not made by Django's dumpdata")?;
            if dumpdata::is_user(model, table) {
                let user = dumpdata::user(&mut entry, map, !found)?;
                found = true;
                return batches.push(user);
            }
            if dumpdata::is_token(model) {
                self.has_tokens.store(true, Ordering::Relaxed);
            } else if others.len() < MODELS {
                others.insert(model.to_owned());
            }
            Ok(())
        })?;
        if !found {
            let others = others.into_iter().collect::<Vec<_>>().join(", ");
            bail!(
                "no object in it is of the model {table}. Name the one of the users with --table: there are {others}"
            );
        }
        Ok(())
    }
}

/// Counts the bytes that are read.
struct Counted(File, Arc<AtomicU64>);

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.0.read(buffer)?;
        self.1.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}
