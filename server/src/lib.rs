//! Latchkey: accounts for GraphQL apps.
//!
//! [`serve`] wires the rooms together, one way: store → accounts → schema → http. Nothing else sees all of them.

// The pages' types are as deep as the pages are: Leptos builds a view as one type.
#![recursion_limit = "256"]

pub mod clock;
pub mod commands;
pub mod config;

mod accounts;
mod http;
mod model;
mod schema;
mod store;
mod threads;

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio::time::MissedTickBehavior;

use accounts::Accounts;
use clock::Clock;
use config::ServeConfig;
use store::Store;
use threads::Threads;

pub use accounts::Hashing;

/// How often dead sessions are looked for.
const SWEEP_INTERVAL: Duration = Duration::from_mins(1);
/// How long closing the database may take once the requests are done or given up.
const CLOSING: Duration = Duration::from_secs(2);
/// The pause between two turns of clearing away, where there is much to do.
const SWEEP_PAUSE: Duration = Duration::from_millis(100);

/// A server that is bound to its address and ready to answer.
pub struct Server {
    listener: TcpListener,
    app: http::App,
    config: ServeConfig,
}

impl Server {
    /// Opens the database, brings its tables up to date and binds the address. Passwords are hashed where `hashing` says.
    ///
    /// # Errors
    /// What is wrong with the data folder, the database or the address, in a sentence for the operator.
    pub async fn bind(config: ServeConfig, clock: Clock, hashing: Hashing) -> anyhow::Result<Self> {
        let store = Store::open(&config.storage).await?;
        let secret = config.tokens.secret(&config.storage.data_dir)?;
        let accounts = Accounts::new(store, clock, &config, &secret, hashing)?;
        let listener = TcpListener::bind(&config.listen).await.with_context(|| {
            format!(
                "cannot listen on {}: is another program using it? Choose another with --listen",
                config.listen
            )
        })?;
        let app = http::App::new(accounts, &config);
        Ok(Self {
            listener,
            app,
            config,
        })
    }

    /// The address the server is bound to, with the real port where port 0 was asked for.
    ///
    /// # Errors
    /// The operating system's, where it cannot tell.
    pub fn local_addr(&self) -> anyhow::Result<SocketAddr> {
        Ok(self.listener.local_addr()?)
    }

    /// Serves until `shutdown` resolves, then lets requests in flight finish.
    ///
    /// # Errors
    /// Where the system gives it no threads. A connection that fails ends alone.
    pub async fn run(self, shutdown: impl Future<Output = ()>) -> anyhow::Result<()> {
        let threads = Threads::begin()?;
        let accounts = self.app.accounts.clone();
        let sweeping = tokio::spawn(sweep(accounts.clone()));
        let followed = accounts.clone();
        let following = tokio::spawn(async move { followed.follow_keys().await });
        http::listen(
            self.listener,
            self.app,
            &self.config.http,
            &threads,
            shutdown,
        )
        .await;
        sweeping.abort();
        following.abort();
        // Whoever still waits for the database has had the drain's time, and does not hold up the end.
        if tokio::time::timeout(CLOSING, accounts.close())
            .await
            .is_err()
        {
            tracing::warn!("stopped while the database was still at work");
        }
        // Not before: connections to the database belong to the threads that made them.
        drop(threads);
        Ok(())
    }
}

/// Clears dead sessions away, now and then, for as long as the server runs.
async fn sweep(accounts: Accounts) {
    let mut turns = tokio::time::interval(SWEEP_INTERVAL);
    turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        turns.tick().await;
        // Other writers get their turn in between.
        while accounts.sweep().await {
            tokio::time::sleep(SWEEP_PAUSE).await;
        }
    }
}
