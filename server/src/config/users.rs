//! Who sees whom.

use clap::{Args, ValueEnum};

/// Who sees whom.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Users")]
pub struct UsersConfig {
    /// Who may list users
    #[arg(
        long,
        env = "LATCHKEY_USERS_VISIBILITY",
        default_value = "public",
        value_name = "WHO"
    )]
    pub users_visibility: Visibility,
    /// Who sees other people's e-mail addresses, names and log-in times
    #[arg(
        long,
        env = "LATCHKEY_USERS_EMAILS",
        default_value = "private",
        value_name = "WHO"
    )]
    pub users_emails: EmailVisibility,
    /// Most users that one answer holds, 51 at least; `users` without arguments is refused beyond it
    #[arg(long, env = "LATCHKEY_USERS_MAX", default_value = "1000", value_name = "USERS", value_parser = clap::value_parser!(u32).range(51..=100_000))]
    // The users page asks for 51 at once.
    pub users_max: u32,
}

/// Who may list users.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Visibility {
    /// Everybody
    Public,
    /// People who are signed in
    Members,
    /// Staff
    Staff,
}

/// Who sees other people's e-mail addresses, names and log-in times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum EmailVisibility {
    /// The person and staff
    Private,
    /// People who are signed in
    Members,
    /// Everybody
    Public,
}
