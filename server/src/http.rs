//! HTTP: the routes, and what stands before them. Calls `schema`; `pages` alone knows the app.

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
mod operation;
mod pages;
mod patience;
mod request;
mod sent;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware;
use axum::routing::{any, get};
use ipnet::IpNet;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate as _};
use tower_http::set_header::SetResponseHeaderLayer;

pub(crate) use listen::listen;

use crate::accounts::Accounts;
use crate::config::{CarrierConfig, GraphqlConfig, ServeConfig};
use crate::schema::{Limits, Schemas};

/// Whether a path is one of the API's.
fn is_api(path: &str) -> bool {
    matches!(path.trim_end_matches('/'), "/graphql" | "/graphql/relay")
}

/// What every request is answered from.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) accounts: Accounts,
    schemas: Arc<Schemas>,
    limits: Arc<Limits>,
    graphql: Arc<GraphqlConfig>,
    carriers: Arc<CarrierConfig>,
    allowed_origins: Arc<[String]>,
    trusted_proxies: Arc<[IpNet]>,
    token_header: HeaderName,
    body_timeout: Duration,
    request_timeout: Duration,
}

impl App {
    pub(crate) fn new(accounts: Accounts, config: &ServeConfig) -> Self {
        let carriers = Arc::new(config.carriers.clone());
        let schemas = Schemas::new(accounts.clone(), &config.graphql, &carriers);
        let token_header = config.tokens.jwt_auth_header_name.parse();
        Self {
            schemas: Arc::new(schemas),
            accounts,
            limits: Arc::new(Limits::new(&config.graphql)),
            graphql: Arc::new(config.graphql.clone()),
            carriers,
            allowed_origins: config.http.allowed_origins.clone().into(),
            trusted_proxies: config.http.trusted_proxies.clone().into(),
            // The setting takes only what is a name.
            token_header: token_header.unwrap_or(header::AUTHORIZATION),
            body_timeout: Duration::from_secs(config.http.body_timeout.get().into()),
            request_timeout: Duration::from_secs(config.http.request_timeout.get().into()),
        }
    }

    /// Every route, with the layers that hold for all of them.
    fn router(self) -> Router {
        let always = |name: &'static str, value: &'static str| {
            SetResponseHeaderLayer::if_not_present(
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )
        };
        // Streams of events are never done, and what is embedded is compressed already.
        let compressible =
            DefaultPredicate::new().and(NotForContentType::const_new("application/wasm"));
        let mut router = Router::new()
            .route("/graphql", any(graphql::handle_plain))
            .route("/graphql/", any(graphql::handle_plain))
            .route("/graphql/relay", any(graphql::handle_relay))
            .route("/graphql/relay/", any(graphql::handle_relay))
            .route("/healthz", get(health::live))
            .route("/readyz", get(health::ready))
            .route("/.well-known/jwks.json", get(jwks::published));
        if self.graphql.graphiql {
            router = router.route("/graphiql", get(graphiql::page));
        }
        if cfg!(debug_assertions) {
            router = router.route("/dev/reload", get(health::reload));
        }
        let guarded = self.clone();
        pages::add(router, &self)
            .with_state(self)
            .layer(
                CompressionLayer::new()
                    .gzip(true)
                    .compress_when(compressible),
            )
            .layer(middleware::from_fn_with_state(guarded, guard::guard))
            .layer(always("x-content-type-options", "nosniff"))
            .layer(always("referrer-policy", "same-origin"))
            .layer(always("x-frame-options", "DENY"))
            .layer(always("cross-origin-opener-policy", "same-origin"))
            .layer(always("cross-origin-resource-policy", "same-origin"))
            .layer(always("cache-control", "no-store"))
    }
}
