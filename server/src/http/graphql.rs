//! `/graphql`: our own handler, because the statuses, the media types and the limits are part of the contract.

use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::OperationType;
use async_graphql::{Name, Response as Answer, ServerError, Value, Variables};
use axum::body::{Body, Bytes};
use axum::extract::Request as HttpRequest;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use futures_util::{FutureExt as _, poll};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use tower::{Layer as _, Service as _, service_fn};
use tower_http::compression::predicate::SizeAbove;

use super::answer::{in_one_piece, json};
use super::cross_site::{self, Verdict};
use super::negotiation::{Media, wants_page};
use super::request::{Kind, Malformed, Request};
use super::{App, Client, compression, graphiql, sent};
use crate::model::{LoggedRequest, RequestId};
use crate::schema::{Caller, Document, Flavour, Refusal, request_error};
use crate::threads;

/// The most errors in an answer, and the most bytes of one error's message.
const MOST_ERRORS: usize = 10;
const LONGEST_MESSAGE: usize = 512;

/// Why an operation was not run.
pub(super) enum NotRun {
    /// The document cannot run.
    Refused(Vec<ServerError>),
    /// A mutation was asked for where only queries may be.
    NotAQuery,
}

/// Which operations a request may run.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Allowed {
    Everything,
    Queries,
}

/// What is to run, or what is answered in its place.
type Received = Result<Operation, Response>;

/// An operation that a request asks for.
struct Operation {
    document: Arc<Document>,
    variables: Variables,
    media: Media,
}

/// Answers every request to the API.
pub(super) async fn handle(
    client: Arc<Client>,
    flavour: Flavour,
    request: HttpRequest,
) -> Response {
    let request = receive(&client.app, request).await;
    let document = match request.body() {
        Ok(operation) => Arc::clone(&operation.document),
        Err(_) => return answer_compressed(&client, flavour, request).await,
    };
    let answer = if document.is_short() {
        answer_compressed(&client, flavour, request).await
    } else {
        let client = Arc::clone(&client);
        let answer = async move {
            let answer = answer_compressed(&client, flavour, request).await;
            in_one_piece(answer).await
        };
        // On the heap: a short one would have the room for it.
        Box::pin(threads::anywhere(answer)).await
    };
    // By the thread of the connection, which reads the next one.
    client.app.documents.remember(&document);
    answer
}

/// Judges the head of a request to the API, takes its body, and reads the document.
async fn receive(app: &App, request: HttpRequest) -> HttpRequest<Received> {
    let (parts, body) = request.into_parts();
    let received = received(app, &parts, body).await;
    HttpRequest::from_parts(parts, received)
}

async fn received(app: &App, parts: &Parts, body: Body) -> Received {
    if app.graphql.graphiql && parts.method == Method::GET && wants_page(&parts.headers) {
        return Err(graphiql::page().await);
    }
    let Some(media) = Media::accepted(&parts.headers) else {
        let message = "Accept application/graphql-response+json or application/json.";
        let refusal = Refusal::new("NOT_ACCEPTABLE", message);
        return Err(refused(StatusCode::NOT_ACCEPTABLE, Media::Json, &refusal));
    };
    match cross_site::judge(&parts.headers, &app.allowed_origins) {
        Verdict::Same => {}
        Verdict::Allowed(_) => {
            if let Some(preflight) = cross_site::preflight(&parts.method, &app.token_header) {
                return Err(preflight);
            }
        }
        Verdict::Refused => {
            let message = "Requests from other sites are refused: the operator can allow them with --allowed-origins.";
            let refusal = Refusal::new("CROSS_SITE", message);
            return Err(refused(StatusCode::FORBIDDEN, media, &refusal));
        }
    }
    let allowed = match parts.method {
        Method::POST => Allowed::Everything,
        Method::GET | Method::HEAD => Allowed::Queries,
        _ => return Err(method_not_allowed(media, "GET, POST")),
    };
    let read = if allowed == Allowed::Everything {
        read_body(app, parts, body).await
    } else {
        Request::from_url(parts.uri.query())
    };
    let request = read.map_err(|malformed| {
        let refusal = Refusal::new(malformed.code, malformed.message);
        refused(malformed.status, media, &refusal)
    })?;
    let document =
        read_document(app, &request, allowed).map_err(|not_run| not_run.respond(media))?;
    Ok(Operation {
        document,
        variables: request.variables,
        media,
    })
}

/// Runs what was received, and answers, compressed where the client takes that.
async fn answer_compressed(
    client: &Client,
    flavour: Flavour,
    request: HttpRequest<Received>,
) -> Response {
    let answer = |request| answer(&client.app, flavour, client.peer, request).map(Ok);
    // All answers of the API can be compressed.
    let compression = compression(SizeAbove::default());
    let answer = compression.layer(service_fn(answer)).call(request).await;
    let Ok::<_, Infallible>(answer) = answer;
    answer.map(Body::new)
}

async fn answer(
    app: &App,
    flavour: Flavour,
    peer: IpAddr,
    request: HttpRequest<Received>,
) -> Response {
    let (parts, received) = request.into_parts();
    let Operation {
        document,
        variables,
        media,
    } = match received {
        Ok(operation) => operation,
        Err(instead) => return instead,
    };
    let logged = LoggedRequest::current();
    let id = logged.map_or_else(RequestId::next, |logged| logged.id);
    let sent = sent::sent(app, &parts.headers, peer, document.kind);
    // The whole head ends here, before a database or a hash is waited for: each part of it keeps the memory that the
    // request was read into, and the connection has taken as much again for the next one.
    drop(parts);
    let caller = Caller::new(sent, id);
    match run(app, flavour, &document, variables, caller).await {
        Ok(answer) => {
            let mut response = json(StatusCode::OK, media, &answer);
            // The cookies that fields have set or deleted.
            response.headers_mut().extend(answer.http_headers);
            response
        }
        Err(not_run) => not_run.respond(media),
    }
}

impl NotRun {
    fn respond(self, media: Media) -> Response {
        match self {
            Self::Refused(errors) => {
                json(media.document_error(), media, &Answer::from_errors(errors))
            }
            Self::NotAQuery => method_not_allowed(media, "POST"),
        }
    }
}

async fn read_body(app: &App, parts: &Parts, body: Body) -> Result<Request, Malformed> {
    let kind = Kind::of(&parts.headers)?;
    let mut body = pin!(read_limited(body, app.graphql.graphql_max_body));
    // Most arrive with the head, and a timer is not free.
    let read = match poll!(&mut body) {
        Poll::Ready(read) => Ok(read),
        Poll::Pending => tokio::time::timeout(app.body_timeout, body).await,
    };
    let body = read.map_err(|_| Malformed {
        status: StatusCode::REQUEST_TIMEOUT,
        code: "TIMEOUT",
        message: "The request body took too long to arrive.",
    })??;
    Request::from_body(kind, &body, parts.uri.query())
}

async fn read_limited(body: Body, most: usize) -> Result<Bytes, Malformed> {
    match Limited::new(body, most).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Malformed {
            status: StatusCode::PAYLOAD_TOO_LARGE,
            code: "TOO_LARGE",
            message: "The request body is too large.",
        }),
        Err(_) => Err(Malformed {
            status: StatusCode::BAD_REQUEST,
            code: "BAD_REQUEST",
            message: "The request body did not arrive whole.",
        }),
    }
}

/// Runs a query of a page that is rendered on the server.
///
/// # Errors
/// Why it was not run.
pub(super) async fn query(app: &App, request: Request, caller: Caller) -> Result<Answer, NotRun> {
    let document = read_document(app, &request, Allowed::Queries)?;
    let variables = request.variables;
    let answer = run(app, Flavour::Plain, &document, variables, caller).await;
    app.documents.remember(&document);
    answer
}

/// The document of a request.
///
/// # Errors
/// Why it cannot run.
fn read_document(app: &App, request: &Request, allowed: Allowed) -> Result<Arc<Document>, NotRun> {
    let Request {
        query,
        operation_name,
        variables,
    } = request;
    let read = app
        .documents
        .read(query, operation_name.as_deref(), variables);
    let document = read.map_err(|refusal| refuse_document(vec![request_error(&refusal)]))?;
    if allowed == Allowed::Queries && document.kind != OperationType::Query {
        return Err(NotRun::NotAQuery);
    }
    Ok(document)
}

/// Runs a document: the one way into the schema. Single fields may fail.
///
/// # Errors
/// Why it was not run.
async fn run(
    app: &App,
    flavour: Flavour,
    document: &Document,
    variables: Variables,
    caller: Caller,
) -> Result<Answer, NotRun> {
    let running = app.schemas.execute(flavour, document, variables, caller);
    let mut answer = running.await;
    // A document that does not validate never gets so far as to have data.
    if answer.data == Value::Null && !answer.errors.is_empty() {
        for error in &mut answer.errors {
            if error.extensions.is_none() {
                let mut extensions = async_graphql::ErrorExtensionValues::default();
                extensions.set("code", "GRAPHQL_VALIDATION_FAILED");
                error.extensions = Some(extensions);
            }
        }
        return Err(refuse_document(answer.errors));
    }
    bound(&mut answer.errors);
    answer.data = in_order(answer.data, &document.order);
    Ok(answer)
}

/// async-graphql answers the fields of a query in the order in which they are done; the specification (section 6.3)
/// and what other servers do is the order of the document.
fn in_order(data: Value, order: &[Name]) -> Value {
    let mut fields = match data {
        Value::Object(fields) => fields,
        // Every field was skipped.
        Value::Null => return Value::Object(IndexMap::new()),
        other => return other,
    };
    if fields.keys().eq(order) {
        return Value::Object(fields);
    }
    let ordered = order
        .iter()
        .filter_map(|name| fields.swap_remove_entry(name))
        .collect();
    Value::Object(ordered)
}

fn refuse_document(mut errors: Vec<ServerError>) -> NotRun {
    bound(&mut errors);
    for error in &errors {
        log_refusal(error);
    }
    NotRun::Refused(errors)
}

/// One line for what is refused as a whole: the code alone, for the message may quote what was sent.
fn log_refusal(error: &ServerError) {
    let code = error.extensions.as_ref().and_then(|all| all.get("code"));
    let code = code.map(ToString::to_string).unwrap_or_default();
    tracing::info!(code = code.trim_matches('"'), "request refused");
}

fn bound(errors: &mut Vec<ServerError>) {
    errors.truncate(MOST_ERRORS);
    for error in errors {
        if error.message.len() > LONGEST_MESSAGE {
            let end = error.message.floor_char_boundary(LONGEST_MESSAGE);
            error.message.truncate(end);
        }
    }
}

fn refused(status: StatusCode, media: Media, refusal: &Refusal) -> Response {
    let error = request_error(refusal);
    log_refusal(&error);
    json(status, media, &Answer::from_errors(vec![error]))
}

fn method_not_allowed(media: Media, allow: &'static str) -> Response {
    let message = match allow {
        "POST" => "Mutations are sent by POST.",
        _ => "Use GET or POST.",
    };
    let refusal = Refusal::new("METHOD_NOT_ALLOWED", message);
    let mut response = refused(StatusCode::METHOD_NOT_ALLOWED, media, &refusal);
    let allow = HeaderValue::from_static(allow);
    response.headers_mut().insert(header::ALLOW, allow);
    response
}
