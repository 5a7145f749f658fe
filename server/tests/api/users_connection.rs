//! `usersConnection`: its orders, its pages in both directions, and its cursors.

use std::cell::Cell;

use serde_json::{Value, json};

use crate::schema::items;
use crate::support::{Answer, Api, Client};

const ORDERS: [&str; 4] = [
    "DATE_JOINED",
    "DATE_JOINED_DESC",
    "USERNAME",
    "USERNAME_DESC",
];

/// A server with so many users, `u1` and on, of whom four at a time joined in the same microsecond. Names are in another
/// order than ids, and those in another than dates.
async fn with_users(count: usize) -> Api {
    let api = Api::start().await;
    add(&api, 1, count).await;
    api
}

/// Adds the users `u{from}` to `u{to}`.
async fn add(api: &Api, from: usize, to: usize) {
    let sql = "INSERT INTO users (username, username_key, email, email_key, password_hash, date_joined, password_changed_at)
        WITH RECURSIVE number (n, last) AS (
            SELECT CAST(substr($1, 1, 4) AS INTEGER), CAST(substr($1, 5) AS INTEGER)
            UNION ALL SELECT n + 1, last FROM number WHERE n < last)
        SELECT 'U' || CAST(n AS TEXT), 'u' || CAST(n AS TEXT), 'u' || CAST(n AS TEXT) || '@example.com',
               'u' || CAST(n AS TEXT) || '@example.com', 'none', (100 - n) / 4, 0 FROM number";
    api.database()
        .execute(sql, &format!("{from:04}{to:04}"))
        .await;
}

async fn ask(client: &Client, arguments: &str) -> Answer {
    let document = format!(
        "{{ usersConnection({arguments}) {{ edges {{ cursor node {{ username }} }} \
         pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }}"
    );
    client.ask(&document).await
}

/// A page, and the names on it.
async fn page(api: &Api, arguments: &str) -> (Value, Vec<String>) {
    let mut data = ask(&api.anonymous(), arguments).await.data();
    let page = data["usersConnection"].take();
    let name = |edge: &Value| edge["node"]["username"].as_str().map(str::to_owned);
    let names = items(&page["edges"]).filter_map(name).collect();
    (page, names)
}

/// The names on page after page, in the order of the list; `between` is done between the pages.
async fn walk(api: &Api, order: &str, forward: bool, between: impl AsyncFn()) -> Vec<String> {
    let (size, cursor, info, more) = if forward {
        ("first", "after", "endCursor", "hasNextPage")
    } else {
        ("last", "before", "startCursor", "hasPreviousPage")
    };
    let mut seen: Vec<String> = Vec::new();
    let mut from = String::new();
    for number in 0.. {
        let (page, names) = page(api, &format!("{size}: 3, orderBy: {order}{from}")).await;
        assert!(names.len() <= 3, "{page}");
        let at = if forward { seen.len() } else { 0 };
        seen.splice(at..at, names);
        if page["pageInfo"][more] == json!(false) {
            break;
        }
        assert!(number < 100, "the list ends: {page}");
        from = format!(", {cursor}: {}", page["pageInfo"][info]);
        between().await;
    }
    seen
}

/// The names in an order, as the database itself would give them all at once.
async fn all(api: &Api, order: &str) -> Vec<String> {
    let sql = match order {
        "DATE_JOINED" => {
            "SELECT username FROM users WHERE username <> $1 ORDER BY date_joined, username_key"
        }
        "DATE_JOINED_DESC" => {
            "SELECT username FROM users WHERE username <> $1 ORDER BY date_joined DESC, username_key DESC"
        }
        "USERNAME" => "SELECT username FROM users WHERE username <> $1 ORDER BY username_key",
        _ => "SELECT username FROM users WHERE username <> $1 ORDER BY username_key DESC",
    };
    api.database().texts(sql, "").await
}

#[tokio::test]
async fn walking_in_either_direction_meets_every_user_once_in_every_order() {
    let api = with_users(25).await;
    for order in ORDERS {
        let expected = all(&api, order).await;
        for forward in [true, false] {
            let seen = walk(&api, order, forward, async || {}).await;
            assert_eq!(seen, expected, "{order}, forward: {forward}");
        }
    }
}

#[tokio::test]
async fn who_is_added_and_removed_meanwhile_does_not_move_the_others() {
    let api = with_users(25).await;
    let before = all(&api, "USERNAME").await;
    let added = Cell::new(100);
    for order in ORDERS {
        for forward in [true, false] {
            let mut seen = walk(&api, order, forward, async || {
                let number = added.replace(added.get() + 2);
                add(&api, number, number + 1).await;
                let sql = "DELETE FROM users WHERE username = $1";
                api.database().execute(sql, &format!("U{number}")).await;
            })
            .await;
            seen.retain(|name| before.contains(name));
            let mut expected = all(&api, order).await;
            expected.retain(|name| before.contains(name));
            assert_eq!(seen, expected, "{order}, forward: {forward}");
            // The next list begins as this one did: where what was added stands before the cursor, it would never end.
            let sql = "DELETE FROM users WHERE length(username) > 3 AND username <> $1";
            api.database().execute(sql, "").await;
        }
    }
}

#[tokio::test]
async fn a_page_knows_what_lies_on_either_side() {
    let api = with_users(9).await;
    for order in ORDERS {
        let (whole, _) = page(&api, &format!("orderBy: {order}")).await;
        let cursor = |index: usize| whole["edges"][index]["cursor"].clone();
        let (first, third, last) = (cursor(0), cursor(2), cursor(8));
        for (arguments, previous, next, count) in [
            ("first: 9".to_owned(), false, false, 9),
            ("last: 9".to_owned(), false, false, 9),
            ("first: 8".to_owned(), false, true, 8),
            ("last: 8".to_owned(), true, false, 8),
            ("first: 0".to_owned(), false, true, 0),
            ("last: 0".to_owned(), true, false, 0),
            (format!("first: 2, after: {third}"), true, true, 2),
            (format!("last: 2, before: {third}"), false, true, 2),
            (format!("first: 6, after: {third}"), true, false, 6),
            (format!("first: 9, after: {last}"), true, false, 0),
            (format!("last: 9, before: {first}"), false, true, 0),
            (format!("after: {first}, before: {third}"), true, true, 1),
            (
                format!("first: 1, after: {first}, before: {last}"),
                true,
                true,
                1,
            ),
            (
                format!("last: 9, after: {first}, before: {last}"),
                true,
                true,
                7,
            ),
            (
                format!("first: 9, after: {last}, before: {first}"),
                true,
                true,
                0,
            ),
        ] {
            let (page, names) = page(&api, &format!("{arguments}, orderBy: {order}")).await;
            let info = &page["pageInfo"];
            let shown = (&info["hasPreviousPage"], &info["hasNextPage"], names.len());
            let expected = (&json!(previous), &json!(next), count);
            assert_eq!(shown, expected, "{order}, {arguments}: {page}");
            let edges = &page["edges"];
            let end = edges[names.len().saturating_sub(1)]["cursor"].clone();
            assert_eq!(
                (&info["startCursor"], &info["endCursor"]),
                (&edges[0]["cursor"], &end)
            );
        }
    }
}

#[tokio::test]
async fn without_a_number_a_page_has_50_users() {
    let api = with_users(60).await;
    assert_eq!(page(&api, "orderBy: USERNAME").await.1.len(), 50);
    let (_, names) = page(
        &api,
        "first: null, orderBy: null, search: null, after: null",
    )
    .await;
    assert_eq!(names, all(&api, "DATE_JOINED").await[..50]);
}

#[tokio::test]
async fn a_list_goes_on_where_a_user_stood_who_is_gone() {
    let api = with_users(5).await;
    let (whole, names) = page(&api, "orderBy: USERNAME").await;
    let sql = "DELETE FROM users WHERE username = $1";
    api.database().execute(sql, &names[2]).await;
    let arguments = format!(
        "first: 9, orderBy: USERNAME, after: {}",
        whole["edges"][2]["cursor"]
    );
    assert_eq!(page(&api, &arguments).await.1, names[3..]);
}

/// The sentences about one argument, of a page that is refused.
async fn refused(api: &Api, arguments: &str, field: &str) -> String {
    let answer = ask(&api.anonymous(), arguments).await;
    assert_eq!(answer.code(), "VALIDATION_FAILED", "{arguments}: {answer}");
    assert_eq!(
        answer.json()["data"],
        json!({ "usersConnection": null }),
        "{answer}"
    );
    let sentences = &answer.json()["errors"][0]["extensions"]["fields"][field];
    let sentence = sentences[0].as_str().map(str::to_owned);
    sentence.unwrap_or_else(|| panic!("{arguments} is about {field}: {answer}"))
}

#[tokio::test]
async fn a_cursor_of_another_order_is_refused() {
    let api = with_users(3).await;
    for order in ORDERS {
        let (whole, _) = page(&api, &format!("orderBy: {order}")).await;
        let cursor = &whole["edges"][1]["cursor"];
        for other in ORDERS.into_iter().filter(|other| *other != order) {
            for name in ["after", "before"] {
                let arguments = format!("orderBy: {other}, {name}: {cursor}");
                let sentence = refused(&api, &arguments, name).await;
                assert!(sentence.contains("another order"), "{sentence}");
            }
        }
    }
}

#[tokio::test]
async fn what_is_no_cursor_is_refused() {
    let api = with_users(3).await;
    let long = "A".repeat(9_000);
    // The last two hold what PostgreSQL takes for no text: NUL, and a byte that begins nothing.
    for cursor in ["", "3", "no cursor", "🙂", "AQ", &long, "AXVhAGI", "AXX_"] {
        let arguments = format!("orderBy: USERNAME, after: \"{cursor}\"");
        let sentence = refused(&api, &arguments, "after").await;
        assert!(sentence.contains("no cursor"), "{cursor}: {sentence}");
    }
}

#[tokio::test]
async fn a_number_of_users_that_cannot_be_is_refused() {
    let api = with_users(3).await;
    for name in ["first", "last"] {
        for number in ["-1", "1001", "2147483647", "-2147483648"] {
            let sentence = refused(&api, &format!("{name}: {number}"), name).await;
            assert_eq!(sentence, "Ask for 0 to 1000 users at once.", "{number}");
        }
    }
    let sentence = refused(&api, "first: 1, last: 1", "last").await;
    assert!(sentence.contains("not for both"), "{sentence}");
    ask(&api.anonymous(), "first: 1000").await.data();
}
