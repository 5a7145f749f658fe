//! Answers as JSON.
//!
//! Of the schema's values none is bytes, and [`Value::Binary`] stands for JSON that is written already: what many requests
//! are answered with is written once, and never taken apart again.

use async_graphql::Value;
use bytes::Bytes;

/// JSON that is written already, as a value.
pub(super) fn written(json: Bytes) -> Value {
    Value::Binary(json)
}

/// Appends a value that the schema has answered.
///
/// # Errors
/// None in practice: memory takes all that is written, and every number of JSON is finite.
pub(crate) fn write(value: &Value, into: &mut Vec<u8>) -> serde_json::Result<()> {
    match value {
        Value::Binary(json) => into.extend_from_slice(json),
        Value::List(items) => {
            into.push(b'[');
            for (index, item) in items.iter().enumerate() {
                separate(index, into);
                write(item, into)?;
            }
            into.push(b']');
        }
        Value::Object(members) => {
            into.push(b'{');
            for (index, (name, member)) in members.iter().enumerate() {
                separate(index, into);
                serde_json::to_writer(&mut *into, name)?;
                into.push(b':');
                write(member, into)?;
            }
            into.push(b'}');
        }
        single => serde_json::to_writer(into, single)?,
    }
    Ok(())
}

fn separate(index: usize, into: &mut Vec<u8>) {
    if index > 0 {
        into.push(b',');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_written_as_json() {
        let all = json!({
            "none": null, "yes": true, "number": -1.5, "large": u64::MAX, "text": "a\"\\\n\u{1}é\u{2028}",
            "list": [[], [1, "b"], {}], "object": {"": {"\"": []}}, "empty": {},
        });
        let value = Value::from_json(all.clone()).expect("every JSON is a value");
        let mut text = Vec::new();
        write(&value, &mut text).expect("it can be written");
        assert_eq!(serde_json::to_vec(&all).expect("it is JSON"), text);
    }

    #[test]
    fn what_is_written_already_is_taken_as_it_is() {
        let once = written(Bytes::from_static(b"{\"b\":1,\"a\":[]}"));
        let value = Value::List(vec![once.clone(), Value::Null, once]);
        let mut text = Vec::new();
        write(&value, &mut text).expect("it can be written");
        assert_eq!(text, br#"[{"b":1,"a":[]},null,{"b":1,"a":[]}]"#);
    }
}
