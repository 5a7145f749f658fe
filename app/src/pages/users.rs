//! Everyone who has an account, as far as the viewer may see them.

mod further;

use leptos::{
    either::{Either, EitherOf4},
    prelude::*,
};

use self::further::Further;
use crate::{
    api::{self, Listed, UsersPage as Page},
    components::{
        busy_button::busy_button,
        failure::failure,
        heading::Heading,
        moment::Day,
        person::{avatar, full_name},
    },
    error::ApiError,
    session::Session,
};

/// Users shown at a time.
const COUNT: u16 = 50;

/// The list of users. The server renders the first of them; the browser asks again when someone signs in or
/// out, because what may be seen depends on who looks.
#[component]
pub(crate) fn UsersPage() -> impl IntoView {
    let session = Session::expect();
    let viewer = Memo::new(move |_| session.username());
    let first = Resource::new(
        move || viewer.get(),
        move |viewer| async move { (viewer, fetch(session, None).await) },
    );
    let busy = RwSignal::new(false);
    // These belong to the page, not to what is in the boundary below: that can still be seen and pressed
    // while its successor is on the way.
    let further = Further::new(session);
    let retry = Callback::new(move |()| first.refetch());
    let more = Callback::new(move |()| further.fetch());
    view! {
        <section class="page">
            <Heading title="Users" text="Users"/>
            <p class="lead">"Everyone who has signed up, the earliest first."</p>
            <div aria-busy=move || busy.get().then_some("true")>
                // Keeps showing what it has while it asks again, but nothing that only the viewer before might see.
                <Transition fallback=waiting set_pending=busy>
                    {move || {
                        let viewer = viewer.get();
                        first
                            .get()
                            .map(|(asker, page)| match page {
                                _ if asker.is_some() && asker != viewer => EitherOf4::A(waiting()),
                                Err(error) => EitherOf4::B(failure(&error, busy, retry)),
                                Ok(page) if page.users.is_empty() => EitherOf4::C(empty()),
                                Ok(page) => EitherOf4::D(people(&page, further, more)),
                            })
                    }}
                </Transition>
            </div>
        </section>
    }
}

async fn fetch(session: Session, after: Option<String>) -> Result<Page, ApiError> {
    session
        .call(|token| api::users(COUNT, after.clone(), token))
        .await
}

fn waiting() -> impl IntoView {
    view! {
        <div class="people people--waiting">
            <p class="visually-hidden" role="status">
                "Loading users…"
            </p>
            <span class="bone"></span>
            <span class="bone"></span>
            <span class="bone"></span>
        </div>
    }
}

fn empty() -> impl IntoView {
    view! {
        <div class="state">
            <p class="state__text">"No one has signed up yet."</p>
            <a class="button button--primary" href="/signup">
                "Be the first"
            </a>
        </div>
    }
}

/// The first users, and those who were asked for after them.
fn people(page: &Page, further: Further, more: Callback<()>) -> impl IntoView + use<> {
    further.follow(page);
    let count = page.users.len();
    view! {
        <ul class="people" aria-label="Users">
            {page.users.iter().map(row).collect_view()}
            {move || further.users.with(|users| users.iter().map(row).collect_view())}
        </ul>
        <p class="people__count" role="status">
            {move || tally(count + further.users.with(Vec::len), further.more.get())}
        </p>
        {move || match further.problem.get() {
            Some(error) => Either::Left(failure(&error, further.busy, more)),
            None => Either::Right(further.more.get().then(|| more_button(further.busy, more))),
        }}
    }
}

fn more_button(busy: RwSignal<bool>, more: Callback<()>) -> impl IntoView {
    busy_button("Show more users", "button people__more", busy, more)
}

fn row(user: &Listed) -> impl IntoView + use<> {
    let name = full_name(&user.first_name, &user.last_name);
    let details = [name, (!user.email.is_empty()).then(|| user.email.clone())];
    let details = details
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" · ");
    view! {
        <li class="people__row" id=format!("user-{}", user.id) tabindex="-1">
            {avatar(&user.username)}
            <span class="people__who">
                <span class="people__name">{user.username.clone()}</span>
                <span class="people__details">{details}</span>
            </span>
            <span class="people__since">
                "since " <Day moment=user.date_joined.clone()/>
            </span>
        </li>
    }
}

fn tally(count: usize, more: bool) -> String {
    match (count, more) {
        (1, false) => "1 user".to_owned(),
        (_, false) => format!("{count} users"),
        (_, true) => format!("The first {count} users"),
    }
}
