//! How long a connection may be idle, and how long it may take to send the head of a request.
//!
//! hyper has one timer for both, and they have to differ: a proxy keeps connections for its next requests, and who sends
//! a head byte by byte keeps a place that others need.

use std::io;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_util::task::AtomicWaker;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

/// The requests of one connection: how many have begun, and how many are not done.
#[derive(Debug, Default)]
pub(super) struct Requests {
    begun: AtomicU64,
    under_way: AtomicUsize,
    /// The connection, which has nothing to look at while a request is under way and has to set its timer then.
    connection: AtomicWaker,
}

/// A request that is under way until this is dropped.
#[derive(Debug)]
pub(super) struct UnderWay(Arc<Requests>);

impl Requests {
    /// Counts a request whose head has arrived.
    pub(super) fn begin(self: &Arc<Self>) -> UnderWay {
        self.begun.fetch_add(1, Ordering::Relaxed);
        self.under_way.fetch_add(1, Ordering::Relaxed);
        UnderWay(Arc::clone(self))
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::Release);
        self.0.connection.wake();
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
    /// The requests that had begun when the deadline was set.
    seen: u64,
    /// Whether the other end takes no more of an answer at the moment. That has a limit of its own, and such a connection is not idle,
    /// though all of the answer was handed over.
    is_full: bool,
    deadline: Instant,
    /// Set to the deadline or before it: a deadline moves with every request, and a timer is dear to move.
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
            is_full: false,
            deadline: Instant::now() + head,
            timer: Box::pin(sleep(head)),
        }
    }

    fn await_now(&mut self, awaited: Awaited, longest: Duration) {
        self.awaited = awaited;
        self.seen = self.requests.begun.load(Ordering::Relaxed);
        self.deadline = Instant::now() + longest;
        if self.deadline < self.timer.deadline() {
            self.timer.as_mut().reset(self.deadline);
        }
    }

    /// Notes whether there was room for more of an answer.
    fn wrote(&mut self, is_full: bool) {
        if mem::replace(&mut self.is_full, is_full) && !is_full {
            // From here on it may be idle, which the next read judges as after any answer.
            let begun = self.requests.begun.load(Ordering::Relaxed);
            self.seen = begun.wrapping_sub(1);
            self.requests.connection.wake();
        }
    }

    /// Ready when the deadline is over.
    fn poll_deadline(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            ready!(self.timer.as_mut().poll(cx));
            if self.timer.deadline() >= self.deadline {
                return Poll::Ready(());
            }
            self.timer.as_mut().reset(self.deadline);
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
        if self.is_full || self.requests.under_way.load(Ordering::Acquire) > 0 {
            // Bodies and answers have limits of their own.
            return read;
        }
        let served_since = self.requests.begun.load(Ordering::Relaxed) != self.seen;
        if read.is_ready() {
            let arrived = buffer.filled().len() > before;
            if arrived && (served_since || self.awaited == Awaited::Request) {
                let longest = self.head;
                self.await_now(Awaited::Head, longest);
            }
            return read;
        }
        if served_since {
            let longest = self.idle;
            self.await_now(Awaited::Request, longest);
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
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.wrote(written.is_pending());
        written
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.wrote(written.is_pending());
        written
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
