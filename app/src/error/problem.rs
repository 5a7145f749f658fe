//! Errors as the API writes them.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};

use super::{ApiError, FieldErrors};

/// An error as the API writes it.
#[derive(Deserialize)]
pub(crate) struct Problem {
    message: String,
    extensions: Option<Extensions>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Extensions {
    code: String,
    fields: Fields,
    retry_after: Option<u32>,
    request_id: Option<String>,
}

impl From<Problem> for ApiError {
    fn from(problem: Problem) -> Self {
        let extensions = problem.extensions.unwrap_or_default();
        Self::Refused {
            code: extensions.code,
            message: problem.message,
            fields: extensions.fields.0,
            retry_after: extensions.retry_after,
            request_id: extensions.request_id,
        }
    }
}

/// Written as `{"password": ["Too short.", "Too common."]}`; the order counts.
#[derive(Default)]
struct Fields(FieldErrors);

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Map;

        impl<'de> Visitor<'de> for Map {
            type Value = Fields;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("sentences by the names of fields")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = FieldErrors::new();
                while let Some((name, sentences)) = map.next_entry::<String, Vec<String>>()? {
                    fields.push((name, sentences.join(" ")));
                }
                Ok(Fields(fields))
            }
        }

        deserializer.deserialize_map(Map)
    }
}
