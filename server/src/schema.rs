//! The GraphQL schema: translates between the wire and `accounts`, and decides nothing.

mod arguments;
mod caller;
mod cookies;
mod error;
mod limits;
mod mutation;
mod operations;
mod query;
mod relay;
mod results;
mod scalars;
mod session_type;
mod user_type;

use async_graphql::{Context, EmptySubscription, ObjectType, Request, Response, Schema};

pub(crate) use arguments::token_arguments;
pub(crate) use caller::{Caller, Sent};
pub(crate) use error::request_error;
pub(crate) use limits::{Limits, Refusal};

use crate::accounts::Accounts;
use crate::config::{CarrierConfig, GraphqlConfig};
use mutation::Mutation;
use query::Query;
use relay::RelayMutation;

/// How mutations take their arguments and give their answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flavour {
    /// An argument for each value.
    Plain,
    /// One argument `input`, as Relay clients send it.
    Relay,
}

/// The schemas that are served: one in each flavour, over the same use cases.
pub(crate) struct Schemas {
    plain: Schema<Query, Mutation, EmptySubscription>,
    relay: Schema<Query, RelayMutation, EmptySubscription>,
}

impl Schemas {
    /// Builds the schemas over the use cases.
    pub(crate) fn new(
        accounts: Accounts,
        graphql: &GraphqlConfig,
        carriers: &CarrierConfig,
    ) -> Self {
        Self {
            plain: build(Mutation, accounts.clone(), graphql, carriers),
            relay: build(RelayMutation, accounts, graphql, carriers),
        }
    }

    /// Runs a request.
    pub(crate) async fn execute(&self, flavour: Flavour, request: Request) -> Response {
        match flavour {
            Flavour::Plain => self.plain.execute(request).await,
            Flavour::Relay => self.relay.execute(request).await,
        }
    }
}

fn build<M: ObjectType + 'static>(
    mutation: M,
    accounts: Accounts,
    graphql: &GraphqlConfig,
    carriers: &CarrierConfig,
) -> Schema<Query, M, EmptySubscription> {
    let builder = Schema::build(Query, mutation, EmptySubscription)
        .data(accounts)
        .data(carriers.clone());
    if graphql.introspection {
        builder.finish()
    } else {
        builder
            .disable_introspection()
            .disable_suggestions()
            .finish()
    }
}

/// A schema in the schema definition language.
pub(crate) fn sdl(flavour: Flavour) -> String {
    let mut sdl = match flavour {
        Flavour::Plain => Schema::new(Query, Mutation, EmptySubscription).sdl(),
        Flavour::Relay => Schema::new(Query, RelayMutation, EmptySubscription).sdl(),
    };
    if !sdl.ends_with('\n') {
        sdl.push('\n');
    }
    sdl
}

/// The use cases. The schema is built with them, so they are always there.
fn accounts<'a>(ctx: &Context<'a>) -> &'a Accounts {
    ctx.data_unchecked::<Accounts>()
}
