//! The log: lines on standard error, panics among them.

use std::io::IsTerminal as _;

use anyhow::Context as _;
use tracing_subscriber::EnvFilter;

use crate::config::LogFormat;

/// Starts the log of the process.
pub(super) fn start(filter: &str, format: LogFormat) -> anyhow::Result<()> {
    // PostgreSQL notices at every start that the table of migrations is there already.
    let filter = EnvFilter::try_new(format!("sqlx::postgres::notice=warn,{filter}"))
        .with_context(|| format!("--log {filter:?} is not a filter of log lines"))?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    match format {
        LogFormat::Text => lines.with_target(false).init(),
        LogFormat::Json => lines.json().flatten_event(true).init(),
    }
    // As a line of the log, in the format and with the request of the others.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        let place = place.unwrap_or_default();
        let text = panic.payload_as_str().unwrap_or("without a message");
        tracing::error!("panicked at {place}: {text}");
    }));
    Ok(())
}
