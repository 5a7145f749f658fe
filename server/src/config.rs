//! Every setting: its flag, variable, default and help text in one place. The only reader of the environment.

mod carriers;
mod connections;
mod copy;
mod database;
mod dev;
mod graphql;
mod keys;
mod moving;
mod passwords;
mod secret;
mod sessions;
mod storage;
mod tokens;
mod users;
mod values;

use std::ffi::{OsStr, OsString};

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum};

pub use carriers::{CarrierConfig, CookieSameSite, CookieSecure};
pub use connections::HttpConfig;
pub use copy::{CopyConfig, DbCommand};
pub use database::DatabaseConfig;
pub use dev::DevCommand;
pub use graphql::GraphqlConfig;
pub use keys::KeyConfig;
pub use moving::{Columns, ExportConfig, FileFormat, ImportCommand, ImportConfig};
pub use passwords::PasswordConfig;
pub use secret::Secret;
pub use sessions::SessionConfig;
pub(crate) use storage::make_private_folder;
pub use storage::{DatabaseUrl, StorageConfig};
pub use tokens::TokenConfig;
pub use users::{EmailVisibility, UsersConfig, Visibility};

/// Accounts for GraphQL apps: sign-up, log-in and users, as a GraphQL API and as a web UI.
#[derive(Debug, Parser)]
#[command(
    name = "latchkey",
    version,
    about,
    args_conflicts_with_subcommands = true,
    after_help = "Without a command, latchkey serves.\n\nEvery setting can also be given by the variable named beside it."
)]
pub struct Cli {
    /// What to do; serving is the default.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The settings of `serve`.
    #[command(flatten)]
    pub serve: ServeConfig,
}

/// The variable that glibc reads its settings from, in whatever program (ld.so(8)).
pub(crate) const GLIBC_TUNABLES: &str = "GLIBC_TUNABLES";

/// What it holds: no setting of ours, but one that other processes of ours may get.
#[expect(
    clippy::disallowed_methods,
    reason = "this is where the environment is read"
)]
pub(crate) fn glibc_tunables() -> Option<OsString> {
    std::env::var_os(GLIBC_TUNABLES)
}

impl Cli {
    /// The variables that settings are read from.
    pub(crate) fn variables() -> Vec<OsString> {
        let command = Self::command();
        let named = command.get_arguments().filter_map(clap::Arg::get_env);
        named.map(OsStr::to_owned).collect()
    }

    /// Reads the command line and the environment, or ends the process with what is wrong, or with the help.
    pub fn read() -> Self {
        Self::try_parse().unwrap_or_else(|error| {
            // clap names the flag alone, wherever the value came from.
            let flag = match error.get(ContextKind::InvalidArg) {
                Some(ContextValue::String(argument)) => argument.split([' ', '=']).next(),
                _ => None,
            };
            let command = Self::command();
            let setting = command.get_arguments().find(|argument| {
                let long = argument.get_long().map(|long| format!("--{long}"));
                long.is_some() && long.as_deref() == flag
            });
            let variable = setting.and_then(|setting| setting.get_env()?.to_str());
            let wrong = match error.kind() {
                ErrorKind::ValueValidation => true,
                // Also the kind of a flag without a value.
                ErrorKind::InvalidValue => !matches!(
                    error.get(ContextKind::InvalidValue),
                    Some(ContextValue::String(value)) if value.is_empty()
                ),
                _ => false,
            };
            if let (true, Some(variable)) = (wrong, variable) {
                eprintln!("The setting {variable} has a value that it cannot have.");
            }
            error.exit()
        })
    }
}

/// What `latchkey` can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the GraphQL API and the web UI (the default)
    Serve(Box<ServeConfig>),
    /// Look after user accounts
    #[command(subcommand)]
    User(UserCommand),
    /// Look after sessions and their tokens
    #[command(subcommand)]
    Tokens(TokensCommand),
    /// Look after the key pairs that sign tokens
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Take over users from another program or from an export
    #[command(subcommand)]
    Import(Box<ImportCommand>),
    /// Write all users, with the hashes of their passwords, to a file
    Export(ExportConfig),
    /// Move to another database
    #[command(subcommand)]
    Db(DbCommand),
    /// Print the GraphQL schema in the schema definition language
    Schema {
        /// The schema of `/graphql/relay`
        #[arg(long)]
        relay: bool,
    },
    /// Seed databases and measure; for those who work on Latchkey
    #[command(subcommand, hide = true)]
    Dev(DevCommand),
    /// Hash passwords for the server that starts this
    #[command(hide = true)]
    Hash(PasswordConfig),
    /// Have the processes that hash for a server pause where others want the processors
    #[cfg(target_os = "linux")]
    #[command(hide = true)]
    Pause,
}

/// What `latchkey tokens` can do.
#[derive(Debug, Subcommand)]
pub enum TokensCommand {
    /// Delete the sessions, with their refresh tokens, that were ended; a server does it by itself after some time
    Clear {
        /// Those too whose time is over
        #[arg(long)]
        expired: bool,
        #[command(flatten)]
        admin: AdminConfig,
    },
}

/// What `latchkey user` can do.
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Create a user; the password is asked for, or read from standard input
    Create {
        /// The username
        username: String,
        /// The e-mail address
        #[arg(long)]
        email: String,
        /// May see every user's e-mail address, and users where `--users-visibility` is `staff`
        #[arg(long)]
        staff: bool,
        #[command(flatten)]
        admin: AdminConfig,
    },
    /// List all users, oldest first
    List {
        #[command(flatten)]
        admin: AdminConfig,
    },
    /// Shut a user out: no log-in, and every session ends at once
    Disable {
        /// The username or e-mail address
        name: String,
        #[command(flatten)]
        admin: AdminConfig,
    },
    /// Let a disabled user log in again
    Enable {
        /// The username or e-mail address
        name: String,
        #[command(flatten)]
        admin: AdminConfig,
    },
    /// Set a user's password, asked for or read from standard input; ends every session
    SetPassword {
        /// The username or e-mail address
        name: String,
        #[command(flatten)]
        admin: AdminConfig,
    },
}

/// What `latchkey keys` can do.
#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// List the key pairs that are published, the next first
    List {
        #[command(flatten)]
        keys: KeysConfig,
    },
    /// Let the next key sign, retire the current one, and make a new next one; running servers notice by themselves
    Rotate {
        /// Rotate although services that keep the published keys may not know the next one yet
        #[arg(long)]
        force: bool,
        #[command(flatten)]
        keys: KeysConfig,
    },
}

/// What the commands that work on the key pairs need: the settings of the server.
#[derive(Args, Clone, Debug)]
pub struct KeysConfig {
    /// Where the data is.
    #[command(flatten)]
    pub storage: StorageConfig,
    /// How tokens are issued and checked.
    #[command(flatten)]
    pub tokens: TokenConfig,
}

/// What the commands that work on the database need.
#[derive(Args, Clone, Debug)]
pub struct AdminConfig {
    /// Where the data is.
    #[command(flatten)]
    pub storage: StorageConfig,
    /// How passwords are judged and hashed.
    #[command(flatten)]
    pub passwords: PasswordConfig,
}

/// The settings of `latchkey serve`.
#[derive(Args, Clone, Debug)]
pub struct ServeConfig {
    /// Address and port to listen on; port 0 takes a free one
    #[arg(long, env = "LATCHKEY_LISTEN", default_value = "127.0.0.1:3000", value_name = "ADDRESS:PORT", value_parser = values::address)]
    pub listen: String,
    /// How log lines are written
    #[arg(
        long,
        env = "LATCHKEY_LOG_FORMAT",
        default_value = "text",
        value_name = "FORMAT"
    )]
    pub log_format: LogFormat,
    /// Which log lines are written, as `level` or `target=level,…`
    #[arg(
        long,
        env = "LATCHKEY_LOG",
        default_value = "info",
        value_name = "FILTER",
        value_parser = values::log_filter
    )]
    pub log: String,
    /// Where the data is.
    #[command(flatten)]
    pub storage: StorageConfig,
    /// How tokens are issued and checked.
    #[command(flatten)]
    pub tokens: TokenConfig,
    /// Where tokens are read from and put.
    #[command(flatten)]
    pub carriers: CarrierConfig,
    /// How passwords are judged and hashed.
    #[command(flatten)]
    pub passwords: PasswordConfig,
    /// Who sees whom.
    #[command(flatten)]
    pub users: UsersConfig,
    /// What a GraphQL request may ask for.
    #[command(flatten)]
    pub graphql: GraphqlConfig,
    /// How connections are treated.
    #[command(flatten)]
    pub http: HttpConfig,
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people
    Text,
    /// One JSON object a line
    Json,
}
