//! Where users come from: a Django database or a file, read in batches.

use std::fs::File;
use std::io::{BufReader, Read as _};
use std::path::Path;
use std::sync::atomic::Ordering;

use anyhow::{Context as _, bail};

use super::BATCH;
use super::file::{Content, Reading, UserFile};
use super::judge::GREATEST_ID;
use super::objects;
use crate::config::DatabaseUrl;
use crate::model::{ColumnMap, SourceToken, SourceUser};
use crate::store::DjangoDatabase;

/// What Django calls its own table of users.
const DJANGO_USERS: &str = "auth_user";
/// What an SQLite file begins with.
const SQLITE: &[u8] = b"SQLite format 3\0";

/// What a source is.
#[derive(Clone, Debug)]
pub(crate) enum Format {
    /// Django's: a database, or a file made by `dumpdata`. The table or model of the users, and what holds what.
    Django(Option<String>, ColumnMap),
    /// Our own export, as JSON.
    Json,
    /// Our own export, as CSV.
    Csv,
}

/// A source of users.
pub(crate) struct Source(Kind);

enum Kind {
    /// A Django database, and how far it has been read: the last ids, and the number of users.
    Database {
        database: Box<DjangoDatabase>,
        user: i64,
        token: i64,
        read: u64,
    },
    /// A file.
    File {
        file: UserFile,
        size: u64,
        users: Option<Reading<SourceUser>>,
        tokens: Option<Reading<SourceToken>>,
    },
}

impl Source {
    /// Opens a source, only to be read.
    ///
    /// # Errors
    /// What is wrong with it, in a sentence.
    pub(crate) async fn open(from: &str, format: Format) -> anyhow::Result<Self> {
        let path = Path::new(from);
        let content = match format {
            Format::Json => Content::Json,
            Format::Csv => Content::Csv,
            Format::Django(table, columns) => {
                let table = table.unwrap_or_else(|| DJANGO_USERS.to_owned());
                match django_database(from)? {
                    Some(url) => return Self::database(&url, &table, &columns).await,
                    None => Content::Dumpdata(table, columns),
                }
            }
        };
        let metadata = std::fs::metadata(path).with_context(|| format!("cannot read {from}"))?;
        Ok(Self(Kind::File {
            file: UserFile::new(path, content),
            size: metadata.len(),
            users: None,
            tokens: None,
        }))
    }

    async fn database(url: &DatabaseUrl, table: &str, columns: &ColumnMap) -> anyhow::Result<Self> {
        let database = DjangoDatabase::open(url, table, columns).await?;
        Ok(Self(Kind::Database {
            database: Box::new(database),
            user: i64::MIN,
            token: i64::MIN,
            read: 0,
        }))
    }

    /// How much there is, in users or bytes, and the greatest id of a user, 0 where that is not known.
    ///
    /// # Errors
    /// What is wrong with the source.
    pub(crate) async fn size(&self) -> anyhow::Result<(u64, i64)> {
        match &self.0 {
            Kind::Database { database, .. } => {
                let counted = database.count_users(GREATEST_ID).await;
                let (count, greatest) = counted.context("the users cannot be counted")?;
                Ok((u64::try_from(count)?, greatest))
            }
            Kind::File { size, .. } => Ok((*size, 0)),
        }
    }

    /// How much of it has been read, in users or bytes.
    pub(crate) fn position(&self) -> u64 {
        match &self.0 {
            Kind::Database { read, .. } => *read,
            Kind::File { file, .. } => file.read.load(Ordering::Relaxed),
        }
    }

    /// The next users; None at the end.
    ///
    /// # Errors
    /// What is wrong with the source.
    pub(crate) async fn users(&mut self) -> anyhow::Result<Option<Vec<SourceUser>>> {
        match &mut self.0 {
            Kind::Database {
                database,
                user,
                read,
                ..
            } => {
                let page = database.list_users(*user, u32::try_from(BATCH)?).await;
                let page = page.context("the users cannot be read")?;
                *read += u64::try_from(page.len())?;
                *user = page.last().map_or(*user, |(id, _)| *id);
                Ok((!page.is_empty()).then(|| page.into_iter().map(|(_, user)| user).collect()))
            }
            Kind::File { file, users, .. } => {
                users.get_or_insert_with(|| file.users()).next().await
            }
        }
    }

    /// The next refresh tokens, after all users; None at the end.
    ///
    /// # Errors
    /// What is wrong with the source.
    pub(crate) async fn tokens(&mut self) -> anyhow::Result<Option<Vec<SourceToken>>> {
        match &mut self.0 {
            Kind::Database {
                database, token, ..
            } => {
                let page = database.list_tokens(*token, u32::try_from(BATCH)?).await;
                let page = page.context("the refresh tokens cannot be read")?;
                *token = page.last().map_or(*token, |(id, _)| *id);
                Ok((!page.is_empty()).then(|| page.into_iter().map(|(_, token)| token).collect()))
            }
            Kind::File { file, .. } if !file.has_tokens.load(Ordering::Relaxed) => Ok(None),
            Kind::File { file, tokens, .. } => {
                tokens.get_or_insert_with(|| file.tokens()).next().await
            }
        }
    }
}

/// The Django database that is meant; None where it is a file of objects.
fn django_database(from: &str) -> anyhow::Result<Option<DatabaseUrl>> {
    let schemes = ["postgres://", "postgresql://", "sqlite:"];
    if schemes.iter().any(|scheme| from.starts_with(scheme)) {
        let url = from.parse().map_err(anyhow::Error::msg);
        return url.map(Some).context("--from");
    }
    let mut start = Vec::new();
    let file = File::open(from).with_context(|| {
        format!("cannot read {from}: give --from a file, or postgres://USER@HOST/NAME")
    })?;
    let mut reader = BufReader::new(file);
    reader
        .by_ref()
        .take(SQLITE.len() as u64)
        .read_to_end(&mut start)?;
    if start == SQLITE {
        return Ok(Some(DatabaseUrl::Sqlite(from.into())));
    }
    match objects::first(&mut start.as_slice().chain(reader))? {
        Some(b'[' | b'{') => Ok(None),
        _ => bail!("{from} is neither an SQLite database nor a JSON file of Django's dumpdata"),
    }
}
