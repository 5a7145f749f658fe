//! Many refreshes of one token at once: in one process, and in two on one database.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::task::JoinSet;

use crate::support::{Anonymous, Answer, Api, PASSWORD};

/// Sends this many refreshes of one token at once, by turns to each of the servers.
async fn storm(servers: &[&Api], token: &str, count: usize) -> Vec<Answer> {
    let mut storm = JoinSet::new();
    for server in servers.iter().cycle().take(count) {
        let client: Anonymous = server.anonymous();
        let token = token.to_owned();
        storm.spawn(async move { client.rotate(&token).await });
    }
    storm.join_all().await
}

/// The successors that were answered.
fn successors(answers: &[Answer]) -> BTreeSet<String> {
    let token = |answer: &Answer| {
        let token = answer.data()["refreshToken"]["refreshToken"].take();
        token
            .as_str()
            .expect("a refresh token is a text")
            .to_owned()
    };
    answers.iter().map(token).collect()
}

async fn ada(api: &Api) -> String {
    let client = api.anonymous();
    let email = "ada@example.com";
    client.sign_up("ada", email, PASSWORD).await.data();
    client.open_session("ada").await.refresh
}

/// How often the session was rotated: each time leaves its token behind, for a while.
async fn rotations(api: &Api) -> usize {
    let sql = "SELECT hash FROM spent_refresh_tokens WHERE hash <> $1";
    api.database().texts(sql, "").await.len()
}

#[tokio::test]
async fn two_hundred_at_once_have_one_successor() {
    let api = Api::start().await;
    let token = ada(&api).await;
    let answers = storm(&[&api], &token, 200).await;
    let successors = successors(&answers);
    assert_eq!((answers.len(), successors.len()), (200, 1));
    assert_eq!(rotations(&api).await, 1);
    for successor in successors {
        api.anonymous().rotated(&successor).await;
    }
}

#[tokio::test]
async fn on_two_servers_with_one_database_there_is_one_rotation_and_one_successor() {
    let one = Api::start().await;
    let other = Api::on(Arc::clone(one.database()), &[]).await;
    let mut token = ada(&one).await;
    for rotated in 1..=5 {
        let answers = storm(&[&one, &other], &token, 40).await;
        let all = successors(&answers);
        assert_eq!(all.len(), 1, "{all:?}");
        assert_eq!(rotations(&one).await, rotated);
        token = all.into_iter().next().expect("there is one");
    }
}

#[tokio::test]
async fn a_storm_after_the_window_ends_the_session_once_and_nobody_gets_a_token() {
    let api = Api::start().await;
    let token = ada(&api).await;
    api.anonymous().rotated(&token).await;
    api.pass(10);
    for answer in storm(&[&api], &token, 50).await {
        assert_eq!(answer.code(), "REFRESH_TOKEN_INVALID", "{answer}");
    }
    let sql = "SELECT ended_by FROM sessions WHERE id <> $1";
    assert_eq!(api.database().texts(sql, "").await, ["reuse"]);
}

#[tokio::test]
async fn a_refresh_beside_a_log_out_leaves_nothing_that_works() {
    let api = Api::start().await;
    let token = ada(&api).await;
    let client = api.anonymous();
    let revoked = client.revoke(&token);
    let servers = [&api];
    let (answers, _) = tokio::join!(storm(&servers, &token, 20), revoked);
    for answer in answers {
        if let Some(token) = answer.json()["data"]["refreshToken"]["token"].as_str() {
            let me = client.with_token(token).me().await;
            assert_eq!(me.code(), "SESSION_ENDED", "{me}");
        }
    }
}
