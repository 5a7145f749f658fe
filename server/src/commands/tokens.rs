//! `latchkey tokens …`.

use super::directory::{block_on, explained, open_existing, say};
use crate::config::{AdminConfig, TokensCommand};

/// Runs the command against the database.
pub(super) fn run(command: TokensCommand) -> anyhow::Result<()> {
    match command {
        TokensCommand::Clear { expired, admin } => block_on(clear(admin, expired)),
    }
}

async fn clear(admin: AdminConfig, expired: bool) -> anyhow::Result<()> {
    let directory = open_existing(&admin).await?;
    let (ended, over) = directory.clear_sessions(expired).await.map_err(explained)?;
    if expired {
        say(&format!("Deleted sessions: {ended} ended, {over} expired."))
    } else {
        say(&format!("Deleted sessions: {ended} ended."))
    }
}
