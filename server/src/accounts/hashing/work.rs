//! What is to be computed, as data: the same on a thread of the server and in a process of its own.

use std::panic::catch_unwind;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::argon2id::Argon2id;
use super::stored::StoredHash;
use super::{Checked, NewHash, normalised};
use crate::accounts::password::{self, Rules};

/// What is to be computed. It holds passwords, and is nothing to be shown.
#[derive(Deserialize, Serialize)]
pub(super) enum Work {
    /// The hash of a new password, where that is wanted and no rule is broken. Both in one turn: a password can be made that
    /// takes longer to judge than to hash.
    New {
        password: String,
        rules: Option<Rules>,
        wanted: bool,
    },
    /// Whether `password` is the one of `hash`.
    Check { password: String, hash: String },
    /// The work of a check that finds `password` wrong: that of `hash`, or that of a new hash.
    CheckForNobody {
        password: String,
        hash: Option<String>,
    },
}

/// What came of it.
#[derive(Deserialize, Serialize)]
pub(super) enum Done {
    New(NewHash),
    Checked(Checked),
}

/// What came of it, or why it could not be computed.
pub(super) type Answer = Result<Done, String>;

/// How long several pieces of work may take together; what has not begun by then is left.
const LONGEST: Duration = Duration::from_millis(100);

/// Does at least the first of these, and gives an answer to each that it has done. What others wait for is not to stand
/// behind what takes long.
pub(super) fn answer_first(work: &[Work], argon2: &Argon2id) -> Vec<Answer> {
    let begun = Instant::now();
    let mut answers = Vec::new();
    for one in work {
        answers.push(one.answer(argon2));
        if begun.elapsed() >= LONGEST {
            break;
        }
    }
    answers
}

impl Work {
    /// Does it.
    fn answer(&self, argon2: &Argon2id) -> Answer {
        // What goes wrong with one is nothing to the others, nor to who computes them.
        match catch_unwind(|| self.run(argon2)) {
            Ok(done) => done.map_err(|error| format!("{error:#}")),
            Err(_) => Err("the computation of a hash has panicked".to_owned()),
        }
    }

    fn run(&self, argon2: &Argon2id) -> anyhow::Result<Done> {
        Ok(match self {
            Self::New {
                password,
                rules,
                wanted,
            } => {
                let judged = rules
                    .as_ref()
                    .map_or(Ok(()), |rules| password::check(password, rules));
                Done::New(match judged {
                    Ok(()) if *wanted => Ok(Some(argon2.hash(&normalised(password))?)),
                    Ok(()) => Ok(None),
                    Err(sentences) => Err(sentences),
                })
            }
            Self::Check { password, hash } => Done::Checked(check(password, hash, argon2)?),
            Self::CheckForNobody { password, hash } => {
                check_for_nobody(password, hash.as_deref(), argon2)?;
                Done::Checked(Checked::Wrong)
            }
        })
    }
}

fn check(password: &str, hash: &str, argon2: &Argon2id) -> anyhow::Result<Checked> {
    match StoredHash::parse(hash, argon2) {
        Ok(hash) if hash.matches(password, argon2)? => {
            let current = hash.is_current(argon2);
            let upgraded = (!current).then(|| argon2.hash(&normalised(password)));
            let upgraded = upgraded.transpose()?;
            Ok(Checked::Right { upgraded })
        }
        Ok(hash) => {
            hash.make_up(password, argon2)?;
            Ok(Checked::Wrong)
        }
        Err(wrong) => {
            argon2.toil(&normalised(password))?;
            Ok(Checked::Unreadable(wrong))
        }
    }
}

fn check_for_nobody(password: &str, hash: Option<&str>, argon2: &Argon2id) -> anyhow::Result<()> {
    let hash = hash.and_then(|hash| StoredHash::parse(hash, argon2).ok());
    let Some(hash) = hash else {
        return argon2.toil(&normalised(password));
    };
    // Even where it is somebody's password: what a right one costs more would tell.
    hash.matches(password, argon2)?;
    hash.make_up(password, argon2)
}
