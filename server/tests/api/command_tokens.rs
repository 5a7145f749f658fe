//! `latchkey tokens clear`, and the clearing away that a server does by itself.

use crate::support::{Api, PASSWORD, Process, Tokens, latchkey};

/// A server with ada, who has three sessions of which the second was ended. By the system's clock all have expired.
async fn with_sessions() -> (Api, [Tokens; 3]) {
    let api = Api::start().await;
    let client = api.anonymous();
    let email = "ada@example.com";
    client.sign_up("ada", email, PASSWORD).await.data();
    let tokens = [
        client.open_session("ada").await,
        client.open_session("ada").await,
        client.open_session("ada").await,
    ];
    client.revoke(&tokens[1].refresh).await.data();
    (api, tokens)
}

async fn count(api: &Api) -> usize {
    let sql = "SELECT id FROM sessions WHERE id <> $1";
    api.database().texts(sql, "").await.len()
}

#[tokio::test]
async fn clearing_deletes_what_was_ended_and_nothing_else() {
    let (api, tokens) = with_sessions().await;
    let said = latchkey(api.database(), &["tokens", "clear"], "").succeeds();
    assert_eq!(said, "Deleted sessions: 1 ended.\n");
    assert_eq!(count(&api).await, 2);
    for kept in [&tokens[0], &tokens[2]] {
        api.anonymous().rotated(&kept.refresh).await;
    }
    let answer = api.anonymous().rotate(&tokens[1].refresh).await;
    assert_eq!(answer.code(), "REFRESH_TOKEN_INVALID", "{answer}");
}

#[tokio::test]
async fn clearing_deletes_what_has_expired_where_that_is_asked_for() {
    let (api, _) = with_sessions().await;
    let words = ["tokens", "clear", "--expired"];
    let said = latchkey(api.database(), &words, "").succeeds();
    assert_eq!(said, "Deleted sessions: 1 ended, 2 expired.\n");
    assert_eq!(count(&api).await, 0);
    let said = latchkey(api.database(), &words, "").succeeds();
    assert_eq!(said, "Deleted sessions: 0 ended, 0 expired.\n");
}

#[tokio::test]
async fn a_server_clears_away_what_has_been_dead_for_long() {
    let (api, _) = with_sessions().await;
    let server = Process::serve(api.database(), &[]);
    let mut line = String::new();
    while !line.contains("cleared dead sessions away") {
        line = server.line();
    }
    assert!(line.contains("cleared=3"), "{line}");
    assert_eq!(count(&api).await, 0);
}

#[test]
fn where_there_is_no_database_none_is_made_by_clearing() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    crate::support::latchkey_in(folder.path(), &["tokens", "clear"], "")
        .fails_with(&["there is no database", "--data-dir"]);
}
