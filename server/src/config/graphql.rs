//! What a GraphQL request may ask for.

use clap::Args;

use super::values;

/// What a GraphQL request may ask for.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "GraphQL")]
pub struct GraphqlConfig {
    /// Whether GraphiQL is served
    #[arg(long, env = "LATCHKEY_GRAPHIQL", default_value = "true", value_name = "BOOL", action = clap::ArgAction::Set)]
    pub graphiql: bool,
    /// Whether the schema can be asked for (introspection)
    #[arg(long, env = "LATCHKEY_INTROSPECTION", default_value = "true", value_name = "BOOL", action = clap::ArgAction::Set)]
    pub introspection: bool,
    /// Largest request body, in bytes
    #[arg(
        long,
        env = "LATCHKEY_GRAPHQL_MAX_BODY",
        default_value = "65536",
        value_name = "BYTES",
        value_parser = values::limit
    )]
    pub graphql_max_body: usize,
    /// Most tokens (words and signs) in a document
    #[arg(
        long,
        env = "LATCHKEY_GRAPHQL_MAX_TOKENS",
        default_value = "1000",
        value_name = "TOKENS",
        value_parser = values::limit
    )]
    pub graphql_max_tokens: usize,
    /// Deepest selection
    #[arg(
        long,
        env = "LATCHKEY_GRAPHQL_MAX_DEPTH",
        default_value = "15",
        value_name = "LEVELS",
        value_parser = values::limit
    )]
    pub graphql_max_depth: usize,
    /// Most fields and fragments that an operation selects, each as often as it is spread
    #[arg(
        long,
        env = "LATCHKEY_GRAPHQL_MAX_COMPLEXITY",
        default_value = "300",
        value_name = "FIELDS",
        value_parser = values::limit
    )]
    pub graphql_max_complexity: usize,
    /// Most aliases in an operation
    #[arg(
        long,
        env = "LATCHKEY_GRAPHQL_MAX_ALIASES",
        default_value = "15",
        value_name = "ALIASES",
        value_parser = values::limit
    )]
    pub graphql_max_aliases: usize,
    /// Most fields at the root of an operation
    #[arg(
        long,
        env = "LATCHKEY_GRAPHQL_MAX_ROOT_FIELDS",
        default_value = "10",
        value_name = "FIELDS",
        value_parser = values::limit
    )]
    pub graphql_max_root_fields: usize,
    /// Most fields that check or set a password in an operation
    #[arg(
        long,
        env = "LATCHKEY_GRAPHQL_MAX_CREDENTIAL_FIELDS",
        default_value = "4",
        value_name = "FIELDS",
        value_parser = values::limit
    )]
    pub graphql_max_credential_fields: usize,
}
