//! The web UI, rendered on the server. The only file that knows the app.

use app::transport::Executor;
use app::{Address, Assets, shell};
use axum::Router;
use axum::extract::Request as HttpRequest;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use leptos::prelude::{provide_context, use_context};
use leptos_axum::ResponseOptions;
use serde_json::Value;

use super::answer::body;
use super::graphql::{NotRun, query};
use super::request::{Kind, Request};
use super::{App, assets};
use crate::model::{LoggedRequest, RequestId};
use crate::schema::{Caller, Sent};

/// Adds the pages, the embedded files, and the page for everything else.
pub(super) fn add(router: Router<App>, app: &App) -> Router<App> {
    let assets = Assets {
        script: assets::path_of("pkg/latchkey.", ".js"),
        wasm: assets::path_of("pkg/latchkey.", ".wasm"),
        parts: assets::paths_of("pkg/latchkey-", ".wasm"),
        style: assets::path_of("pkg/latchkey.", ".css"),
        graphiql: app.graphql.graphiql,
        live_reload: cfg!(debug_assertions),
    };
    // Leptos spawns what a page waits for. Another server of this process may have told it where: that will do.
    any_spawner::Executor::init_tokio().ok();
    // Whole, not in pieces: what is fetched while a page is rendered comes from this very process.
    let page = leptos_axum::render_app_async_with_context(page_context(app), move || {
        shell(assets.clone())
    });
    let missing = page.clone();
    app::paths()
        .fold(router, |router, path| {
            let page = page.clone();
            router.route(path, get(move |request: HttpRequest| page(request)))
        })
        .fallback(move |request: HttpRequest| {
            let missing = missing.clone();
            let moved = without_slash(request.uri());
            async move {
                match moved {
                    Some(path) => Redirect::permanent(&path).into_response(),
                    None => fallback(request, missing).await,
                }
            }
        })
}

/// What a page needs while it is rendered: a way to the schema, and the headers of its answer.
fn page_context(app: &App) -> impl Fn() + Clone + Send + Sync + 'static {
    let executor = executor(app.clone());
    move || {
        provide_context(executor.clone());
        if let Some(request) = use_context::<Parts>() {
            provide_context(Address {
                path: request.uri.path().to_owned(),
                query: request.uri.query().unwrap_or_default().to_owned(),
            });
        }
        if let Some(response) = use_context::<ResponseOptions>() {
            let nonce = leptos::nonce::use_nonce().map(|nonce| nonce.to_string());
            if let Ok(policy) = HeaderValue::from_str(&policy(&nonce.unwrap_or_default())) {
                response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
            }
            let caching = HeaderValue::from_static("no-cache");
            response.insert_header(header::CACHE_CONTROL, caching);
        }
    }
}

/// Only scripts that the page itself names run, and nothing is loaded from or sent to another site.
fn policy(nonce: &str) -> String {
    format!(
        "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; \
         style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; font-src 'self'; connect-src 'self'; \
         manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
         object-src 'none'; require-trusted-types-for 'script'; trusted-types default"
    )
}

/// Runs a page's operations in process, through the same function as `POST /graphql`, always anonymous.
fn executor(app: App) -> Executor {
    Executor::new(move |request: Value| {
        let app = app.clone();
        Box::pin(async move {
            // Leptos may render on a task of its own.
            let logged = LoggedRequest::current().unwrap_or_else(|| LoggedRequest {
                id: RequestId::next(),
                peer: None,
            });
            let request = serde_json::to_vec(&request).unwrap_or_default();
            let answer = match Request::from_body(Kind::Json, &request.into(), None) {
                Ok(request) => match run(&app, request, logged).await {
                    Ok(answer) => answer,
                    Err(NotRun::Refused(errors)) => async_graphql::Response::from_errors(errors),
                    Err(NotRun::NotAQuery) => {
                        no_answer("only queries run while a page is rendered")
                    }
                },
                Err(malformed) => no_answer(malformed.message),
            };
            body(&answer)
                .ok()
                .and_then(|body| serde_json::from_slice(&body).ok())
                .unwrap_or_default()
        })
    })
}

async fn run(
    app: &App,
    request: Request,
    logged: LoggedRequest,
) -> Result<async_graphql::Response, NotRun> {
    let id = logged.id.clone();
    let nobody = Caller::new(Sent::default(), id);
    logged.scope(query(app, request, nobody)).await
}

fn no_answer(message: &str) -> async_graphql::Response {
    async_graphql::Response::from_errors(vec![async_graphql::ServerError::new(message, None)])
}

/// The address of the page that is meant by an address with a slash too many at its end.
fn without_slash(uri: &Uri) -> Option<String> {
    let path = uri.path().strip_suffix('/')?;
    let query = uri.query().map(|query| format!("?{query}"));
    let known = app::paths().any(|page| page == path);
    known.then(|| format!("{path}{}", query.unwrap_or_default()))
}

/// An embedded file, else the page that says there is nothing here.
async fn fallback<F>(request: HttpRequest, missing: impl Fn(HttpRequest) -> F) -> Response
where
    F: Future<Output = Response>,
{
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let allow = [(header::ALLOW, HeaderValue::from_static("GET, HEAD"))];
        return (
            StatusCode::METHOD_NOT_ALLOWED,
            allow,
            "Nothing can be sent here.\n",
        )
            .into_response();
    }
    if let Some(file) = assets::file(request.uri().path(), request.headers()) {
        return file;
    }
    let mut response = missing(request).await;
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}
