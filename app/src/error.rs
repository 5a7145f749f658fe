//! What can go wrong between a page and the API, in words a person can act on.

mod problem;

use serde::{Deserialize, Serialize};

pub(crate) use self::problem::Problem;

/// What is wrong with which field: names and sentences.
pub(crate) type FieldErrors = Vec<(String, String)>;

const OFFLINE: &str = "Latchkey cannot be reached. Check your connection and try again.";
const BROKEN: &str = "Something went wrong on our side. Try again in a moment.";

/// Why an operation did not give its data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ApiError {
    /// No answer arrived: whether the server acted on the request is unknown.
    Offline,
    /// The server answered with an error.
    Refused {
        /// The stable word of `extensions.code`; empty if the answer had none.
        code: String,
        /// The server's sentence.
        message: String,
        /// What is wrong with which field (`extensions.fields`), in the server's order.
        fields: FieldErrors,
        /// Seconds to wait before another try (`extensions.retryAfter`).
        retry_after: Option<u32>,
        /// What to quote to the operator (`extensions.requestId`).
        request_id: Option<String>,
    },
}

impl ApiError {
    /// An answer that is not GraphQL: a proxy's error page, or a server that is starting or broken.
    pub(crate) fn broken() -> Self {
        Self::Refused {
            code: "INTERNAL".to_owned(),
            message: String::new(),
            fields: FieldErrors::new(),
            retry_after: None,
            request_id: None,
        }
    }

    fn code(&self) -> &str {
        match self {
            Self::Offline => "",
            Self::Refused { code, .. } => code,
        }
    }

    /// Whether this is the error with that code.
    pub(crate) fn is(&self, wanted: &str) -> bool {
        self.code() == wanted
    }

    /// Whether the server acted on the request is unknown.
    pub(crate) fn leaves_open(&self) -> bool {
        matches!(self, Self::Offline)
            || matches!(self.code(), "INTERNAL" | "TIMEOUT" | "UNAVAILABLE")
    }

    /// The session is over, whatever tokens there are.
    pub(crate) fn ends_session(&self) -> bool {
        matches!(
            self.code(),
            "SESSION_ENDED"
                | "USER_DISABLED"
                | "UNAUTHENTICATED"
                | "REFRESH_TOKEN_INVALID"
                | "REFRESH_TOKEN_EXPIRED"
                | "REFRESH_EXPIRED"
                | "REFRESH_NOT_ALLOWED"
        )
    }

    /// The token that was sent will never be accepted again. Another one of the same session may be.
    pub(crate) fn refuses_token(&self) -> bool {
        matches!(self.code(), "TOKEN_EXPIRED" | "TOKEN_INVALID") || self.ends_session()
    }

    /// Logging in would help.
    pub(crate) fn needs_sign_in(&self) -> bool {
        self.is("UNAUTHENTICATED")
    }

    /// The sentences about fields; none for errors that concern no field.
    pub(crate) fn fields(&self) -> FieldErrors {
        match self {
            Self::Offline => FieldErrors::new(),
            Self::Refused { fields, .. } => fields.clone(),
        }
    }

    /// Seconds the server asks to wait.
    pub(crate) fn retry_after(&self) -> Option<u32> {
        match self {
            Self::Offline => None,
            Self::Refused { retry_after, .. } => *retry_after,
        }
    }

    /// What happened and what to do about it.
    pub(crate) fn sentence(&self) -> String {
        let Self::Refused {
            code,
            message,
            request_id,
            ..
        } = self
        else {
            return OFFLINE.to_owned();
        };
        match (code.as_str(), self.retry_after()) {
            ("INVALID_CREDENTIALS", _) => {
                format!("{message}. Check the name and the password, capital letters included.")
            }
            ("RATE_LIMITED", Some(seconds)) => {
                format!(
                    "There are too many requests right now. Try again in {}.",
                    wait(seconds)
                )
            }
            ("RATE_LIMITED", None) => {
                "There are too many requests right now. Try again in a little while.".to_owned()
            }
            ("FORBIDDEN", _) => "Your account may not see this.".to_owned(),
            ("INTERNAL" | "", _) => match request_id {
                Some(id) => format!("{BROKEN} If it keeps happening, quote the reference {id}."),
                None => BROKEN.to_owned(),
            },
            _ if message.is_empty() => BROKEN.to_owned(),
            _ => message.clone(),
        }
    }
}

fn wait(seconds: u32) -> String {
    match seconds {
        0 | 1 => "a second".to_owned(),
        2..=90 => format!("{seconds} seconds"),
        _ => format!("{} minutes", seconds.div_ceil(60)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(error: serde_json::Value) -> ApiError {
        ApiError::from(serde_json::from_value::<Problem>(error).expect("a GraphQL error"))
    }

    #[test]
    fn the_fields_of_a_refused_sign_up_are_kept_by_name() {
        let error = refused(serde_json::json!({
            "message": "The sign-up was refused",
            "extensions": { "code": "VALIDATION_FAILED", "fields": { "password": ["Too short.", "Too common."] } },
        }));
        assert!(error.is("VALIDATION_FAILED"));
        assert_eq!(
            error.fields(),
            [("password".to_owned(), "Too short. Too common.".to_owned())]
        );
    }

    #[test]
    fn a_limit_says_how_long_to_wait() {
        let error = |seconds: u32| {
            refused(serde_json::json!({ "message": "m", "extensions": { "code": "RATE_LIMITED", "retryAfter": seconds } })).sentence()
        };
        assert_eq!(
            error(1),
            "There are too many requests right now. Try again in a second."
        );
        assert_eq!(
            error(30),
            "There are too many requests right now. Try again in 30 seconds."
        );
        assert_eq!(
            error(61 * 2),
            "There are too many requests right now. Try again in 3 minutes."
        );
    }

    #[test]
    fn an_error_without_a_code_still_has_a_sentence() {
        assert_eq!(
            refused(serde_json::json!({ "message": "panicked at" })).sentence(),
            BROKEN
        );
        assert_eq!(ApiError::broken().sentence(), BROKEN);
        assert_eq!(ApiError::Offline.sentence(), OFFLINE);
    }

    #[test]
    fn only_the_word_of_the_server_ends_a_session() {
        let coded = |code: &str| {
            refused(serde_json::json!({ "message": "m", "extensions": { "code": code } }))
        };
        for code in [
            "SESSION_ENDED",
            "USER_DISABLED",
            "UNAUTHENTICATED",
            "REFRESH_TOKEN_INVALID",
            "REFRESH_TOKEN_EXPIRED",
        ] {
            assert!(
                coded(code).ends_session() && coded(code).refuses_token(),
                "{code}"
            );
        }
        for code in ["TOKEN_EXPIRED", "TOKEN_INVALID"] {
            assert!(
                !coded(code).ends_session() && coded(code).refuses_token(),
                "{code}"
            );
        }
        for error in [
            ApiError::Offline,
            ApiError::broken(),
            coded("RATE_LIMITED"),
            coded("TIMEOUT"),
            coded("FORBIDDEN"),
            // Another tab was given one a moment ago.
            coded("REFRESH_TOKEN_REQUIRED"),
        ] {
            assert!(!error.refuses_token(), "{error:?}");
        }
    }
}
