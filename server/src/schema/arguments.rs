//! The access token as an argument of single fields, where the operator allows it.

use async_graphql::parser::types::{ExecutableDocument, Field, Selection, SelectionSet};
use async_graphql::{Context, Name, Positioned};

use super::Refusal;
use crate::config::CarrierConfig;

/// What the schema calls the argument, whatever the operator calls it.
const ARGUMENT: &str = "token";
/// The fields that have it: those that need to know who asks.
const FIELDS: [&str; 6] = [
    "me",
    "users",
    "usersConnection",
    "logout",
    "logoutEverywhere",
    "revokeSession",
];

/// Whether introspection shows the argument.
pub(super) fn is_shown(ctx: &Context<'_>) -> bool {
    ctx.data_unchecked::<CarrierConfig>().jwt_allow_argument
}

/// Gives the argument the schema's name where the operator has given it another one.
///
/// # Errors
/// Where a field has the argument and the operator does not allow it.
pub(crate) fn token_arguments(
    document: &mut ExecutableDocument,
    config: &CarrierConfig,
) -> Result<(), Refusal> {
    let operations = match &mut document.operations {
        async_graphql::parser::types::DocumentOperations::Single(one) => vec![one],
        async_graphql::parser::types::DocumentOperations::Multiple(all) => {
            all.values_mut().collect()
        }
    };
    for operation in operations {
        in_selection(&mut operation.node.selection_set.node, config)?;
    }
    for fragment in document.fragments.values_mut() {
        in_selection(&mut fragment.node.selection_set.node, config)?;
    }
    Ok(())
}

/// The fields stand at the root: no field's own fields need be looked at.
fn in_selection(set: &mut SelectionSet, config: &CarrierConfig) -> Result<(), Refusal> {
    for selection in &mut set.items {
        match &mut selection.node {
            Selection::Field(field) => in_field(field, config)?,
            Selection::InlineFragment(fragment) => {
                in_selection(&mut fragment.node.selection_set.node, config)?;
            }
            Selection::FragmentSpread(_) => {}
        }
    }
    Ok(())
}

fn in_field(field: &mut Positioned<Field>, config: &CarrierConfig) -> Result<(), Refusal> {
    if !FIELDS.contains(&field.node.name.node.as_str()) {
        return Ok(());
    }
    for (name, _) in &mut field.node.arguments {
        let allowed = config.jwt_allow_argument && name.node == config.jwt_argument_name;
        if !allowed && name.node == ARGUMENT {
            return Err(Refusal {
                code: "GRAPHQL_VALIDATION_FAILED",
                message: format!(
                    "Unknown argument \"{ARGUMENT}\" on field \"{}\".",
                    field.node.name.node
                ),
                position: Some(name.pos),
            });
        }
        if allowed {
            name.node = Name::new(ARGUMENT);
        }
    }
    Ok(())
}
