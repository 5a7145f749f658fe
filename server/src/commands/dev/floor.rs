//! `latchkey dev floor`: an axum server as plain as can be, whose every answer is the same bytes.

use std::io::{self, Read as _};

use anyhow::Context as _;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::IntoResponse as _;
use axum::response::Response;
use axum::routing::any;
use axum::serve::ListenerExt as _;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::commands::directory::say;

/// What every request gets.
#[derive(Clone)]
struct Constant {
    headers: HeaderMap,
    body: Bytes,
}

/// Serves until SIGTERM, on a thread for each processor.
pub(super) fn run(listen: &str) -> anyhow::Result<()> {
    let mut response = Vec::new();
    io::stdin().read_to_end(&mut response)?;
    let constant = Constant::parse(&response)
        .context("standard input holds no HTTP response: its head, an empty line and its body")?;
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(serve(listen, constant))
}

async fn serve(listen: &str, constant: Constant) -> anyhow::Result<()> {
    let listener = TcpListener::bind(listen).await?;
    say(&format!("http://{}", listener.local_addr()?))?;
    // As our own server does, and as everybody should.
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    let app = Router::new()
        .route("/{*path}", any(answer))
        .with_state(constant);
    // Ended as any program is, and not on the spot: what it was compiled to count is written then.
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        served = axum::serve(listener, app) => Ok(served?),
        _ = terminate.recv() => Ok(()),
    }
}

/// Reads the request's body, as whoever answers it has to, and gives the constant.
async fn answer(State(constant): State<Constant>, _read: Bytes) -> Response {
    (constant.headers, constant.body).into_response()
}

impl Constant {
    /// Reads a response as it is on the wire, but for what the server writes itself.
    fn parse(response: &[u8]) -> Option<Self> {
        let end = response.windows(4).position(|four| four == b"\r\n\r\n")?;
        let head = str::from_utf8(&response[..end]).ok()?;
        let mut headers = HeaderMap::new();
        for line in head.split("\r\n").skip(1) {
            let (name, value) = line.split_once(':')?;
            let name: HeaderName = name.parse().ok()?;
            if name != header::CONTENT_LENGTH && name != header::DATE {
                headers.append(name, HeaderValue::from_str(value.trim()).ok()?);
            }
        }
        let body = Bytes::copy_from_slice(&response[end + 4..]);
        Some(Self { headers, body })
    }
}

#[cfg(test)]
mod tests {
    use super::Constant;

    #[test]
    fn what_a_server_writes_itself_is_left_out() {
        let response =
            b"HTTP/1.1 200 OK\r\ncontent-type: a/b\r\ncontent-length: 2\r\ndate: now\r\n\r\n{}";
        let constant = Constant::parse(response).unwrap();
        let names: Vec<_> = constant.headers.keys().map(ToString::to_string).collect();
        assert_eq!(names, ["content-type"]);
        assert_eq!(constant.body, "{}");
        assert!(Constant::parse(b"HTTP/1.1 200 OK\r\n").is_none());
    }
}
