//! What the page shows of an answer: rows and the ways to other pages, or why there are none.

use leptos::prelude::*;

use super::address::link;
use crate::{
    api::{Edge, Listed, Selection, UsersPage},
    components::{
        moment::Day,
        person::{avatar, full_name},
    },
    error::ApiError,
};

/// While the first answer is on its way.
pub(super) fn waiting() -> impl IntoView {
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

/// The users of a page.
pub(super) fn people(selection: &Selection, page: &UsersPage) -> impl IntoView + use<> {
    view! {
        <ul class="people" aria-label="Users">
            {page.users.iter().map(row).collect_view()}
        </ul>
        {pager(selection, page)}
    }
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
        <li class="people__row">
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

/// Links, so that a page can be opened beside this one, and without scripts.
fn pager(selection: &Selection, page: &UsersPage) -> Option<impl IntoView + use<>> {
    let first = (selection.edge != Edge::Start).then_some(Edge::Start);
    let previous = page.previous.clone().map(Edge::Before);
    let next = page.next.clone().map(Edge::After);
    (first.is_some() || previous.is_some() || next.is_some()).then(|| {
        view! {
            <nav class="pager" aria-label="Pages">
                {turn(selection, first, "First")} {turn(selection, previous, "Previous")} {turn(selection, next, "Next")}
            </nav>
        }
    })
}

fn turn(
    selection: &Selection,
    edge: Option<Edge>,
    text: &'static str,
) -> Option<impl IntoView + use<>> {
    let href = link(&Selection {
        edge: edge?,
        ..selection.clone()
    });
    Some(view! {
        <a class="button" href=href>
            {text}
        </a>
    })
}

/// There is nobody to show, and nothing is wrong. What [`tally`] says of it is not said again.
pub(super) fn nobody(selection: &Selection) -> impl IntoView + use<> {
    let (text, href, action) = if selection.edge != Edge::Start {
        let text = "Nobody is on this page any more.";
        (text, first_page(selection), FIRST_PAGE)
    } else if selection.search.is_empty() {
        let text = "No one has signed up yet.";
        (text, "/signup".to_owned(), "Be the first")
    } else {
        let everyone = Selection {
            search: String::new(),
            ..selection.clone()
        };
        let text = "Check the spelling, or type fewer letters.";
        (text, link(&everyone), "Show all users")
    };
    state(text.to_owned(), href, action, None)
}

/// The address asks for what cannot be.
pub(super) fn astray(selection: &Selection, error: &ApiError) -> impl IntoView + use<> {
    let text = if selection.edge == Edge::Start {
        let sentences = error.fields().into_iter().map(|(_, sentence)| sentence);
        sentences.collect::<Vec<_>>().join(" ")
    } else {
        "The address of this page names a place that is not in the list.".to_owned()
    };
    state(text, first_page(selection), FIRST_PAGE, Some("alert"))
}

const FIRST_PAGE: &str = "Go to the first page";

fn first_page(selection: &Selection) -> String {
    if selection.edge == Edge::Start {
        "/users".to_owned()
    } else {
        link(&Selection {
            edge: Edge::Start,
            ..selection.clone()
        })
    }
}

fn state(
    text: String,
    href: String,
    action: &'static str,
    role: Option<&'static str>,
) -> impl IntoView {
    view! {
        <div class="state" role=role>
            <p class="state__text">{text}</p>
            <a class="button button--primary" href=href>
                {action}
            </a>
        </div>
    }
}

/// How many users there are in all.
pub(super) fn tally(selection: &Selection, page: &UsersPage) -> String {
    let total = grouped(page.total);
    let search = &selection.search;
    match (page.total, page.exact) {
        (0, _) if search.is_empty() => String::new(),
        (1, true) if search.is_empty() => "1 user".to_owned(),
        (_, true) if search.is_empty() => format!("{total} users"),
        (_, false) if search.is_empty() => format!("More than {total} users"),
        (0, _) => format!("No user’s name begins with “{search}”."),
        (1, true) => format!("1 user matches “{search}”."),
        (_, true) => format!("{total} users match “{search}”."),
        (_, false) => format!("More than {total} users match “{search}”."),
    }
}

/// `1,234,567`.
fn grouped(number: i64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_numbers_are_readable() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (12_345, "12,345"),
            (1_234_567, "1,234,567"),
        ] {
            assert_eq!(grouped(number), text);
        }
    }

    #[test]
    fn the_tally_says_what_was_counted() {
        let tally = |search: &str, total, exact| {
            let selection = Selection {
                search: search.to_owned(),
                ..Selection::default()
            };
            let page = UsersPage {
                users: Vec::new(),
                previous: None,
                next: None,
                total,
                exact,
            };
            tally(&selection, &page)
        };
        assert_eq!(tally("", 0, true), "");
        assert_eq!(tally("", 1, true), "1 user");
        assert_eq!(tally("", 12_345, true), "12,345 users");
        assert_eq!(tally("ad", 0, true), "No user’s name begins with “ad”.");
        assert_eq!(tally("ad", 1, true), "1 user matches “ad”.");
        assert_eq!(
            tally("ad", 1_000, false),
            "More than 1,000 users match “ad”."
        );
    }
}
