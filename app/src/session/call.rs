//! What the pages ask of the API, with the tokens of whoever is signed in.

use leptos::prelude::WithUntracked;

use super::{Identity, Session, Why};
use crate::error::ApiError;

impl Session {
    /// Runs an operation as the signed-in person, or as nobody. A token that has expired is renewed and the operation run
    /// once more; the session ends if the server says that it is over.
    pub(crate) async fn call<T, F>(
        self,
        operation: impl Fn(Option<String>) -> F,
    ) -> Result<T, ApiError>
    where
        F: Future<Output = Result<T, ApiError>>,
    {
        // Whose token it is has to be known: what is fetched with it is shown to its owner alone.
        let known = self
            .identity
            .with_untracked(|identity| matches!(identity, Identity::SignedIn(_)));
        let Some(used) = self.access().filter(|_| known) else {
            return operation(None).await;
        };
        let outcome = operation(Some(used.clone())).await;
        match &outcome {
            Err(error) if error.refuses_token() => {
                // Another tab may have renewed the token, or someone else logged in, while the request was on
                // its way.
                self.follow();
                if self.access().as_ref() == Some(&used) {
                    if error.ends_session() {
                        self.end(Why::Over);
                        return outcome;
                    }
                    self.refreshed(used).await?;
                }
                self.call_once(operation).await
            }
            _ => outcome,
        }
    }

    async fn call_once<T, F>(self, operation: impl Fn(Option<String>) -> F) -> Result<T, ApiError>
    where
        F: Future<Output = Result<T, ApiError>>,
    {
        let used = self.access();
        let outcome = operation(used.clone()).await;
        if let Err(error) = &outcome
            && used.is_some()
            && self.access() == used
            && error.ends_session()
        {
            self.end(Why::Over);
        }
        outcome
    }
}
