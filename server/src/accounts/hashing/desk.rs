//! What a thread that has passwords hashed works with.

use std::io;
use std::sync::Arc;

use super::apart::Helper;
use super::argon2id::Argon2id;
use super::work::{Answer, Work};
use crate::config::PasswordConfig;

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
    /// With whose cost processes are started; None where there are to be none.
    apart: Option<Arc<PasswordConfig>>,
    helper: Option<Helper>,
}

impl Desk {
    /// One for each thread.
    pub(super) fn each(config: &PasswordConfig, hashing: Hashing) -> impl Fn() -> Self + use<> {
        let argon2 = Arc::new(Argon2id::new(config));
        let apart = (hashing == Hashing::Apart).then(|| Arc::new(config.clone()));
        move || Self {
            argon2: Arc::clone(&argon2),
            apart: apart.clone(),
            helper: None,
        }
    }

    /// Does this, each in turn.
    pub(super) fn run(&mut self, work: &[Work]) -> Vec<Answer> {
        while let Some(config) = &self.apart {
            let had = self.helper.is_some();
            let helper = self.helper.take().map_or_else(|| Helper::start(config), Ok);
            let done = helper.and_then(|mut helper| Ok((helper.run(work)?, helper)));
            match done {
                Ok((answers, helper)) => {
                    self.helper = Some(helper);
                    return answers;
                }
                // It may have been ended from outside since: another one is not at fault.
                Err(error) if had => tracing::warn!("a process that hashes has ended: {error}"),
                Err(error) => self.stay_here(&error),
            }
        }
        work.iter().map(|work| work.answer(&self.argon2)).collect()
    }

    /// From now on all is computed on this thread.
    fn stay_here(&mut self, error: &io::Error) {
        tracing::warn!(
            "passwords are hashed in the server itself, for no other process does it: {error}"
        );
        self.apart = None;
    }
}
