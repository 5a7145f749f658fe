//! The two scalars of the contract.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use super::json;
use crate::accounts::Claims;

/// A moment, as ISO 8601 with microseconds, in UTC.
pub(super) struct DateTime(pub(super) i64);

const ISO_8601: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]+00:00");

impl DateTime {
    fn to_text(&self) -> String {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000)
            .ok()
            .and_then(|moment| moment.format(ISO_8601).ok())
            .unwrap_or_default()
    }
}

/// A moment in UTC, as ISO 8601 with microseconds: `2026-11-23T14:11:52.367520+00:00`.
#[Scalar(specified_by_url = "https://www.rfc-editor.org/rfc/rfc3339")]
impl ScalarType for DateTime {
    fn parse(_value: Value) -> InputValueResult<Self> {
        Err(InputValueError::custom("DateTime is never an argument"))
    }

    fn to_value(&self) -> Value {
        Value::String(self.to_text())
    }
}

/// Any JSON: of all values, the claims of a token.
pub(super) struct GenericScalar(pub(super) Claims);

/// Any JSON value. In `payload`: the token's claims, in their order.
#[Scalar]
impl ScalarType for GenericScalar {
    fn parse(_value: Value) -> InputValueResult<Self> {
        Err(InputValueError::custom(
            "GenericScalar is never an argument",
        ))
    }

    fn to_value(&self) -> Value {
        json::written(self.0.json())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_with_microseconds_and_offset() {
        assert_eq!(
            DateTime(1_795_443_112_367_520).to_text(),
            "2026-11-23T14:11:52.367520+00:00"
        );
        assert_eq!(DateTime(0).to_text(), "1970-01-01T00:00:00.000000+00:00");
    }
}
