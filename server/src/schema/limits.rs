//! What a document may ask for, judged on its text and its parsed form before anything runs.
//!
//! async-graphql's own limits are not enough: fragments that spread each other are walked again and again by its
//! checks, and fifty aliases of `tokenAuth` are fifty password checks.

mod lexer;

use std::collections::HashMap;

use async_graphql::parser::types::{
    ExecutableDocument, Field, OperationDefinition, OperationType, Selection, SelectionSet,
};
use async_graphql::{Name, Pos};

use crate::config::GraphqlConfig;

/// The deepest nesting of brackets in a document. The parser recurses with it.
const DEEPEST_NESTING: usize = 32;
/// The fields whose resolvers check or make a password hash.
const CREDENTIAL_FIELDS: [&str; 2] = ["createUser", "tokenAuth"];
/// The fields that tell about the schema.
const INTROSPECTION: [&str; 2] = ["__schema", "__type"];

/// Why a request is refused as a whole.
#[derive(Debug)]
pub(crate) struct Refusal {
    /// For programs.
    pub(crate) code: &'static str,
    /// For people.
    pub(crate) message: String,
    /// Where in the document, if anywhere.
    pub(crate) position: Option<Pos>,
}

impl Refusal {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            position: None,
        }
    }
}

/// The limits of a document.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    tokens: usize,
    depth: usize,
    complexity: usize,
    introspection: bool,
    aliases: usize,
    root_fields: usize,
    credential_fields: usize,
}

/// What an operation or a fragment holds, with the fragments it spreads counted in.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    /// Fields and fragments, each as often as it is spread, but for those of introspection. A fragment counts by itself
    /// because one that holds nothing but fragments is walked as well.
    fields: usize,
    /// The same below `__schema` and `__type`.
    introspection: usize,
    aliases: usize,
    /// Fields at the top, counted apart from what they hold.
    top: usize,
    credentials: usize,
    /// Levels of fields.
    depth: usize,
}

impl Limits {
    pub(crate) fn new(config: &GraphqlConfig) -> Self {
        Self {
            tokens: config.graphql_max_tokens,
            depth: config.graphql_max_depth,
            complexity: config.graphql_max_complexity,
            introspection: config.introspection,
            aliases: config.graphql_max_aliases,
            root_fields: config.graphql_max_root_fields,
            credential_fields: config.graphql_max_credential_fields,
        }
    }

    /// Judges the text: how many tokens, and how deeply nested, before the parser recurses into it.
    pub(crate) fn check_text(&self, document: &str) -> Result<(), Refusal> {
        let (tokens, nesting) = lexer::measure(document, self.tokens);
        if tokens > self.tokens {
            return Err(too_complex("tokens", self.tokens));
        }
        if nesting > DEEPEST_NESTING {
            return Err(too_complex("levels of nesting", DEEPEST_NESTING));
        }
        Ok(())
    }

    /// Judges a parsed document: every operation, and every fragment, for validation walks those that nothing spreads
    /// as well.
    pub(crate) fn check_document(&self, document: &ExecutableDocument) -> Result<(), Refusal> {
        let mut counter = Counter {
            document,
            fragments: HashMap::new(),
        };
        for name in document.fragments.keys() {
            let count = counter.count_fragment(name)?;
            self.check(&count, 0)?;
        }
        for (_, operation) in document.operations.iter() {
            let operation: &OperationDefinition = &operation.node;
            let count = counter.count(&operation.selection_set.node)?;
            let mutation = operation.ty == OperationType::Mutation;
            self.check(&count, if mutation { count.credentials } else { 0 })?;
            at_most(count.top, self.root_fields, "fields at the root")?;
        }
        Ok(())
    }

    fn check(&self, count: &Count, credentials: usize) -> Result<(), Refusal> {
        if count.introspection > 0 && !self.introspection {
            let message = "The schema cannot be asked for here: introspection is turned off.";
            return Err(Refusal::new("INTROSPECTION_OFF", message));
        }
        // What every code generator asks has some 180 fields of introspection: a multiple of what a client needs of
        // the rest, and cheap, but it has to end.
        let introspection = self.complexity.saturating_mul(4);
        at_most(count.depth, self.depth, "levels of fields")?;
        at_most(count.fields, self.complexity, "fields and fragments")?;
        at_most(
            count.introspection,
            introspection,
            "fields of introspection",
        )?;
        at_most(count.aliases, self.aliases, "aliases")?;
        let what = "fields that take a password";
        at_most(credentials, self.credential_fields, what)
    }
}

/// What a fragment counts where it is spread.
fn spread(count: Count) -> Count {
    Count {
        fields: count.fields.saturating_add(1),
        ..count
    }
}

fn at_most(number: usize, most: usize, what: &str) -> Result<(), Refusal> {
    if number > most {
        return Err(too_complex(what, most));
    }
    Ok(())
}

fn too_complex(what: &str, most: usize) -> Refusal {
    Refusal::new(
        "TOO_COMPLEX",
        format!("The document is too complex: at most {most} {what} are allowed."),
    )
}

/// Counts each fragment once, however often it is spread.
struct Counter<'a> {
    document: &'a ExecutableDocument,
    /// None while a fragment is being counted: met again then, it spreads itself.
    fragments: HashMap<&'a Name, Option<Count>>,
}

impl<'a> Counter<'a> {
    fn count(&mut self, set: &'a SelectionSet) -> Result<Count, Refusal> {
        let mut all = Count::default();
        for selection in &set.items {
            let one = match &selection.node {
                Selection::Field(field) => self.count_field(&field.node)?,
                Selection::InlineFragment(fragment) => {
                    spread(self.count(&fragment.node.selection_set.node)?)
                }
                Selection::FragmentSpread(fragment) => {
                    spread(self.count_fragment(&fragment.node.fragment_name.node)?)
                }
            };
            all.fields = all.fields.saturating_add(one.fields);
            all.introspection = all.introspection.saturating_add(one.introspection);
            all.aliases = all.aliases.saturating_add(one.aliases);
            all.top = all.top.saturating_add(one.top);
            all.credentials = all.credentials.saturating_add(one.credentials);
            all.depth = all.depth.max(one.depth);
        }
        Ok(all)
    }

    fn count_field(&mut self, field: &'a Field) -> Result<Count, Refusal> {
        let inner = self.count(&field.selection_set.node)?;
        let name = field.name.node.as_str();
        let below = inner.fields.saturating_add(inner.introspection);
        let (fields, introspection) = if INTROSPECTION.contains(&name) {
            (0, below)
        } else {
            (inner.fields, inner.introspection)
        };
        Ok(Count {
            fields: fields.saturating_add(1),
            introspection,
            aliases: inner
                .aliases
                .saturating_add(usize::from(field.alias.is_some())),
            top: 1,
            credentials: usize::from(CREDENTIAL_FIELDS.contains(&name)),
            depth: inner.depth.saturating_add(1),
        })
    }

    fn count_fragment(&mut self, name: &'a Name) -> Result<Count, Refusal> {
        match self.fragments.get(name) {
            Some(Some(count)) => return Ok(*count),
            Some(None) => {
                let message = format!("The fragment \"{name}\" spreads itself.");
                return Err(Refusal::new("GRAPHQL_VALIDATION_FAILED", message));
            }
            None => {}
        }
        let Some(fragment) = self.document.fragments.get(name) else {
            let message = format!("Unknown fragment: \"{name}\".");
            return Err(Refusal::new("GRAPHQL_VALIDATION_FAILED", message));
        };
        self.fragments.insert(name, None);
        let count = self.count(&fragment.node.selection_set.node)?;
        self.fragments.insert(name, Some(count));
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        tokens: 1_000,
        depth: 15,
        complexity: 300,
        introspection: true,
        aliases: 15,
        root_fields: 10,
        credential_fields: 4,
    };

    fn check(document: &str) -> Result<(), String> {
        LIMITS.check_text(document).map_err(|r| r.message)?;
        let parsed = async_graphql::parser::parse_query(document).expect("it parses");
        LIMITS.check_document(&parsed).map_err(|r| r.message)
    }

    #[test]
    fn ordinary_documents_pass() {
        assert_eq!(check("{ me { id username } users { id } }"), Ok(()));
        let four = "mutation { a: tokenAuth { token } b: tokenAuth { token } c: createUser { user { id } } tokenAuth { token } }";
        assert_eq!(check(four), Ok(()));
    }

    #[test]
    fn credential_fields_are_counted_through_fragments() {
        let document = "mutation { ...A ...A tokenAuth { token } } fragment A on Mutation { x: tokenAuth { token } y: createUser { user { id } } }";
        let refused = check(document).unwrap_err();
        assert!(
            refused.contains("4 fields that take a password"),
            "{refused}"
        );
    }

    #[test]
    fn aliases_and_root_fields_are_counted() {
        let aliases: String = (0..16).map(|n| format!("a{n}: id ")).collect();
        assert!(
            check(&format!("{{ me {{ {aliases} }} }}"))
                .unwrap_err()
                .contains("15 aliases")
        );
        let fields = "me { id } ".repeat(11);
        assert!(
            check(&format!("{{ {fields} }}"))
                .unwrap_err()
                .contains("10 fields at the root")
        );
    }

    #[test]
    fn fragments_that_double_each_other_are_refused_at_once() {
        let mut document = "{ ...F0 } fragment F60 on Query { me { id } }".to_owned();
        for n in 0..60 {
            let next = n + 1;
            document += &format!(" fragment F{n} on Query {{ ...F{next} ...F{next} }}");
        }
        assert!(check(&document).is_err());
    }

    #[test]
    fn fragments_that_hold_nothing_but_fragments_are_counted() {
        let mut document = "{ ...F0 } fragment F30 on Query { ... { __typename } }".to_owned();
        for n in 0..30 {
            let next = n + 1;
            document += &format!(" fragment F{n} on Query {{ ...F{next} ...F{next} }}");
        }
        assert!(check(&document).unwrap_err().contains("300 fields and"));
        let unknown = document.replace("... { __typename }", "...X ...X");
        assert!(check(&unknown).unwrap_err().contains("Unknown fragment"));
    }

    #[test]
    fn fragments_that_spread_themselves_are_refused() {
        let document =
            "{ ...A } fragment A on Query { ...B ...B } fragment B on Query { ...A ...A }";
        assert!(check(document).unwrap_err().contains("spreads itself"));
    }
}
