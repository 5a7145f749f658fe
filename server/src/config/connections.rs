//! How connections are treated.

use std::num::{NonZeroU32, NonZeroUsize};

use clap::Args;
use ipnet::IpNet;

use super::values;

/// How connections are treated.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Connections")]
pub struct HttpConfig {
    /// Other origins whose pages may use the API, such as `https://app.example.com`, separated by commas
    #[arg(long, env = "LATCHKEY_ALLOWED_ORIGINS", value_name = "ORIGINS", value_delimiter = ',', value_parser = values::origin)]
    pub allowed_origins: Vec<String>,
    /// Proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed: addresses and ranges, separated by commas
    #[arg(long, env = "LATCHKEY_TRUSTED_PROXIES", value_name = "ADDRESSES", value_delimiter = ',', value_parser = values::network)]
    pub trusted_proxies: Vec<IpNet>,
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
