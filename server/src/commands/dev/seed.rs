//! `latchkey dev seed`.

use crate::accounts::SEED_PASSWORD;
use crate::commands::directory::{open, say};
use crate::commands::progress::Progress;
use crate::config::AdminConfig;

/// Adds made-up users; how far it is goes to standard error.
pub(super) async fn seed(admin: &AdminConfig, users: u32) -> anyhow::Result<()> {
    let directory = open(admin).await?;
    let mut progress = Progress::new();
    let told = |done: u32| progress.show(done.into(), "users added", done.into(), users.into());
    let seeded = directory.seed(users, told).await;
    progress.end();
    seeded?;
    say(&format!(
        "Added {users} users. Everybody's password is: {SEED_PASSWORD}"
    ))
}
