//! What the command line asks for.

mod log;
mod serve;
mod user;

use std::io::Write as _;

use crate::config::{Cli, Command};
use crate::schema;

/// Runs the command, to its end.
///
/// # Errors
/// A sentence for the operator.
pub fn run(cli: Cli) -> anyhow::Result<()> {
    match cli.command {
        None => serve::run(cli.serve),
        Some(Command::Serve(config)) => serve::run(*config),
        Some(Command::User(command)) => user::run(command),
        Some(Command::Schema) => Ok(std::io::stdout().write_all(schema::sdl().as_bytes())?),
    }
}
