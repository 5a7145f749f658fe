//! The pages as the server renders them, before any script runs.

use crate::support::{Answer, Api, Request};

async fn page(api: &Api, path: &str) -> Answer {
    let request = Request::get(path).header("accept", "text/html");
    api.send(&request).await
}

#[tokio::test]
async fn every_page_is_rendered_with_its_title_and_heading() {
    let api = Api::start().await;
    for (path, title, heading) in [
        (
            "/",
            "Accounts for your application · Latchkey",
            "One key for everyone",
        ),
        ("/signup", "Sign up · Latchkey", "Create your account"),
        ("/login", "Log in · Latchkey", "Welcome back"),
        ("/users", "Users · Latchkey", "Users"),
        ("/me", "Me · Latchkey", "Your account"),
    ] {
        let answer = page(&api, path).await;
        assert_eq!(answer.status, 200, "{answer}");
        assert!(
            answer.text().contains(&format!("<title>{title}</title>")),
            "{answer}"
        );
        let h1 = answer.text().split("<h1").nth(1).unwrap_or_default();
        assert!(h1.contains(heading), "{answer}");
        assert_eq!(
            answer.header("content-type"),
            Some("text/html; charset=utf-8"),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn an_address_without_a_page_is_404_with_a_page_that_says_so() {
    let api = Api::start().await;
    for path in [
        "/nowhere",
        "/users/1",
        "/pkg/nothing.js",
        "/..%2f..%2fetc%2fpasswd",
        "/%ff",
        "/users%00",
    ] {
        let answer = page(&api, path).await;
        assert_eq!(answer.status, 404, "{path}: {answer}");
        assert!(answer.text().contains("There is no page here"), "{answer}");
    }
}

#[tokio::test]
async fn an_address_with_a_slash_too_many_leads_to_the_page() {
    let api = Api::start().await;
    for (path, page) in [
        ("/users/", "/users"),
        ("/login/?next=/users", "/login?next=/users"),
    ] {
        let answer = api.send(&Request::get(path)).await;
        assert_eq!(answer.status, 308, "{answer}");
        assert_eq!(answer.header("location"), Some(page), "{answer}");
    }
    for path in ["//evil.example/", "/nowhere/", "//users/"] {
        let answer = api.send(&Request::get(path)).await;
        assert_eq!(answer.status, 404, "{path}: {answer}");
    }
}

#[tokio::test]
async fn the_list_of_users_is_rendered_without_anybodys_private_data() {
    let api = Api::start().await;
    api.member("ada").await;
    let bob = api.member("bob").await;
    for request in [
        Request::get("/users"),
        Request::get("/users").header("authorization", format!("JWT {}", bob.token)),
    ] {
        let answer = api.send(&request).await;
        for name in ["ada", "bob"] {
            assert!(answer.text().contains(name), "{answer}");
        }
        assert!(!answer.text().contains("@example.com"), "{answer}");
    }
}

#[tokio::test]
async fn the_address_says_which_users_are_rendered() {
    let api = Api::start().await;
    for name in ["ada", "adele", "bob"] {
        api.member(name).await;
    }
    let rows = |answer: &Answer| -> Vec<String> {
        let rows = answer.text().split("people__name\">").skip(1);
        rows.filter_map(|row| row.split('<').next().map(str::to_owned))
            .collect()
    };
    for (path, names, tally) in [
        ("/users", vec!["ada", "adele", "bob"], "3 users"),
        (
            "/users?sort=joined-desc",
            vec!["bob", "adele", "ada"],
            "3 users",
        ),
        (
            "/users?search=+AD&sort=name-desc",
            vec!["adele", "ada"],
            "2 users match “AD”.",
        ),
        (
            "/users?search=%61d&sort=joined-desc",
            vec!["ada", "adele"],
            "2 users match “ad”.",
        ),
        (
            "/users?search=%3Cb%3E",
            vec![],
            "No user’s name begins with “&lt;b&gt;”.",
        ),
        ("/users?after=nonsense", vec![], "names a place that is not"),
    ] {
        let answer = page(&api, path).await;
        assert_eq!(answer.status, 200, "{answer}");
        assert_eq!(rows(&answer), names, "{path}: {answer}");
        assert!(answer.text().contains(tally), "{path}: {answer}");
    }
}

#[tokio::test]
async fn what_users_are_called_is_text_and_never_markup() {
    let api = Api::start().await;
    api.member("ada").await;
    let name = "<img src=x onerror=alert(1)>";
    let sql = "UPDATE users SET username = $1 WHERE username_key = 'ada'";
    api.database().execute(sql, name).await;
    let answer = page(&api, "/users").await;
    assert!(!answer.text().contains("<img src=x"), "{answer}");
    assert!(answer.text().contains("&lt;img src=x"), "{answer}");
}

#[tokio::test]
async fn a_list_that_is_not_public_is_not_rendered_for_strangers() {
    let api = Api::with(&[("--users-visibility", "members")]).await;
    let ada = api.member("ada").await;
    for request in [
        Request::get("/users"),
        Request::get("/users").header("authorization", format!("JWT {}", ada.token)),
    ] {
        let answer = api.send(&request).await;
        assert_eq!(answer.status, 200, "{answer}");
        assert!(
            answer
                .text()
                .contains("Only people with an account can see this."),
            "{answer}"
        );
        assert!(!answer.text().contains("people__row"), "{answer}");
    }
}

/// Leptos looks for the pages with a switch of the whole process.
#[tokio::test(flavor = "multi_thread")]
async fn pages_are_rendered_whole_while_other_servers_start() {
    let api = Api::with(&[("--request-timeout", "5")]).await;
    let others = tokio::spawn(async {
        for _ in 0..25 {
            Api::start().await.stop().await;
        }
    });
    while !others.is_finished() {
        let answer = page(&api, "/users").await;
        assert_eq!(answer.status, 200, "{answer}");
    }
    others.await.expect("the other servers start and stop");
}

#[tokio::test]
async fn a_password_never_gets_into_an_address() {
    let api = Api::start().await;
    for path in ["/signup", "/login"] {
        let answer = page(&api, path).await;
        assert!(answer.text().contains("method=\"post\""), "{answer}");
        let answer = api
            .send(&Request::new("POST", path).body("password=x"))
            .await;
        assert_eq!(answer.status, 405, "{answer}");
    }
}

#[tokio::test]
async fn only_scripts_that_the_page_names_may_run() {
    let api = Api::start().await;
    let nonce = |answer: &Answer| {
        let policy = answer.header("content-security-policy").unwrap_or_default();
        assert!(
            policy.starts_with("default-src 'none'; script-src 'nonce-"),
            "{answer}"
        );
        for part in [
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "require-trusted-types-for 'script'",
        ] {
            assert!(policy.contains(part), "{part} in {policy}");
        }
        assert!(
            !policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"),
            "{policy}"
        );
        policy
            .split('\'')
            .find_map(|word| word.strip_prefix("nonce-"))
            .map(str::to_owned)
    };
    let (one, other) = (page(&api, "/").await, page(&api, "/nowhere").await);
    let (first, second) = (nonce(&one), nonce(&other));
    assert!(
        first.as_ref().is_some_and(|nonce| nonce.len() >= 16),
        "{first:?}"
    );
    assert_ne!(first, second, "a nonce is used once");
    for (name, value) in [
        ("x-frame-options", "DENY"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
    ] {
        assert_eq!(one.header(name), Some(value), "{one}");
        assert_eq!(other.header(name), Some(value), "{other}");
    }
}

#[tokio::test]
async fn graphiql_is_served_at_its_own_path_and_to_browsers_at_the_endpoint() {
    let api = Api::start().await;
    let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    for path in [
        "/graphiql",
        "/graphql",
        "/graphql/",
        "/graphql?query=%7Bme%7Bid%7D%7D",
    ] {
        let answer = api
            .send(&Request::get(path).header("accept", browser))
            .await;
        assert_eq!(answer.status, 200, "{answer}");
        assert!(
            answer.text().contains("<title>GraphiQL · Latchkey</title>"),
            "{answer}"
        );
        assert!(
            !answer.text().contains("://"),
            "nothing from elsewhere: {answer}"
        );
        let policy = answer.header("content-security-policy").unwrap_or_default();
        assert!(policy.contains("script-src 'self'; "), "{answer}");
    }
}

#[tokio::test]
async fn graphiql_can_be_turned_off() {
    let api = Api::with(&[("--graphiql", "false")]).await;
    let answer = page(&api, "/graphiql").await;
    assert_eq!(answer.status, 404, "{answer}");
    let request = Request::query(&[("query", "{ __typename }")]).header("accept", "text/html");
    let answer = api.send(&request).await;
    answer.is_rejected(406, "NOT_ACCEPTABLE");
    let answer = page(&api, "/").await;
    assert!(
        answer.text().contains("data-graphiql=\"off\""),
        "links to it are hidden: {answer}"
    );
}
