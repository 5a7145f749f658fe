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
        // Every request has one: `format!` takes several times as long.
        let mut id = String::with_capacity(process.len() + 17);
        id.push_str(process);
        id.push('-');
        let digits = (64 - count.leading_zeros()).div_ceil(4).max(1);
        for place in (0..digits).rev() {
            let digit = (count >> (4 * place)) & 0xF;
            id.extend(
                u32::try_from(digit)
                    .ok()
                    .and_then(|digit| char::from_digit(digit, 16)),
            );
        }
        Self(id.into())
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

    /// The same work, as work about the request of this task, also where another task does it.
    pub(crate) fn carried<F: Future>(work: F) -> impl Future<Output = F::Output> {
        let current = Self::current();
        async move {
            match current {
                Some(request) => request.scope(work).await,
                None => work.await,
            }
        }
    }

    /// The same work, as work about this request.
    pub(crate) fn scope<F: Future>(self, work: F) -> impl Future<Output = F::Output> {
        UNDER_WAY.scope(self, work)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_count_in_hexadecimal_digits() {
        let ids: Vec<RequestId> = (0..300).map(|_| RequestId::next()).collect();
        let parts = |id: &RequestId| {
            let (process, count) = id.as_str().split_once('-').expect("there are two parts");
            let number = u64::from_str_radix(count, 16).expect("the second is a number");
            assert_eq!(count, format!("{number:x}"));
            (process.to_owned(), number)
        };
        for pair in ids.windows(2) {
            let (one, next) = (parts(&pair[0]), parts(&pair[1]));
            assert_eq!(one.0, next.0);
            assert!(one.1 < next.1, "{pair:?}");
        }
    }
}
