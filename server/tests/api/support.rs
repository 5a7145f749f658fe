//! What every test stands on: a server, its database, its clock, and callers of each kind.

mod answer;
mod client;
mod command;
mod database;
pub(crate) mod django;
mod http;
mod old_back_end;
mod pair;
mod token;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use clap::Parser as _;
use server::clock::Clock;
use server::config::Cli;
use server::{Hashing, Server};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub(crate) use answer::Answer;
pub(crate) use client::{Anonymous, Client, Member, Staff, Tokens};
pub(crate) use command::{
    Finished, Process, latchkey, latchkey_in, latchkey_with, signal, under_way, until_line,
};
pub(crate) use database::Database;
pub(crate) use http::Request;
pub(crate) use old_back_end::{Django, OLD_PASSWORD, OldTokens, OldUser, old_back_end};
pub(crate) use pair::{Pair, jwks, pem};
pub(crate) use token::{Token, claims_of, header_of};

/// The key that signs tokens, known here so that tests can make their own.
pub(crate) const SECRET: &str = "the API tests' own key: 94d1c07be2f86a35";
/// A password that breaks no rule.
pub(crate) const PASSWORD: &str = "three grey geese, 42";
/// When every test begins, in seconds. Long past, so that what the command line does (by the system's clock) is later.
pub(crate) const START: i64 = 1_000_000_000;
/// The microseconds after it.
const START_MICROS: i64 = 123_456;

/// A running server.
pub(crate) struct Api {
    address: SocketAddr,
    clock: Arc<AtomicI64>,
    database: Arc<Database>,
    stop: Option<oneshot::Sender<()>>,
    running: JoinHandle<()>,
}

impl Api {
    /// A server with the default settings, but for hashes that cost little.
    pub(crate) async fn start() -> Self {
        Self::with(&[]).await
    }

    /// A server with these settings, each a flag and its value.
    pub(crate) async fn with(settings: &[(&str, &str)]) -> Self {
        Self::on(Database::fresh().await, settings).await
    }

    /// A server on a database that may be in use already.
    pub(crate) async fn on(database: Arc<Database>, settings: &[(&str, &str)]) -> Self {
        let mut all = vec![
            ("--listen", "127.0.0.1:0"),
            ("--data-dir", database.folder()),
            ("--database-url", database.url()),
            ("--jwt-secret-key", SECRET),
            ("--argon2-memory", "64"),
            ("--argon2-passes", "1"),
            ("--argon2-lanes", "1"),
            ("--hashing-concurrency", "2"),
        ];
        all.retain(|(flag, _)| !settings.iter().any(|(given, _)| given == flag));
        all.extend(settings);
        let words = all.iter().flat_map(|(flag, value)| [*flag, *value]);
        let cli = Cli::parse_from(["latchkey"].into_iter().chain(words));
        let clock = Arc::new(AtomicI64::new(START * 1_000_000 + START_MICROS));
        let server = Server::bind(cli.serve, Clock::Fixed(Arc::clone(&clock)), Hashing::Here)
            .await
            .expect("the server starts");
        let address = server.local_addr().expect("the server has an address");
        let (stop, stopped) = oneshot::channel::<()>();
        let running = tokio::spawn(async move {
            let shutdown = async {
                // A sender that is dropped stops the server as well.
                let _ = stopped.await;
            };
            server.run(shutdown).await.expect("the server runs");
        });
        Self {
            address,
            clock,
            database,
            stop: Some(stop),
            running,
        }
    }

    /// Stops the server and waits until it has.
    pub(crate) async fn stop(mut self) -> Arc<Database> {
        self.stop.take();
        self.running.await.expect("the server stops");
        self.database
    }

    /// Where the server listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The server's database.
    pub(crate) fn database(&self) -> &Arc<Database> {
        &self.database
    }

    /// Lets this many seconds pass.
    pub(crate) fn pass(&self, seconds: i64) {
        self.clock.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }

    /// Sends a request as it is.
    pub(crate) async fn send(&self, request: &Request) -> Answer {
        request.send(self.address).await
    }

    /// A caller without a token.
    pub(crate) fn anonymous(&self) -> Anonymous {
        Anonymous::new(self.address)
    }

    /// A person who signed up and logged in.
    pub(crate) async fn member(&self, username: &str) -> Member {
        Member::sign_up(self, username).await
    }

    /// A staff user, made as operators make them, who logged in.
    pub(crate) async fn staff(&self, username: &str) -> Staff {
        Staff::create(self, username).await
    }
}
