//! Connections that come in numbers, or slowly.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use socket2::{Domain, Socket, Type};

use crate::support::{Api, Database, Process, Request, latchkey};

/// Longer than the one second that a test sets, and shorter than any default: a setting that is not heeded shows.
const PATIENCE: Duration = Duration::from_secs(8);

/// Reads until the server hangs up, which it does before patience ends.
fn read_to_end(mut stream: TcpStream) -> String {
    stream
        .set_read_timeout(Some(PATIENCE))
        .expect("it is a socket");
    let mut answer = Vec::new();
    if let Err(error) = stream.read_to_end(&mut answer) {
        // A server that hangs up on unread bytes resets the connection.
        assert_ne!(
            error.kind(),
            ErrorKind::WouldBlock,
            "the server hangs up in time"
        );
    }
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn a_connection_that_says_nothing_or_half_a_head_is_hung_up_on() {
    let database = Database::fresh().await;
    let server = Process::serve(&database, &["--header-timeout", "1"]);
    for words in [
        "",
        "GET /graphql HTT",
        "GET /graphql HTTP/1.1\r\nhost: a\r\n",
    ] {
        let mut stream =
            TcpStream::connect(server.address).expect("the server accepts connections");
        stream
            .write_all(words.as_bytes())
            .expect("the server reads");
        let answer = read_to_end(stream);
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 408"),
            "{words:?}: {answer}"
        );
    }
}

#[tokio::test]
async fn a_connection_that_is_idle_after_a_request_is_hung_up_on() {
    let database = Database::fresh().await;
    let server = Process::serve(&database, &["--keep-alive-timeout", "1"]);
    let mut stream = TcpStream::connect(server.address).expect("the server accepts connections");
    ask_again(&mut stream);
    ask_again(&mut stream);
    assert_eq!(read_to_end(stream), "");
}

#[tokio::test]
async fn a_connection_that_has_served_may_be_idle_for_longer_than_a_head_may_take() {
    let database = Database::fresh().await;
    let server = Process::serve(&database, &["--header-timeout", "1"]);
    let connect = || TcpStream::connect(server.address).expect("the server accepts connections");
    let mut idle = connect();
    ask_again(&mut idle);
    // When this one has been hung up on, the time for a head is over.
    assert_eq!(read_to_end(connect()), "");
    ask_again(&mut idle);
    // The head of a later request has no more time than that of the first.
    idle.write_all(b"GET /healthz HTT")
        .expect("the server reads");
    assert_eq!(read_to_end(idle), "");
}

#[tokio::test]
async fn a_request_that_takes_longer_than_an_idle_connection_is_answered() {
    let database = Database::fresh().await;
    let settings = [
        "--keep-alive-timeout",
        "1",
        "--header-timeout",
        "1",
        "--body-timeout",
        "30",
    ];
    let server = Process::serve(&database, &settings);
    let mut slow = TcpStream::connect(server.address).expect("the server accepts connections");
    let body = r#"{"query":"{ __typename }"}"#;
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    slow.write_all(head.as_bytes()).expect("the server reads");
    let idle = TcpStream::connect(server.address).expect("the server accepts connections");
    assert_eq!(read_to_end(idle), "", "more than the time is over");
    slow.write_all(body.as_bytes()).expect("the server reads");
    let answer = read_to_end(slow);
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
}

#[tokio::test]
async fn a_connection_that_is_idle_after_a_long_request_is_hung_up_on() {
    let database = Database::fresh().await;
    for (idle, head) in [("1", "30"), ("2", "1")] {
        let settings = [
            "--keep-alive-timeout",
            idle,
            "--header-timeout",
            head,
            "--body-timeout",
            "30",
        ];
        let server = Process::serve(&database, &settings);
        let connect =
            || TcpStream::connect(server.address).expect("the server accepts connections");
        let (mut slow, mut idle) = (connect(), connect());
        ask_again(&mut slow);
        let head = "POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 26\r\n\r\n";
        slow.write_all(head.as_bytes()).expect("the server reads");
        ask_again(&mut idle);
        assert_eq!(
            read_to_end(idle),
            "",
            "whatever was set for the slow one is over"
        );
        slow.write_all(br#"{"query":"{ __typename }"}"#)
            .expect("the server reads");
        let answer = read_to_end(slow);
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    }
}

#[tokio::test]
async fn a_client_that_does_not_take_its_answers_is_hung_up_on() {
    let database = Database::fresh().await;
    let settings = ["--request-timeout", "1", "--max-connections", "1"];
    let server = Process::serve(&database, &settings);
    let mut stalled = TcpStream::connect(server.address).expect("the server accepts connections");
    // More answers than the system buffers, so that the server gets to a point where it cannot write on. Once it has
    // hung up, nothing more can be sent.
    let request = b"GET /signup HTTP/1.1\r\nhost: a\r\n\r\n".repeat(100);
    stalled
        .set_write_timeout(Some(PATIENCE))
        .expect("it is a socket");
    let mut error = None;
    while error.is_none() {
        error = stalled.write_all(&request).err();
    }
    let kind = error.map(|error| error.kind());
    assert_ne!(
        kind,
        Some(ErrorKind::WouldBlock),
        "the server hangs up in time"
    );
    let mut next = TcpStream::connect(server.address).expect("the server accepts connections");
    ask_again(&mut next);
}

#[tokio::test]
async fn a_body_that_never_ends_is_answered_with_a_timeout() {
    let database = Database::fresh().await;
    let server = Process::serve(&database, &["--body-timeout", "1"]);
    let mut stream = TcpStream::connect(server.address).expect("the server accepts connections");
    let words = "POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{";
    stream
        .write_all(words.as_bytes())
        .expect("the server reads");
    let answer = read_to_end(stream);
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(answer.contains("\"code\":\"TIMEOUT\""), "{answer}");
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_given_up() {
    let database = Database::fresh().await;
    // Hashing alone takes longer than a request may: one at a time, and dear.
    let settings = [
        "--request-timeout",
        "1",
        "--argon2-memory",
        "65536",
        "--argon2-passes",
        "1000",
    ];
    let server = Process::serve(&database, &settings);
    let query = "mutation { tokenAuth(username: \"ada\", password: \"x\") { token } }";
    let body = serde_json::json!({ "query": query }).to_string();
    let answer = Request::json(body).send(server.address).await;
    answer.is_rejected(503, "TIMEOUT");
    let id = answer.json()["errors"][0]["extensions"]["requestId"].take();
    assert_eq!(id.as_str(), answer.header("x-request-id"), "{answer}");
}

/// Asks once more on a connection that stays open.
fn ask_again(stream: &mut TcpStream) {
    stream
        .write_all(b"GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n")
        .expect("the server reads");
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\nok\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).expect("the server answers");
        answer.push(byte[0]);
    }
}

#[tokio::test]
async fn beyond_the_bound_a_connection_waits_for_another_to_end() {
    let database = Database::fresh().await;
    let server = Process::serve(&database, &["--max-connections", "2"]);
    let connect = || TcpStream::connect(server.address).expect("the system queues connections");
    let mut held = [connect(), connect()];
    held.iter_mut().for_each(ask_again);
    let mut waiting = connect();
    waiting
        .write_all(b"GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
        .expect("the system queues bytes");
    for _ in 0..50 {
        held.iter_mut().for_each(ask_again);
    }
    waiting.set_nonblocking(true).expect("it is a socket");
    let early = waiting.read(&mut [0]).map_err(|error| error.kind());
    assert_eq!(early, Err(ErrorKind::WouldBlock), "it waits");
    waiting.set_nonblocking(false).expect("it is a socket");
    drop(held);
    let answer = read_to_end(waiting);
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
}

#[tokio::test]
async fn one_connection_carries_many_requests() {
    let api = Api::start().await;
    let address = api.address();
    let answers = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address).expect("the server accepts connections");
        let request = format!("GET /healthz HTTP/1.1\r\nhost: {address}\r\n\r\n");
        let last = format!("GET /healthz HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
        stream
            .write_all((request.repeat(9) + &last).as_bytes())
            .expect("the server reads");
        read_to_end(stream)
    });
    let answers = answers.await.expect("it is read");
    assert_eq!(answers.matches("HTTP/1.1 200 OK").count(), 10, "{answers}");
}

#[tokio::test]
async fn a_client_that_takes_an_answer_slowly_is_sent_all_of_it() {
    let database = Database::fresh().await;
    latchkey(&database, &["dev", "seed", "--users", "10000"], "").succeeds();
    let settings = ["--keep-alive-timeout", "1", "--users-max", "10000"];
    let server = Process::serve(&database, &settings);
    let connect = || TcpStream::connect(server.address).expect("the server accepts connections");
    let mut slow = narrow(server.address);
    let body = r#"{"query":"{ users { id username dateJoined } }"}"#;
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    slow.write_all((head + body).as_bytes())
        .expect("the server reads");
    slow.peek(&mut [0]).expect("the answer begins");
    for _ in 0..2 {
        let mut idle = connect();
        ask_again(&mut idle);
        assert_eq!(read_to_end(idle), "", "a connection may be idle no longer");
    }
    // And so may this one be, from when it has all of its answer.
    let answer = read_to_end(slow);
    let (head, body) = answer.split_once("\r\n\r\n").expect("an answer has a head");
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .expect("the answer tells its length");
    assert_eq!(body.len().to_string(), length, "{head}");
    assert!(body.len() > 500_000, "more than the system takes: {head}");
}

/// A connection for which the system takes only few bytes that are not read.
fn narrow(address: SocketAddr) -> TcpStream {
    let socket =
        Socket::new(Domain::for_address(address), Type::STREAM, None).expect("there are sockets");
    let narrowed = socket
        .set_recv_buffer_size(4_096)
        .and_then(|()| socket.set_tcp_mss(536));
    narrowed.expect("it is a socket of TCP");
    socket
        .connect(&address.into())
        .expect("the server accepts connections");
    socket.into()
}
