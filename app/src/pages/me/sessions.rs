//! Where the person is signed in, and how they end that elsewhere.

use leptos::{prelude::*, task::spawn_local};

use crate::{
    api::{self, Place},
    components::{busy_button::busy_button, heading::focus, moment::Minute},
    error::ApiError,
    session::Session,
    when,
};

/// The id of the heading, where the focus goes when the button that had it is gone.
const HEADING: &str = "sessions";
/// The id of the box with the button that ends all others.
const ALL: &str = "sessions-all";

/// What the person asked of the list.
#[derive(Clone, Copy)]
struct Request {
    busy: RwSignal<bool>,
    problem: RwSignal<Option<String>>,
}

impl Request {
    fn new() -> Self {
        Self {
            busy: RwSignal::new(false),
            problem: RwSignal::new(None),
        }
    }

    fn begin(self) {
        self.busy.set(true);
        self.problem.set(None);
    }

    /// Shows what went wrong, or says that nothing did. The page may be gone by now, with all that is on it.
    fn end(self, outcome: Result<(), ApiError>) -> bool {
        self.busy.try_set(false);
        match outcome {
            // It had ended by itself.
            Err(error) if !error.is("SESSION_NOT_FOUND") => {
                self.problem.try_set(Some(error.sentence()));
                false
            }
            _ => true,
        }
    }

    fn problem(self) -> impl IntoView {
        move || {
            let problem = self.problem.get();
            problem.map(
                |problem| view! { <p class="alert places__problem" role="alert">{problem}</p> },
            )
        }
    }
}

/// The sessions of the signed-in person: this one, which the bar ends, and the others, which are ended here.
#[component]
pub(super) fn Sessions(places: Vec<Place>) -> impl IntoView {
    let session = Session::expect();
    let said = RwSignal::new(String::new());
    let (here, others): (Vec<Place>, Vec<Place>) =
        places.into_iter().partition(|place| place.current);
    let names = names(&others);
    // Each row comes and goes by itself: what is pressed or read in one does not change with another.
    let others: Vec<(Place, String, RwSignal<bool>)> = others
        .into_iter()
        .zip(names)
        .map(|(place, name)| (place, name, RwSignal::new(true)))
        .collect();
    let left = StoredValue::new(others.iter().map(|(.., there)| *there).collect::<Vec<_>>());
    let alone = Memo::new(move |_| left.with_value(|left| left.iter().all(|there| !there.get())));
    view! {
        <section class="card places" aria-labelledby=HEADING>
            <h2 class="places__title" id=HEADING tabindex="-1">
                "Where you are signed in"
            </h2>
            <p class="visually-hidden" role="status">
                {said}
            </p>
            // The role: Safari takes a list without bullets for none.
            <ul class="places__list" role="list" aria-labelledby=HEADING>
                {here.into_iter().map(|place| view! { <li class="places__row">{what(place)}</li> }).collect_view()}
                {others.into_iter().map(|(place, name, there)| other(session, place, name, there, said)).collect_view()}
            </ul>
            {move || {
                if alone.get() {
                    view! { <p class="places__none">"You are signed in nowhere else."</p> }.into_any()
                } else {
                    everywhere(session, left, said).into_any()
                }
            }}
        </section>
    }
}

/// A name for each place that tells it from the others.
fn names(places: &[Place]) -> Vec<String> {
    let name = |place: &Place| {
        let alike = places.iter().filter(|other| other.device == place.device);
        if alike.count() == 1 {
            place.device.clone()
        } else {
            let since = when::minute(&place.created_at);
            format!("{}, signed in since {since}", place.device)
        }
    };
    places.iter().map(name).collect()
}

/// The id of a row.
fn row(session: &str) -> String {
    format!("session-{session}")
}

/// Takes the focus to the heading if it is within the element with this id, which is about to go.
fn focus_from(id: &str) {
    let focused = document().active_element();
    let element = document().get_element_by_id(id);
    if element.is_some_and(|element| element.contains(focused.as_deref())) {
        focus(HEADING);
    }
}

fn what(place: Place) -> impl IntoView {
    view! {
        <div class="places__what">
            <p class="places__device">
                {place.device} {place.current.then(|| view! { " " <span class="badge">"This device"</span> })}
            </p>
            <p class="places__details">
                {(!place.ip_address.is_empty()).then(|| format!("{} · ", place.ip_address))} "Last used "
                <Minute moment=place.last_used_at/>
            </p>
            <p class="places__details">"Signed in since " <Minute moment=place.created_at/></p>
        </div>
    }
}

/// A place other than this, for as long as the person is signed in there.
fn other(
    session: Session,
    place: Place,
    name: String,
    there: RwSignal<bool>,
    said: RwSignal<String>,
) -> impl IntoView {
    let request = Request::new();
    let id = StoredValue::new(place.id.clone());
    let place = StoredValue::new(place);
    let name = StoredValue::new(name);
    let press = Callback::new(move |()| {
        request.begin();
        spawn_local(async move {
            let id = id.get_value();
            let outcome = session
                .call(|token| api::revoke_session(id.clone(), token))
                .await;
            if request.end(outcome) {
                focus_from(&row(&id));
                said.try_set(
                    name.try_with_value(|name| format!("{name} is signed out."))
                        .unwrap_or_default(),
                );
                there.try_set(false);
            }
        });
    });
    move || {
        there.get().then(|| {
            let label = name.with_value(|name| format!("Sign out {name}"));
            view! {
                <li class="places__row" id=row(&id.get_value())>
                    {what(place.get_value())} {busy_button("Sign out", "button button--small", request.busy, press).attr("aria-label", label)}
                    {request.problem()}
                </li>
            }
        })
    }
}

fn everywhere(
    session: Session,
    left: StoredValue<Vec<RwSignal<bool>>>,
    said: RwSignal<String>,
) -> impl IntoView {
    let request = Request::new();
    let press = Callback::new(move |()| {
        request.begin();
        spawn_local(async move {
            let outcome = session.call(api::log_out_everywhere).await;
            if request.end(outcome) {
                focus_from(ALL);
                said.try_set("You are signed out everywhere else.".to_owned());
                left.try_with_value(|left| {
                    for there in left {
                        there.try_set(false);
                    }
                });
            }
        });
    });
    view! {
        <div class="places__all" id=ALL>
            {busy_button("Sign out everywhere else", "button places__button", request.busy, press)} {request.problem()}
        </div>
    }
}
