//! The `latchkey` command: reads the configuration and runs what it asks for.

use std::process::ExitCode;

use server::config::Cli;

fn main() -> ExitCode {
    match server::commands::run(Cli::read()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("latchkey: {error:#}");
            ExitCode::FAILURE
        }
    }
}
