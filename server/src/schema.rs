//! The GraphQL schema: translates between the wire and `accounts`, and decides nothing.

mod error;
mod limits;
mod mutation;
mod query;
mod scalars;
mod types;

use std::sync::Arc;

use async_graphql::{Context, EmptySubscription, Schema};
use tokio::sync::OnceCell;

pub(crate) use error::request_error;
pub(crate) use limits::{Limits, Refusal};

use crate::accounts::Accounts;
use crate::config::GraphqlConfig;
use crate::model::Viewer;

/// The schema that is served.
pub(crate) type AppSchema = Schema<query::Query, mutation::Mutation, EmptySubscription>;

/// What a request brings along for the resolvers.
#[derive(Clone)]
pub(crate) struct Caller {
    token: Option<String>,
    request_id: Arc<str>,
    viewer: Arc<OnceCell<Viewer>>,
}

impl Caller {
    /// The sender of `token`, in the request that the log knows as `request_id`.
    pub(crate) fn new(token: Option<String>, request_id: Arc<str>) -> Self {
        Self {
            token,
            request_id,
            viewer: Arc::default(),
        }
    }

    /// What the log knows the request as.
    pub(crate) fn request_id(&self) -> &str {
        &self.request_id
    }
}

/// Builds the schema over the use cases.
pub(crate) fn build(accounts: Accounts, config: &GraphqlConfig) -> AppSchema {
    let builder = definition().data(accounts);
    if config.introspection {
        builder.finish()
    } else {
        builder
            .disable_introspection()
            .disable_suggestions()
            .finish()
    }
}

/// The schema in the schema definition language.
pub(crate) fn sdl() -> String {
    let mut sdl = definition().finish().sdl();
    if !sdl.ends_with('\n') {
        sdl.push('\n');
    }
    sdl
}

fn definition() -> async_graphql::SchemaBuilder<query::Query, mutation::Mutation, EmptySubscription>
{
    Schema::build(query::Query, mutation::Mutation, EmptySubscription)
}

/// The use cases. The schema is built with them, so they are always there.
fn accounts<'a>(ctx: &Context<'a>) -> &'a Accounts {
    ctx.data_unchecked::<Accounts>()
}

/// Who asks: judged when the first field wants to know.
async fn viewer<'a>(ctx: &Context<'a>) -> async_graphql::Result<&'a Viewer> {
    // Every request is run with its caller.
    let caller = ctx.data_unchecked::<Caller>();
    let token = caller.token.as_deref();
    let judged = caller
        .viewer
        .get_or_try_init(|| accounts(ctx).viewer(token));
    judged
        .await
        .map_err(|error| error::resolver_error(ctx, &error))
}
