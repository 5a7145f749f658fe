//! How the database is used: how many connections, and how long anything may take.

use std::num::NonZeroU32;
use std::time::Duration;

use clap::Args;

use super::values;

/// How the database is used. Of SQLite, only the longest wait is heeded.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Database")]
pub struct DatabaseConfig {
    /// Most connections to PostgreSQL, of each process; up to three fifths of them look up tokens alone
    #[arg(
        long,
        env = "LATCHKEY_DATABASE_POOL_SIZE",
        default_value = "10",
        value_name = "CONNECTIONS",
        hide_short_help = true,
        value_parser = clap::value_parser!(u32).range(2..=1_000)
    )]
    pub database_pool_size: u32,
    /// How long a request waits for a connection, or on SQLite for another process that writes, in seconds
    #[arg(
        long,
        env = "LATCHKEY_DATABASE_WAIT",
        default_value = "5",
        value_name = "SECONDS",
        hide_short_help = true,
        value_parser = values::seconds
    )]
    pub database_wait: NonZeroU32,
    /// Longest that a statement of a request may take on PostgreSQL, in seconds; 0 leaves that to the database
    #[arg(
        long,
        env = "LATCHKEY_DATABASE_STATEMENT_TIMEOUT",
        default_value = "10",
        value_name = "SECONDS",
        hide_short_help = true,
        value_parser = clap::value_parser!(u32).range(0..=3_600)
    )]
    pub database_statement_timeout: u32,
    /// How long a connection to PostgreSQL may be idle before it is closed, in seconds
    #[arg(
        long,
        env = "LATCHKEY_DATABASE_IDLE_TIMEOUT",
        default_value = "600",
        value_name = "SECONDS",
        hide_short_help = true,
        value_parser = values::seconds
    )]
    pub database_idle_timeout: NonZeroU32,
    /// How old a connection to PostgreSQL gets before another one takes its place, in seconds
    #[arg(
        long,
        env = "LATCHKEY_DATABASE_MAX_LIFETIME",
        default_value = "1800",
        value_name = "SECONDS",
        hide_short_help = true,
        value_parser = values::seconds
    )]
    pub database_max_lifetime: NonZeroU32,
    /// Statements that each connection to PostgreSQL keeps prepared
    #[arg(
        long,
        env = "LATCHKEY_DATABASE_PREPARED_STATEMENTS",
        default_value = "100",
        value_name = "STATEMENTS",
        hide_short_help = true,
        value_parser = clap::value_parser!(u32).range(1..=10_000)
    )]
    pub database_prepared_statements: u32,
}

impl DatabaseConfig {
    /// How long a request waits for a connection.
    pub(crate) fn wait(&self) -> Duration {
        seconds(self.database_wait)
    }

    /// How long the answer to a statement of a request is waited for; where the database sets the limit, half a minute.
    pub(crate) fn statement_time(&self) -> Duration {
        match self.database_statement_timeout {
            0 => Duration::from_secs(30),
            seconds => Duration::from_secs(seconds.into()),
        }
    }

    /// How long a connection may be idle.
    pub(crate) fn idle_timeout(&self) -> Duration {
        seconds(self.database_idle_timeout)
    }

    /// How old a connection gets.
    pub(crate) fn max_lifetime(&self) -> Duration {
        seconds(self.database_max_lifetime)
    }
}

fn seconds(seconds: NonZeroU32) -> Duration {
    Duration::from_secs(seconds.get().into())
}
