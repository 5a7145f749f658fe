//! `latchkey serve`.

use anyhow::Context as _;
use tokio::signal::unix::{SignalKind, signal};

use crate::Server;
use crate::accounts::Hashing;
use crate::clock::Clock;
use crate::config::ServeConfig;

/// Serves until the process is told to stop.
pub(super) fn run(config: ServeConfig) -> anyhow::Result<()> {
    config.passwords.check()?;
    config.carriers.check()?;
    super::log::start(&config.log, config.log_format)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the async runtime cannot be started")?;
    let ended = runtime.block_on(serve(config));
    // The time for what was under way is over: nothing that still runs may hold up the end.
    runtime.shutdown_background();
    ended
}

async fn serve(config: ServeConfig) -> anyhow::Result<()> {
    let database = config.storage.database()?;
    let graphiql = config.graphql.graphiql;
    if !config.tokens.jwt_verify_expiration {
        tracing::warn!(
            "tokens do not expire (--jwt-verify-expiration is false): whoever gets hold of one can use it until its session ends"
        );
    }
    // From before the start on, so that a signal is never missed.
    let mut shutdown = std::pin::pin!(shutdown_signal()?);
    let server = tokio::select! {
        server = Server::bind(config, Clock::System, Hashing::Apart) => server?,
        () = &mut shutdown => return Ok(()),
    };
    let address = server.local_addr()?;
    tracing::info!(
        "Latchkey {} listens on http://{address}",
        env!("CARGO_PKG_VERSION")
    );
    tracing::info!("database: {database}");
    if graphiql {
        tracing::info!("GraphiQL: http://{address}/graphiql");
    }
    server.run(shutdown).await
}

/// Resolves at the first SIGTERM or Ctrl-C.
fn shutdown_signal() -> anyhow::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
