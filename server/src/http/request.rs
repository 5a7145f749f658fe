//! A GraphQL request, read from a URL or a body.

use std::fmt;

use async_graphql::{Value, Variables};
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode, header};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};

/// A request, before its document is looked at.
#[derive(Debug, Default)]
pub(super) struct Request {
    pub(super) query: String,
    pub(super) operation_name: Option<String>,
    pub(super) variables: Variables,
}

/// Why no request can be read: a status, a code for programs, a sentence for people.
#[derive(Debug)]
pub(super) struct Malformed {
    pub(super) status: StatusCode,
    pub(super) code: &'static str,
    pub(super) message: &'static str,
}

impl Malformed {
    const fn bad(message: &'static str) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            code: "BAD_REQUEST",
            message,
        }
    }
}

const NO_QUERY: Malformed = Malformed::bad("Must provide query string.");
const BAD_JSON: Malformed = Malformed::bad("POST body sent invalid JSON.");
const BAD_VARIABLES: Malformed = Malformed::bad("Variables are invalid JSON.");
const MEDIA_TYPE: Malformed = Malformed {
    status: StatusCode::UNSUPPORTED_MEDIA_TYPE,
    code: "UNSUPPORTED_MEDIA_TYPE",
    message: "Send the request as application/json (UTF-8), or the bare document as application/graphql.",
};

/// The kinds of body that a form of another site cannot send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Json,
    Document,
}

impl Kind {
    /// The kind that the header `Content-Type` names.
    ///
    /// # Errors
    /// 415 for any other type, none, and any encoding but UTF-8.
    pub(super) fn of(headers: &HeaderMap) -> Result<Self, Malformed> {
        let value = headers
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .ok_or(MEDIA_TYPE)?;
        let mut parts = value
            .split(';')
            .map(|part| part.trim().to_ascii_lowercase());
        let kind = match parts.next().as_deref() {
            Some("application/json") => Self::Json,
            Some("application/graphql") => Self::Document,
            _ => return Err(MEDIA_TYPE),
        };
        let foreign = |part: String| {
            part.strip_prefix("charset=")
                .is_some_and(|charset| !matches!(charset.trim_matches('"'), "utf-8" | "utf8"))
        };
        if parts.any(foreign) {
            return Err(MEDIA_TYPE);
        }
        Ok(kind)
    }
}

impl Request {
    /// Reads a POST's body; a bare document takes the rest from the URL.
    pub(super) fn from_body(
        kind: Kind,
        body: &Bytes,
        url_query: Option<&str>,
    ) -> Result<Self, Malformed> {
        match kind {
            Kind::Document => {
                let document = std::str::from_utf8(body)
                    .map_err(|_| Malformed::bad("The document is not UTF-8."))?;
                let mut request = Self::from_pairs(url_query)?;
                document.clone_into(&mut request.query);
                request.checked()
            }
            Kind::Json if body.iter().all(u8::is_ascii_whitespace) => Err(NO_QUERY),
            Kind::Json => match serde_json::from_slice::<Members>(body) {
                Ok(members) => Self::from_members(members)?.checked(),
                Err(_) => Err(why_not_members(body)),
            },
        }
    }

    /// Reads a GET's URL.
    pub(super) fn from_url(url_query: Option<&str>) -> Result<Self, Malformed> {
        Self::from_pairs(url_query)?.checked()
    }

    fn from_pairs(url_query: Option<&str>) -> Result<Self, Malformed> {
        let pairs = form_urlencoded::parse(url_query.unwrap_or_default().as_bytes());
        let mut members = Members::default();
        for (name, value) in pairs {
            let value = match &*name {
                // In a URL, missing is often written as empty.
                "operationName" | "variables" | "extensions" if value.is_empty() => Value::Null,
                "extensions" => serde_json::from_str(&value)
                    .unwrap_or_else(|_| Value::String(value.into_owned())),
                _ => Value::String(value.into_owned()),
            };
            match &*name {
                "query" => members.query = value,
                "operationName" => members.operation_name = value,
                "variables" => members.variables = value,
                "extensions" => members.extensions = value,
                _ => {}
            }
        }
        Self::from_members(members)
    }

    fn from_members(members: Members) -> Result<Self, Malformed> {
        let query = match members.query {
            Value::Null => String::new(),
            Value::String(query) => query,
            _ => return Err(Malformed::bad("The query must be a string.")),
        };
        let operation_name = match members.operation_name {
            Value::Null => None,
            Value::String(name) => Some(name).filter(|name| !name.is_empty()),
            _ => return Err(Malformed::bad("The operationName must be a string.")),
        };
        let variables = match members.variables {
            Value::String(text) if text.is_empty() => Value::Null,
            Value::String(text) => serde_json::from_str(&text).map_err(|_| BAD_VARIABLES)?,
            variables => variables,
        };
        if !matches!(variables, Value::Null | Value::Object(_)) {
            return Err(BAD_VARIABLES);
        }
        if !matches!(members.extensions, Value::Null | Value::Object(_)) {
            return Err(Malformed::bad("The extensions must be a JSON object."));
        }
        Ok(Self {
            query,
            operation_name,
            variables: Variables::from_value(variables),
        })
    }

    fn checked(self) -> Result<Self, Malformed> {
        if self.query.trim().is_empty() {
            return Err(NO_QUERY);
        }
        Ok(self)
    }
}

/// Why a body is not [`Members`].
fn why_not_members(body: &[u8]) -> Malformed {
    match serde_json::from_slice(body) {
        Ok(serde_json::Value::Array(_)) => {
            Malformed::bad("Batches are not supported: send one request at a time.")
        }
        // An object is never refused for anything but its JSON.
        Ok(serde_json::Value::Object(_)) | Err(_) => BAD_JSON,
        Ok(_) => Malformed::bad("The body must be a JSON object."),
    }
}

/// The members of a request that say something, each null where it is missing, and the last where it stands twice.
#[derive(Debug, Default)]
struct Members {
    query: Value,
    operation_name: Value,
    variables: Value,
    extensions: Value,
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        /// The name of a member.
        #[derive(serde::Deserialize)]
        #[serde(field_identifier, rename_all = "camelCase")]
        enum Member {
            Query,
            OperationName,
            Variables,
            Extensions,
            #[serde(other)]
            Other,
        }
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Members::default();
                while let Some(name) = map.next_key()? {
                    match name {
                        Member::Query => members.query = map.next_value()?,
                        Member::OperationName => members.operation_name = map.next_value()?,
                        Member::Variables => members.variables = map.next_value()?,
                        Member::Extensions => members.extensions = map.next_value()?,
                        Member::Other => _ = map.next_value::<IgnoredAny>()?,
                    }
                }
                Ok(members)
            }
        }
        deserializer.deserialize_map(Object)
    }
}
