//! `me { sessions }`, `logout`, `logoutEverywhere` and `revokeSession`: where a user is signed in, and ending it.

use serde_json::{Value, json};

use crate::support::{
    Anonymous, Answer, Api, Client, Database, PASSWORD, Process, Request, START, Token, claims_of,
};

const LIST: &str = "{ me { sessions { id device ipAddress authenticatedBy createdAt lastUsedAt expiresAt current } } }";
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";

async fn sessions(client: &Client) -> Vec<Value> {
    let mut data = client.ask(LIST).await.data();
    match data["me"]["sessions"].take() {
        Value::Array(sessions) => sessions,
        other => panic!("a list of sessions, not {other}"),
    }
}

/// Logs ada in as a browser with these headers.
async fn log_in_with(api: &Api, headers: &[(&str, &str)]) -> Client {
    let query = "mutation ($p: String!) { tokenAuth(username: \"ada\", password: $p) { token } }";
    let body = json!({ "query": query, "variables": { "p": PASSWORD } });
    let mut request = Request::json(body.to_string());
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let data = api.send(&request).await.data();
    let token = data["tokenAuth"]["token"].as_str().expect("it is a text");
    api.anonymous().with_token(token)
}

fn has_ended(answer: &Answer) {
    answer.is_refused("me", "SESSION_ENDED", "Session has ended");
}

async fn revoke_session(client: &Client, id: &Value) -> Answer {
    let document = "mutation ($id: ID!) { revokeSession(id: $id) { revoked } }";
    client.ask_with(document, json!({ "id": id })).await
}

#[tokio::test]
async fn a_user_sees_where_they_are_signed_in_the_last_used_first() {
    let api = Api::start().await;
    let ada = api.member("ada").await;
    api.pass(60);
    let firefox = log_in_with(&api, &[("user-agent", FIREFOX)]).await;
    api.pass(60);
    let listed = sessions(&firefox).await;
    let claims: Value = serde_json::from_str(&claims_of(&ada.token)).expect("claims are JSON");
    assert_eq!(listed.len(), 2, "{listed:?}");
    assert_eq!(
        listed[0],
        json!({
            "id": listed[0]["id"],
            "device": "Firefox on Linux",
            "ipAddress": "127.0.0.1",
            "authenticatedBy": "PASSWORD",
            "createdAt": "2001-09-09T01:47:40.123456+00:00",
            "lastUsedAt": "2001-09-09T01:47:40.123456+00:00",
            "expiresAt": "2001-09-16T01:52:40.000000+00:00",
            "current": true,
        })
    );
    assert_eq!(
        (
            &listed[1]["id"],
            &listed[1]["device"],
            &listed[1]["current"]
        ),
        (&claims["sid"], &json!("Unknown device"), &json!(false))
    );
}

#[tokio::test]
async fn a_refresh_is_a_use_and_reading_is_none() {
    let api = Api::start().await;
    let ada = api.member("ada").await;
    let tokens = ada.open_session("ada").await;
    api.pass(100);
    ada.me().await.data();
    let other = ada.with_token(&tokens.access);
    let before = sessions(&other).await;
    assert!(
        before
            .iter()
            .all(|one| one["createdAt"] == one["lastUsedAt"]),
        "{before:?}"
    );
    let next = ada.rotated(&tokens.refresh).await;
    api.pass(1);
    ada.refresh(&ada.token).await.data();
    let after = sessions(&ada.with_token(&next.access)).await;
    let used: Vec<&Value> = after.iter().map(|one| &one["lastUsedAt"]).collect();
    assert_eq!(
        used,
        [
            &json!("2001-09-09T01:48:21.123456+00:00"),
            &json!("2001-09-09T01:48:20.123456+00:00"),
        ]
    );
}

#[tokio::test]
async fn addresses_of_clients_are_believed_of_trusted_proxies_alone() {
    for (settings, address) in [
        (&[] as &[_], "127.0.0.1"),
        (
            &[("--trusted-proxies", "10.0.0.0/8,127.0.0.1")],
            "203.0.113.9",
        ),
    ] {
        let api = Api::with(settings).await;
        api.member("ada").await;
        let forwarded = [("x-forwarded-for", "198.51.100.1, 203.0.113.9, 10.1.2.3")];
        let client = log_in_with(&api, &forwarded).await;
        let listed = sessions(&client).await;
        let current = listed.iter().find(|one| one["current"] == true);
        assert_eq!(current.map(|one| &one["ipAddress"]), Some(&json!(address)));
    }
}

#[tokio::test]
async fn a_user_agent_of_any_kind_is_kept_within_bounds() {
    let api = Api::start().await;
    api.member("ada").await;
    let long = format!("curl/{}", "9".repeat(5_000));
    for user_agent in [long.as_str(), "\t<script>\t", "''; DROP TABLE sessions"] {
        let client = log_in_with(&api, &[("user-agent", user_agent)]).await;
        assert!(!sessions(&client).await.is_empty());
    }
    let sql = "SELECT user_agent FROM sessions WHERE id <> $1";
    let kept = api.database().texts(sql, "").await;
    assert!(kept.iter().all(|text| text.len() <= 512), "{kept:?}");
}

#[tokio::test]
async fn a_token_made_elsewhere_has_no_session_until_it_is_refreshed() {
    let api = Api::start().await;
    api.anonymous()
        .sign_up("ada", "ada@example.com", PASSWORD)
        .await
        .data();
    let foreign = Token::foreign("ada").signed();
    let client = api.anonymous().with_token(&foreign);
    assert_eq!(sessions(&client).await, [] as [Value; 0]);
    let answer = client.ask("mutation { logout { loggedOut } }").await;
    assert_eq!(answer.data(), json!({ "logout": { "loggedOut": false } }));
    client.refresh(&foreign).await.data();
    let listed = sessions(&client).await;
    assert_eq!(listed.len(), 1);
    assert_eq!(
        (&listed[0]["authenticatedBy"], &listed[0]["current"]),
        (&json!("TOKEN"), &json!(false))
    );
}

#[tokio::test]
async fn logging_out_ends_the_session_at_once_and_no_other() {
    let api = Api::start().await;
    let ada = api.member("ada").await;
    let other = log_in_with(&api, &[]).await;
    let answer = ada.ask("mutation { logout { loggedOut } }").await;
    assert_eq!(answer.data(), json!({ "logout": { "loggedOut": true } }));
    has_ended(&ada.me().await);
    let again = ada.ask("mutation { logout { loggedOut } }").await;
    again.is_refused("logout", "SESSION_ENDED", "Session has ended");
    other.me().await.data();
    assert_eq!(sessions(&other).await.len(), 1);
}

#[tokio::test]
async fn logging_out_everywhere_ends_every_session() {
    let api = Api::start().await;
    let ada = api.member("ada").await;
    let bob = api.member("bob").await;
    let tokens = ada.open_session("ada").await;
    let answer = ada.ask("mutation { logoutEverywhere { ended } }").await;
    assert_eq!(answer.data(), json!({ "logoutEverywhere": { "ended": 2 } }));
    has_ended(&ada.me().await);
    has_ended(&ada.with_token(&tokens.access).me().await);
    let answer = ada.rotate(&tokens.refresh).await;
    assert_eq!(answer.code(), "REFRESH_TOKEN_INVALID", "{answer}");
    bob.me().await.data();
}

#[tokio::test]
async fn the_current_session_can_be_kept() {
    let api = Api::start().await;
    let ada = api.member("ada").await;
    let other = log_in_with(&api, &[]).await;
    for (keep, ended) in [(true, 1), (true, 0)] {
        let document = "mutation ($k: Boolean) { logoutEverywhere(keepCurrent: $k) { ended } }";
        let answer = ada.ask_with(document, json!({ "k": keep })).await;
        assert_eq!(
            answer.data(),
            json!({ "logoutEverywhere": { "ended": ended } })
        );
    }
    ada.me().await.data();
    has_ended(&other.me().await);
}

#[tokio::test]
async fn one_session_is_ended_by_its_id() {
    let api = Api::start().await;
    let ada = api.member("ada").await;
    let other = log_in_with(&api, &[("user-agent", FIREFOX)]).await;
    let listed = sessions(&ada).await;
    let id = listed
        .iter()
        .find(|one| one["device"] == "Firefox on Linux");
    let id = &id.expect("it is listed")["id"];
    let answer = revoke_session(&ada, id).await;
    assert_eq!(
        answer.data(),
        json!({ "revokeSession": { "revoked": START } })
    );
    has_ended(&other.me().await);
    ada.me().await.data();
    let again = revoke_session(&ada, id).await;
    assert_eq!(again.code(), "SESSION_NOT_FOUND", "{again}");
}

#[tokio::test]
async fn nobody_ends_the_session_of_somebody_else() {
    let api = Api::start().await;
    let ada = api.member("ada").await;
    let staff = api.staff("grace").await;
    let id = sessions(&ada).await.remove(0)["id"].take();
    for id in [id, json!("1"), json!(""), json!("0".repeat(32))] {
        let answer = revoke_session(&staff, &id).await;
        let message = "There is no such session, or it has ended already.";
        answer.is_refused("revokeSession", "SESSION_NOT_FOUND", message);
    }
    ada.me().await.data();
}

#[tokio::test]
async fn a_session_that_ended_on_one_server_has_ended_on_every_other() {
    let one = Api::start().await;
    let other = Api::on(std::sync::Arc::clone(one.database()), &[]).await;
    let ada = one.member("ada").await;
    let there = other.anonymous().with_token(&ada.token);
    there.me().await.data();
    ada.ask("mutation { logout { loggedOut } }").await.data();
    has_ended(&there.me().await);
}

#[tokio::test]
async fn a_session_whose_time_is_over_is_listed_no_more_and_its_tokens_are_over() {
    let api = Api::with(&[
        ("--session-lifetime", "1000"),
        ("--jwt-refresh-expiration-delta", "2000"),
        ("--jwt-verify-expiration", "false"),
    ])
    .await;
    let ada = api.member("ada").await;
    let tokens = ada.open_session("ada").await;
    api.pass(1_001);
    assert_eq!(
        sessions(&ada).await.len(),
        1,
        "the other can be refreshed still"
    );
    has_ended(&ada.with_token(&tokens.access).me().await);
    api.pass(1_300);
    has_ended(&ada.me().await);
}

#[tokio::test]
async fn a_refresh_carries_a_session_on_when_the_setting_was_raised() {
    let api = Api::with(&[("--jwt-refresh-expiration-delta", "1000")]).await;
    let ada = api.member("ada").await;
    let database = api.stop().await;
    let settings = [
        ("--jwt-refresh-expiration-delta", "100000"),
        ("--jwt-expiration-delta", "5000"),
    ];
    let api = Api::on(database, &settings).await;
    let mut data = api.anonymous().refresh(&ada.token).await.data();
    let token = data["refreshToken"]["token"].take();
    let client = api
        .anonymous()
        .with_token(token.as_str().expect("it is a text"));
    api.pass(3_000);
    client.me().await.data();
    assert_eq!(sessions(&client).await.len(), 1);
}

#[tokio::test]
async fn logging_out_everywhere_ends_tokens_that_were_made_elsewhere() {
    let api = Api::start().await;
    let ada = api.member("ada").await;
    let older = Token::foreign("ada").signed();
    api.pass(1);
    ada.ask("mutation { logoutEverywhere { ended } }")
        .await
        .data();
    has_ended(&ada.with_token(&older).me().await);
    let refreshed = ada.refresh(&older).await;
    refreshed.is_refused("refreshToken", "SESSION_ENDED", "Session has ended");
    let younger = Token::foreign("ada").with("origIat", START + 1).signed();
    ada.with_token(&younger).me().await.data();
}

#[tokio::test]
async fn a_token_made_elsewhere_opens_one_session_however_often_it_is_refreshed() {
    let api = Api::start().await;
    api.anonymous()
        .sign_up("ada", "ada@example.com", PASSWORD)
        .await
        .data();
    let foreign = Token::foreign("ada").signed();
    let client = api.anonymous().with_token(&foreign);
    let mut tokens = Vec::new();
    for _ in 0..3 {
        let mut data = client.refresh(&foreign).await.data();
        tokens.push(data["refreshToken"]["token"].take());
    }
    let listed = sessions(&client).await;
    assert_eq!(listed.len(), 1, "{listed:?}");
    revoke_session(&client, &listed[0]["id"]).await.data();
    for token in tokens {
        let token = token.as_str().expect("it is a text");
        has_ended(&client.with_token(token).me().await);
    }
    let again = client.refresh(&foreign).await;
    again.is_refused("refreshToken", "SESSION_ENDED", "Session has ended");
}

#[tokio::test]
async fn what_becomes_of_tokens_is_a_line_of_the_log_each() {
    let database = Database::fresh().await;
    let server = Process::serve(&database, &[]);
    let client = Anonymous::new(server.address);
    client
        .sign_up("ada", "ada@example.com", PASSWORD)
        .await
        .data();
    let token = client.token("ada", PASSWORD).await;
    client.refresh(&token).await.data();
    let tokens = client.open_session("ada").await;
    let next = client.rotated(&tokens.refresh).await;
    client.rotated(&tokens.refresh).await;
    client.revoke(&next.refresh).await.data();
    server.terminate();
    let (_, lines) = server.wait();
    let count = |text: &str| lines.iter().filter(|line| line.contains(text)).count();
    for (line, times) in [
        ("logged in", 2),
        ("token refreshed", 1),
        ("refresh token rotated", 1),
        ("refresh token revoked: the session has ended", 1),
    ] {
        assert_eq!(count(line), times, "{line}: {lines:#?}");
    }
    for secret in [&token, &tokens.refresh, &next.refresh] {
        assert_eq!(count(secret), 0, "{lines:#?}");
    }
}
