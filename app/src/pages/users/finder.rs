//! The form that searches while one types, and the links that sort. Without scripts both are answered by the server.

use std::time::Duration;

use leptos::{html::Input, leptos_dom::helpers::TimeoutHandle, prelude::*};

use super::address::{by_name, link, word};
use crate::{
    api::{Edge, Order, Selection},
    router::{Router, Way},
};

/// How long nothing may be typed before it is searched for.
const PAUSE: Duration = Duration::from_millis(250);

/// Longer than any username or e-mail address.
const LONGEST: &str = "254";

/// The search and the sorting, as the address has them.
#[component]
pub(super) fn Finder(selection: Memo<Selection>) -> impl IntoView {
    let field = NodeRef::<Input>::new();
    let router = Router::expect();
    let timer = StoredValue::new(None::<TimeoutHandle>);
    // Each letter would otherwise be a place to go back to.
    let search = Callback::new(move |()| {
        let Some(field) = field.get_untracked() else {
            return;
        };
        let before = selection.get_untracked();
        let search = field.value().trim().to_owned();
        if search != before.search {
            let order = before
                .order
                .filter(|order| search.is_empty() || by_name(*order));
            let found = Selection {
                search,
                order,
                edge: Edge::Start,
            };
            let way = Way {
                replace: true,
                scroll: false,
            };
            router.navigate(&link(&found), way);
        }
    });
    // Whoever goes to another page is done with what they typed before.
    Effect::new(move |_| {
        if router.is_leaving()
            && let Some(before) = timer.try_update_value(Option::take).flatten()
        {
            before.clear();
        }
    });
    let wait = move || {
        // The page may be gone by then.
        let late = move || {
            search.try_run(());
        };
        let next = set_timeout_with_handle(late, PAUSE).ok();
        timer.update_value(|timer| {
            if let Some(before) = std::mem::replace(timer, next) {
                before.clear();
            }
        });
    };
    Effect::new(move |before: Option<String>| {
        let now = selection.with(|selection| selection.search.clone());
        if let Some(field) = field.get_untracked()
            && field.value().trim() != now
        {
            match before {
                // Typed before the page was alive.
                None => search.run(()),
                Some(before) if before != now => field.set_value(&now),
                Some(_) => {}
            }
        }
        now
    });
    let first = selection.with_untracked(|selection| selection.search.clone());
    view! {
        <div class="finding">
            <form class="finder" role="search" method="get" action="/users" on:submit=move |event| {
                event.prevent_default();
                search.run(());
            }>
                <div class="finder__words">
                    <label class="field__label" for="search">
                        "Find users by name"
                    </label>
                    <span class="field__hint" id="search-hint">
                        "Type how it begins."
                    </span>
                </div>
                <div class="finder__row">
                    <input
                        class="field__input"
                        id="search"
                        type="search"
                        name="search"
                        value=first
                        maxlength=LONGEST
                        autocomplete="off"
                        autocapitalize="none"
                        spellcheck="false"
                        enterkeyhint="search"
                        aria-describedby="search-hint"
                        node_ref=field
                        on:input=move |_| wait()
                    />
                    {move || {
                        let chosen = selection.with(|selection| selection.order);
                        chosen.map(|order| view! { <input type="hidden" name="sort" value=word(order)/> })
                    }}
                    <button class="button button--primary" type="submit">
                        "Search"
                    </button>
                </div>
            </form>
            <Sorting selection/>
        </div>
    }
}

/// The orders there are. A search is answered in the order of names alone.
#[component]
fn Sorting(selection: Memo<Selection>) -> impl IntoView {
    let searching = Memo::new(move |_| selection.with(|selection| !selection.search.is_empty()));
    let choice = move |order: Order, text: &'static str| {
        let current = move || {
            selection
                .with(|selection| selection.order() == order)
                .then_some("true")
        };
        let target = move || {
            let search = selection.with(|selection| selection.search.clone());
            link(&Selection {
                search,
                order: (order != Order::Joined).then_some(order),
                edge: Edge::Start,
            })
        };
        view! {
            <a class="choice" href=target aria-current=current>
                {text}
            </a>
        }
    };
    view! {
        <div class="sorting" role="group" aria-labelledby="sorting">
            <span class="sorting__label" id="sorting">
                {move || if searching.get() { "A search is sorted by" } else { "Sort by" }}
            </span>
            {move || (!searching.get()).then(|| (choice(Order::Joined, "Joined first"), choice(Order::JoinedDesc, "Joined last")))}
            {choice(Order::Name, "Name A–Z")} {choice(Order::NameDesc, "Name Z–A")}
        </div>
    }
}
