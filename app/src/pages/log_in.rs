//! Logging in.

use leptos::{prelude::*, task::spawn_local};

use crate::{
    api,
    components::{
        field::FieldOf,
        form::{Form, FormState, Values},
        heading::Heading,
    },
    pages::onward::Onward,
    session::Session,
};

const FIELDS: &[FieldOf] = &[
    FieldOf {
        name: "username",
        label: "Username or e-mail",
        autocomplete: "username",
        kind: "text",
        hint: None,
        missing: "Enter your username or your e-mail address.",
    },
    FieldOf {
        name: "password",
        label: "Password",
        autocomplete: "current-password",
        kind: "password",
        hint: None,
        missing: "Enter your password.",
    },
];

/// The log-in form. Whoever is signed in, or becomes so, goes on to where they were going.
#[component]
pub(crate) fn LogInPage() -> impl IntoView {
    let session = Session::expect();
    let onward = Onward::start();
    let form = FormState::new();
    let send = Callback::new(move |values: Values| {
        onward.prepare();
        let (username, password) = (values.trimmed("username"), values.exact("password"));
        spawn_local(async move {
            match api::log_in(username, password).await {
                Ok(tokens) => session.sign_in(tokens),
                Err(error) => form.refuse(&error),
            }
        });
    });
    view! {
        <section class="page page--form">
            <Heading text="Welcome back"/>
            <p class="lead">"Your username or your e\u{2011}mail address, and your password."</p>
            <Form state=form action="Log in" fields=FIELDS send/>
            <p class="aside">
                "New here? " <a href=onward.link("/signup")>"Create an account"</a>
            </p>
        </section>
    }
}
