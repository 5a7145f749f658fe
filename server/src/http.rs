//! HTTP: the routes, and what stands before them. Calls `schema`; `pages` alone knows the app.

mod answer;
mod assets;
mod cross_site;
mod device;
mod graphiql;
mod graphql;
mod guard;
mod health;
mod jwks;
mod listen;
mod negotiation;
mod pages;
mod patience;
mod request;
mod sent;

use std::convert::Infallible;
use std::net::IpAddr;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderName, header};
use axum::response::Response;
use axum::routing::get;
use ipnet::IpNet;
use tower::Service as _;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};

pub(crate) use listen::listen;

use self::answer::in_one_piece;
use crate::accounts::Accounts;
use crate::config::{CarrierConfig, GraphqlConfig, ServeConfig};
use crate::schema::{Documents, Flavour, Schemas};
use crate::threads;

/// The schema that is served at a path; None where the API is not.
fn flavour_at(path: &str) -> Option<Flavour> {
    match path {
        "/graphql" | "/graphql/" => Some(Flavour::Plain),
        "/graphql/relay" | "/graphql/relay/" => Some(Flavour::Relay),
        _ => None,
    }
}

/// Compresses answers that are `worth_it`.
fn compression<P: Predicate>(worth_it: P) -> CompressionLayer<P> {
    CompressionLayer::new().gzip(true).compress_when(worth_it)
}

/// What every request is answered from. A clone is another name for the same: each layer and each connection has one.
#[derive(Clone)]
pub(crate) struct App(Arc<Inner>);

/// See [`App`].
pub(crate) struct Inner {
    pub(crate) accounts: Accounts,
    schemas: Schemas,
    documents: Documents,
    graphql: GraphqlConfig,
    carriers: CarrierConfig,
    allowed_origins: Vec<String>,
    trusted_proxies: Vec<IpNet>,
    token_header: HeaderName,
    body_timeout: Duration,
    request_timeout: Duration,
}

impl Deref for App {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl App {
    pub(crate) fn new(accounts: Accounts, config: &ServeConfig) -> Self {
        let (graphql, carriers) = (&config.graphql, &config.carriers);
        let token_header = config.tokens.jwt_auth_header_name.parse();
        Self(Arc::new(Inner {
            schemas: Schemas::new(accounts.clone(), graphql, carriers),
            accounts,
            documents: Documents::new(graphql, carriers),
            graphql: graphql.clone(),
            carriers: carriers.clone(),
            allowed_origins: config.http.allowed_origins.clone(),
            trusted_proxies: config.http.trusted_proxies.clone(),
            // The setting takes only what is a name.
            token_header: token_header.unwrap_or(header::AUTHORIZATION),
            body_timeout: Duration::from_secs(config.http.body_timeout.get().into()),
            request_timeout: Duration::from_secs(config.http.request_timeout.get().into()),
        }))
    }

    /// The routes beside the API's.
    fn router(self) -> Router {
        let mut router = Router::new()
            .route("/healthz", get(health::live))
            .route("/readyz", get(health::ready))
            .route("/.well-known/jwks.json", get(jwks::published));
        if self.graphql.graphiql {
            router = router.route("/graphiql", get(graphiql::page));
        }
        if cfg!(debug_assertions) {
            router = router.route("/dev/reload", get(health::reload));
        }
        // Streams of events are never done, and what is embedded is compressed already.
        let compressible =
            DefaultPredicate::new().and(NotForContentType::const_new("application/wasm"));
        // Within the router, which takes the body from the answer to a HEAD after that.
        pages::add(router, &self)
            .with_state(self)
            .layer(compression(compressible))
    }
}

/// A client that is connected, and what its requests are answered from.
struct Client {
    app: App,
    router: Router,
    /// Who is at the other end: behind a proxy, the proxy.
    peer: IpAddr,
}

impl Client {
    /// Answers a request, whatever its route, within what holds for all routes.
    async fn answer(self: Arc<Self>, request: Request) -> Response {
        // On the heap: it is large, and whatever stands around it would move it once more.
        let client = Arc::clone(&self);
        let answer = |request| Box::pin(client.routed(request));
        guard::guard(&self.app, self.peer, request, answer).await
    }

    async fn routed(self: Arc<Self>, request: Request) -> Result<Response, Infallible> {
        if let Some(flavour) = flavour_at(request.uri().path()) {
            // Not by way of the router, which costs as much as a short answer.
            return Ok(graphql::handle(self, flavour, request).await);
        }
        // A page asks for several things and is rendered, which takes a hundred times as long.
        let page = async move {
            let mut router = self.router.clone();
            Ok(in_one_piece(router.call(request).await?).await)
        };
        Box::pin(threads::anywhere(page)).await
    }
}
