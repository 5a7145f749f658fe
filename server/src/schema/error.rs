//! The one table from what can fail to what a client reads: a message and `extensions.code`.

use async_graphql::{Context, Error, ErrorExtensions as _, Name, ServerError, Value};

use super::{Caller, Refusal};
use crate::accounts::{AccountsError, FieldErrors, TokenError};

/// The error of a resolver.
pub(super) fn resolver_error(ctx: &Context<'_>, error: &AccountsError) -> Error {
    let (code, message) = code_and_message(error);
    let request_id = ctx.data_opt::<Caller>().map_or("", Caller::request_id);
    match error {
        AccountsError::Internal(cause) => tracing::error!("{cause:#}"),
        AccountsError::Unavailable(_) | AccountsError::TooSlow(_) => tracing::error!("{error}"),
        _ => tracing::info!(code, "refused"),
    }
    Error::new(message).extend_with(|_, extensions| {
        extensions.set("code", code);
        match error {
            AccountsError::InvalidInput(errors) | AccountsError::Taken(errors) => {
                extensions.set("fields", fields(errors));
            }
            AccountsError::Busy { retry_after } => extensions.set("retryAfter", *retry_after),
            AccountsError::Internal(_)
            | AccountsError::Unavailable(_)
            | AccountsError::TooSlow(_) => extensions.set("requestId", request_id),
            _ => {}
        }
    })
}

fn code_and_message(error: &AccountsError) -> (&'static str, String) {
    let (code, message) = match error {
        AccountsError::InvalidInput(errors) => return ("VALIDATION_FAILED", errors.sentences()),
        AccountsError::Taken(errors) => {
            let username = errors.iter().any(|(field, _)| field.name() == "username");
            let code = if username {
                "USERNAME_TAKEN"
            } else {
                "EMAIL_TAKEN"
            };
            return (code, errors.sentences());
        }
        AccountsError::TooManyUsers(most) => {
            let message = format!(
                "There are more than {most} users: page through them with users(first:, after:)."
            );
            return ("TOO_MANY_USERS", message);
        }
        AccountsError::InvalidCredentials => {
            ("INVALID_CREDENTIALS", "Please enter valid credentials")
        }
        AccountsError::NotSignedIn => ("UNAUTHENTICATED", "Not logged in!"),
        AccountsError::Forbidden { anonymous } => (
            if *anonymous {
                "UNAUTHENTICATED"
            } else {
                "FORBIDDEN"
            },
            "You do not have permission to perform this action",
        ),
        AccountsError::NoSuchSession => (
            "SESSION_NOT_FOUND",
            "There is no such session, or it has ended already.",
        ),
        AccountsError::Token(error) => token(*error),
        AccountsError::Busy { .. } => (
            "RATE_LIMITED",
            "Too many requests are under way. Try again in a few seconds.",
        ),
        AccountsError::Unavailable(_) => (
            "UNAVAILABLE",
            "The server cannot use its database right now. Try again in a moment.",
        ),
        AccountsError::TooSlow(_) => (
            "TIMEOUT",
            "The server's database took too long to answer. Try again in a moment.",
        ),
        AccountsError::Internal(_) => (
            "INTERNAL",
            "Something went wrong on the server. Try again later.",
        ),
    };
    (code, message.to_owned())
}

fn token(error: TokenError) -> (&'static str, &'static str) {
    match error {
        TokenError::Required => ("TOKEN_REQUIRED", "Token is required"),
        TokenError::Undecodable => ("TOKEN_INVALID", "Error decoding signature"),
        TokenError::Invalid => ("TOKEN_INVALID", "Invalid token"),
        TokenError::InvalidPayload => ("TOKEN_INVALID", "Invalid payload"),
        TokenError::Expired => ("TOKEN_EXPIRED", "Signature has expired"),
        TokenError::UserDisabled => ("USER_DISABLED", "User is disabled"),
        TokenError::SessionEnded => ("SESSION_ENDED", "Session has ended"),
        TokenError::OrigIatRequired => ("REFRESH_NOT_ALLOWED", "origIat field is required"),
        TokenError::RefreshExpired => ("REFRESH_EXPIRED", "Refresh has expired"),
        TokenError::RefreshTokenRequired => ("REFRESH_TOKEN_REQUIRED", "Refresh token is required"),
        TokenError::RefreshTokenInvalid => ("REFRESH_TOKEN_INVALID", "Invalid refresh token"),
        TokenError::RefreshTokenExpired => ("REFRESH_TOKEN_EXPIRED", "Refresh token is expired"),
    }
}

fn fields(errors: &FieldErrors) -> Value {
    let fields = errors.iter().map(|(field, sentences)| {
        let sentences = sentences.iter().map(|s| Value::String(s.clone())).collect();
        (Name::new(field.name()), Value::List(sentences))
    });
    Value::Object(fields.collect())
}

/// The error of a whole request that is refused before anything runs.
pub(crate) fn request_error(refusal: &Refusal) -> ServerError {
    let mut error = ServerError::new(refusal.message.clone(), refusal.position);
    let mut extensions = async_graphql::ErrorExtensionValues::default();
    extensions.set("code", refusal.code);
    error.extensions = Some(extensions);
    error
}
