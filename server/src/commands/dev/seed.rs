//! `latchkey dev seed`.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::accounts::SEED_PASSWORD;
use crate::commands::directory::{open, say};
use crate::config::AdminConfig;

/// Adds made-up users; how far it is goes to standard error, where that is a terminal.
pub(super) async fn seed(admin: &AdminConfig, users: u32) -> anyhow::Result<()> {
    let directory = open(admin).await?;
    let bar = ProgressBar::with_draw_target(Some(users.into()), ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template("{wide_bar} {pos} users, {eta} left");
    let bar = style.map_or_else(|_| bar.clone(), |style| bar.clone().with_style(style));
    let seeded = directory
        .seed(users, |done| bar.set_position(done.into()))
        .await;
    bar.finish_and_clear();
    seeded?;
    say(&format!(
        "Added {users} users. Everybody's password is: {SEED_PASSWORD}"
    ))
}
