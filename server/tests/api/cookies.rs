//! Tokens in cookies, where the operator turns them on.

use serde_json::{Value, json};

use crate::support::{Answer, Api, PASSWORD, Request, START};

const ON: (&str, &str) = ("--jwt-cookie", "true");
const LONG_RUNNING: (&str, &str) = ("--jwt-long-running-refresh-token", "true");

/// A server with ada.
async fn with_ada(settings: &[(&str, &str)]) -> Api {
    let api = Api::with(settings).await;
    let email = "ada@example.com";
    api.anonymous().sign_up("ada", email, PASSWORD).await.data();
    api
}

fn document(query: &str) -> Request {
    Request::json(json!({ "query": query }).to_string())
}

async fn ask(api: &Api, query: &str, cookies: &str) -> Answer {
    let request = document(query).header("cookie", cookies);
    api.send(&request).await.answering(query)
}

async fn log_in(api: &Api, selection: &str) -> Answer {
    let query = format!(
        "mutation {{ tokenAuth(username: \"ada\", password: \"{PASSWORD}\") {{ {selection} }} }}"
    );
    api.send(&document(&query)).await
}

/// The value of a cookie that an answer sets.
fn cookie(answer: &Answer, name: &str) -> Option<String> {
    let start = format!("{name}=");
    let all = answer.headers("set-cookie");
    let line = all.iter().find_map(|line| line.strip_prefix(&start))?;
    line.split(';').next().map(str::to_owned)
}

/// What a browser would send after this answer.
fn jar(answer: &Answer) -> String {
    let lines = answer.headers("set-cookie");
    let pairs: Vec<&str> = lines
        .iter()
        .filter_map(|line| line.split(';').next())
        .collect();
    pairs.join("; ")
}

#[tokio::test]
async fn without_the_setting_none_is_set_or_read() {
    let api = with_ada(&[]).await;
    let answer = log_in(&api, "token").await;
    assert!(answer.headers("set-cookie").is_empty(), "{answer}");
    let token = answer.data()["tokenAuth"]["token"].take();
    let token = token.as_str().expect("a token is a text");
    let me = ask(&api, "{ me { id } }", &format!("JWT={token}")).await;
    me.is_refused("me", "UNAUTHENTICATED", "Not logged in!");
}

#[tokio::test]
async fn a_log_in_sets_the_access_token_alone_where_no_refresh_token_is_selected() {
    let api = with_ada(&[ON]).await;
    let answer = log_in(&api, "token").await;
    let token = answer.data()["tokenAuth"]["token"].take();
    let token = token.as_str().expect("a token is a text");
    let expected = format!(
        "JWT={token}; HttpOnly; SameSite=Lax; Path=/; Max-Age=300; Expires=Sun, 09 Sep 2001 01:51:40 GMT"
    );
    assert_eq!(
        answer.headers("set-cookie"),
        [expected.as_str()],
        "{answer}"
    );
    let me = ask(&api, "{ me { username } }", &jar(&answer)).await;
    assert_eq!(me.data(), json!({ "me": { "username": "ada" } }));
}

#[tokio::test]
async fn a_refresh_token_has_a_cookie_of_its_own() {
    let api = with_ada(&[ON]).await;
    let answer = log_in(&api, "refreshToken").await;
    let token = answer.data()["tokenAuth"]["refreshToken"].take();
    assert_eq!(
        cookie(&answer, "JWT-refresh-token").as_deref(),
        token.as_str(),
        "{answer}"
    );
    let lines = answer.headers("set-cookie");
    assert!(
        lines[1].contains("; HttpOnly; SameSite=Lax; Path=/; Max-Age=2592000;"),
        "{answer}"
    );
}

#[tokio::test]
async fn with_long_running_tokens_it_is_set_unasked() {
    let api = with_ada(&[ON, LONG_RUNNING]).await;
    let answer = log_in(&api, "payload").await;
    let token = cookie(&answer, "JWT-refresh-token").expect("it is set");
    assert_eq!(token.len(), 40, "{answer}");
    assert!(!answer.text().contains(&token), "{answer}");
}

#[tokio::test]
async fn a_log_in_that_fails_sets_no_cookie() {
    let api = with_ada(&[ON]).await;
    let query = "mutation { tokenAuth(username: \"ada\", password: \"wrong\") { token } }";
    let answer = api.send(&document(query)).await;
    assert_eq!(answer.code(), "INVALID_CREDENTIALS", "{answer}");
    assert!(answer.headers("set-cookie").is_empty(), "{answer}");
}

#[tokio::test]
async fn verify_refresh_and_revoke_take_the_cookies_value() {
    let api = with_ada(&[ON]).await;
    let logged_in = log_in(&api, "refreshToken payload").await;
    let payload = logged_in.data()["tokenAuth"]["payload"].take();
    let jar_before = jar(&logged_in);
    let answer = ask(&api, "mutation { verifyToken { payload } }", &jar_before).await;
    assert_eq!(
        answer.data(),
        json!({ "verifyToken": { "payload": payload } })
    );

    api.pass(10_000);
    let query = "mutation { refreshToken { payload } }";
    let refreshed = ask(&api, query, &jar_before).await;
    let payload = refreshed.data()["refreshToken"]["payload"].take();
    assert_eq!(payload["origIat"], json!(START + 10_000), "{refreshed}");
    assert_eq!(refreshed.headers("set-cookie").len(), 2, "{refreshed}");
    let jar_after = jar(&refreshed);
    assert_ne!(jar_before, jar_after);

    let query = "mutation { revokeToken { revoked } }";
    let answer = ask(&api, query, &jar_after).await;
    assert_eq!(
        answer.data(),
        json!({ "revokeToken": { "revoked": START + 10_000 } })
    );
    let me = ask(&api, "{ me { id } }", &jar_after).await;
    me.is_refused("me", "SESSION_ENDED", "Session has ended");
}

#[tokio::test]
async fn without_a_refresh_token_the_access_tokens_cookie_is_refreshed() {
    let api = with_ada(&[ON]).await;
    let logged_in = log_in(&api, "token").await;
    api.pass(100);
    let query = "mutation { refreshToken { payload } }";
    let refreshed = ask(&api, query, &jar(&logged_in)).await;
    let payload = refreshed.data()["refreshToken"]["payload"].take();
    assert_eq!(payload["origIat"], json!(START), "{refreshed}");
    assert_eq!(refreshed.headers("set-cookie").len(), 1, "{refreshed}");
}

#[tokio::test]
async fn the_header_goes_before_the_cookie() {
    let api = with_ada(&[ON]).await;
    let cookies = jar(&log_in(&api, "token").await);
    let query = "{ me { username } }";
    for (header, message) in [
        ("JWT zzz", Some("Error decoding signature")),
        ("Bearer zzz", Some("Error decoding signature")),
        ("Basic zzz", None),
        ("zzz", None),
    ] {
        let request = document(query)
            .header("cookie", &cookies)
            .header("authorization", header);
        let answer = api.send(&request).await;
        let body = answer.json();
        let said = body.pointer("/errors/0/message").and_then(Value::as_str);
        assert_eq!(said, message, "{header}: {answer}");
    }
}

#[tokio::test]
async fn a_stale_cookie_does_not_stand_in_the_way_of_logging_in() {
    let api = with_ada(&[ON]).await;
    let query = format!(
        "mutation {{ tokenAuth(username: \"ada\", password: \"{PASSWORD}\") {{ token }} }}"
    );
    ask(&api, &query, "JWT=garbage; JWT-refresh-token=garbage")
        .await
        .data();
}

#[tokio::test]
async fn deleting_says_whether_there_was_one() {
    let api = with_ada(&[ON]).await;
    let cookies = jar(&log_in(&api, "refreshToken").await);
    let query = "mutation { deleteTokenCookie { deleted } deleteRefreshTokenCookie { deleted } }";
    let answer = ask(&api, query, &cookies).await;
    let deleted = |deleted: bool| json!({ "deleteTokenCookie": { "deleted": deleted }, "deleteRefreshTokenCookie": { "deleted": deleted } });
    assert_eq!(answer.data(), deleted(true));
    let lines = answer.headers("set-cookie");
    assert_eq!(lines.len(), 2, "{answer}");
    for line in lines {
        assert!(
            line.contains("=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970"),
            "{line}"
        );
    }
    let answer = ask(&api, query, "other=1").await;
    assert_eq!(answer.data(), deleted(false));
    assert!(answer.headers("set-cookie").is_empty(), "{answer}");
}

#[tokio::test]
async fn logging_out_ends_the_session_and_deletes_both() {
    let api = with_ada(&[ON]).await;
    let cookies = jar(&log_in(&api, "refreshToken").await);
    // Its access token expires meanwhile, as after a night.
    api.pass(40_000);
    let query = "mutation { logout { loggedOut } }";
    let answer = ask(&api, query, &cookies).await;
    assert_eq!(answer.data(), json!({ "logout": { "loggedOut": true } }));
    assert_eq!(answer.headers("set-cookie").len(), 2, "{answer}");
    let refreshed = ask(&api, "mutation { refreshToken { token } }", &cookies).await;
    assert_eq!(refreshed.code(), "REFRESH_TOKEN_INVALID", "{refreshed}");
    let again = ask(&api, query, &cookies).await;
    assert_eq!(again.data(), json!({ "logout": { "loggedOut": false } }));
}

#[tokio::test]
async fn names_path_domain_and_same_site_are_settings() {
    let api = with_ada(&[
        ON,
        ("--jwt-cookie-name", "access"),
        ("--jwt-refresh-token-cookie-name", "refresh"),
        ("--jwt-cookie-path", "/graphql"),
        ("--jwt-cookie-domain", "example.com"),
        ("--jwt-cookie-samesite", "strict"),
        ("--jwt-cookie-secure", "true"),
    ])
    .await;
    let answer = log_in(&api, "refreshToken").await;
    for (line, name) in answer
        .headers("set-cookie")
        .iter()
        .zip(["access=", "refresh="])
    {
        assert!(line.starts_with(name), "{line}");
        let attributes = "; HttpOnly; SameSite=Strict; Secure; Path=/graphql; Domain=example.com; ";
        assert!(line.contains(attributes), "{line}");
    }
    let me = ask(&api, "{ me { username } }", &jar(&answer)).await;
    assert_eq!(me.data(), json!({ "me": { "username": "ada" } }));
}

#[tokio::test]
async fn over_https_they_are_secure() {
    let query = format!(
        "mutation {{ tokenAuth(username: \"ada\", password: \"{PASSWORD}\") {{ token }} }}"
    );
    let proxied = [ON, ("--trusted-proxies", "127.0.0.1")];
    for (settings, headers, secure) in [
        (&[ON] as &[_], &[] as &[(&str, &str)], false),
        (&[ON], &[("x-forwarded-proto", "https")], false),
        (&proxied, &[("x-forwarded-proto", "https")], true),
        (&proxied, &[("x-forwarded-proto", "http")], false),
        (
            &[ON],
            &[
                ("host", "id.example.com"),
                ("origin", "https://id.example.com"),
            ],
            true,
        ),
    ] {
        let api = with_ada(settings).await;
        let mut request = document(&query);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let answer = api.send(&request).await;
        let line = answer.header("set-cookie").unwrap_or_default();
        assert_eq!(line.contains("; Secure"), secure, "{headers:?}: {answer}");
    }
}

#[tokio::test]
async fn requests_of_other_sites_are_refused_with_a_cookie_as_without() {
    let api = with_ada(&[ON]).await;
    let cookies = jar(&log_in(&api, "refreshToken").await);
    let query = "mutation { logoutEverywhere { ended } }";
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        let request = document(query)
            .header("cookie", &cookies)
            .header(name, value);
        api.send(&request).await.is_rejected(403, "CROSS_SITE");
    }
    for content_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
    ] {
        let body = json!({ "query": query }).to_string();
        let request = Request::post(content_type, body).header("cookie", &cookies);
        let answer = api.send(&request).await;
        answer.is_rejected(415, "UNSUPPORTED_MEDIA_TYPE");
    }
    let request = Request::query(&[("query", query)]).header("cookie", &cookies);
    assert_eq!(api.send(&request).await.status, 405);
    ask(&api, "{ me { id } }", &cookies).await.data();
}

#[tokio::test]
async fn a_listed_origin_may_send_them() {
    let app = "https://app.example.com";
    let api = with_ada(&[ON, ("--allowed-origins", app)]).await;
    let answer = api
        .send(&document("{ __typename }").header("origin", app))
        .await;
    let credentials = "access-control-allow-credentials";
    assert_eq!(answer.header(credentials), Some("true"), "{answer}");
}

#[tokio::test]
async fn what_browsers_would_drop_is_refused_at_the_start() {
    let database = crate::support::Database::fresh().await;
    let words = [
        "serve",
        "--jwt-cookie",
        "true",
        "--jwt-cookie-samesite",
        "none",
    ];
    crate::support::latchkey(&database, &words, "").fails_with(&["--jwt-cookie-secure true"]);
    let words = [
        "serve",
        "--jwt-cookie-name",
        "t",
        "--jwt-refresh-token-cookie-name",
        "t",
    ];
    crate::support::latchkey(&database, &words, "").fails_with(&["a cookie of its own"]);
    for words in [
        ["serve", "--jwt-cookie-name", "a b"],
        ["serve", "--jwt-cookie-path", "graphql"],
        ["serve", "--jwt-cookie-domain", "a;b"],
        ["serve", "--jwt-argument-name", "1st"],
        ["serve", "--jwt-argument-name", "first"],
        ["serve", "--trusted-proxies", "nowhere"],
    ] {
        crate::support::latchkey(&database, &words, "").fails_with(&[words[1]]);
    }
}

#[tokio::test]
async fn the_relay_flavour_sets_them_too() {
    let api = with_ada(&[ON]).await;
    let query = format!(
        "mutation {{ tokenAuth(input: {{ username: \"ada\", password: \"{PASSWORD}\" }}) {{ refreshToken }} }}"
    );
    let answer = api.send(&document(&query).to("/graphql/relay")).await;
    assert_eq!(answer.headers("set-cookie").len(), 2, "{answer}");
    let none: Value = answer.data()["tokenAuth"]["clientMutationId"].take();
    assert_eq!(none, Value::Null);
}

#[tokio::test]
async fn the_relay_flavour_reads_and_deletes_them_too() {
    let api = with_ada(&[ON]).await;
    let cookies = jar(&log_in(&api, "refreshToken").await);
    let query = "mutation { deleteTokenCookie(input: {}) { deleted } \
        deleteRefreshTokenCookie(input: {}) { deleted } refreshToken(input: {}) { payload } }";
    let request = document(query)
        .to("/graphql/relay")
        .header("cookie", &cookies);
    let answer = api.send(&request).await;
    let data = answer.data();
    for field in ["deleteTokenCookie", "deleteRefreshTokenCookie"] {
        assert_eq!(data[field], json!({ "deleted": true }), "{answer}");
    }
    let cookies = jar(&log_in(&api, "refreshToken").await);
    for query in [
        "mutation { logoutEverywhere(input: { keepCurrent: true }) { ended } }",
        "mutation { revokeToken(input: {}) { revoked } }",
    ] {
        let request = document(query)
            .to("/graphql/relay")
            .header("cookie", &cookies);
        api.send(&request).await.data();
    }
    let me = ask(&api, "{ me { id } }", &cookies).await;
    assert_eq!(me.code(), "SESSION_ENDED", "{me}");
}

#[tokio::test]
async fn a_log_in_without_a_refresh_token_deletes_that_of_somebody_else() {
    let api = with_ada(&[ON]).await;
    api.anonymous()
        .sign_up("bob", "bob@example.com", PASSWORD)
        .await
        .data();
    let adas = jar(&log_in(&api, "refreshToken").await);
    let query = format!(
        "mutation {{ tokenAuth(username: \"bob\", password: \"{PASSWORD}\") {{ payload }} }}"
    );
    let answer = ask(&api, &query, &adas).await;
    let lines = answer.headers("set-cookie");
    let deleted =
        |line: &&str| line.starts_with("JWT-refresh-token=;") && line.contains("Max-Age=0");
    assert!(lines.iter().any(deleted), "{answer}");
}

#[tokio::test]
async fn logging_out_deletes_them_also_where_the_session_had_ended() {
    let api = with_ada(&[ON]).await;
    let logged_in = log_in(&api, "token refreshToken").await;
    let token = logged_in.data()["tokenAuth"]["refreshToken"].take();
    api.anonymous()
        .revoke(token.as_str().expect("it is a text"))
        .await
        .data();
    let access = format!("JWT={}", cookie(&logged_in, "JWT").expect("it is set"));
    let answer = ask(&api, "mutation { logout { loggedOut } }", &access).await;
    answer.is_refused("logout", "SESSION_ENDED", "Session has ended");
    assert_eq!(answer.headers("set-cookie").len(), 1, "{answer}");
}

#[tokio::test]
async fn an_argument_goes_before_the_cookie() {
    let api = with_ada(&[ON, ("--jwt-allow-argument", "true")]).await;
    let bob = api.member("bob").await;
    let cookies = jar(&log_in(&api, "token").await);
    let query = format!("{{ me(token: \"{}\") {{ username }} }}", bob.token);
    let answer = ask(&api, &query, &cookies).await;
    assert_eq!(answer.data(), json!({ "me": { "username": "bob" } }));
}

#[tokio::test]
async fn secure_and_same_site_can_be_set_against_what_the_request_says() {
    let https = [
        ("host", "id.example.com"),
        ("origin", "https://id.example.com"),
    ];
    for (settings, secure, same_site) in [
        (
            &[ON, ("--jwt-cookie-secure", "false")] as &[_],
            false,
            "Lax",
        ),
        (
            &[
                ON,
                ("--jwt-cookie-secure", "true"),
                ("--jwt-cookie-samesite", "none"),
            ],
            true,
            "None",
        ),
    ] {
        let api = with_ada(settings).await;
        let query = format!(
            "mutation {{ tokenAuth(username: \"ada\", password: \"{PASSWORD}\") {{ token }} }}"
        );
        let mut request = document(&query);
        for (name, value) in https {
            request = request.header(name, value);
        }
        let answer = api.send(&request).await;
        let line = answer.header("set-cookie").unwrap_or_default();
        assert_eq!(line.contains("; Secure"), secure, "{answer}");
        assert!(
            line.contains(&format!("; SameSite={same_site};")),
            "{answer}"
        );
    }
}
