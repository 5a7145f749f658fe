//! What a thread that has passwords hashed works with.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::apart::HashProcess;
use super::argon2id::Argon2id;
use super::pauses::Pauses;
use super::work::{Answer, Work, answer_first};
use crate::config::PasswordConfig;

/// How many processes are started for the same work: one may be ended from outside, whoever it works for.
const MOST_STARTS: usize = 2;
/// How long no process is started after one that could not be.
const PAUSE: Duration = Duration::from_mins(1);

/// Where passwords are hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hashing {
    /// On threads of this process.
    Here,
    /// In processes of the same program, which leave the processors to whoever else wants them: for a program that has the
    /// command `hash`.
    Apart,
}

/// What a thread works with.
pub(super) struct Desk {
    argon2: Arc<Argon2id>,
    apart: Option<Apart>,
}

/// The process that works for a thread.
struct Apart {
    config: Arc<PasswordConfig>,
    process: Option<HashProcess>,
    /// Those of all threads.
    pauses: Arc<Pauses>,
    /// Set where none could be started.
    not_before: Option<Instant>,
}

impl Desk {
    /// One for each thread.
    pub(super) fn each(config: &PasswordConfig, hashing: Hashing) -> impl Fn() -> Self + use<> {
        let argon2 = Arc::new(Argon2id::new(config));
        let apart = (hashing == Hashing::Apart).then(|| Arc::new(config.clone()));
        let pauses = Arc::new(Pauses::default());
        move || Self {
            argon2: Arc::clone(&argon2),
            apart: apart.clone().map(|config| {
                pauses.start();
                Apart {
                    config,
                    process: None,
                    pauses: Arc::clone(&pauses),
                    not_before: None,
                }
            }),
        }
    }

    /// Answers the first of these, or more.
    pub(super) fn run(&mut self, work: &[Work]) -> Vec<Answer> {
        let answers = self.apart.as_mut().and_then(|apart| apart.run(work));
        answers.unwrap_or_else(|| answer_first(work, &self.argon2))
    }
}

impl Apart {
    /// None where no process can be had.
    fn run(&mut self, work: &[Work]) -> Option<Vec<Answer>> {
        if let Some(process) = self.process.take()
            && let Some(answers) = self.run_in(process, work)
        {
            return Some(answers);
        }
        for _ in 0..MOST_STARTS {
            let process = self.start()?;
            // Alone, for it may be the work itself that ends them.
            if let Some(answers) = self.run_in(process, &work[..1]) {
                return Some(answers);
            }
        }
        // The server is not to be the next.
        Some(vec![Err(
            "every process that was to compute it has ended".to_owned()
        )])
    }

    /// None where it has ended.
    fn run_in(&mut self, mut process: HashProcess, work: &[Work]) -> Option<Vec<Answer>> {
        match process.run(work) {
            Ok(answers) => {
                self.process = Some(process);
                Some(answers)
            }
            Err(error) => {
                tracing::warn!("a process that hashes passwords has ended: {error}");
                None
            }
        }
    }

    fn start(&mut self) -> Option<HashProcess> {
        if self.not_before.is_some_and(|then| Instant::now() < then) {
            return None;
        }
        match HashProcess::start(&self.config, Arc::clone(&self.pauses)) {
            Ok(process) => {
                if self.not_before.take().is_some() {
                    tracing::info!("passwords are hashed in processes of their own again");
                }
                Some(process)
            }
            Err(error) => {
                if self.not_before.is_none() {
                    tracing::warn!(
                        "passwords are hashed in the server itself, for no other process can be started: {error}"
                    );
                }
                self.not_before = Some(Instant::now() + PAUSE);
                None
            }
        }
    }
}
