//! Requests that no client of good will sends. Each gets an answer, and the server goes on.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use serde_json::json;

use crate::support::{Api, Database, PASSWORD, Process, Request};

#[tokio::test]
async fn a_body_that_is_not_utf_8_is_refused() {
    let api = Api::start().await;
    let body = b"{\"query\":\"{ __typename \xff\xfe }\"}".to_vec();
    let answer = api.send(&Request::json(body)).await;
    answer.is_rejected_with(400, "BAD_REQUEST", "POST body sent invalid JSON.");
    let answer = api
        .send(&Request::post(
            "application/graphql",
            b"{ __typename \xff }".to_vec(),
        ))
        .await;
    answer.is_rejected(400, "BAD_REQUEST");
}

#[tokio::test]
async fn a_url_that_is_not_utf_8_is_answered() {
    let api = Api::start().await;
    let answer = api.send(&Request::get("/graphql?query=%7B%ff%fe%7D")).await;
    answer.is_rejected(400, "GRAPHQL_PARSE_FAILED");
}

#[tokio::test]
async fn nul_characters_in_every_argument_are_refused() {
    let api = Api::start().await;
    let client = api.anonymous();
    for (username, email) in [("a\0da", "ada@example.com"), ("ada", "a\0da@example.com")] {
        let answer = client.sign_up(username, email, PASSWORD).await;
        assert_eq!(answer.code(), "VALIDATION_FAILED", "{answer}");
    }
    let answer = client.verify("a\0b").await;
    assert_eq!(answer.code(), "TOKEN_INVALID", "{answer}");
    let answer = client.ask("{ users(after: \"\\u0000\") { id } }").await;
    assert_eq!(answer.code(), "VALIDATION_FAILED", "{answer}");
    let answer = client.ask("{ \0 }").await;
    answer.is_rejected(400, "GRAPHQL_PARSE_FAILED");
}

#[tokio::test]
async fn a_password_with_nul_characters_is_a_password() {
    let api = Api::start().await;
    let client = api.anonymous();
    let password = format!("{PASSWORD}\0and more");
    client
        .sign_up("ada", "ada@example.com", &password)
        .await
        .data();
    client.log_in("ada", &password).await.data();
    let answer = client.log_in("ada", PASSWORD).await;
    assert_eq!(
        answer.code(),
        "INVALID_CREDENTIALS",
        "nothing is cut: {answer}"
    );
}

#[tokio::test]
async fn lone_surrogates_are_refused() {
    let api = Api::start().await;
    let body = r#"{"query":"{ __typename }","variables":{"x":"\ud800"}}"#;
    let answer = api.send(&Request::json(body)).await;
    answer.is_rejected(400, "BAD_REQUEST");
    let answer = api
        .anonymous()
        .ask("{ users(after: \"\\ud800\") { id } }")
        .await;
    assert_ne!(answer.status, 500, "{answer}");
    assert!(answer.json()["errors"].is_array(), "{answer}");
}

#[tokio::test]
async fn json_of_any_depth_is_answered() {
    let api = Api::start().await;
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let value = format!("{}1{}", open.repeat(5_000), close.repeat(5_000));
        let body = format!("{{\"query\":\"{{ __typename }}\",\"variables\":{{\"a\":{value}}}}}");
        let answer = api.send(&Request::json(body)).await;
        answer.is_rejected(400, "BAD_REQUEST");
    }
}

#[tokio::test]
async fn numbers_of_any_size_are_answered() {
    let api = Api::start().await;
    for number in [
        "1e400",
        "-1e400",
        "99999999999999999999999999",
        "1e-400",
        "0.1",
    ] {
        let query = "query ($n: Int) { users(first: $n) { id } }";
        let body = format!("{{\"query\":\"{query}\",\"variables\":{{\"n\":{number}}}}}");
        let answer = api.send(&Request::json(body)).await;
        assert_eq!(answer.status, 400, "{number}: {answer}");
        let answer = api
            .anonymous()
            .ask(&format!("{{ users(first: {number}) {{ id }} }}"))
            .await;
        assert_ne!(answer.status, 500, "{number}: {answer}");
        assert!(answer.json()["errors"].is_array(), "{number}: {answer}");
    }
}

#[tokio::test]
async fn duplicate_keys_and_members_nobody_knows_are_harmless() {
    let api = Api::start().await;
    let body = r#"{"query":"{ x }","query":"{ __typename }","__proto__":{"a":1},"id":7}"#;
    let answer = api.send(&Request::json(body)).await;
    answer.is(200, &json!({ "data": { "__typename": "Query" } }));
}

#[tokio::test]
async fn every_byte_in_a_document_is_answered() {
    let api = Api::start().await;
    for byte in 0..=u8::MAX {
        let document = [b"{ __typename ".as_slice(), &[byte], b" }"].concat();
        let request = Request::post("application/graphql", document);
        let answer = api.send(&request).await;
        assert!(matches!(answer.status, 200 | 400), "{byte:#x}: {answer}");
    }
}

#[tokio::test]
async fn beginnings_of_a_document_are_answered() {
    let api = Api::start().await;
    let document = "query Q($a: [String!] = [\"x\"], $b: T) @d(e: {f: 1.5e3}) { a: b(c: $a, d: \"\"\"e\"\"\") { ...F ... on T @g { h } } } fragment F on T { i }";
    for end in 0..document.len() {
        let answer = api.anonymous().ask(&document[..end]).await;
        assert_eq!(answer.status, 400, "{}: {answer}", &document[..end]);
    }
}

/// Sends bytes that are no HTTP and reads whatever comes back.
fn raw(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).expect("the server accepts connections");
    // The server may hang up while these are still being sent.
    let _ = stream.write_all(bytes);
    let _ = stream.shutdown(std::net::Shutdown::Write);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn what_is_no_http_is_answered_400_or_hung_up_on_and_the_server_goes_on() {
    let database = Database::fresh().await;
    let server = Process::serve(&database, &[]);
    let huge = format!(
        "GET / HTTP/1.1\r\nhost: a\r\nx: {}\r\n\r\n",
        "y".repeat(100_000)
    );
    let many = format!(
        "GET / HTTP/1.1\r\nhost: a\r\n{}\r\n",
        "x: y\r\n".repeat(5_000)
    );
    for (bytes, statuses) in [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".as_slice(), ["400", ""]),
        (b"\0\0\0\0\r\n\r\n", ["400", ""]),
        (b"GET / HTTP/9.9\r\n\r\n", ["400", "505"]),
        (b"POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-length: x\r\n\r\n", ["400", ""]),
        (b"POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{", ["400", ""]),
        (b"POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", ["400", ""]),
        (huge.as_bytes(), ["431", "431"]),
        (many.as_bytes(), ["431", "431"]),
    ] {
        let answer = raw(server.address, bytes);
        let status = answer.split(' ').nth(1).unwrap_or_default();
        assert!(
            statuses.contains(&status),
            "{}: {answer}",
            String::from_utf8_lossy(&bytes[..bytes.len().min(80)])
        );
    }
    let answer = Request::get("/healthz").send(server.address).await;
    assert_eq!(answer.status, 200, "{answer}");
    server.terminate();
    let (success, log) = server.wait();
    assert!(success, "{log:#?}");
    assert!(
        !log.iter().any(|line| line.contains("panicked")),
        "{log:#?}"
    );
}

#[tokio::test]
async fn a_request_without_a_host_or_with_two_is_refused() {
    let api = Api::start().await;
    let address = api.address();
    for hosts in ["", "host: a\r\nhost: b\r\n"] {
        let answer = tokio::task::spawn_blocking(move || {
            let mut stream = TcpStream::connect(address).expect("the server accepts connections");
            let request = format!("GET / HTTP/1.1\r\n{hosts}connection: close\r\n\r\n");
            stream
                .write_all(request.as_bytes())
                .expect("the server reads");
            let mut answer = String::new();
            stream
                .read_to_string(&mut answer)
                .expect("the server answers");
            answer
        });
        let answer = answer.await.expect("it is read");
        assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
        assert!(answer.contains("exactly one header Host"), "{answer}");
        assert!(answer.contains("content-length: "), "{answer}");
    }
}
