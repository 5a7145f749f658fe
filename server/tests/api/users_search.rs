//! `usersConnection`: who may ask, who is found by a search, and how many there are.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::schema::items;
use crate::support::django::{dumped, file};
use crate::support::{Answer, Api, Client, PASSWORD, Request, latchkey};

const FORBIDDEN: &str = "You do not have permission to perform this action";

async fn search_in(client: &Client, text: &str, more: &str) -> Answer {
    let document = format!(
        "query ($s: String) {{ usersConnection(search: $s{more}) {{ edges {{ node {{ username }} }} totalCount }} }}"
    );
    client.ask_with(&document, json!({ "s": text })).await
}

/// The names that a search finds; as many as it says.
async fn search(client: &Client, text: &str, more: &str) -> Vec<String> {
    let data = search_in(client, text, more).await.data();
    let found = &data["usersConnection"];
    let name = |edge: &Value| edge["node"]["username"].as_str().map(str::to_owned);
    let names: Vec<String> = items(&found["edges"]).filter_map(name).collect();
    assert_eq!(found["totalCount"], json!(names.len()), "{text}: {data}");
    names
}

async fn sign_up(api: &Api, names: &[&str]) {
    for (number, name) in names.iter().enumerate() {
        let email = format!("address{number}@example.com");
        api.anonymous().sign_up(name, &email, PASSWORD).await.data();
    }
}

/// How many users there are, and whether that is exact.
async fn total(api: &Api, arguments: &str) -> (Value, Value) {
    let document = format!("{{ usersConnection{arguments} {{ totalCount totalCountIsExact }} }}");
    let data = api.anonymous().ask(&document).await.data();
    let total = &data["usersConnection"];
    (
        total["totalCount"].clone(),
        total["totalCountIsExact"].clone(),
    )
}

#[tokio::test]
async fn names_are_found_by_how_they_begin_in_any_case_and_script() {
    let api = Api::start().await;
    sign_up(
        &api,
        &[
            "Ada",
            "adam",
            "bada",
            "a_d",
            "axd",
            "Жанна",
            "Straße",
            "José",
            "adà",
        ],
    )
    .await;
    let anybody = api.anonymous();
    for (text, found) in [
        ("ada", vec!["Ada", "adam"]),
        (" AD ", vec!["Ada", "adam", "adà"]),
        ("adam", vec!["adam"]),
        ("adamant", vec![]),
        ("a_", vec!["a_d"]),
        ("%", vec![]),
        ("_", vec![]),
        ("ЖАН", vec!["Жанна"]),
        ("strass", vec!["Straße"]),
        ("ＪＯＳE\u{301}", vec!["José"]),
        ("\u{10ffff}", vec![]),
        ("'; DROP TABLE users; --", vec![]),
        ("da", vec![]),
    ] {
        assert_eq!(search(&anybody, text, "").await, found, "{text}");
    }
    for blank in ["", "  "] {
        assert_eq!(search(&anybody, blank, "").await.len(), 9);
    }
}

#[tokio::test]
async fn what_is_found_is_listed_by_name_and_nothing_else() {
    let api = Api::start().await;
    sign_up(&api, &["ben", "bea", "ada", "bob"]).await;
    let anybody = api.anonymous();
    assert_eq!(search(&anybody, "b", "").await, ["bea", "ben", "bob"]);
    let backward = search(&anybody, "b", ", orderBy: USERNAME_DESC").await;
    assert_eq!(backward, ["bob", "ben", "bea"]);
    for order in ["DATE_JOINED", "DATE_JOINED_DESC"] {
        let answer = search_in(&anybody, "b", &format!(", orderBy: {order}")).await;
        assert_eq!(answer.code(), "VALIDATION_FAILED", "{answer}");
        let fields = &answer.json()["errors"][0]["extensions"]["fields"];
        assert!(fields["orderBy"].is_array(), "{answer}");
        assert_eq!(
            search(&anybody, " ", &format!(", orderBy: {order}"))
                .await
                .len(),
            4
        );
    }
}

#[tokio::test]
async fn what_no_name_can_hold_cannot_be_searched_for() {
    let api = Api::start().await;
    for text in ["a\0b", "a\nb", &"a".repeat(255)] {
        let answer = search_in(&api.anonymous(), text, "").await;
        assert_eq!(answer.code(), "VALIDATION_FAILED", "{answer}");
        let fields = &answer.json()["errors"][0]["extensions"]["fields"];
        assert!(fields["search"].is_array(), "{answer}");
    }
    assert!(
        search(&api.anonymous(), &"a".repeat(254), "")
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn whose_an_address_is_only_those_learn_who_see_addresses() {
    let api = Api::start().await;
    let ada = api.member("ada").await;
    sign_up(&api, &["bob"]).await;
    let staff = api.staff("grace").await;
    for text in ["address0@example.com", "Address0@EXAMPLE.com "] {
        assert_eq!(search(&staff, text, "").await, ["bob"]);
        assert!(search(&ada, text, "").await.is_empty());
        assert!(search(&api.anonymous(), text, "").await.is_empty());
    }
    // Not even one's own, and no part of one.
    assert!(search(&ada, "ada@example.com", "").await.is_empty());
    for part in ["address", "address0@", "example.com", "@"] {
        assert!(search(&staff, part, "").await.is_empty(), "{part}");
    }
    let public = Api::on(api.stop().await, &[("--users-emails", "public")]).await;
    let found = search(&public.anonymous(), "address0@example.com", "").await;
    assert_eq!(found, ["bob"]);
}

#[tokio::test]
async fn a_user_found_by_an_address_stands_among_the_others() {
    let api = Api::start().await;
    let staff = api.staff("grace").await;
    // As users who come from Django can be called.
    let sql = "INSERT INTO users (username, username_key, email, email_key, password_hash, date_joined, password_changed_at)
        VALUES ('x@example.com1', 'x@example.com1', '', NULL, 'none', 0, 0),
               ('x@example.com2', 'x@example.com2', '', NULL, 'none', 0, 0),
               ('x@example.com', 'x@example.com', '', 'x@example.com', 'none', 0, 0),
               ('bob', 'bob', $1, 'y@example.com', 'none', 0, 0),
               ('y@example.com', 'y@example.com', '', NULL, 'none', 0, 0)";
    api.database().execute(sql, "").await;
    let found = search(&staff, "x@example.com", "").await;
    assert_eq!(found, ["x@example.com", "x@example.com1", "x@example.com2"]);
    assert_eq!(
        search(&staff, "y@example.com", "").await,
        ["bob", "y@example.com"]
    );
    let document = |arguments: &str| {
        format!(
            "{{ usersConnection(search: \"y@example.com\", {arguments}) {{ edges {{ node {{ username }} }} \
             pageInfo {{ hasNextPage hasPreviousPage endCursor startCursor }} }} }}"
        )
    };
    for (ahead, back, order) in [
        ("first", "after", ""),
        ("last", "before", "orderBy: USERNAME_DESC, "),
    ] {
        let data = staff
            .ask(&document(&format!("{order}{ahead}: 1")))
            .await
            .data();
        let first = &data["usersConnection"];
        assert_eq!(first["edges"][0]["node"]["username"], "bob", "{data}");
        let forward = ahead == "first";
        assert_eq!(first["pageInfo"]["hasNextPage"], json!(forward), "{data}");
        assert_eq!(
            first["pageInfo"]["hasPreviousPage"],
            json!(!forward),
            "{data}"
        );
        let from = &first["pageInfo"]["endCursor"];
        let data = staff
            .ask(&document(&format!("{order}{ahead}: 1, {back}: {from}")))
            .await
            .data();
        let second = &data["usersConnection"];
        assert_eq!(
            second["edges"][0]["node"]["username"], "y@example.com",
            "{data}"
        );
        assert_eq!(second["pageInfo"]["hasNextPage"], json!(!forward), "{data}");
        assert_eq!(
            second["pageInfo"]["hasPreviousPage"],
            json!(forward),
            "{data}"
        );
    }
}

#[tokio::test]
async fn who_may_not_list_users_may_not_search_them() {
    let document = "{ usersConnection(first: -1) { totalCount } }";
    let api = Api::with(&[
        ("--users-visibility", "staff"),
        ("--jwt-allow-argument", "true"),
    ])
    .await;
    let (ada, staff) = (api.member("ada").await, api.staff("grace").await);
    let answer = api.anonymous().ask(document).await;
    answer.is_refused("usersConnection", "UNAUTHENTICATED", FORBIDDEN);
    let answer = ada.ask(document).await;
    answer.is_refused("usersConnection", "FORBIDDEN", FORBIDDEN);
    assert_eq!(search(&staff, "a", "").await, ["ada"]);
    let document = "query ($t: String) { usersConnection(token: $t) { edges { node { email } } } }";
    let variables = json!({ "t": staff.token });
    let data = api.anonymous().ask_with(document, variables).await.data();
    let email = &data["usersConnection"]["edges"][0]["node"]["email"];
    assert_eq!(email, "ada@example.com", "{data}");
}

#[tokio::test]
async fn what_is_private_is_private_here_too() {
    let api = Api::start().await;
    let ada = api.member("ada").await;
    api.member("bob").await;
    let document =
        "{ usersConnection { edges { node { username email lastLogin sessions { id } } } } }";
    let data = ada.ask(document).await.data();
    let edges = &data["usersConnection"]["edges"];
    assert_eq!(edges[0]["node"]["email"], "ada@example.com", "{data}");
    let bob = json!({ "username": "bob", "email": "", "lastLogin": null, "sessions": null });
    assert_eq!(edges[1]["node"], bob, "{data}");
}

#[tokio::test]
async fn the_relay_flavour_has_the_same_list() {
    let api = Api::start().await;
    sign_up(&api, &["ada"]).await;
    let body = json!({ "query": "{ usersConnection(first: 1) { edges { node { username } } totalCount } }" });
    let request = Request::json(body.to_string()).to("/graphql/relay");
    let list = json!({ "edges": [{ "node": { "username": "ada" } }], "totalCount": 1 });
    assert_eq!(
        api.send(&request).await.data(),
        json!({ "usersConnection": list })
    );
}

#[tokio::test]
async fn the_total_follows_sign_ups_imports_and_deletions() {
    let api = Api::start().await;
    assert_eq!(total(&api, "").await, (json!(0), json!(true)));
    sign_up(&api, &["ada", "bob"]).await;
    // Refused, and not counted.
    api.anonymous()
        .sign_up("ADA", "a@example.com", PASSWORD)
        .await;
    assert_eq!(total(&api, "(first: 0)").await, (json!(2), json!(true)));
    let dump = [
        dumped(7, "cleo", "c@example.com"),
        dumped(8, "dan", ""),
        dumped(9, "Bob", ""),
    ];
    let from = file(api.database(), "dump.json", &json!(dump).to_string());
    latchkey(api.database(), &["import", "django", "--from", &from], "").succeeds();
    assert_eq!(total(&api, "").await, (json!(4), json!(true)));
    let sql = "DELETE FROM users WHERE username IN ('ada', $1)";
    api.database().execute(sql, "dan").await;
    assert_eq!(
        total(&api, "(orderBy: USERNAME_DESC, last: 1)").await,
        (json!(2), json!(true))
    );
}

#[tokio::test]
async fn the_total_is_right_whatever_is_added_at_the_same_moment() {
    let api = Api::start().await;
    let anybody = api.anonymous();
    let sign_ups = (0..24).map(|number| {
        let (name, email) = (format!("u{number}"), format!("u{number}@example.com"));
        let anybody = anybody.clone();
        tokio::spawn(async move { anybody.sign_up(&name, &email, PASSWORD).await.data() })
    });
    for sign_up in sign_ups.collect::<Vec<_>>() {
        sign_up.await.expect("it is done");
    }
    assert_eq!(total(&api, "").await, (json!(24), json!(true)));
}

#[tokio::test]
async fn nobody_waits_for_another_process_that_counts() {
    let api = Api::start().await;
    if !api.database().is_postgres() {
        // There, who adds users waits for whoever does, with a count or without.
        return;
    }
    let sql = "INSERT INTO users (username, username_key, email, password_hash, date_joined, password_changed_at)
        VALUES ($1, $1, '', 'none', 0, 0)";
    let held = [
        api.database().hold(sql, "held").await,
        api.database().hold(sql, "also").await,
    ];
    sign_up(&api, &["ada"]).await;
    assert_eq!(total(&api, "").await, (json!(1), json!(true)));
    for held in held {
        held.commit().await;
    }
    assert_eq!(total(&api, "").await, (json!(3), json!(true)));
}

#[tokio::test]
async fn what_a_search_finds_is_counted_up_to_1000() {
    let api = Api::start().await;
    let sql = "INSERT INTO users (username, username_key, email, password_hash, date_joined, password_changed_at)
        WITH RECURSIVE number (n) AS (SELECT 1000 UNION ALL SELECT n + 1 FROM number WHERE n < CAST($1 AS INTEGER))
        SELECT 'u' || CAST(n AS TEXT), 'u' || CAST(n AS TEXT), '', 'none', 0, 0 FROM number";
    api.database().execute(sql, "2000").await;
    assert_eq!(total(&api, "").await, (json!(1_001), json!(true)));
    assert_eq!(
        total(&api, "(search: \"u\")").await,
        (json!(1_000), json!(false))
    );
    assert_eq!(
        total(&api, "(search: \"u1\")").await,
        (json!(1_000), json!(true))
    );
    assert_eq!(
        total(&api, "(search: \"u2\")").await,
        (json!(1), json!(true))
    );
}

/// SQLite's plans are looked at where the statements are.
#[tokio::test]
async fn postgres_sorts_no_users_and_reads_no_more_than_a_page() {
    let api = Api::start().await;
    if !api.database().is_postgres() {
        return;
    }
    let sql = "INSERT INTO users (username, username_key, email, password_hash, date_joined, password_changed_at)
        SELECT 'u' || n, 'u' || n, $1, 'none', n / 7, 0 FROM generate_series(1, 20000) AS n";
    api.database().execute(sql, "").await;
    api.database().execute("ANALYZE", "").await;
    let mut plans = BTreeMap::new();
    let mut look = async |document: &str| {
        api.anonymous().ask(document).await.data();
        plans.extend(api.database().plans("FROM users").await);
    };
    look("{ users(first: 2, after: 7) { id } }").await;
    look("{ usersConnection(search: \"u1\") { totalCount } }").await;
    for order in [
        "DATE_JOINED",
        "DATE_JOINED_DESC",
        "USERNAME",
        "USERNAME_DESC",
    ] {
        let arguments = format!("first: 2, orderBy: {order}");
        let list = format!("{{ usersConnection({arguments}) {{ pageInfo {{ endCursor }} }} }}");
        look(&list).await;
        let data = api.anonymous().ask(&list).await.data();
        let cursor = &data["usersConnection"]["pageInfo"]["endCursor"];
        look(&format!(
            "{{ usersConnection({arguments}, after: {cursor}) {{ pageInfo {{ hasPreviousPage }} }} }}"
        ))
        .await;
    }
    // The list by ids, the count, the four orders, and whether there is anybody beyond, by the date and by the name.
    assert_eq!(plans.len(), 8, "{plans:#?}");
    for (query, plan) in plans {
        let bad = ["Seq Scan", "Sort", "Bitmap"]
            .iter()
            .any(|step| plan.contains(step));
        assert!(!bad && plan.contains("Index"), "{query}\n{plan}");
    }
}
