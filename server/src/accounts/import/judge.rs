//! What becomes of a user from elsewhere: the texts of a row become values, or a reason why not.

use super::report::{SkippedUser, Warning};
use crate::accounts::hashing::{Verdict, verdict};
use crate::model::{self, Column, Email, SourceUser, User, UserId, Username, WholeUser, moment};

/// The greatest id that is taken over: far from the end, for the next sign-up needs the one after it.
pub(super) const GREATEST_ID: i64 = 1 << 62;

/// A user who is to be added.
pub(super) struct Candidate {
    /// The row's place in the batch.
    pub(super) row: usize,
    pub(super) whole: WholeUser,
    pub(super) warnings: Vec<Warning>,
    /// There is no password, as was meant.
    pub(super) without_password: bool,
}

/// Judges a row by itself, at its place in a batch; `now` is when people joined of whom it is not known.
///
/// # Errors
/// Why it cannot be taken over.
pub(super) fn user(place: usize, row: &SourceUser, now: i64) -> Result<Candidate, SkippedUser> {
    let id = row.get(Column::Id).and_then(|id| id.parse().ok());
    let id = id
        .filter(|id| (1..=GREATEST_ID).contains(id))
        .ok_or(SkippedUser::Id)?;
    let username = row.get(Column::Username).unwrap_or_default();
    let username_key = username_key(username)?;
    let joined = moment_in(row, Column::DateJoined)?;
    // What was signed before now stays good: of a password it is only known that it is not older than the user.
    let changed = moment_in(row, Column::PasswordChangedAt)?
        .or(joined)
        .unwrap_or(0);
    let mut warnings = Vec::new();
    let email = text(row, Column::Email)?;
    let email_key = email_key(row, &email, &mut warnings)?;
    let password_hash = text(row, Column::PasswordHash)?;
    let verdict = verdict(&password_hash);
    let without_password = verdict == Verdict::Unusable;
    if let Verdict::Unreadable(why) = verdict {
        warnings.push(Warning::Hash(why));
    }
    let user = User {
        id: UserId(id),
        username: username.to_owned(),
        email,
        first_name: text(row, Column::FirstName)?,
        last_name: text(row, Column::LastName)?,
        is_active: flag(row, Column::IsActive)?.unwrap_or(true),
        is_staff: flag(row, Column::IsStaff)?.unwrap_or(false),
        is_superuser: flag(row, Column::IsSuperuser)?.unwrap_or(false),
        last_login: moment_in(row, Column::LastLogin)?,
        date_joined: joined.unwrap_or(now),
        password_changed_at: changed,
        sessionless_since: 0,
    };
    Ok(Candidate {
        row: place,
        whole: WholeUser {
            user,
            username_key,
            email_key,
            password_hash,
        },
        warnings,
        without_password,
    })
}

/// The form in which a name is compared. White space around it does not count, for nobody logs in with it.
fn username_key(username: &str) -> Result<String, SkippedUser> {
    let name = username.trim();
    if name.is_empty() {
        return Err(SkippedUser::NoUsername);
    }
    if username.chars().count() > Username::MOST_CHARACTERS {
        return Err(SkippedUser::LongUsername);
    }
    let key = Some(username).filter(|name| !name.chars().any(char::is_control));
    key.and_then(|_| model::folded(name))
        .ok_or(SkippedUser::ControlCharacter)
}

fn email_key(
    row: &SourceUser,
    email: &str,
    warnings: &mut Vec<Warning>,
) -> Result<Option<String>, SkippedUser> {
    let usable = flag(row, Column::EmailUsable)?.unwrap_or(!email.is_empty());
    if !usable {
        return Ok(None);
    }
    if let Ok(email) = Email::parse(email) {
        return Ok(Some(email.key().to_owned()));
    }
    warnings.push(Warning::Email(email.to_owned()));
    Ok(None)
}

/// A text; an empty one where there is none.
fn text(row: &SourceUser, column: Column) -> Result<String, SkippedUser> {
    let text = row.get(column).unwrap_or_default();
    // PostgreSQL stores no NUL, and no program shows one.
    if text.contains('\0') {
        return Err(SkippedUser::Value(column));
    }
    Ok(text.to_owned())
}

fn flag(row: &SourceUser, column: Column) -> Result<Option<bool>, SkippedUser> {
    match row.get(column).map(str::to_ascii_lowercase).as_deref() {
        None | Some("") => Ok(None),
        Some("1" | "t" | "true") => Ok(Some(true)),
        Some("0" | "f" | "false") => Ok(Some(false)),
        Some(_) => Err(SkippedUser::Value(column)),
    }
}

fn moment_in(row: &SourceUser, column: Column) -> Result<Option<i64>, SkippedUser> {
    let text = row.get(column).filter(|text| !text.is_empty());
    text.map(|text| moment::micros(text).ok_or(SkippedUser::Value(column)))
        .transpose()
}
