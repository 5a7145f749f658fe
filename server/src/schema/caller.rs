//! Who asks: what a request brings along for the resolvers, and whom its token stands for.

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use async_graphql::{Context, Result};
use tokio::sync::OnceCell;

use super::accounts;
use super::error::resolver_error;
use crate::accounts::{Accounts, AccountsError, Claims};
use crate::model::{Device, RequestId, Viewer};

/// What a request brings along beside its document.
#[derive(Debug, Default)]
pub(crate) struct Sent {
    /// The token of the Authorization header.
    pub(crate) token: Option<String>,
    /// The access token's cookie, where cookies are read.
    pub(crate) access_cookie: Option<String>,
    /// The refresh token's cookie, where cookies are read.
    pub(crate) refresh_cookie: Option<String>,
    /// Where a mutation comes from; behind a trusted proxy, the client's address.
    pub(crate) address: Option<IpAddr>,
    /// What the client of a mutation calls itself.
    pub(crate) user_agent: String,
    /// Whether it came over HTTPS, as far as can be known.
    pub(crate) https: bool,
}

impl Sent {
    /// The device, as a session records it. Most requests open none.
    pub(super) fn device(&self) -> Device {
        let address = self.address.map(|address| address.to_string());
        Device::new(address.unwrap_or_default(), &self.user_agent)
    }
}

/// What came of verifying a token.
type Verified = std::result::Result<Claims, AccountsError>;

/// The sender of a request.
pub(crate) struct Caller {
    pub(super) sent: Sent,
    request_id: RequestId,
    viewer: OnceCell<Viewer>,
    verified: Mutex<Option<Verified>>,
}

impl Caller {
    /// The sender of the request that the log knows as `request_id`.
    pub(crate) fn new(sent: Sent, request_id: RequestId) -> Self {
        Self {
            sent,
            request_id,
            viewer: OnceCell::new(),
            verified: Mutex::new(None),
        }
    }

    /// Verifies `token`, which is that of the mutation's first field, before the mutation runs.
    ///
    /// Where a database is asked over a connection, many requests wait at the same time. What they hold meanwhile has to be
    /// fetched from slower memory after that, and a mutation that runs holds much that it does not need to wait.
    pub(super) async fn verify_ahead(&mut self, accounts: &Accounts, token: &str) {
        let verified = accounts.verify(Some(token)).await;
        self.verified = Mutex::new(Some(verified));
    }

    /// What came of that, once: the fields of a mutation run one after another (GraphQL specification, section 6.2.2), and
    /// a later one is to see what those before have changed.
    pub(super) fn take_verified(&self) -> Option<Verified> {
        let mut verified = self.verified.lock().unwrap_or_else(PoisonError::into_inner);
        verified.take()
    }

    /// What the log knows the request as.
    pub(crate) fn request_id(&self) -> &str {
        self.request_id.as_str()
    }
}

/// The sender. Every request is run with one.
pub(super) fn caller<'a>(ctx: &Context<'a>) -> &'a Caller {
    ctx.data_unchecked::<Caller>()
}

/// Who asks: whom the field's own token stands for, else the request's, which is judged when the first field wants to
/// know. The header goes before the cookie.
pub(super) async fn viewer<'a>(
    ctx: &Context<'a>,
    argument: Option<&str>,
) -> Result<Cow<'a, Viewer>> {
    let caller = caller(ctx);
    let accounts = accounts(ctx);
    let judged = if let Some(token) = argument {
        accounts.viewer(Some(token)).await.map(Cow::Owned)
    } else {
        let token = caller.sent.token.as_deref();
        let token = token.or(caller.sent.access_cookie.as_deref());
        let judge = || accounts.viewer(token);
        let judged = caller.viewer.get_or_try_init(judge).await;
        judged.map(Cow::Borrowed)
    };
    judged.map_err(|error| resolver_error(ctx, &error))
}
