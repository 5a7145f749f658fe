//! How an operation reaches the API: over HTTP from the browser, in process while the server renders a page.
//! The only file with two bodies for one signature; [`crate::api`] is its only caller.

use graphql_client::{GraphQLQuery, Response};

use crate::error::ApiError;

#[cfg(target_arch = "wasm32")]
use fetch::send;
#[cfg(not(target_arch = "wasm32"))]
pub use in_process::Executor;
#[cfg(not(target_arch = "wasm32"))]
use in_process::send;

/// Sends one operation, as the owner of `token` if there is one, and gives its data or the first error.
pub(crate) async fn execute<Q: GraphQLQuery>(
    variables: Q::Variables,
    token: Option<String>,
) -> Result<Q::ResponseData, ApiError> {
    let Response { data, errors, .. } = send::<Q>(variables, token).await?;
    match errors.as_deref() {
        Some([first, ..]) => Err(first.into()),
        _ => data.ok_or_else(ApiError::broken),
    }
}

#[cfg(target_arch = "wasm32")]
mod fetch {
    use gloo_net::http::Request;
    use graphql_client::{GraphQLQuery, Response};
    use leptos::web_sys::AbortSignal;
    use send_wrapper::SendWrapper;

    use crate::error::ApiError;

    /// Longer than the server lets any request run: past it, nobody is there.
    const PATIENCE_MS: u32 = 40_000;

    pub(super) async fn send<Q: GraphQLQuery>(
        variables: Q::Variables,
        token: Option<String>,
    ) -> Result<Response<Q::ResponseData>, ApiError> {
        let body =
            serde_json::to_string(&Q::build_query(variables)).map_err(|_| ApiError::broken())?;
        // A browser's futures are bound to its one thread; Leptos asks for `Send`.
        let answer = SendWrapper::new(post(body, token)).await?;
        serde_json::from_str(&answer).map_err(|_| ApiError::broken())
    }

    async fn post(body: String, token: Option<String>) -> Result<String, ApiError> {
        let mut request = Request::post("/graphql")
            .header("Content-Type", "application/json")
            .header(
                "Accept",
                "application/graphql-response+json, application/json",
            )
            .abort_signal(Some(&AbortSignal::timeout_with_u32(PATIENCE_MS)));
        if let Some(token) = token {
            // Accepted whatever the operator calls the scheme of the contract.
            request = request.header("Authorization", &format!("Bearer {token}"));
        }
        let request = request.body(body).map_err(|_| ApiError::broken())?;
        let response = request.send().await.map_err(|_| ApiError::Offline)?;
        response.text().await.map_err(|_| ApiError::Offline)
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod in_process {
    use std::{future::Future, pin::Pin, sync::Arc};

    use graphql_client::{GraphQLQuery, Response};
    use leptos::prelude::use_context;
    use serde_json::Value;

    use crate::error::ApiError;

    type Answer = Pin<Box<dyn Future<Output = Value> + Send>>;

    /// Runs a GraphQL request body and gives the response body. The server provides one as Leptos context
    /// for every page it renders.
    #[derive(Clone)]
    pub struct Executor(Arc<dyn Fn(Value) -> Answer + Send + Sync>);

    impl Executor {
        /// Wraps what stands behind `POST /graphql`.
        pub fn new(run: impl Fn(Value) -> Answer + Send + Sync + 'static) -> Self {
            Self(Arc::new(run))
        }
    }

    pub(super) async fn send<Q: GraphQLQuery>(
        variables: Q::Variables,
        _token: Option<String>,
    ) -> Result<Response<Q::ResponseData>, ApiError> {
        // The context is only there until the first await. Pages are always rendered for nobody in
        // particular: the token lives in the browser.
        let executor = use_context::<Executor>().ok_or_else(ApiError::broken)?;
        let body =
            serde_json::to_value(Q::build_query(variables)).map_err(|_| ApiError::broken())?;
        let answer = (executor.0)(body).await;
        serde_json::from_value(answer).map_err(|_| ApiError::broken())
    }
}
