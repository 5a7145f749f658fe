//! `/graphql`: our own handler, because the statuses, the media types and the limits are part of the contract.

use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::OperationType;
use async_graphql::{Name, Response as Answer, ServerError, Value};
use axum::body::{Body, Bytes};
use axum::extract::Request as HttpRequest;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use futures_util::poll;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

use super::answer::json;
use super::cross_site::{self, Verdict};
use super::negotiation::{Media, wants_page};
use super::request::{Kind, Malformed, Request};
use super::{App, graphiql, sent};
use crate::model::{LoggedRequest, RequestId};
use crate::schema::{Caller, Flavour, Refusal, request_error};
use crate::threads;

/// The most errors in an answer, and the most bytes of one error's message.
const MOST_ERRORS: usize = 10;
const LONGEST_MESSAGE: usize = 512;

/// How an execution ended.
pub(super) enum Outcome {
    /// The operation ran; single fields may have failed.
    Ran(Answer),
    /// The document cannot run.
    Refused(Vec<ServerError>),
    /// A mutation was asked for where only queries may be.
    NotAQuery,
}

/// Which operations a request may run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Allowed {
    Everything,
    Queries,
}

/// Answers every request to the API.
pub(super) async fn handle(
    app: &App,
    flavour: Flavour,
    peer: IpAddr,
    request: HttpRequest,
) -> Response {
    let (parts, body) = request.into_parts();
    if app.graphql.graphiql && parts.method == Method::GET && wants_page(&parts.headers) {
        return graphiql::page().await;
    }
    let Some(media) = Media::accepted(&parts.headers) else {
        let message = "Accept application/graphql-response+json or application/json.";
        let refusal = Refusal::new("NOT_ACCEPTABLE", message);
        return refused(StatusCode::NOT_ACCEPTABLE, Media::Json, &refusal);
    };
    match cross_site::judge(&parts.headers, &app.allowed_origins) {
        Verdict::Same => answer(app, flavour, media, peer, parts, body).await,
        Verdict::Allowed(_) => match cross_site::preflight(&parts.method, &app.token_header) {
            Some(preflight) => preflight,
            None => answer(app, flavour, media, peer, parts, body).await,
        },
        Verdict::Refused => {
            let message = "Requests from other sites are refused: the operator can allow them with --allowed-origins.";
            let refusal = Refusal::new("CROSS_SITE", message);
            refused(StatusCode::FORBIDDEN, media, &refusal)
        }
    }
}

async fn answer(
    app: &App,
    flavour: Flavour,
    media: Media,
    peer: IpAddr,
    parts: Parts,
    body: Body,
) -> Response {
    let allowed = match parts.method {
        Method::POST => Allowed::Everything,
        Method::GET | Method::HEAD => Allowed::Queries,
        _ => return method_not_allowed(media, "GET, POST"),
    };
    let read = if allowed == Allowed::Everything {
        read_body(app, &parts, body).await
    } else {
        Request::from_url(parts.uri.query())
    };
    let request = match read {
        Ok(request) => request,
        Err(malformed) => {
            let refusal = Refusal::new(malformed.code, malformed.message);
            return refused(malformed.status, media, &refusal);
        }
    };
    let logged = LoggedRequest::current();
    let id = logged.map_or_else(RequestId::next, |logged| logged.id);
    let caller = move |kind| {
        // The whole head ends with this, before a database or a hash is waited for: each part of it keeps the memory that the
        // request was read into, and the connection has taken as much again for the next one.
        let head = parts;
        Caller::new(sent::sent(app, &head.headers, peer, kind), id)
    };
    match execute(app, flavour, request, caller, allowed).await {
        Outcome::Ran(answer) => {
            let mut response = json(StatusCode::OK, media, &answer);
            // The cookies that fields have set or deleted.
            response.headers_mut().extend(answer.http_headers);
            response
        }
        Outcome::Refused(errors) => {
            json(media.document_error(), media, &Answer::from_errors(errors))
        }
        Outcome::NotAQuery => method_not_allowed(media, "POST"),
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

/// Runs a request: the one way into the schema, for `POST /graphql` and for pages rendered on the server alike. `caller`
/// is asked once it is known what kind of operation is to run.
pub(super) async fn execute(
    app: &App,
    flavour: Flavour,
    request: Request,
    caller: impl FnOnce(OperationType) -> Caller,
    allowed: Allowed,
) -> Outcome {
    let Request {
        query,
        operation_name,
        variables,
    } = request;
    let read = app
        .documents
        .read(&query, operation_name.as_deref(), &variables);
    let document = match read {
        Ok(document) => document,
        Err(refusal) => return refuse_document(vec![request_error(&refusal)]),
    };
    if allowed == Allowed::Queries && document.kind != OperationType::Query {
        return Outcome::NotAQuery;
    }
    let caller = caller(document.kind);
    let mut answer = if document.is_short() {
        let running = app.schemas.execute(flavour, &document, variables, caller);
        running.await
    } else {
        let (app, document) = (app.clone(), Arc::clone(&document));
        let running = async move {
            let schemas = &app.schemas;
            schemas.execute(flavour, &document, variables, caller).await
        };
        threads::anywhere(LoggedRequest::carried(running)).await
    };
    app.documents.remember(&query, &document);
    // A document that does not validate never gets so far as to have data.
    if answer.data == Value::Null && !answer.errors.is_empty() {
        for error in &mut answer.errors {
            if error.extensions.is_none() {
                let mut extensions = async_graphql::ErrorExtensionValues::default();
                extensions.set("code", "GRAPHQL_VALIDATION_FAILED");
                error.extensions = Some(extensions);
            }
        }
        return refuse_document(answer.errors);
    }
    bound(&mut answer.errors);
    answer.data = in_order(answer.data, &document.order);
    Outcome::Ran(answer)
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

fn refuse_document(mut errors: Vec<ServerError>) -> Outcome {
    bound(&mut errors);
    for error in &errors {
        log_refusal(error);
    }
    Outcome::Refused(errors)
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
