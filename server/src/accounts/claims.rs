//! The claims of an access token, and what follows from them alone.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Map, Value};

use super::TokenError;
use crate::model::{SessionId, UserId};

/// The claims of a token whose signature was judged. A clone is another name for the same.
#[derive(Clone, Debug)]
pub(crate) struct Claims(Arc<Parsed>);

/// Claims, and what every request asks of them: read once, for a token comes again and again.
#[derive(Debug)]
struct Parsed {
    all: Map<String, Value>,
    json: Bytes,
    times: Times,
    subject: Result<Subject, TokenError>,
}

/// The times of a token, in seconds since 1970-01-01 UTC (RFC 7519, section 4.1): None where it does not say, and an error
/// where what it says is no time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    pub(super) issued_at: Result<Option<i64>, TokenError>,
    pub(super) not_before: Result<Option<i64>, TokenError>,
    pub(super) expires_at: Result<Option<i64>, TokenError>,
}

/// Whom a token names.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Subject {
    /// A user of ours, and the session, where the token belongs to one.
    Id(UserId, Option<SessionId>),
    /// A user by name: the token was made elsewhere with the same key.
    Username(String),
}

impl Claims {
    pub(super) fn new(all: Map<String, Value>) -> Self {
        Self(Arc::new(Parsed {
            times: Times {
                issued_at: seconds(&all, "iat", TokenError::Invalid),
                not_before: seconds(&all, "nbf", TokenError::Undecodable),
                expires_at: seconds(&all, "exp", TokenError::Undecodable),
            },
            subject: subject(&all),
            // There are no claims that cannot be written: they were read, or are texts and numbers of ours.
            json: serde_json::to_vec(&all).unwrap_or_default().into(),
            all,
        }))
    }

    /// Every claim, in the token's order.
    pub(super) fn all(&self) -> &Map<String, Value> {
        &self.0.all
    }

    /// The same as JSON. A clone is another name for the same bytes.
    pub(crate) fn json(&self) -> Bytes {
        self.0.json.clone()
    }

    /// When the token was issued and is good.
    pub(super) fn times(&self) -> Times {
        self.0.times
    }

    /// Whom the token names.
    ///
    /// # Errors
    /// `InvalidPayload` where it names nobody; `Invalid` where a claim has a type that no token of ours has.
    pub(super) fn subject(&self) -> Result<&Subject, TokenError> {
        self.0.subject.as_ref().map_err(|error| *error)
    }

    /// A claim that is a time in seconds: a number, or a text that reads as a whole one. None where it is not there.
    ///
    /// # Errors
    /// `otherwise`, where it is anything else.
    pub(super) fn seconds(
        &self,
        name: &str,
        otherwise: TokenError,
    ) -> Result<Option<i64>, TokenError> {
        seconds(&self.0.all, name, otherwise)
    }
}

fn subject(claims: &Map<String, Value>) -> Result<Subject, TokenError> {
    let text = |name: &str| match claims.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str())),
        Some(_) => Err(TokenError::Invalid),
    };
    let session = text("sid")?
        .map(|id| SessionId::parse(id).ok_or(TokenError::Invalid))
        .transpose()?;
    if let Some(sub) = text("sub")? {
        let id = UserId::parse(sub).ok_or(TokenError::InvalidPayload)?;
        return Ok(Subject::Id(id, session));
    }
    match claims.get("username") {
        Some(Value::String(name)) if !name.is_empty() => Ok(Subject::Username(name.clone())),
        _ => Err(TokenError::InvalidPayload),
    }
}

fn seconds(
    claims: &Map<String, Value>,
    name: &str,
    otherwise: TokenError,
) -> Result<Option<i64>, TokenError> {
    let seconds = match claims.get(name) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Number(number)) => number.as_i64().or_else(|| whole(number.as_f64()?)),
        Some(Value::String(text)) => text.trim().parse().ok(),
        Some(_) => None,
    };
    seconds.map(Some).ok_or(otherwise)
}

/// The whole part of a number of seconds, if it is one that a time can have.
#[expect(
    clippy::cast_possible_truncation,
    reason = "checked to be within what both types hold exactly"
)]
fn whole(number: f64) -> Option<i64> {
    (number.abs() < 9e15).then_some(number as i64)
}
