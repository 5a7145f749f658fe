//! Files of users: Django's `dumpdata`, and our own exports. They are read in a thread of their own, a row at a time.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinHandle;

use super::BATCH;
use super::objects::{self, Object};
use crate::model::{Column, ColumnMap, SourceToken, SourceUser, TokenOwner};

/// The model of django-graphql-jwt's refresh tokens.
const TOKENS: &str = "refresh_token.refreshtoken";
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
            Content::Json => {
                objects::each(file.open()?, &mut |object| batches.push(own_user(object)?))
            }
            Content::Csv => csv_users(file.open()?, batches),
        })
    }

    /// Begins to read the refresh tokens.
    pub(super) fn tokens(&self) -> Reading<SourceToken> {
        self.begin(|file, batches| {
            objects::each(file.open()?, &mut |mut entry| {
                if entry.get("model").and_then(Value::as_str) == Some(TOKENS) {
                    batches.push(dumped_token(&mut entry)?)?;
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
            if is_model_of(model, table) {
                let user = dumped_user(&mut entry, map, !found)?;
                found = true;
                return batches.push(user);
            }
            if model == TOKENS {
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

/// Whether users in this table are dumped as this model: both may be named.
fn is_model_of(model: &str, table: &str) -> bool {
    model.eq_ignore_ascii_case(table) || model.replace('.', "_").eq_ignore_ascii_case(table)
}

/// A user as dumpdata writes one. Whether the fields are there is checked with the first.
fn dumped_user(entry: &mut Object, map: &ColumnMap, first: bool) -> anyhow::Result<SourceUser> {
    let pk = entry.remove("pk").filter(|pk| !pk.is_null());
    let Some(Value::Object(fields)) = entry.get_mut("fields") else {
        bail!("a user in it has no fields");
    };
    if first {
        check_fields(fields, map)?;
    }
    let mut user = SourceUser::default();
    for column in Column::ALL {
        let Some((theirs, _)) = map.theirs(column) else {
            continue;
        };
        let mut value = fields.get(theirs).cloned();
        if column == Column::Id && value.is_none() {
            ensure!(
                pk.is_some(),
                "a user in it has no pk: dump without --natural-primary, so that ids are kept"
            );
            value.clone_from(&pk);
        }
        // Django takes an unknown flag for a no.
        let unknown = value == Some(Value::Null) && column.is_flag();
        let value = if unknown {
            Some("0".to_owned())
        } else {
            text(theirs, value)?
        };
        user.set(column, value);
    }
    Ok(user)
}

fn check_fields(fields: &Object, map: &ColumnMap) -> anyhow::Result<()> {
    for column in Column::ALL {
        let Some((theirs, given)) = map.theirs(column) else {
            continue;
        };
        let needed = column != Column::Id && (given || Column::REQUIRED.contains(&column));
        let known: Vec<&str> = fields.keys().map(String::as_str).collect();
        ensure!(
            !needed || fields.contains_key(theirs),
            "a user in it has no field {theirs:?}: the fields are {}. Say with --columns which of them holds what, as in `--columns {}=…`",
            known.join(", "),
            column.in_django().unwrap_or_default()
        );
    }
    Ok(())
}

fn dumped_token(entry: &mut Object) -> anyhow::Result<SourceToken> {
    let id = text("pk", entry.remove("pk"))?;
    let Some(Value::Object(fields)) = entry.get_mut("fields") else {
        bail!("a refresh token in it has no fields");
    };
    let owner = match fields.remove("user") {
        // By its natural key.
        Some(Value::Array(mut key)) if key.len() == 1 => {
            TokenOwner::Username(text("user", key.pop())?.unwrap_or_default())
        }
        user => TokenOwner::Id(text("user", user)?.unwrap_or_default()),
    };
    let mut field = |name| text(name, fields.remove(name));
    Ok(SourceToken {
        id: id.unwrap_or_else(|| "?".to_owned()),
        token: field("token")?.unwrap_or_default(),
        created: field("created")?.unwrap_or_default(),
        revoked: field("revoked")?,
        owner,
    })
}

/// A user as our own export writes one.
fn own_user(object: Object) -> anyhow::Result<SourceUser> {
    let mut user = SourceUser::default();
    let names: Vec<&str> = object.keys().map(String::as_str).collect();
    check_names(&names)?;
    for (name, value) in object {
        let value = text(&name, Some(value))?;
        if let Some(column) = own_column(&name) {
            user.set(column, value);
        }
    }
    Ok(user)
}

fn csv_users(file: Counted, batches: &mut Batches<SourceUser>) -> anyhow::Result<()> {
    let mut reader = csv::Reader::from_reader(file);
    let names = reader.headers()?.clone();
    check_names(&names.iter().collect::<Vec<_>>())?;
    let columns: Vec<_> = names.iter().filter_map(own_column).collect();
    for record in reader.records() {
        let record = record?;
        let mut user = SourceUser::default();
        for (column, value) in columns.iter().zip(&record) {
            user.set(*column, Some(value.to_owned()));
        }
        batches.push(user)?;
    }
    Ok(())
}

fn own_column(name: &str) -> Option<Column> {
    Column::ALL.into_iter().find(|column| column.name() == name)
}

/// Demands the columns that have to be there, and no others: a misspelt one would be lost.
fn check_names(names: &[&str]) -> anyhow::Result<()> {
    for name in names {
        let known = Column::ALL.map(Column::name).join(", ");
        ensure!(
            own_column(name).is_some(),
            "{name:?} is no column: the columns are {known}"
        );
    }
    for column in Column::REQUIRED {
        let there = names.iter().any(|name| own_column(name) == Some(column));
        let known = names.join(", ");
        ensure!(there, "a user has no {}, only {known}", column.name());
    }
    Ok(())
}

/// A simple value, as a text.
fn text(name: &str, value: Option<Value>) -> anyhow::Result<Option<String>> {
    Ok(match value {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text),
        Some(Value::Bool(flag)) => Some(flag.to_string()),
        Some(Value::Number(number)) => Some(number.to_string()),
        Some(Value::Array(_) | Value::Object(_)) => {
            bail!("{name:?} of an object in it is neither a text nor a number")
        }
    })
}
