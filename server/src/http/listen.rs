//! Accepting connections: with a bound on their number, with timeouts, and with an end that lets requests finish.
//!
//! axum's own `serve` has neither timeouts nor a bound: slow connections would stay for ever.

use std::convert::Infallible;
use std::net::{self, SocketAddr};
use std::num::NonZeroU32;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use futures_util::FutureExt as _;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_io_timeout::TimeoutStream;

use super::patience::{Patient, Requests};
use super::{App, Client};
use crate::config::HttpConfig;
use crate::threads::Threads;

/// The largest head of a request, in bytes.
const LARGEST_HEAD: usize = 16 * 1024;
/// How long to wait after the system could not accept a connection: most often it has no file handles left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves `app` on `listener` until `shutdown` resolves, then until requests in flight are done or the drain time is
/// over. Connections are answered on `threads`.
pub(crate) async fn listen(
    listener: TcpListener,
    app: App,
    config: &HttpConfig,
    threads: &Threads,
    shutdown: impl Future<Output = ()>,
) {
    let router = app.clone().router();
    let times = Times::new(config);
    let places = Arc::new(Semaphore::new(config.max_connections.get()));
    let graceful = GracefulShutdown::new();
    let mut shutdown = pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &places) => accepted,
            () = &mut shutdown => break,
        };
        let (stream, peer, place) = accepted;
        let client = Client {
            app: app.clone(),
            router: router.clone(),
            peer: peer.ip(),
        };
        let watcher = graceful.watcher();
        threads.run(async move {
            let _place = place;
            // It belongs to this thread's runtime, and so do its timers.
            match TcpStream::from_std(stream) {
                Ok(stream) => serve(stream, client, times, watcher).await,
                Err(error) => tracing::warn!("a connection was not accepted: {error}"),
            }
        });
    }
    drop(listener);
    let seconds = config.drain_timeout.get();
    tracing::info!("stopping: requests in flight have {seconds} s to finish");
    let drain = Duration::from_secs(seconds.into());
    if tokio::time::timeout(drain, graceful.shutdown())
        .await
        .is_err()
    {
        tracing::warn!("stopped with requests unfinished");
    }
}

/// How long a connection may take for what.
#[derive(Clone, Copy)]
struct Times {
    /// To take more of an answer.
    write: Duration,
    /// Until its next request.
    idle: Duration,
    /// To send the head of a request.
    head: Duration,
}

impl Times {
    fn new(config: &HttpConfig) -> Self {
        let seconds = |setting: NonZeroU32| Duration::from_secs(setting.get().into());
        Self {
            write: seconds(config.request_timeout),
            idle: seconds(config.keep_alive_timeout),
            head: seconds(config.header_timeout),
        }
    }
}

/// Answers the requests of a connection, until it ends or `watcher` has it end.
async fn serve(stream: TcpStream, client: Client, times: Times, watcher: Watcher) {
    let mut http = http1::Builder::new();
    http.header_read_timeout(None).max_buf_size(LARGEST_HEAD);
    let mut stream = TimeoutStream::new(stream);
    // A client that does not take its answer would keep the connection for ever.
    stream.set_write_timeout(Some(times.write));
    let requests = Arc::new(Requests::default());
    let stream = Patient::new(
        Box::pin(stream),
        Arc::clone(&requests),
        times.idle,
        times.head,
    );
    let client = Arc::new(client);
    let service = service_fn(move |request: Request<Incoming>| {
        let under_way = requests.begin();
        // Under way until the last of the body is handed over.
        let held = |body: Body| {
            body.map_frame(move |frame| {
                let _ = &under_way;
                frame
            })
        };
        // On the heap, as what it awaits.
        let answer = Box::pin(Arc::clone(&client).answer(request.map(Body::new)));
        answer.map(|response| Ok::<_, Infallible>(response.map(held)))
    });
    let connection = http.serve_connection(TokioIo::new(stream), service);
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!("a connection ended: {error}");
    }
}

/// The next connection. Beyond the bound, new ones wait in the system's queue until one ends.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> (
    net::TcpStream,
    SocketAddr,
    Option<tokio::sync::OwnedSemaphorePermit>,
) {
    let place = Arc::clone(places).acquire_owned().await.ok();
    loop {
        let accepted = listener.accept().await;
        // It is another runtime's from here on.
        match accepted.and_then(|(stream, peer)| Ok((stream.into_std()?, peer))) {
            Ok((stream, peer)) => {
                // Answers are small and wanted at once. Where it cannot be set, they are only slower.
                let _ = stream.set_nodelay(true);
                return (stream, peer, place);
            }
            Err(error) => {
                tracing::warn!("a connection was not accepted: {error}");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}
