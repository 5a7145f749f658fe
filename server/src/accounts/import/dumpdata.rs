//! The objects of Django's `dumpdata`: users, and the refresh tokens of django-graphql-jwt.

use anyhow::{bail, ensure};
use serde_json::Value;

use super::objects::{self, Object};
use crate::model::{Column, ColumnMap, SourceToken, SourceUser, TokenOwner};

/// The model of django-graphql-jwt's refresh tokens.
const TOKENS: &str = "refresh_token.refreshtoken";
/// Whether an object of this model is a refresh token.
pub(super) fn is_token(model: &str) -> bool {
    model == TOKENS
}

/// Whether users in this table are dumped as this model: both may be named.
pub(super) fn is_user(model: &str, table: &str) -> bool {
    model.eq_ignore_ascii_case(table) || model.replace('.', "_").eq_ignore_ascii_case(table)
}

/// A user. Whether the fields are there is checked with the first.
///
/// # Errors
/// What is not as `dumpdata` writes it.
pub(super) fn user(entry: &mut Object, map: &ColumnMap, first: bool) -> anyhow::Result<SourceUser> {
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
            objects::text(theirs, value)?
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

/// A refresh token.
///
/// # Errors
/// What is not as `dumpdata` writes it.
pub(super) fn token(entry: &mut Object) -> anyhow::Result<SourceToken> {
    let id = objects::text("pk", entry.remove("pk"))?;
    let Some(Value::Object(fields)) = entry.get_mut("fields") else {
        bail!("a refresh token in it has no fields");
    };
    let owner = match fields.remove("user") {
        // By its natural key.
        Some(Value::Array(mut key)) if key.len() == 1 => {
            TokenOwner::Username(objects::text("user", key.pop())?.unwrap_or_default())
        }
        user => TokenOwner::Id(objects::text("user", user)?.unwrap_or_default()),
    };
    let mut field = |name| objects::text(name, fields.remove(name));
    Ok(SourceToken {
        id: id.unwrap_or_else(|| "?".to_owned()),
        token: field("token")?.unwrap_or_default(),
        created: field("created")?.unwrap_or_default(),
        revoked: field("revoked")?,
        owner,
    })
}
