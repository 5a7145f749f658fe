//! The operation that a request names: which one it is, whether its variables have the types that it declares, and in
//! which order its fields are answered.

use async_graphql::parser::types::{
    BaseType, DocumentOperations, ExecutableDocument, OperationDefinition, OperationType,
    Selection, SelectionSet, Type,
};
use async_graphql::{Name, Positioned, Value, Variables};

use super::Refusal;

/// The operation to run.
///
/// # Errors
/// Where the name is missing and needed, or unknown.
pub(super) fn choose<'a>(
    document: &'a ExecutableDocument,
    name: Option<&str>,
) -> Result<&'a Positioned<OperationDefinition>, Refusal> {
    let refuse = |message: String| Refusal::new("OPERATION_NOT_FOUND", message);
    match (&document.operations, name) {
        (DocumentOperations::Single(operation), None) => Ok(operation),
        (DocumentOperations::Multiple(operations), Some(name)) => operations
            .get(name)
            .ok_or_else(|| refuse("Unknown operation: no operation has that name.".to_owned())),
        (DocumentOperations::Single(_), Some(_)) => Err(refuse(
            "Unknown operation: the document's operation has no name.".to_owned(),
        )),
        (DocumentOperations::Multiple(operations), None) => {
            let mut all = operations.values();
            match (all.next(), all.next()) {
                (Some(only), None) => Ok(only),
                _ => Err(refuse(
                    "Must provide operation name if query contains multiple operations.".to_owned(),
                )),
            }
        }
    }
}

/// Refuses a mutation that selects a field twice under one name. The specification (section 6.3.2) merges the two and
/// runs the field once; async-graphql runs both, and then the second sign-up of one name would fail.
///
/// # Errors
/// The name that stands twice.
pub(super) fn check_mutation(kind: OperationType, keys: &[Name]) -> Result<(), Refusal> {
    let twice = |(place, key): (usize, &Name)| keys[..place].contains(key).then(|| key.clone());
    match keys.iter().enumerate().find_map(twice) {
        Some(key) if kind == OperationType::Mutation => Err(Refusal::new(
            "GRAPHQL_VALIDATION_FAILED",
            format!("The mutation selects \"{key}\" twice: give one of the two an alias."),
        )),
        _ => Ok(()),
    }
}

/// Checks the given variables against the operation's declarations.
///
/// async-graphql finds a missing variable only when the field that uses it runs; the contract wants the whole request
/// refused (GraphQL specification, section 6.1.2).
///
/// # Errors
/// The first variable that is missing or of another type, by name and type.
pub(super) fn check_variables(
    operation: &OperationDefinition,
    variables: &Variables,
) -> Result<(), Refusal> {
    for definition in &operation.variable_definitions {
        let name = &definition.node.name.node;
        let wanted = &definition.node.var_type.node;
        let value = variables.get(name).or(definition
            .node
            .default_value
            .as_ref()
            .map(|default| &default.node));
        let fits = match value {
            Some(value) => fits(wanted, value),
            None => wanted.nullable,
        };
        if !fits {
            return Err(Refusal {
                code: "BAD_USER_INPUT",
                message: format!("Variable \"${name}\" must be of type {wanted}."),
                position: Some(definition.pos),
            });
        }
    }
    Ok(())
}

/// Whether a value can be coerced to a type. Types that the schema does not have are left to validation.
fn fits(wanted: &Type, value: &Value) -> bool {
    match (&wanted.base, value) {
        (_, Value::Null) => wanted.nullable,
        (BaseType::List(item), Value::List(values)) => values.iter().all(|value| fits(item, value)),
        // One value stands for a list of it.
        (BaseType::List(item), value) => fits(item, value),
        (BaseType::Named(name), value) => match name.as_str() {
            "Int" => integer(value).is_some_and(|number| i32::try_from(number).is_ok()),
            "Float" => matches!(value, Value::Number(_)),
            "String" => matches!(value, Value::String(_)),
            "Boolean" => matches!(value, Value::Boolean(_)),
            "ID" => matches!(value, Value::String(_)) || integer(value).is_some(),
            _ => true,
        },
    }
}

fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        _ => None,
    }
}

/// The variable with the token of the operation's first field, if that is surely a `verifyToken` of the plain schema.
pub(super) fn verifies(operation: &OperationDefinition) -> Option<Name> {
    let first = operation.selection_set.node.items.first()?;
    let Selection::Field(field) = &first.node else {
        return None;
    };
    let field = &field.node;
    let is_mutation = operation.ty == OperationType::Mutation;
    if !is_mutation || field.name.node != "verifyToken" || !field.directives.is_empty() {
        return None;
    }
    let mut variable = None;
    let token = field.get_argument("token")?.node.clone();
    let alone = token.into_const_with(|name| {
        variable = Some(name);
        Ok::<_, ()>(Value::Null)
    });
    // A list around the variable could make the field fail before it takes what was verified.
    variable.filter(|_| alone == Ok(Value::Null))
}

/// Whether the operation is surely answered by one look-up of a token: it is `verifyToken`, or `me` without its sessions, and that
/// alone.
pub(super) fn is_short(operation: &OperationDefinition) -> bool {
    let [Positioned { node: only, .. }] = operation.selection_set.node.items.as_slice() else {
        return false;
    };
    let Selection::Field(field) = only else {
        return false;
    };
    let field = &field.node;
    let mut of_it = field.selection_set.node.items.iter();
    match field.name.node.as_str() {
        "verifyToken" => true,
        "me" => of_it.all(|selection| {
            matches!(&selection.node, Selection::Field(field) if field.node.name.node != "sessions")
        }),
        _ => false,
    }
}

/// The names that the operation's fields are answered under, in the order of the document, fragments spread (GraphQL
/// specification, section 6.3.2). The limits have seen to it that no fragment spreads itself, and that there are few.
pub(super) fn response_keys(
    document: &ExecutableDocument,
    operation: &OperationDefinition,
) -> Vec<Name> {
    let mut keys = Vec::new();
    collect_keys(document, &operation.selection_set.node, &mut keys);
    keys
}

fn collect_keys(document: &ExecutableDocument, set: &SelectionSet, keys: &mut Vec<Name>) {
    for selection in &set.items {
        let inner = match &selection.node {
            Selection::Field(field) => {
                keys.push(field.node.response_key().node.clone());
                continue;
            }
            Selection::InlineFragment(fragment) => Some(&fragment.node.selection_set.node),
            Selection::FragmentSpread(spread) => document
                .fragments
                .get(&spread.node.fragment_name.node)
                .map(|fragment| &fragment.node.selection_set.node),
        };
        if let Some(inner) = inner {
            collect_keys(document, inner, keys);
        }
    }
}
