//! The `latchkey` command: reads the configuration and runs what it asks for.

use std::process::ExitCode;

use mimalloc::MiMalloc;
use server::config::Cli;

/// Faster than the system's where threads hand memory to each other, as the requests of an async server do.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    match server::commands::run(Cli::read()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("latchkey: {error:#}");
            ExitCode::FAILURE
        }
    }
}
