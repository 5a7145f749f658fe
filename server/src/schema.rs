//! The GraphQL schema: translates between the wire and `accounts`, and decides nothing.

mod arguments;
mod caller;
mod cookies;
mod documents;
mod error;
mod json;
mod limits;
mod mutation;
mod operation;
mod operations;
mod query;
mod relay;
mod results;
mod scalars;
mod session_type;
mod user_type;
mod users_connection;

use std::sync::OnceLock;

use async_graphql::{
    Context, EmptySubscription, ObjectType, Request, Response, Schema, ValidationMode, Value,
    Variables,
};

pub(crate) use caller::{Caller, Sent};
pub(crate) use documents::{Document, Documents};
pub(crate) use error::request_error;
pub(crate) use json::write as write_json;
pub(crate) use limits::Refusal;

use crate::accounts::Accounts;
use crate::config::{CarrierConfig, GraphqlConfig};
use arguments::token_arguments;
use limits::Limits;
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
    accounts: Accounts,
    graphql: GraphqlConfig,
    carriers: CarrierConfig,
    // Each is made when it is first asked for: most servers are never asked in the Relay flavour.
    plain: OnceLock<Modes<Mutation>>,
    relay: OnceLock<Modes<RelayMutation>>,
}

/// A schema that validates documents before it runs them, and one for those that were found valid before.
struct Modes<M> {
    strict: Schema<Query, M, EmptySubscription>,
    fast: Schema<Query, M, EmptySubscription>,
}

impl Schemas {
    /// The schemas over the use cases.
    pub(crate) fn new(
        accounts: Accounts,
        graphql: &GraphqlConfig,
        carriers: &CarrierConfig,
    ) -> Self {
        Self {
            accounts,
            graphql: graphql.clone(),
            carriers: carriers.clone(),
            plain: OnceLock::new(),
            relay: OnceLock::new(),
        }
    }

    /// Runs a document.
    pub(crate) async fn execute(
        &self,
        flavour: Flavour,
        document: &Document,
        variables: Variables,
        mut caller: Caller,
    ) -> Response {
        let known = document.is_valid(flavour);
        if known && let Some(token) = document.verifies(&variables) {
            caller.verify_ahead(&self.accounts, token).await;
        }
        let mut request = Request::new("").variables(variables).data(caller);
        request.operation_name = document.operation_name().map(str::to_owned);
        request.set_parsed_query(document.parsed.clone());
        // On the heap: the future is large, and every layer around it would move it once more.
        let response = match flavour {
            Flavour::Plain => {
                let modes = self.plain.get_or_init(|| self.build(|| Mutation));
                Box::pin(modes.choose(known).execute(request)).await
            }
            Flavour::Relay => {
                let modes = self.relay.get_or_init(|| self.build(|| RelayMutation));
                Box::pin(modes.choose(known).execute(request)).await
            }
        };
        // What does not validate has no data.
        if !known && (response.data != Value::Null || response.errors.is_empty()) {
            document.found_valid(flavour);
        }
        response
    }

    fn build<M: ObjectType + 'static>(&self, mutation: impl Fn() -> M) -> Modes<M> {
        let build = |mode| {
            let builder = Schema::build(Query, mutation(), EmptySubscription)
                .data(self.accounts.clone())
                .data(self.carriers.clone())
                .validation_mode(mode);
            if self.graphql.introspection {
                builder.finish()
            } else {
                builder
                    .disable_introspection()
                    .disable_suggestions()
                    .finish()
            }
        };
        Modes {
            strict: build(ValidationMode::Strict),
            fast: build(ValidationMode::Fast),
        }
    }
}

impl<M> Modes<M> {
    fn choose(&self, known: bool) -> &Schema<Query, M, EmptySubscription> {
        if known { &self.fast } else { &self.strict }
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
