//! What an import says, row by row and in the end.

use crate::accounts::{Finding, SkippedToken, SkippedUser, Summary, Warning};
use crate::model::Username;

/// A line about a row. Names are quoted with everything escaped that a terminal could take for a command.
pub(super) fn finding(finding: &Finding) -> String {
    match finding {
        Finding::SkippedUser { id, username, why } => {
            format!(
                "skipped: user {}: {}",
                user(id, username),
                skipped_user(why)
            )
        }
        Finding::Warning { id, username, what } => {
            format!(
                "warning: user {}: {}",
                user(&id.to_string(), username),
                warning(what)
            )
        }
        Finding::SkippedToken { id, why } => {
            format!(
                "skipped: refresh token {}: {}",
                plain(id),
                skipped_token(why)
            )
        }
    }
}

fn skipped_user(why: &SkippedUser) -> String {
    match why {
        SkippedUser::Id => "the id is not a whole number from 1 on".to_owned(),
        SkippedUser::NoUsername => "there is no username".to_owned(),
        SkippedUser::LongUsername => {
            format!(
                "the username has more than {} characters",
                Username::MOST_CHARACTERS
            )
        }
        SkippedUser::ControlCharacter => "the username holds a control character".to_owned(),
        SkippedUser::Value(column) => format!("{} holds what it cannot hold", column.name()),
        SkippedUser::SameName { id, username } => format!(
            "the name is that of user {}, compared without case",
            user(&id.to_string(), username)
        ),
        SkippedUser::SameId { username } => {
            format!("conflict: in Latchkey, the id is that of the user {username:?}")
        }
    }
}

fn warning(what: &Warning) -> String {
    match what {
        Warning::Email(email) => {
            format!("the e-mail address {email:?} is not valid: it is kept, and not for logging in")
        }
        Warning::SameEmail {
            email,
            id,
            username,
        } => format!(
            "the e-mail address {email:?} is that of user {} too: it is kept, and not for logging in",
            user(&id.to_string(), username)
        ),
        Warning::Hash(why) => format!(
            "the password hash {why}: give them a new password with `latchkey user set-password`"
        ),
        Warning::Changed(what) => format!(
            "was taken over before and differs from the source by now in {}: what is there already is never changed",
            what.join(", ")
        ),
    }
}

fn skipped_token(why: &SkippedToken) -> &'static str {
    match why {
        SkippedToken::Token => "it is too short, too long or holds other signs than a token does",
        SkippedToken::Created => "when it was created cannot be read",
        SkippedToken::Owner => "its user was not taken over",
        SkippedToken::SameSelector => "it begins like another one",
    }
}

fn user(id: &str, username: &str) -> String {
    format!("{} {username:?}", plain(id))
}

/// An id as it is, where it is one; anything else is quoted.
fn plain(id: &str) -> String {
    let digits = id.strip_prefix('-').unwrap_or(id);
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        id.to_owned()
    } else {
        format!("{id:?}")
    }
}

/// The figures.
pub(super) fn summary(summary: &Summary, rehearsal: bool) -> String {
    let added = if rehearsal { "would be added" } else { "added" };
    let mut text = format!(
        "Users: {} {added} ({} with a warning, {} without a password), {} already there, {} skipped.\n",
        summary.users,
        summary.users_warned,
        summary.users_without_password,
        summary.users_there,
        summary.users_skipped,
    );
    let tokens = [
        summary.tokens,
        summary.tokens_there,
        summary.tokens_over,
        summary.tokens_ended,
        summary.tokens_skipped,
    ];
    if tokens.iter().any(|count| *count > 0) {
        let [tokens, there, over, ended, skipped] = tokens;
        text += &format!(
            "Refresh tokens: {tokens} {added}, {there} already there, {over} revoked or expired, {ended} of disabled users or older than the password, {skipped} skipped.\n"
        );
    }
    if rehearsal {
        text += "This was a rehearsal: nothing has been changed.\n";
    }
    text
}
