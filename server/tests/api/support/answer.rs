//! An answer, and the ways to judge one. A judgement that fails shows all of it.

use std::fmt;

use serde_json::{Value, json};

/// An answer to a request.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// The status.
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    /// The body as it was sent.
    pub(crate) body: Vec<u8>,
    /// The document that was asked, for the places in it that errors name.
    document: String,
}

impl Answer {
    /// Reads what came over the wire; None where it is no whole answer.
    pub(super) fn parse(received: &[u8]) -> Option<Self> {
        let end = received.windows(4).position(|four| four == b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&received[..end]).into_owned();
        let mut lines = head.split("\r\n");
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let headers = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        let mut answer = Self {
            status,
            headers,
            body: received[end + 4..].to_vec(),
            document: String::new(),
        };
        if answer.header("transfer-encoding") == Some("chunked") {
            answer.body = unchunked(&answer.body)?;
        }
        Some(answer)
    }

    /// The same, as the answer to a document.
    pub(crate) fn answering(mut self, document: &str) -> Self {
        document.clone_into(&mut self.document);
        self
    }

    /// The first header of this name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(given, _)| given == name)
            .map(|(_, value)| value.as_str())
    }

    /// Every header of this name.
    pub(crate) fn headers(&self, name: &str) -> Vec<&str> {
        let named = self.headers.iter().filter(|(given, _)| given == name);
        named.map(|(_, value)| value.as_str()).collect()
    }

    /// The body as text.
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap_or_else(|_| panic!("not UTF-8: {self}"))
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("not JSON ({error}): {self}"))
    }

    /// The data of an answer without errors.
    pub(crate) fn data(&self) -> Value {
        let mut body = self.json();
        assert!(
            self.status == 200 && body.get("errors").is_none(),
            "it succeeds: {self}"
        );
        body["data"].take()
    }

    /// Demands a status and a body.
    pub(crate) fn is(&self, status: u16, body: &Value) {
        assert_eq!((self.status, &self.json()), (status, body), "{self}");
    }

    /// Demands that the one field asked for failed, like this and in no other way.
    pub(crate) fn is_refused(&self, field: &str, code: &str, message: &str) {
        self.is_refused_with(field, message, &json!({ "code": code }));
    }

    /// The same, with more than a code in the error's extensions.
    pub(crate) fn is_refused_with(&self, field: &str, message: &str, extensions: &Value) {
        let place = self.document.find(&format!("{{ {field}"));
        let column = place.expect("the document begins with it") + "{ ".len() + 1;
        let error = json!({
            "message": message,
            "locations": [{ "line": 1, "column": column }],
            "path": [field],
            "extensions": extensions,
        });
        self.is(
            200,
            &json!({ "errors": [error], "data": { (field): null } }),
        );
    }

    /// Demands that the request was refused as a whole: this status, one error with this code, and no data.
    pub(crate) fn is_rejected(&self, status: u16, code: &str) {
        let body = self.json();
        assert_eq!(
            (self.status, &body["errors"][0]["extensions"]["code"]),
            (status, &json!(code)),
            "{self}"
        );
        assert!(body.get("data").is_none(), "no data: {self}");
        let message = body["errors"][0]["message"].as_str();
        assert!(message.is_some_and(|text| !text.is_empty()), "{self}");
    }

    /// The same, with the message.
    pub(crate) fn is_rejected_with(&self, status: u16, code: &str, message: &str) {
        self.is_rejected(status, code);
        assert_eq!(self.json()["errors"][0]["message"], message, "{self}");
    }

    /// The code of the first error; null where there is none.
    pub(crate) fn code(&self) -> Value {
        let code = "/errors/0/extensions/code";
        self.json().pointer(code).cloned().unwrap_or_default()
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.status)?;
        for (name, value) in &self.headers {
            writeln!(f, "{name}: {value}")?;
        }
        write!(f, "\n{}", String::from_utf8_lossy(&self.body))
    }
}

/// The body that came in chunks (RFC 9112, section 7.1).
fn unchunked(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|two| two == b"\r\n")?;
        let length = std::str::from_utf8(&rest[..end]).ok()?;
        let length = usize::from_str_radix(length, 16).ok()?;
        if length == 0 {
            return Some(body);
        }
        let chunk = end + 2..end + 2 + length;
        body.extend(rest.get(chunk.clone())?);
        rest = rest.get(chunk.end + 2..)?;
    }
}
