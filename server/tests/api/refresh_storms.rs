//! Many refreshes of one token at once: in one process, and in two on one database.

use std::collections::BTreeSet;

use tokio::task::JoinSet;

use crate::support::{Anonymous, Answer, Api, Database, PASSWORD, Process};

/// Sends this many refreshes of one token at once, by turns to each of the servers.
async fn storm(servers: &[Anonymous], token: &str, count: usize) -> Vec<Answer> {
    let mut storm = JoinSet::new();
    for server in servers.iter().cycle().take(count) {
        let client = server.clone();
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

/// Signs ada up and gives the refresh token of a session of hers.
async fn ada(client: &Anonymous) -> String {
    let email = "ada@example.com";
    client.sign_up("ada", email, PASSWORD).await.data();
    client.open_session("ada").await.refresh
}

/// How often the session was rotated: each time leaves its token behind, for a while.
async fn rotations(database: &Database) -> usize {
    let sql = "SELECT hash FROM spent_refresh_tokens WHERE hash <> $1";
    database.texts(sql, "").await.len()
}

#[tokio::test]
async fn two_hundred_at_once_have_one_successor() {
    let api = Api::start().await;
    let token = ada(&api.anonymous()).await;
    let answers = storm(&[api.anonymous()], &token, 200).await;
    let successors = successors(&answers);
    assert_eq!((answers.len(), successors.len()), (200, 1));
    assert_eq!(rotations(api.database()).await, 1);
    for successor in successors {
        api.anonymous().rotated(&successor).await;
    }
}

#[tokio::test]
async fn on_two_processes_with_one_database_there_is_one_rotation_and_one_successor() {
    let database = Database::fresh().await;
    // Long enough for every token that was spent to be remembered until it is counted.
    let settings = ["--refresh-token-grace", "300"];
    let processes = [(); 2].map(|()| Process::serve(&database, &settings));
    let clients = processes
        .each_ref()
        .map(|process| Anonymous::new(process.address));
    let mut token = ada(&clients[0]).await;
    for rotated in 1..=5 {
        let answers = storm(&clients, &token, 40).await;
        let all = successors(&answers);
        assert_eq!(all.len(), 1, "{all:?}");
        assert_eq!(rotations(&database).await, rotated);
        token = all.into_iter().next().expect("there is one");
    }
}

#[tokio::test]
async fn a_storm_after_the_window_ends_the_session_once_and_nobody_gets_a_token() {
    let api = Api::start().await;
    let token = ada(&api.anonymous()).await;
    api.anonymous().rotated(&token).await;
    api.pass(10);
    for answer in storm(&[api.anonymous()], &token, 50).await {
        assert_eq!(answer.code(), "REFRESH_TOKEN_INVALID", "{answer}");
    }
    let sql = "SELECT ended_by FROM sessions WHERE id <> $1";
    assert_eq!(api.database().texts(sql, "").await, ["reuse"]);
}

#[tokio::test]
async fn a_refresh_beside_a_log_out_leaves_nothing_that_works() {
    let api = Api::start().await;
    let token = ada(&api.anonymous()).await;
    let client = api.anonymous();
    let first = client.rotated(&token).await;
    let revoked = client.revoke(&first.refresh);
    let servers = [api.anonymous()];
    let (answers, revoked) = tokio::join!(storm(&servers, &token, 20), revoked);
    revoked.data();
    let late = answers.iter().filter_map(|answer| {
        let token = answer.json()["data"]["refreshToken"]["token"].take();
        token.as_str().map(str::to_owned)
    });
    for token in late.chain([first.access]) {
        let me = client.with_token(&token).me().await;
        assert_eq!(me.code(), "SESSION_ENDED", "{me}");
    }
}
