//! HTTP/1.1 by hand: tests also send what no HTTP library would.

use std::net::SocketAddr;

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::{Answer, PASSWORD};

/// A request, exactly as it is sent: no header is added but `Host`, `Connection` and `Content-Length`.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    method: String,
    path: String,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
}

impl Request {
    /// A request without a body.
    pub(crate) fn new(method: &str, path: &str) -> Self {
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// `GET` of a path.
    pub(crate) fn get(path: &str) -> Self {
        Self::new("GET", path)
    }

    /// `GET /graphql` with these parameters.
    pub(crate) fn query(parameters: &[(&str, &str)]) -> Self {
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(parameters)
            .finish();
        Self::get(&format!("/graphql?{query}"))
    }

    /// `POST /graphql` of a JSON body, well-formed or not.
    pub(crate) fn json(body: impl Into<Vec<u8>>) -> Self {
        Self::post("application/json", body)
    }

    /// `POST /graphql` of any body, as any type.
    pub(crate) fn post(content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self::new("POST", "/graphql")
            .header("content-type", content_type)
            .body(body)
    }

    /// The same with another path.
    pub(crate) fn to(mut self, path: &str) -> Self {
        path.clone_into(&mut self.path);
        self
    }

    /// The same with one more header.
    pub(crate) fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers.push((name.to_owned(), value.as_ref().into()));
        self
    }

    /// The same with another body.
    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// The sign-up of somebody, for a server that is asked without a client.
    pub(crate) fn sign_up(username: &str) -> Self {
        let query = "mutation ($u: String!, $e: String!, $p: String!) \
            { createUser(username: $u, email: $e, password: $p) { user { username } } }";
        let email = format!("{username}@example.com");
        let variables = json!({ "u": username, "e": email, "p": PASSWORD });
        Self::json(json!({ "query": query, "variables": variables }).to_string())
    }

    /// A log-in.
    pub(crate) fn log_in(username: &str) -> Self {
        let query = "mutation ($u: String!, $p: String!) { tokenAuth(username: $u, password: $p) { token } }";
        let variables = json!({ "u": username, "p": PASSWORD });
        Self::json(json!({ "query": query, "variables": variables }).to_string())
    }

    /// The bytes on the wire.
    fn bytes(&self, address: SocketAddr) -> Vec<u8> {
        let mut bytes = format!("{} {} HTTP/1.1\r\n", self.method, self.path).into_bytes();
        if !self.has("host") {
            bytes.extend(format!("host: {address}\r\n").bytes());
        }
        for (name, value) in &self.headers {
            bytes.extend(name.bytes());
            bytes.extend(b": ");
            bytes.extend(value);
            bytes.extend(b"\r\n");
        }
        if !self.body.is_empty() && !self.has("content-length") {
            bytes.extend(format!("content-length: {}\r\n", self.body.len()).bytes());
        }
        bytes.extend(b"connection: close\r\n\r\n");
        bytes.extend(&self.body);
        bytes
    }

    fn has(&self, name: &str) -> bool {
        self.headers
            .iter()
            .any(|(given, _)| given.eq_ignore_ascii_case(name))
    }

    /// Sends the request and reads the answer to its end.
    pub(crate) async fn send(&self, address: SocketAddr) -> Answer {
        let (mut reader, mut writer) = TcpStream::connect(address)
            .await
            .expect("the server accepts connections")
            .into_split();
        let bytes = self.bytes(address);
        // A server may answer and hang up before it has read everything.
        let writing = tokio::spawn(async move {
            let _ = writer.write_all(&bytes).await;
            writer
        });
        let mut received = Vec::new();
        let ended = reader.read_to_end(&mut received).await;
        writing.abort();
        Answer::parse(&received)
            .unwrap_or_else(|| panic!("no answer to {self:?}: {ended:?}, {received:?}"))
    }
}
