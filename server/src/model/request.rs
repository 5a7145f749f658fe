//! What a request is known as: in every line of the log about it, in its answer, and in the answer to a fault of ours.

use std::fmt;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

/// Random bytes that tell the ids of one process from those of any other.
const PROCESS_BYTES: usize = 6;

tokio::task_local! {
    // Not a span of the log: most requests have no line there, and a span costs each of them what few need.
    static UNDER_WAY: LoggedRequest;
}

/// A request's id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RequestId(Arc<str>);

impl RequestId {
    /// The next id: a random part for the process, and a count.
    pub(crate) fn next() -> Self {
        static PROCESS: OnceLock<String> = OnceLock::new();
        static COUNT: AtomicU64 = AtomicU64::new(1);
        // Without random numbers no token can be made either; an id is not what fails then.
        let process = PROCESS
            .get_or_init(|| super::hex(&super::random::<PROCESS_BYTES>().unwrap_or_default()));
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        Self(format!("{process}-{count:x}").into())
    }

    /// Its text: hexadecimal digits and a hyphen.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A request, as the log tells of it.
#[derive(Clone, Debug)]
pub(crate) struct LoggedRequest {
    pub(crate) id: RequestId,
    /// Who is at the other end of the connection; None where a page is rendered.
    pub(crate) peer: Option<IpAddr>,
}

impl LoggedRequest {
    /// The request that this task is about, where it is about one.
    pub(crate) fn current() -> Option<Self> {
        UNDER_WAY.try_with(Clone::clone).ok()
    }

    /// The same work, as work about this request.
    pub(crate) fn scope<F: Future>(self, work: F) -> impl Future<Output = F::Output> {
        UNDER_WAY.scope(self, work)
    }
}
