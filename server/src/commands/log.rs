//! The log: lines on standard error, panics among them.

use std::io::IsTerminal as _;

use anyhow::Context as _;
use tracing::{Event, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::{Format, JsonFields, Writer, format, json};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use crate::config::LogFormat;
use crate::model::LoggedRequest;

/// Starts the log of the process.
pub(super) fn start(filter: &str, log_format: LogFormat) -> anyhow::Result<()> {
    // PostgreSQL notices at every start that the table of migrations is there already.
    let filter = EnvFilter::try_new(format!("sqlx::postgres::notice=warn,{filter}"))
        .with_context(|| format!("--log {filter:?} is not a filter of log lines"))?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    match log_format {
        LogFormat::Text => {
            let text = format()
                .with_target(false)
                .with_ansi(std::io::stderr().is_terminal());
            lines
                .event_format(OfRequest {
                    format: text,
                    log_format,
                })
                .init();
        }
        LogFormat::Json => lines
            .fmt_fields(JsonFields::new())
            .event_format(OfRequest {
                format: json().flatten_event(true),
                log_format,
            })
            .init(),
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

/// A format of lines, to whose end is added which request a line is about.
struct OfRequest<F> {
    format: F,
    log_format: LogFormat,
}

impl<S, N, L, T> FormatEvent<S, N> for OfRequest<Format<L, T>>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    Format<L, T>: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> std::fmt::Result {
        let Some(LoggedRequest { id, peer }) = LoggedRequest::current() else {
            return self.format.format_event(context, writer, event);
        };
        let mut line = String::new();
        self.format
            .format_event(context, Writer::new(&mut line), event)?;
        let line = line.trim_end_matches('\n');
        match self.log_format {
            LogFormat::Text => {
                write!(writer, "{line} request={id}")?;
                if let Some(peer) = peer {
                    write!(writer, " peer={peer}")?;
                }
                writeln!(writer)
            }
            // Neither has a character in it that JSON would want to be escaped.
            LogFormat::Json => {
                let members = line.strip_suffix('}').unwrap_or(line);
                write!(writer, "{members},\"request\":\"{id}\"")?;
                if let Some(peer) = peer {
                    write!(writer, ",\"peer\":\"{peer}\"")?;
                }
                writeln!(writer, "}}")
            }
        }
    }
}
