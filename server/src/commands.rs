//! What the command line asks for.

mod db;
mod dev;
mod directory;
mod export;
mod import;
mod keys;
mod log;
mod progress;
mod serve;
mod tokens;
mod user;

use std::io::Write as _;

use crate::accounts::hash_apart;
#[cfg(target_os = "linux")]
use crate::accounts::pause_others;
use crate::config::{Cli, Command};
use crate::schema::{self, Flavour};

/// Runs the command, to its end.
///
/// # Errors
/// A sentence for the operator.
pub fn run(cli: Cli) -> anyhow::Result<()> {
    match cli.command {
        None => serve::run(cli.serve),
        Some(Command::Serve(config)) => serve::run(*config),
        Some(Command::User(command)) => user::run(command),
        Some(Command::Tokens(command)) => tokens::run(command),
        Some(Command::Schema { relay }) => {
            let flavour = if relay {
                Flavour::Relay
            } else {
                Flavour::Plain
            };
            Ok(std::io::stdout().write_all(schema::sdl(flavour).as_bytes())?)
        }
        Some(Command::Keys(command)) => keys::run(command),
        Some(Command::Import(command)) => import::run(*command),
        Some(Command::Export(config)) => export::run(&config),
        Some(Command::Db(command)) => db::run(command),
        Some(Command::Dev(command)) => dev::run(command),
        Some(Command::Hash(passwords)) => hash_apart(&passwords),
        #[cfg(target_os = "linux")]
        Some(Command::Pause) => pause_others(),
    }
}
