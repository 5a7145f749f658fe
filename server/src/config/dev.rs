//! What `latchkey dev` takes: tools for those who work on Latchkey, left out of the help.

use std::num::NonZeroU32;

use clap::Subcommand;

use super::{AdminConfig, PasswordConfig, values};

/// What `latchkey dev` can do.
#[derive(Debug, Subcommand)]
pub enum DevCommand {
    /// Fill an empty database with made-up users, who all have the same password
    Seed {
        /// How many
        #[arg(long, value_name = "USERS", value_parser = clap::value_parser!(u32).range(1..=100_000_000))]
        users: u32,
        #[command(flatten)]
        admin: AdminConfig,
    },
    /// Compute password hashes on every processor and do nothing else: prints how many a second
    Hash {
        /// For how long, in seconds
        #[arg(long, default_value = "5", value_name = "SECONDS", value_parser = values::seconds)]
        seconds: NonZeroU32,
        #[command(flatten)]
        passwords: PasswordConfig,
    },
    /// Answer every request with the HTTP response on standard input: what a server can do that does nothing
    Floor {
        /// Address and port to listen on; port 0 takes a free one
        #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDRESS:PORT", value_parser = values::address)]
        listen: String,
    },
}
