//! The address of the page tells which users it shows: `/users?search=ad&sort=name-desc&after=…`.

use crate::{
    api::{Edge, Order, Selection},
    next::{escape, unescape},
};

/// Orders as they are called in the address.
const ORDERS: [(Order, &str); 4] = [
    (Order::Joined, "joined"),
    (Order::JoinedDesc, "joined-desc"),
    (Order::Name, "name"),
    (Order::NameDesc, "name-desc"),
];

/// The word for an order.
pub(super) fn word(order: Order) -> &'static str {
    let known = ORDERS.iter().find(|(known, _)| *known == order);
    known.map_or("", |(_, word)| word)
}

/// What the query of an address asks for. What it cannot ask for is left out.
pub(super) fn read(query: &str) -> Selection {
    let mut selection = Selection::default();
    for pair in query.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let value = unescape(value);
        match name {
            "search" => value.trim().clone_into(&mut selection.search),
            "sort" => {
                let known = ORDERS.iter().find(|(_, word)| *word == value);
                selection.order = known.map(|(order, _)| *order);
            }
            "after" if !value.is_empty() => selection.edge = Edge::After(value),
            "before" if !value.is_empty() => selection.edge = Edge::Before(value),
            _ => {}
        }
    }
    // Who is searched for comes by name.
    if !selection.search.is_empty() && selection.order.is_some_and(|order| !by_name(order)) {
        selection.order = None;
    }
    selection
}

/// Whether the order is one of names.
pub(super) fn by_name(order: Order) -> bool {
    matches!(order, Order::Name | Order::NameDesc)
}

/// The address of what is asked for.
pub(super) fn link(selection: &Selection) -> String {
    let mut address = "/users".to_owned();
    let mut add = |name: &str, value: &str| {
        if !value.is_empty() {
            address.push(if address.contains('?') { '&' } else { '?' });
            address.push_str(name);
            address.push('=');
            address.push_str(&escape(value));
        }
    };
    add("search", &selection.search);
    add("sort", selection.order.map_or("", word));
    match &selection.edge {
        Edge::Start => {}
        Edge::After(cursor) => add("after", cursor),
        Edge::Before(cursor) => add("before", cursor),
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selection(search: &str, order: Option<Order>, edge: Edge) -> Selection {
        Selection {
            search: search.to_owned(),
            order,
            edge,
        }
    }

    #[test]
    fn an_address_says_what_was_asked_for() {
        for (address, asked) in [
            ("/users", selection("", None, Edge::Start)),
            (
                "/users?search=ad&sort=name-desc&after=MTo0Mg%3D%3D",
                selection("ad", Some(Order::NameDesc), Edge::After("MTo0Mg==".into())),
            ),
            (
                "/users?sort=joined-desc&before=x_-",
                selection("", Some(Order::JoinedDesc), Edge::Before("x_-".into())),
            ),
            (
                "/users?search=a%2Bb%26c%3Dd%25e%20%C3%AB",
                selection("a+b&c=d%e ë", None, Edge::Start),
            ),
        ] {
            assert_eq!(link(&asked), address);
            let query = address.strip_prefix("/users").expect("the page");
            assert_eq!(read(query.trim_start_matches('?')), asked);
        }
    }

    #[test]
    fn a_form_sent_without_scripts_is_understood() {
        let asked = selection("ada l", Some(Order::Name), Edge::Start);
        assert_eq!(read("search=+ada+l+&sort=name"), asked);
        assert_eq!(read("search=&sort="), Selection::default());
    }

    #[test]
    fn what_makes_no_sense_is_left_out() {
        let asked = selection("ad", None, Edge::Start);
        assert_eq!(read("search=ad&sort=joined-desc"), asked);
        assert_eq!(read("search=ad&sort=age&after=&page=7&&=&x"), asked);
        assert_eq!(read("search=%&sort=%zz").search, "%");
        assert_eq!(read("search=%ff%4").search, "\u{fffd}%4");
        assert_eq!(read("search=%2541").search, "%41");
    }
}
