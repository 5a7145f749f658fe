//! Documents, parsed and judged once: clients send the same few texts again and again.
//!
//! What is remembered is what follows from the text alone. Variables are judged at every request, and so is everything
//! that depends on who asks.

use std::cell::RefCell;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_graphql::parser::types::{
    BaseType, DocumentOperations, ExecutableDocument, OperationDefinition, OperationType, Type,
};
use async_graphql::{Name, Value, Variables};
use quick_cache::unsync::Cache;
use quick_cache::{Equivalent, Weighter};
use thread_local::ThreadLocal;

use super::{Flavour, Limits, Refusal, operation, token_arguments};
use crate::config::{CarrierConfig, GraphqlConfig};

/// About how many documents are remembered in each thread, and the bytes of their texts together. A parsed document takes
/// some ten times its text.
const MOST_DOCUMENTS: usize = 256;
const MOST_BYTES: u64 = 128 * 1024;
/// The types whose values [`operation::check_variables`] judges in full.
const BUILT_IN: [&str; 4] = ["Boolean", "ID", "Int", "String"];

/// Reads documents, and remembers those that came last.
pub(crate) struct Documents {
    limits: Limits,
    carriers: CarrierConfig,
    /// Each thread has its own: a document is copied for every request, and each of its names counts who uses it. Were they
    /// the same for all, every processor would take them out of the others' caches all the time.
    known: ThreadLocal<RefCell<Known>>,
}

type Known = Cache<Key, Arc<Document>, Bytes>;

/// A document that can run, and what is known of the operation to run.
pub(crate) struct Document {
    pub(super) parsed: ExecutableDocument,
    /// Whether the operation is a query or a mutation.
    pub(crate) kind: OperationType,
    /// As it was sent.
    text: Arc<str>,
    /// The names that its fields answer under, in order.
    pub(crate) order: Vec<Name>,
    operation_name: Option<Box<str>>,
    /// The variable that holds the token which the operation verifies first.
    verifies: Option<Name>,
    /// Whether the operation is answered by the look-up of a token alone.
    is_short: bool,
    /// Whether no variable's value can make the document invalid once its type was checked.
    plain_variables: bool,
    /// Whether it need not be validated again, in the plain schema and in the Relay one.
    valid: [AtomicBool; 2],
    /// Whether it was ever found valid.
    was_valid: AtomicBool,
    /// Whether it is remembered, or was.
    is_known: AtomicBool,
}

impl Documents {
    pub(crate) fn new(graphql: &GraphqlConfig, carriers: &CarrierConfig) -> Self {
        Self {
            limits: Limits::new(graphql),
            carriers: carriers.clone(),
            known: ThreadLocal::new(),
        }
    }

    /// The document `text`, of which the operation `name` is to run with `variables`.
    ///
    /// # Errors
    /// Why it cannot run.
    pub(crate) fn read(
        &self,
        text: &str,
        name: Option<&str>,
        variables: &Variables,
    ) -> Result<Arc<Document>, Refusal> {
        let known = self.known().borrow().get(&Sought { text, name }).cloned();
        let document = match known {
            Some(known) => known,
            None => Arc::new(self.parse(text, name)?),
        };
        operation::check_variables(document.operation()?, variables)?;
        Ok(document)
    }

    /// Remembers a document that has been run, if it was valid.
    ///
    /// A text with values in it is made for one request, and a value may be a password: memory is no place to keep that.
    /// In a valid document a text's value stands in quotation marks.
    pub(crate) fn remember(&self, document: &Arc<Document>) {
        let was_valid = document.was_valid.load(Ordering::Relaxed);
        let is_known = document.is_known.load(Ordering::Relaxed);
        if was_valid && !is_known && !document.text.contains('"') {
            document.is_known.store(true, Ordering::Relaxed);
            let key = Key {
                text: Arc::clone(&document.text),
                name: document.operation_name.clone(),
            };
            let document = Arc::clone(document);
            self.known().borrow_mut().insert(key, document);
        }
    }

    /// What this thread remembers.
    fn known(&self) -> &RefCell<Known> {
        self.known
            .get_or(|| RefCell::new(Cache::with_weighter(MOST_DOCUMENTS, MOST_BYTES, Bytes)))
    }

    fn parse(&self, text: &str, name: Option<&str>) -> Result<Document, Refusal> {
        self.limits.check_text(text)?;
        let mut parsed = async_graphql::parser::parse_query(text).map_err(|error| {
            // The parser's own text quotes the document, which may hold a password.
            let position = error.positions().next();
            Refusal {
                code: "GRAPHQL_PARSE_FAILED",
                message: "Syntax error: the document cannot be read from here on.".to_owned(),
                position,
            }
        })?;
        self.limits.check_document(&parsed)?;
        token_arguments(&mut parsed, &self.carriers)?;
        let operation = &operation::choose(&parsed, name)?.node;
        let kind = operation.ty;
        let order = operation::response_keys(&parsed, operation);
        operation::check_mutation(kind, &order)?;
        Ok(Document {
            plain_variables: parsed.operations.iter().all(|(_, one)| is_plain(&one.node)),
            verifies: operation::verifies(operation),
            is_short: operation::is_short(operation),
            kind,
            order,
            text: text.into(),
            operation_name: name.map(Into::into),
            valid: [const { AtomicBool::new(false) }; 2],
            was_valid: AtomicBool::new(false),
            is_known: AtomicBool::new(false),
            parsed,
        })
    }
}

impl Document {
    /// The name of the operation to run, where the request gave one.
    pub(super) fn operation_name(&self) -> Option<&str> {
        self.operation_name.as_deref()
    }

    /// Whether the operation is answered by the look-up of a token alone.
    pub(crate) fn is_short(&self) -> bool {
        self.is_short
    }

    /// The token that the operation verifies before it does anything else, where it is given as a variable.
    pub(super) fn verifies<'a>(&self, variables: &'a Variables) -> Option<&'a str> {
        match variables.get(self.verifies.as_ref()?) {
            Some(Value::String(token)) => Some(token),
            _ => None,
        }
    }

    fn operation(&self) -> Result<&OperationDefinition, Refusal> {
        match &self.parsed.operations {
            DocumentOperations::Single(operation) => Ok(&operation.node),
            DocumentOperations::Multiple(_) => {
                operation::choose(&self.parsed, self.operation_name()).map(|found| &found.node)
            }
        }
    }

    /// Whether it need not be validated again before it runs.
    pub(super) fn is_valid(&self, flavour: Flavour) -> bool {
        self.valid[flavour as usize].load(Ordering::Relaxed)
    }

    /// Notes that it was found valid with the variables of a request.
    pub(super) fn found_valid(&self, flavour: Flavour) {
        self.was_valid.store(true, Ordering::Relaxed);
        if self.plain_variables {
            self.valid[flavour as usize].store(true, Ordering::Relaxed);
        }
    }
}

/// Whether an operation's variables are all of types whose values are judged before it runs.
fn is_plain(operation: &OperationDefinition) -> bool {
    let definitions = &mut operation.variable_definitions.iter();
    definitions.all(|definition| is_built_in(&definition.node.var_type.node))
}

fn is_built_in(wanted: &Type) -> bool {
    match &wanted.base {
        BaseType::Named(name) => BUILT_IN.contains(&name.as_str()),
        BaseType::List(item) => is_built_in(item),
    }
}

/// What a document is remembered by: its text, for two texts may not be mixed up, and the operation's name.
#[derive(PartialEq, Eq)]
struct Key {
    text: Arc<str>,
    name: Option<Box<str>>,
}

/// The same, borrowed.
#[derive(Hash)]
struct Sought<'a> {
    text: &'a str,
    name: Option<&'a str>,
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let (text, name) = (&*self.text, self.name.as_deref());
        Sought { text, name }.hash(state);
    }
}

impl Equivalent<Key> for Sought<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        *self.text == *key.text && self.name == key.name.as_deref()
    }
}

/// Weighs documents by the bytes of their texts.
#[derive(Clone)]
struct Bytes;

impl Weighter<Key, Arc<Document>> for Bytes {
    fn weight(&self, key: &Key, _: &Arc<Document>) -> u64 {
        u64::try_from(key.text.len()).unwrap_or(u64::MAX)
    }
}
