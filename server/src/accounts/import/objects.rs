//! JSON objects, one after the other: from an array, or simply in a row, as in JSON Lines. One is in memory at a time.

use std::fmt;
use std::io::{BufRead, BufReader, Read};

use anyhow::{Context as _, bail};
use serde::de::{Deserializer as _, Error as _, SeqAccess, Visitor};
use serde_json::{Deserializer, Map, Value};

/// A JSON object.
pub(super) type Object = Map<String, Value>;

/// What is done with each.
type Take<'a> = dyn FnMut(Object) -> anyhow::Result<()> + 'a;

/// Hands every object to `take`.
///
/// # Errors
/// Where the text is no JSON, with the line; the first error of `take`.
pub(super) fn each(file: impl Read, take: &mut Take<'_>) -> anyhow::Result<()> {
    let mut reader = BufReader::with_capacity(1 << 16, file);
    match first(&mut reader)? {
        None => bail!("the file is empty"),
        Some(b'[') => {
            let mut failed = None;
            let mut deserializer = Deserializer::from_reader(reader);
            let all = All {
                take,
                failed: &mut failed,
            };
            let done = deserializer.deserialize_seq(all);
            // Ours first: the other only says that there was one.
            failed.map_or(Ok(()), Err)?;
            done.and_then(|()| deserializer.end())
                .context("the file is no whole JSON array of objects")
        }
        Some(b'{') => Deserializer::from_reader(reader)
            .into_iter::<Object>()
            .try_for_each(|object| {
                take(object.context("the file holds something else than JSON objects")?)
            }),
        Some(_) => bail!("the file holds neither a JSON array nor JSON objects"),
    }
}

/// The first byte that says something, which stays to be read.
pub(super) fn first(reader: &mut impl BufRead) -> anyhow::Result<Option<u8>> {
    loop {
        let buffer = reader.fill_buf().context("the file cannot be read")?;
        // White space, and the mark that some programs put ahead of a text in UTF-8.
        let blank = |byte: &u8| byte.is_ascii_whitespace() || b"\xef\xbb\xbf".contains(byte);
        match buffer.iter().position(|byte| !blank(byte)) {
            Some(at) => {
                let byte = buffer[at];
                reader.consume(at);
                return Ok(Some(byte));
            }
            None if buffer.is_empty() => return Ok(None),
            None => {
                let length = buffer.len();
                reader.consume(length);
            }
        }
    }
}

/// A simple value, as a text.
///
/// # Errors
/// Where it is a list or an object.
pub(super) fn text(name: &str, value: Option<Value>) -> anyhow::Result<Option<String>> {
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

/// Visits an array.
struct All<'a, 'b> {
    take: &'a mut Take<'b>,
    failed: &'a mut Option<anyhow::Error>,
}

impl<'de> Visitor<'de> for All<'_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an array of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<(), A::Error> {
        while let Some(object) = array.next_element()? {
            if let Err(error) = (self.take)(object) {
                *self.failed = Some(error);
                return Err(A::Error::custom("stopped"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(text: &str) -> Result<Vec<String>, String> {
        let mut ids = Vec::new();
        let done = each(text.as_bytes(), &mut |object| {
            anyhow::ensure!(object["id"] != "stop", "stop here");
            ids.push(object["id"].to_string());
            Ok(())
        });
        done.map(|()| ids).map_err(|error| format!("{error:#}"))
    }

    #[test]
    fn objects_come_from_an_array_or_from_lines() {
        for text in [
            r#"[{"id":1},{"id":2}]"#,
            "\u{feff} \n[\n{\"id\":1},\n{\"id\":2}\n]\n",
            "{\"id\":1}\n{\"id\":2}\n",
            r#"{"id":1}{"id":2}"#,
        ] {
            assert_eq!(
                ids(text),
                Ok(vec!["1".to_owned(), "2".to_owned()]),
                "{text}"
            );
        }
        assert_eq!(ids("[]"), Ok(Vec::new()));
    }

    #[test]
    fn what_is_no_object_is_told() {
        for (text, says) in [
            ("", "empty"),
            (" \n", "empty"),
            ("id,username", "neither"),
            ("[1]", "no whole JSON array"),
            (r#"[{"id":1},"#, "no whole JSON array"),
            (r#"[{"id":1}] x"#, "no whole JSON array"),
            (r#"{"id":1} 7"#, "something else than JSON objects"),
            (r#"[{"id":"stop"}]"#, "stop here"),
            (r#"{"id":"stop"}"#, "stop here"),
        ] {
            let said = ids(text).unwrap_err();
            assert!(said.contains(says), "{text}: {said}");
        }
    }
}
