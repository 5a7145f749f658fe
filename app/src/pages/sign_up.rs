//! Signing up.

use leptos::{prelude::*, task::spawn_local};

use crate::{
    api::{self, Tokens},
    components::{
        field::FieldOf,
        form::{Form, FormState, Values},
        heading::Heading,
    },
    error::ApiError,
    pages::onward::Onward,
    session::Session,
};

const FIELDS: &[FieldOf] = &[
    FieldOf {
        name: "username",
        label: "Username",
        autocomplete: "username",
        kind: "text",
        hint: Some("Letters, digits and . + - _"),
        missing: "Choose a username.",
    },
    FieldOf {
        name: "email",
        label: "E-mail address",
        autocomplete: "email",
        kind: "email",
        hint: None,
        missing: "Enter your e-mail address.",
    },
    FieldOf {
        name: "password",
        label: "Password",
        autocomplete: "new-password",
        kind: "password",
        hint: Some("Long is strong: a few words in a row, spaces included, are good."),
        missing: "Choose a password.",
    },
];

/// What is known of an account that this page asked for.
#[derive(Clone, PartialEq, Eq)]
enum Asked {
    Nothing,
    /// For this username, and no answer came: the account may be there.
    Perhaps(String),
    /// For this username, and it was made: what is left is to log in.
    Made(String),
}

/// The sign-up form. It signs the new person in.
#[component]
pub(crate) fn SignUpPage() -> impl IntoView {
    let session = Session::expect();
    let onward = Onward::start();
    let form = FormState::new();
    let asked = StoredValue::new(Asked::Nothing);
    let send = Callback::new(move |values: Values| {
        onward.prepare();
        let (username, email, password) = (
            values.trimmed("username"),
            values.trimmed("email"),
            values.exact("password"),
        );
        spawn_local(async move {
            match make(asked, &username, email, &password).await {
                Ok(None) => {}
                Ok(Some(tokens)) => return session.sign_in(tokens),
                Err(error) => return form.refuse(&error),
            }
            match api::log_in(username, password).await {
                Ok(tokens) => session.sign_in(tokens),
                Err(error) => {
                    form.report(format!(
                        "Your account has been made, but you are not logged in yet. {}",
                        error.sentence()
                    ));
                }
            }
        });
    });
    view! {
        <section class="page page--form">
            <Heading text="Create your account"/>
            <p class="lead">"One account, ready in a moment."</p>
            <Form state=form action="Sign up" fields=FIELDS send/>
            <p class="aside">
                <a href=onward.link("/login")>"I have an account already"</a>
            </p>
        </section>
    }
}

/// Makes the account, unless an earlier press of the button did. Gives tokens where finding that out took some.
async fn make(
    asked: StoredValue<Asked>,
    username: &str,
    email: String,
    password: &str,
) -> Result<Option<Tokens>, ApiError> {
    let before = asked.try_get_value().unwrap_or(Asked::Nothing);
    if before == Asked::Made(username.to_owned()) {
        return Ok(None);
    }
    match api::sign_up(username.to_owned(), email, password.to_owned()).await {
        Ok(()) => {
            asked.try_set_value(Asked::Made(username.to_owned()));
            Ok(None)
        }
        // The name may be taken by the account of an earlier press, whose answer was lost on the way. Then the
        // password opens it.
        Err(error)
            if before == Asked::Perhaps(username.to_owned()) && error.is("USERNAME_TAKEN") =>
        {
            let opened = api::log_in(username.to_owned(), password.to_owned()).await;
            opened.map(Some).map_err(|_| error)
        }
        Err(error) => {
            if error.leaves_open() {
                asked.try_set_value(Asked::Perhaps(username.to_owned()));
            }
            Err(error)
        }
    }
}
