//! Every setting: its flag, variable, default and help text in one place. The only reader of the environment.

mod secret;
mod storage;
mod values;

use std::num::{NonZeroU32, NonZeroUsize};

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum};

pub use secret::Secret;
pub(crate) use storage::make_private_folder;
pub use storage::{DatabaseUrl, StorageConfig};

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

impl Cli {
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
    /// Print the GraphQL schema in the schema definition language
    Schema,
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

/// How tokens are issued and checked. Names and meanings follow django-graphql-jwt's settings.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Tokens")]
pub struct TokenConfig {
    /// Key that signs tokens, 32 bytes at least [default: made at the first start, kept in the data folder]
    #[arg(
        long,
        env = "LATCHKEY_JWT_SECRET_KEY",
        hide_env_values = true,
        value_name = "SECRET"
    )]
    pub jwt_secret_key: Option<Secret>,
    /// Lifetime of an access token, in seconds
    #[arg(
        long,
        env = "LATCHKEY_JWT_EXPIRATION_DELTA",
        default_value = "300",
        value_name = "SECONDS",
        value_parser = values::seconds
    )]
    pub jwt_expiration_delta: NonZeroU32,
    /// How long after the log-in a token can be refreshed, in seconds
    #[arg(
        long,
        env = "LATCHKEY_JWT_REFRESH_EXPIRATION_DELTA",
        default_value = "604800",
        value_name = "SECONDS",
        value_parser = values::seconds
    )]
    pub jwt_refresh_expiration_delta: NonZeroU32,
    /// Whether tokens can be refreshed at all
    #[arg(long, env = "LATCHKEY_JWT_ALLOW_REFRESH", default_value = "true", value_name = "BOOL", action = clap::ArgAction::Set)]
    pub jwt_allow_refresh: bool,
    /// Tolerance for clocks that differ, in seconds
    #[arg(
        long,
        env = "LATCHKEY_JWT_LEEWAY",
        default_value = "0",
        value_name = "SECONDS"
    )]
    pub jwt_leeway: u32,
    /// Issuer (`iss`) that tokens carry and must carry
    #[arg(long, env = "LATCHKEY_JWT_ISSUER", value_name = "ISSUER", value_parser = values::not_empty)]
    pub jwt_issuer: Option<String>,
    /// Audience (`aud`) that tokens carry and must carry
    #[arg(long, env = "LATCHKEY_JWT_AUDIENCE", value_name = "AUDIENCE", value_parser = values::not_empty)]
    pub jwt_audience: Option<String>,
    /// Scheme of the Authorization header, accepted beside `Bearer`
    #[arg(long, env = "LATCHKEY_JWT_AUTH_HEADER_PREFIX", default_value = "JWT", value_name = "SCHEME", value_parser = values::scheme)]
    pub jwt_auth_header_prefix: String,
}

/// How passwords are judged and hashed.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Passwords")]
pub struct PasswordConfig {
    /// Fewest characters a new password may have
    #[arg(long, env = "LATCHKEY_PASSWORD_MIN_LENGTH", default_value = "8", value_name = "CHARACTERS", value_parser = clap::value_parser!(u32).range(1..=256))]
    pub password_min_length: u32,
    /// Memory of one Argon2id hash, in KiB
    #[arg(long, env = "LATCHKEY_ARGON2_MEMORY", default_value = "19456", value_name = "KIB", value_parser = clap::value_parser!(u32).range(8..=4_194_304))]
    pub argon2_memory: u32,
    /// Passes of one Argon2id hash over its memory
    #[arg(long, env = "LATCHKEY_ARGON2_PASSES", default_value = "2", value_name = "PASSES", value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub argon2_passes: u32,
    /// Lanes of one Argon2id hash
    #[arg(long, env = "LATCHKEY_ARGON2_LANES", default_value = "1", value_name = "LANES", value_parser = clap::value_parser!(u32).range(1..=64))]
    pub argon2_lanes: u32,
    /// Hashes computed at the same time [default: one a processor]
    #[arg(long, env = "LATCHKEY_HASHING_CONCURRENCY", value_name = "HASHES", value_parser = values::count)]
    pub hashing_concurrency: Option<NonZeroUsize>,
    /// Requests that may wait for a hash; the next one is told to come back later
    #[arg(
        long,
        env = "LATCHKEY_HASHING_QUEUE",
        default_value = "64",
        value_name = "REQUESTS"
    )]
    pub hashing_queue: usize,
    /// Longest wait for a hash, in milliseconds
    #[arg(
        long,
        env = "LATCHKEY_HASHING_WAIT",
        default_value = "2000",
        value_name = "MILLISECONDS"
    )]
    pub hashing_wait: u32,
}

impl PasswordConfig {
    /// Refuses Argon2id parameters weaker than the weakest that OWASP's Password Storage cheat sheet lists.
    ///
    /// # Errors
    /// A sentence that names the settings.
    pub fn check(&self) -> anyhow::Result<()> {
        let work = u64::from(self.argon2_memory) * u64::from(self.argon2_passes);
        anyhow::ensure!(
            self.argon2_memory >= 7_168 && work >= 35_840,
            "--argon2-memory {} with --argon2-passes {} is too weak: use at least 19456 KiB with 2 passes (or 12288 with 3, 9216 with 4, 7168 with 5)",
            self.argon2_memory,
            self.argon2_passes,
        );
        anyhow::ensure!(
            self.argon2_memory >= 8 * self.argon2_lanes,
            "--argon2-memory must be at least 8 KiB for each of the --argon2-lanes"
        );
        Ok(())
    }
}

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

/// What a GraphQL request may ask for.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "GraphQL")]
pub struct GraphqlConfig {
    /// Whether GraphiQL is served
    #[arg(long, env = "LATCHKEY_GRAPHIQL", default_value = "true", value_name = "BOOL", action = clap::ArgAction::Set)]
    pub graphiql: bool,
    /// Whether the schema can be asked for (introspection)
    #[arg(long, env = "LATCHKEY_INTROSPECTION", default_value = "true", value_name = "BOOL", action = clap::ArgAction::Set)]
    pub introspection: bool,
    /// Largest request body, in bytes
    #[arg(
        long,
        env = "LATCHKEY_GRAPHQL_MAX_BODY",
        default_value = "65536",
        value_name = "BYTES",
        value_parser = values::limit
    )]
    pub graphql_max_body: usize,
    /// Most tokens (words and signs) in a document
    #[arg(
        long,
        env = "LATCHKEY_GRAPHQL_MAX_TOKENS",
        default_value = "1000",
        value_name = "TOKENS",
        value_parser = values::limit
    )]
    pub graphql_max_tokens: usize,
    /// Deepest selection
    #[arg(
        long,
        env = "LATCHKEY_GRAPHQL_MAX_DEPTH",
        default_value = "15",
        value_name = "LEVELS",
        value_parser = values::limit
    )]
    pub graphql_max_depth: usize,
    /// Most fields and fragments that an operation selects, each as often as it is spread
    #[arg(
        long,
        env = "LATCHKEY_GRAPHQL_MAX_COMPLEXITY",
        default_value = "300",
        value_name = "FIELDS",
        value_parser = values::limit
    )]
    pub graphql_max_complexity: usize,
    /// Most aliases in an operation
    #[arg(
        long,
        env = "LATCHKEY_GRAPHQL_MAX_ALIASES",
        default_value = "15",
        value_name = "ALIASES",
        value_parser = values::limit
    )]
    pub graphql_max_aliases: usize,
    /// Most fields at the root of an operation
    #[arg(
        long,
        env = "LATCHKEY_GRAPHQL_MAX_ROOT_FIELDS",
        default_value = "10",
        value_name = "FIELDS",
        value_parser = values::limit
    )]
    pub graphql_max_root_fields: usize,
    /// Most fields that check or set a password in an operation
    #[arg(
        long,
        env = "LATCHKEY_GRAPHQL_MAX_CREDENTIAL_FIELDS",
        default_value = "4",
        value_name = "FIELDS",
        value_parser = values::limit
    )]
    pub graphql_max_credential_fields: usize,
}

/// How connections are treated.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Connections")]
pub struct HttpConfig {
    /// Other origins whose pages may use the API, such as `https://app.example.com`, separated by commas
    #[arg(long, env = "LATCHKEY_ALLOWED_ORIGINS", value_name = "ORIGINS", value_delimiter = ',', value_parser = values::origin)]
    pub allowed_origins: Vec<String>,
    /// Most connections at the same time
    #[arg(long, env = "LATCHKEY_MAX_CONNECTIONS", default_value = "1024", value_name = "CONNECTIONS", value_parser = values::count)]
    pub max_connections: NonZeroUsize,
    /// How long a connection may be idle between two requests, in seconds
    #[arg(
        long,
        env = "LATCHKEY_KEEP_ALIVE_TIMEOUT",
        default_value = "60",
        value_name = "SECONDS",
        value_parser = values::seconds
    )]
    pub keep_alive_timeout: NonZeroU32,
    /// How long a connection may take to send the head of a request, in seconds
    #[arg(
        long,
        env = "LATCHKEY_HEADER_TIMEOUT",
        default_value = "10",
        value_name = "SECONDS",
        value_parser = values::seconds
    )]
    pub header_timeout: NonZeroU32,
    /// How long the body of a request may take to arrive, in seconds
    #[arg(
        long,
        env = "LATCHKEY_BODY_TIMEOUT",
        default_value = "10",
        value_name = "SECONDS",
        value_parser = values::seconds
    )]
    pub body_timeout: NonZeroU32,
    /// How long a request may take, and how long a client may stop taking its answer, in seconds
    #[arg(
        long,
        env = "LATCHKEY_REQUEST_TIMEOUT",
        default_value = "30",
        value_name = "SECONDS",
        value_parser = values::seconds
    )]
    pub request_timeout: NonZeroU32,
    /// How long requests in flight may take to finish at shutdown, in seconds
    #[arg(
        long,
        env = "LATCHKEY_DRAIN_TIMEOUT",
        default_value = "20",
        value_name = "SECONDS",
        value_parser = values::seconds
    )]
    pub drain_timeout: NonZeroU32,
}
