//! How an operation reaches the API: over HTTP from the browser, in process while the server renders a page.
//! The only file with two bodies for one signature; [`crate::api`] is its only caller.

use graphql_client::GraphQLQuery;
use serde::{Deserialize, de::IgnoredAny};

use crate::error::{ApiError, Problem};

#[cfg(target_arch = "wasm32")]
use fetch::send;
#[cfg(target_arch = "wasm32")]
pub(crate) use fetch::{Interest, Signal};
#[cfg(not(target_arch = "wasm32"))]
pub use in_process::Executor;
#[cfg(not(target_arch = "wasm32"))]
use in_process::send;
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use in_process::{Interest, Signal};

/// Sends one operation, as the owner of `token` if there is one, and gives its data or the first error.
pub(crate) async fn execute<Q: GraphQLQuery>(
    variables: Q::Variables,
    token: Option<String>,
) -> Result<Q::ResponseData, ApiError> {
    execute_until::<Q>(variables, token, None).await
}

/// Like [`execute`], until nobody is interested any longer: then it ends as one that got no answer.
pub(crate) async fn execute_until<Q: GraphQLQuery>(
    variables: Q::Variables,
    token: Option<String>,
    signal: Option<Signal>,
) -> Result<Q::ResponseData, ApiError> {
    data(send::<Q, _>(variables, token, signal, false).await?)
}

/// Like [`execute`], for an operation whose data tells no more than that it worked.
pub(crate) async fn perform<Q: GraphQLQuery>(
    variables: Q::Variables,
    token: Option<String>,
) -> Result<(), ApiError> {
    data::<IgnoredAny>(send::<Q, _>(variables, token, None, false).await?).map(drop)
}

/// Like [`perform`], as nobody. It reaches the server also when the page is left meanwhile.
pub(crate) async fn perform_beyond_page<Q: GraphQLQuery>(
    variables: Q::Variables,
) -> Result<(), ApiError> {
    data::<IgnoredAny>(send::<Q, _>(variables, None, None, true).await?).map(drop)
}

/// What the API answers.
#[derive(Deserialize)]
struct Answer<T> {
    data: Option<T>,
    errors: Option<Vec<Problem>>,
}

fn data<T>(answer: Answer<T>) -> Result<T, ApiError> {
    match answer.errors.into_iter().flatten().next() {
        Some(first) => Err(first.into()),
        None => answer.data.ok_or_else(ApiError::broken),
    }
}

#[cfg(target_arch = "wasm32")]
mod fetch {
    use std::time::Duration;

    use graphql_client::GraphQLQuery;
    use leptos::{
        prelude::{set_timeout, window},
        wasm_bindgen::{JsCast, JsValue},
        web_sys::js_sys::{Reflect, futures::JsFuture},
    };
    use send_wrapper::SendWrapper;
    use serde::de::DeserializeOwned;
    use web_sys::{
        AbortController, AbortSignal, Headers, RequestCredentials, RequestInit, Response,
    };

    use super::Answer;
    use crate::{error::ApiError, json};

    /// Longer than the server lets any request run: past it, nobody is there.
    const PATIENCE_MS: u32 = 40_000;

    /// Interest in the answers to requests. When it is dropped, those under way are called off.
    pub(crate) struct Interest(SendWrapper<AbortController>);

    /// Tells a request when the interest in it ends.
    pub(crate) type Signal = SendWrapper<AbortSignal>;

    impl Interest {
        /// Begins with as much patience as for any request. None where the browser cannot call anything off.
        pub(crate) fn begin() -> Option<Self> {
            let controller = AbortController::new().ok()?;
            let patience = Duration::from_millis(PATIENCE_MS.into());
            let impatient = controller.clone();
            set_timeout(move || impatient.abort(), patience);
            Some(Self(SendWrapper::new(controller)))
        }

        /// For each request there is interest in.
        pub(crate) fn signal(&self) -> Signal {
            SendWrapper::new(self.0.signal())
        }
    }

    impl Drop for Interest {
        fn drop(&mut self) {
            self.0.abort();
        }
    }

    pub(super) async fn send<Q: GraphQLQuery, T: DeserializeOwned>(
        variables: Q::Variables,
        token: Option<String>,
        signal: Option<Signal>,
        beyond_page: bool,
    ) -> Result<Answer<T>, ApiError> {
        let body =
            serde_json::to_string(&Q::build_query(variables)).map_err(|_| ApiError::broken())?;
        // A browser's futures are bound to its one thread; Leptos asks for `Send`.
        let answer = SendWrapper::new(post(body, token, signal, beyond_page)).await?;
        json::read(&answer).ok_or_else(ApiError::broken)
    }

    async fn post(
        body: String,
        token: Option<String>,
        signal: Option<Signal>,
        beyond_page: bool,
    ) -> Result<String, ApiError> {
        let request = request(&body, token, signal, beyond_page).map_err(|_| ApiError::broken())?;
        text(&request).await.map_err(|_| ApiError::Offline)
    }

    fn request(
        body: &str,
        token: Option<String>,
        signal: Option<Signal>,
        beyond_page: bool,
    ) -> Result<RequestInit, JsValue> {
        let headers = Headers::new()?;
        headers.set("Content-Type", "application/json")?;
        headers.set(
            "Accept",
            "application/graphql-response+json, application/json",
        )?;
        if let Some(token) = token {
            // Accepted whatever the operator calls the scheme of the contract.
            headers.set("Authorization", &format!("Bearer {token}"))?;
        }
        let request = RequestInit::new();
        request.set_method("POST");
        request.set_headers_headers(&headers);
        request.set_body_opt_str(Some(body));
        // Cookies are for other clients: who is signed in here is what local storage says.
        request.set_credentials(RequestCredentials::Omit);
        let signal = signal.map_or_else(
            || AbortSignal::timeout_with_u32(PATIENCE_MS),
            SendWrapper::take,
        );
        request.set_signal(Some(&signal));
        if beyond_page {
            Reflect::set(&request, &"keepalive".into(), &JsValue::TRUE)?;
        }
        Ok(request)
    }

    async fn text(request: &RequestInit) -> Result<String, JsValue> {
        let answer = window().fetch_with_str_and_init("/graphql", request);
        let answer: Response = JsFuture::from(answer).await?.unchecked_into();
        let text = JsFuture::from(answer.text()?).await?;
        text.as_string().ok_or(JsValue::UNDEFINED)
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod in_process {
    use std::{future::Future, pin::Pin, sync::Arc};

    use graphql_client::GraphQLQuery;
    use leptos::prelude::use_context;
    use serde::de::DeserializeOwned;
    use serde_json::Value;

    use super::Answer;
    use crate::error::ApiError;

    type Body = Pin<Box<dyn Future<Output = Value> + Send>>;

    /// Runs a GraphQL request body and gives the response body. The server provides one as Leptos context
    /// for every page it renders.
    #[derive(Clone)]
    pub struct Executor(Arc<dyn Fn(Value) -> Body + Send + Sync>);

    impl Executor {
        /// Wraps what stands behind `POST /graphql`.
        pub fn new(run: impl Fn(Value) -> Body + Send + Sync + 'static) -> Self {
            Self(Arc::new(run))
        }
    }

    /// There is none on the server: nothing is called off there.
    pub(crate) enum Interest {}

    /// Tells a request when the interest in it ends.
    #[derive(Clone)]
    pub(crate) enum Signal {}

    impl Interest {
        /// None.
        pub(crate) fn begin() -> Option<Self> {
            None
        }

        /// For each request there is interest in.
        pub(crate) fn signal(&self) -> Signal {
            match *self {}
        }
    }

    pub(super) async fn send<Q: GraphQLQuery, T: DeserializeOwned>(
        variables: Q::Variables,
        _token: Option<String>,
        _signal: Option<Signal>,
        _beyond_page: bool,
    ) -> Result<Answer<T>, ApiError> {
        // The context is only there until the first await. Pages are always rendered for nobody in
        // particular: the token lives in the browser.
        let executor = use_context::<Executor>().ok_or_else(ApiError::broken)?;
        let body =
            serde_json::to_value(Q::build_query(variables)).map_err(|_| ApiError::broken())?;
        let answer = (executor.0)(body).await;
        serde_json::from_value(answer).map_err(|_| ApiError::broken())
    }
}
