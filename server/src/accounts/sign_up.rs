//! Sign up: check everything, then hash, then add.

use super::{AccountsError, Directory, Field, FieldErrors, Result};
use crate::model::{Email, User, Username};
use crate::store::{NewUser, Taken};

/// What a person gives to sign up.
#[derive(Debug)]
pub(crate) struct SignUp<'a> {
    pub(crate) username: &'a str,
    pub(crate) email: &'a str,
    pub(crate) password: &'a str,
    /// Only the command line makes staff.
    pub(crate) is_staff: bool,
}

impl Directory {
    /// Adds a user.
    ///
    /// # Errors
    /// `InvalidInput` with everything that is wrong; `Taken`; `Busy`.
    pub(crate) async fn sign_up(&self, input: &SignUp<'_>) -> Result<User> {
        let mut errors = FieldErrors::default();
        let username = errors.take(Field::Username, Username::parse(input.username));
        let email = errors.take(Field::Email, Email::parse(input.email));
        // Only words that are what they are called: they are short, and a text of any size costs nothing.
        let words = [
            ("username", username.as_ref().map_or("", Username::as_str)),
            ("e-mail address", email.as_ref().map_or("", Email::as_str)),
        ];
        let taken = self
            .store
            .find_taken(
                username.as_ref().map(Username::key),
                email.as_ref().map(Email::key),
            )
            .await?;
        let wanted = errors.is_empty() && taken == Taken::default();
        let hash = self.hash_new(input.password, words, wanted).await?;
        let hash = errors.take(Field::Password, hash).flatten();
        let (Some(username), Some(email), true) = (username, email, errors.is_empty()) else {
            add_taken(&mut errors, taken);
            return Err(AccountsError::InvalidInput(errors));
        };
        let Some(hash) = hash else {
            return Err(taken_error(taken));
        };
        let new = NewUser {
            username: &username,
            email: &email,
            password_hash: &hash,
            is_staff: input.is_staff,
            now: self.clock.now_micros(),
        };
        if let Some(user) = self.store.insert_user(&new).await? {
            tracing::info!(user = %user.id, "signed up");
            return Ok(user);
        }
        // Somebody else took the name or the address while the password was hashed.
        let taken = self
            .store
            .find_taken(Some(username.key()), Some(email.key()))
            .await?;
        Err(taken_error(taken))
    }
}

fn taken_error(taken: Taken) -> AccountsError {
    let mut errors = FieldErrors::default();
    add_taken(&mut errors, taken);
    AccountsError::Taken(errors)
}

fn add_taken(errors: &mut FieldErrors, taken: Taken) {
    if taken.username {
        let sentence = "A user with that username already exists.";
        errors.add(Field::Username, vec![sentence.to_owned()]);
    }
    if taken.email {
        let sentence = "A user with that e-mail address already exists.";
        errors.add(Field::Email, vec![sentence.to_owned()]);
    }
}
