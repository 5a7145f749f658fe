//! Where the person is signed in, and how they end that elsewhere.

use leptos::{either::Either, prelude::*, task::spawn_local};

use crate::{
    api::{self, Place},
    components::{busy_button::busy_button, heading::focus, moment::Minute},
    session::Session,
    when,
};

/// The id of the heading, where the focus goes when the button that had it is gone.
const HEADING: &str = "sessions";
/// The id of the box with the button that ends all others.
const ALL: &str = "sessions-all";

/// What a button ends.
struct Ending {
    /// One session by its id, or all but this one.
    id: Option<String>,
    /// The name of the button.
    label: String,
    /// Whether the person is still signed in there: no longer when the button has done its work.
    rows: Vec<RwSignal<bool>>,
    /// What is announced then.
    done: String,
}

/// The sessions of the signed-in person: this one, which the bar ends, and the others, which are ended here.
#[component]
pub(super) fn Sessions(places: Vec<Place>) -> impl IntoView {
    let said = RwSignal::new(String::new());
    let mut places = places;
    places.sort_by_key(|place| !place.current);
    // Each row goes by itself: what is pressed or read in one does not change with another.
    let rows: Vec<RwSignal<bool>> = places.iter().map(|_| RwSignal::new(true)).collect();
    let others: Vec<RwSignal<bool>> = places
        .iter()
        .zip(&rows)
        .filter_map(|(place, there)| (!place.current).then_some(*there))
        .collect();
    let left = others.clone();
    let alone = Memo::new(move |_| left.iter().all(|there| !there.get()));
    let names = names(&places);
    let rows = places.into_iter().zip(names).zip(rows);
    view! {
        <section class="card places" aria-labelledby=HEADING>
            <h2 class="places__title" id=HEADING tabindex="-1">
                "Where you are signed in"
            </h2>
            <p class="visually-hidden" role="status">
                {said}
            </p>
            // The role: Safari takes a list without bullets for none.
            <ul role="list" aria-labelledby=HEADING>
                {rows.map(|((place, name), there)| row(place, name, there, said)).collect_view()}
            </ul>
            {move || {
                if alone.get() {
                    Either::Left(view! { <p class="places__none">"You are signed in nowhere else."</p> })
                } else {
                    Either::Right(everywhere(others.clone(), said))
                }
            }}
        </section>
    }
}

/// A name for each place that tells it from the others.
fn names(places: &[Place]) -> Vec<String> {
    let name = |place: &Place| {
        let alike = |other: &&Place| !other.current && other.device == place.device;
        if places.iter().filter(alike).count() < 2 {
            place.device.clone()
        } else {
            let since = when::minute(&place.created_at);
            format!("{}, signed in since {since}", place.device)
        }
    };
    places.iter().map(name).collect()
}

/// A place, for as long as the person is signed in there.
fn row(place: Place, name: String, there: RwSignal<bool>, said: RwSignal<String>) -> impl IntoView {
    move || {
        there.get().then(|| {
            let place = place.clone();
            let ending = (!place.current).then(|| Ending {
                id: Some(place.id.clone()),
                label: format!("Sign out {name}"),
                rows: vec![there],
                done: format!("{name} is signed out."),
            });
            let address = (!place.ip_address.is_empty()).then(|| format!("{} · ", place.ip_address));
            view! {
                <li class="places__row" id=row_id(&place.id)>
                    <div>
                        <p class="places__device">
                            {place.device} {place.current.then(|| view! { " " <span class="badge">"This device"</span> })}
                        </p>
                        <p class="places__details">{address} "Last used " <Minute moment=place.last_used_at/></p>
                        <p class="places__details">"Signed in since " <Minute moment=place.created_at/></p>
                    </div>
                    {ending.map(|ending| end_button("Sign out", "button button--small", ending, said))}
                </li>
            }
        })
    }
}

fn row_id(session: &str) -> String {
    format!("session-{session}")
}

fn everywhere(rows: Vec<RwSignal<bool>>, said: RwSignal<String>) -> impl IntoView {
    let text = "Sign out everywhere else";
    let ending = Ending {
        id: None,
        label: text.to_owned(),
        rows,
        done: "You are signed out everywhere else.".to_owned(),
    };
    view! {
        <div class="places__all" id=ALL>
            {end_button(text, "button places__button", ending, said)}
        </div>
    }
}

/// The button, and what went wrong when it was pressed.
fn end_button(
    text: &'static str,
    class: &'static str,
    ending: Ending,
    said: RwSignal<String>,
) -> impl IntoView {
    let session = Session::expect();
    let busy = RwSignal::new(false);
    let problem = RwSignal::new(None);
    let Ending {
        id,
        label,
        rows,
        done,
    } = ending;
    let press = Callback::new(move |()| {
        busy.set(true);
        problem.set(None);
        let (id, rows, done) = (id.clone(), rows.clone(), done.clone());
        spawn_local(async move {
            let outcome = session.call(|token| api::end_elsewhere(id.clone(), token));
            // The page may be gone by the time of the answer, with all that is on it.
            match outcome.await {
                Err(error) if !error.is("SESSION_NOT_FOUND") => {
                    problem.try_set(Some(error.sentence()));
                    busy.try_set(false);
                }
                // Or it had ended by itself.
                _ => {
                    focus_from(&id.as_deref().map_or_else(|| ALL.to_owned(), row_id));
                    said.try_set(done);
                    for there in rows {
                        there.try_set(false);
                    }
                }
            }
        });
    });
    (
        busy_button(text, class, busy, press).attr("aria-label", label),
        move || {
            let problem = problem.get();
            problem.map(|problem: String| view! { <p class="alert places__problem" role="alert">{problem}</p> })
        },
    )
}

/// Takes the focus to the heading if it is within the element with this id, which is about to go.
fn focus_from(id: &str) {
    let focused = document().active_element();
    let element = document().get_element_by_id(id);
    if element.is_some_and(|element| element.contains(focused.as_deref())) {
        focus(HEADING);
    }
}
