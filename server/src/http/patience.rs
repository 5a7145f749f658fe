//! How long a connection may be idle, and how long it may take to send the head of a request.
//!
//! hyper has one timer for both, and they have to differ: a proxy keeps connections for its next requests, and who sends
//! a head byte by byte keeps a place that others need.

use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_util::task::AtomicWaker;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::task::unconstrained;
use tokio::time::{Instant, Sleep, sleep};

/// The requests of one connection: how many have begun, how many are not done, and when the last one was.
#[derive(Debug)]
pub(super) struct Requests {
    /// What times are counted from.
    opened: Instant,
    /// How long the connection may be idle, in microseconds.
    idle: u64,
    begun: AtomicU64,
    under_way: AtomicUsize,
    /// When the last one ended, in microseconds.
    ended: AtomicU64,
    /// Until when a timer is sure to have the connection looked at again, in microseconds.
    timed_until: AtomicU64,
    /// The connection, which has nothing to look at while a request is under way.
    connection: AtomicWaker,
}

/// A request that is under way until this is dropped.
#[derive(Debug)]
pub(super) struct UnderWay(Arc<Requests>);

impl Requests {
    /// Of a connection that has just been opened.
    pub(super) fn new(idle: Duration) -> Self {
        Self {
            opened: Instant::now(),
            idle: microseconds(idle),
            begun: AtomicU64::new(0),
            under_way: AtomicUsize::new(0),
            ended: AtomicU64::new(0),
            timed_until: AtomicU64::new(0),
            connection: AtomicWaker::new(),
        }
    }

    /// Counts a request whose head has arrived.
    pub(super) fn begin(self: &Arc<Self>) -> UnderWay {
        self.begun.fetch_add(1, Ordering::Relaxed);
        self.under_way.fetch_add(1, Ordering::Relaxed);
        UnderWay(Arc::clone(self))
    }

    fn microseconds(&self, time: Instant) -> u64 {
        microseconds(time.saturating_duration_since(self.opened))
    }

    fn last_end(&self) -> Instant {
        self.opened + Duration::from_micros(self.ended.load(Ordering::Relaxed))
    }
}

fn microseconds(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let requests = &self.0;
        let now = requests.microseconds(Instant::now());
        requests.ended.store(now, Ordering::Relaxed);
        requests.under_way.fetch_sub(1, Ordering::Release);
        // Where a timer is set in time, the connection finds by then that this has ended, and when. To look at it now would
        // cost as much as a good part of a short answer.
        let timed_until = requests.timed_until.load(Ordering::Relaxed);
        if timed_until <= now || timed_until > now.saturating_add(requests.idle) {
            requests.connection.wake();
        }
    }
}

/// What the connection is waiting for while no request is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Awaited {
    /// The first byte of a request.
    Request,
    /// The rest of its head.
    Head,
}

/// A stream whose reads fail when the time for what is awaited is over.
pub(super) struct Patient<S> {
    stream: S,
    requests: Arc<Requests>,
    idle: Duration,
    head: Duration,
    awaited: Awaited,
    /// The requests that had begun when that was first awaited.
    seen: u64,
    /// None where the head has begun and may as well be whole: most arrive at once.
    deadline: Option<Instant>,
    /// While it is waited for, set to the deadline or before it: a deadline moves with every request, and a timer is dear to
    /// move.
    timer: Pin<Box<Sleep>>,
}

impl<S> Patient<S> {
    /// A connection that has just been opened: its first head is awaited.
    pub(super) fn new(stream: S, requests: Arc<Requests>, idle: Duration, head: Duration) -> Self {
        Self {
            stream,
            requests,
            idle,
            head,
            awaited: Awaited::Head,
            seen: 0,
            deadline: None,
            timer: Box::pin(sleep(head)),
        }
    }

    fn wait(&mut self, awaited: Awaited, deadline: Option<Instant>) {
        self.awaited = awaited;
        self.seen = self.requests.begun.load(Ordering::Relaxed);
        self.deadline = deadline;
    }

    /// Ready when the deadline is over.
    fn poll_deadline(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let head = self.head;
        let deadline = self.deadline.get_or_insert_with(|| Instant::now() + head);
        if *deadline < self.timer.deadline() {
            self.timer.as_mut().reset(*deadline);
        }
        loop {
            // Pending is to mean that it is set, not that the task has done enough for now.
            if pin!(unconstrained(self.timer.as_mut()))
                .poll(cx)
                .is_pending()
            {
                let until = self.requests.microseconds(self.timer.deadline());
                self.requests.timed_until.store(until, Ordering::Relaxed);
                return Poll::Pending;
            }
            if self.timer.deadline() >= *deadline {
                return Poll::Ready(());
            }
            self.timer.as_mut().reset(*deadline);
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        self.requests.connection.register(cx.waker());
        if self.requests.under_way.load(Ordering::Acquire) > 0 {
            // Bodies and answers have limits of their own.
            return read;
        }
        let served_since = self.requests.begun.load(Ordering::Relaxed) != self.seen;
        if read.is_ready() {
            let arrived = buffer.filled().len() > before;
            if arrived && (served_since || self.awaited == Awaited::Request) {
                self.wait(Awaited::Head, None);
            }
            return read;
        }
        if served_since {
            let deadline = self.requests.last_end() + self.idle;
            self.wait(Awaited::Request, Some(deadline));
        }
        ready!(self.poll_deadline(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
