//! `latchkey dev …`: what benchmarks need of the very program that they measure.

mod floor;
mod seed;

use std::time::Duration;

use super::directory::{block_on, say};
use crate::accounts::hashes_a_second;
use crate::config::DevCommand;

/// Runs the command.
pub(super) fn run(command: DevCommand) -> anyhow::Result<()> {
    match command {
        DevCommand::Seed { users, admin } => block_on(seed::seed(&admin, users)),
        DevCommand::Hash { seconds, passwords } => {
            passwords.check()?;
            let time = Duration::from_secs(seconds.get().into());
            say(&format!("{:.2}", hashes_a_second(&passwords, time)?))
        }
        DevCommand::Floor { listen } => floor::run(&listen),
    }
}
