//! The signed-in person's own page. What it shows is private: it is fetched in the browser only, and gone
//! from the page as soon as the session is.

mod sessions;

use leptos::{either::EitherOf4, prelude::*};

use self::sessions::Sessions;
use crate::{
    api::{self, Account},
    components::{
        failure::failure,
        heading::Heading,
        moment::{Day, Minute},
        person::{avatar, full_name},
    },
    next::log_in_then,
    router::{Router, Way},
    session::{Identity, Session, Why},
};

/// The account of whoever is signed in; others are sent to log in first.
#[component]
pub(crate) fn MePage() -> impl IntoView {
    let session = Session::expect();
    let router = Router::expect();
    Effect::new(move |_| {
        // When the session ends by itself the page stays, and says so, rather than leave under someone's hands.
        if matches!(
            session.identity(),
            Identity::Anonymous(Why::Never | Why::LoggedOut)
        ) {
            router.navigate(&log_in_then("/me"), Way::REDIRECT);
        }
    });

    let owner = Memo::new(move |_| session.username());
    let pending = RwSignal::new(true);
    let account = LocalResource::new(move || {
        let owner = owner.get();
        async move {
            let owner = owner?;
            pending.set(true);
            let outcome = session.call(api::me).await;
            pending.set(false);
            Some((owner, outcome))
        }
    });
    let retry = Callback::new(move |()| account.refetch());
    view! {
        <section class="page page--narrow">
            <Heading text="Your account"/>
            {move || match session.identity() {
                Identity::Anonymous(Why::Over) => EitherOf4::A(view! { <p class="lead">"Log in again to see your account."</p> }),
                Identity::Unknown | Identity::Anonymous(_) => EitherOf4::B(waiting()),
                Identity::SignedIn(username) => {
                    // What was fetched for the person before is not for this one to see.
                    let own = account.get().flatten().filter(|(owner, _)| *owner == username);
                    match own.map(|(_, outcome)| outcome) {
                        None => EitherOf4::B(waiting()),
                        Some(Ok(mut account)) => {
                            let places = account.sessions.take().unwrap_or_default();
                            EitherOf4::C(view! { <Card account/> <Sessions places/> })
                        }
                        Some(Err(error)) => EitherOf4::D(failure(&error, pending, retry)),
                    }
                }
            }}
        </section>
    }
}

fn waiting() -> impl IntoView {
    view! {
        <div class="card card--waiting">
            <noscript>"Your account can only be shown with JavaScript, which is switched off in your browser."</noscript>
            <p class="visually-hidden">"Loading your account…"</p>
            <span class="bone bone--round"></span>
            <span class="bone"></span>
            <span class="bone bone--short"></span>
        </div>
    }
}

#[component]
fn Card(account: Account) -> impl IntoView {
    let Account {
        username,
        email,
        first_name,
        last_name,
        is_staff,
        is_superuser,
        date_joined,
        last_login,
        ..
    } = account;
    view! {
        <div class="card">
            <div class="card__head">
                {avatar(&username)}
                <div>
                    <p class="card__name">{full_name(&first_name, &last_name).unwrap_or_else(|| username.clone())}</p>
                    <p class="card__badges">
                        {is_superuser.then(|| view! { <span class="badge badge--strong">"Superuser"</span> })}
                        {is_staff.then(|| view! { <span class="badge">"Staff"</span> })}
                    </p>
                </div>
            </div>
            <dl class="facts">
                <div class="facts__row">
                    <dt>"Username"</dt>
                    <dd>{username}</dd>
                </div>
                <div class="facts__row">
                    <dt>"E-mail address"</dt>
                    <dd>{email}</dd>
                </div>
                <div class="facts__row">
                    <dt>"Member since"</dt>
                    <dd>
                        <Day moment=date_joined/>
                    </dd>
                </div>
                {last_login
                    .map(|moment| {
                        view! {
                            <div class="facts__row">
                                <dt>"Last log-in"</dt>
                                <dd>
                                    <Minute moment/>
                                </dd>
                            </div>
                        }
                    })}
            </dl>
        </div>
    }
}
