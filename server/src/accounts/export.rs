//! Export: all users with everything that is stored of them, as JSON or CSV. Sessions are not among it: they belong to
//! the server that opened them.

use std::io::Write;

use anyhow::Context as _;
use serde_json::{Map, Value, json};

use crate::model::{Column, UserId, WholeUser, moment};
use crate::store::Store;

/// Users read at once.
const BATCH: u32 = 1_000;

/// How users are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExportFormat {
    /// An array of objects, one a line.
    Json,
    /// A line with the names of the columns, and one for each user.
    Csv,
}

/// Writes all users of `store` to `out`, oldest first, and gives their number.
///
/// # Errors
/// What is wrong with the database or with `out`.
pub(crate) async fn export(
    store: &Store,
    format: ExportFormat,
    out: &mut dyn Write,
) -> anyhow::Result<u64> {
    let mut writer = Writer::begin(format, out)?;
    let (mut after, mut count) = (UserId(0), 0);
    loop {
        let users = store.list_whole_users(after, BATCH).await?;
        let Some(last) = users.last() else { break };
        after = last.user.id;
        for user in &users {
            writer.write(&values(user)?)?;
            count += 1;
        }
    }
    writer.end()?;
    Ok(count)
}

/// The values of a user, in the order of the columns.
fn values(whole: &WholeUser) -> anyhow::Result<[Value; Column::ALL.len()]> {
    let user = &whole.user;
    let moment = |micros: i64| {
        let text = moment::text(micros);
        text.with_context(|| {
            format!(
                "a date of the user with id {} is beyond the year 9999",
                user.id
            )
        })
    };
    Ok([
        json!(user.id.0),
        json!(user.username),
        json!(user.email),
        json!(whole.email_key.is_some()),
        json!(user.first_name),
        json!(user.last_name),
        json!(whole.password_hash),
        json!(user.is_active),
        json!(user.is_staff),
        json!(user.is_superuser),
        json!(user.last_login.map(moment).transpose()?),
        json!(moment(user.date_joined)?),
        json!(moment(user.password_changed_at)?),
    ])
}

/// Writes rows in one of the formats.
enum Writer<'a> {
    Json(&'a mut dyn Write, bool),
    Csv(Box<csv::Writer<&'a mut dyn Write>>),
}

impl<'a> Writer<'a> {
    fn begin(format: ExportFormat, out: &'a mut dyn Write) -> anyhow::Result<Self> {
        Ok(match format {
            ExportFormat::Json => {
                write!(out, "[")?;
                Self::Json(out, false)
            }
            ExportFormat::Csv => {
                let mut csv = csv::Writer::from_writer(out);
                csv.write_record(Column::ALL.map(Column::name))?;
                Self::Csv(Box::new(csv))
            }
        })
    }

    fn write(&mut self, values: &[Value]) -> anyhow::Result<()> {
        match self {
            Self::Json(out, begun) => {
                let names = Column::ALL.iter().map(|column| column.name().to_owned());
                let object: Map<String, Value> = names.zip(values.iter().cloned()).collect();
                let end = if *begun { "," } else { "" };
                write!(out, "{end}\n{}", Value::Object(object))?;
                *begun = true;
            }
            Self::Csv(csv) => csv.write_record(values.iter().map(|value| match value {
                Value::Null => String::new(),
                Value::String(text) => text.clone(),
                other => other.to_string(),
            }))?,
        }
        Ok(())
    }

    fn end(self) -> anyhow::Result<()> {
        match self {
            Self::Json(out, _) => {
                writeln!(out, "\n]")?;
                out.flush()?;
            }
            Self::Csv(mut csv) => csv.flush()?,
        }
        Ok(())
    }
}
