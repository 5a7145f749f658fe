//! The first page: what Latchkey is.

use leptos::prelude::*;

use crate::{components::heading::Heading, session::Session};

/// What Latchkey is and where to go from here, which depends on who looks.
#[component]
pub(crate) fn HomePage() -> impl IntoView {
    let session = Session::expect();
    view! {
        <section class="hero">
            <div class="hero__words">
                <p class="hero__over">"Accounts for your application"</p>
                <Heading text="One key for everyone who comes in."/>
                <p class="hero__lead">
                    "Latchkey signs people up, logs them in and knows who they are. It is a single program with "
                    "these pages and a GraphQL API, and it keeps its data where you say."
                </p>
                <div class="hero__ways" data-session=move || session.word()>
                    <p class="hero__way hero__way--anonymous">
                        <a class="button button--primary button--large" href="/signup">
                            "Create an account"
                        </a>
                        <a class="button button--large" href="/graphiql" rel="external">
                            "Explore the API"
                        </a>
                    </p>
                    <div class="hero__way hero__way--signed-in">
                        <p class="hero__greeting">"Hello, " <strong>{move || session.username()}</strong> "."</p>
                        <p class="hero__row">
                            <a class="button button--primary button--large" href="/me">
                                "Your account"
                            </a>
                            <a class="button button--large" href="/users">
                                "See who is here"
                            </a>
                        </p>
                    </div>
                </div>
            </div>
            <Sample/>
        </section>
        <ul class="features">
            <li class="feature">
                <h2 class="feature__title">"A contract clients know"</h2>
                <p>"The mutations, tokens and errors of django-graphql-jwt: what was written against it keeps working."</p>
            </li>
            <li class="feature">
                <h2 class="feature__title">"Careful with secrets"</h2>
                <p>"Passwords are kept as Argon2id hashes, tokens live for minutes and renew themselves while a page is open."</p>
            </li>
            <li class="feature">
                <h2 class="feature__title">"Nothing to assemble"</h2>
                <p>"One file to run. It starts on SQLite by itself and moves to PostgreSQL when you do."</p>
            </li>
        </ul>
    }
}

/// The API in one glance.
#[component]
fn Sample() -> impl IntoView {
    view! {
        <figure class="sample">
            <figcaption class="sample__caption">"POST /graphql"</figcaption>
            <pre class="sample__code">
                <code>
                    <span class="sample__key">"mutation"</span>
                    " {\n  tokenAuth(\n    username: "
                    <span class="sample__text">"\"ada\""</span>
                    "\n    password: "
                    <span class="sample__text">"\"correct horse\""</span>
                    "\n  ) {\n    token\n    payload\n  }\n}\n\n"
                    <span class="sample__note">"# and with the token in hand"</span>
                    "\n"
                    <span class="sample__key">"query"</span>
                    " {\n  me { username email }\n}"
                </code>
            </pre>
        </figure>
    }
}
