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
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{SignalKind, signal};
use tower::Service as _;

use crate::commands::directory::say;
use crate::threads::Threads;

/// What every request gets.
#[derive(Clone)]
struct Constant {
    headers: HeaderMap,
    body: Bytes,
}

/// Serves until SIGTERM, on as many threads as `latchkey serve`; where the connections are to be `pinned`, each stays on one.
pub(super) fn run(listen: &str, pinned: bool) -> anyhow::Result<()> {
    let mut response = Vec::new();
    io::stdin().read_to_end(&mut response)?;
    let constant = Constant::parse(&response)
        .context("standard input holds no HTTP response: its head, an empty line and its body")?;
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(serve(listen, constant, pinned))
}

async fn serve(listen: &str, constant: Constant, pinned: bool) -> anyhow::Result<()> {
    let listener = TcpListener::bind(listen).await?;
    say(&format!("http://{}", listener.local_addr()?))?;
    let app = Router::new()
        .route("/{*path}", any(answer))
        .with_state(constant);
    // Ended as any program is, and not on the spot: what it was compiled to count is written then.
    let mut terminate = signal(SignalKind::terminate())?;
    let served = async {
        if pinned {
            return serve_pinned(&listener, &app).await;
        }
        // As our own server does, and as everybody should.
        let listener = listener.tap_io(|stream| {
            let _ = stream.set_nodelay(true);
        });
        Ok(axum::serve(listener, app).await?)
    };
    tokio::select! {
        served = served => served,
        _ = terminate.recv() => Ok(()),
    }
}

async fn serve_pinned(listener: &TcpListener, app: &Router) -> anyhow::Result<()> {
    let threads = Threads::begin()?;
    loop {
        // As axum does, where somebody has hung up already.
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        let _ = stream.set_nodelay(true);
        let Ok(stream) = stream.into_std() else {
            continue;
        };
        let app = app.clone();
        threads.run(async move {
            if let Ok(stream) = TcpStream::from_std(stream) {
                let service =
                    service_fn(move |request: hyper::Request<Incoming>| app.clone().call(request));
                let connection =
                    http1::Builder::new().serve_connection(TokioIo::new(stream), service);
                // Whoever hangs up needs no answer.
                let _ = connection.await;
            }
        });
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
