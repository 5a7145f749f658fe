//! The rows of the table, in its order.

mod cold_start;
mod flood;
mod hashing;
mod memory;
mod processes;
mod sign_up;
mod sizes;
mod tokens;
mod users;

use anyhow::Result;

use super::finding::Finding;
use super::rig::Rig;

/// Something that is measured.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) run: fn(&mut Rig<'_>) -> Result<Vec<Finding>>,
}

pub(crate) const ROWS: &[Row] = &[
    Row {
        name: "me",
        title: "`me` with a valid token, against a server that answers the same bytes and does nothing",
        run: tokens::me,
    },
    Row {
        name: "verify",
        title: "`verifyToken`, against the same",
        run: tokens::verify,
    },
    Row {
        name: "log-in",
        title: "Log-ins, against the hash of their passwords alone",
        run: hashing::log_in,
    },
    Row {
        name: "sign-up",
        title: "Sign-ups, against the hash of their passwords alone; each that was acknowledged is there",
        run: hashing::sign_up,
    },
    Row {
        name: "durability",
        title: "Sign-ups that were acknowledged before the server was killed and are gone afterwards",
        run: sign_up::durability,
    },
    Row {
        name: "flood",
        title: "p99 of `me` while people log in as fast as they can, against p99 without them",
        run: flood::run,
    },
    Row {
        name: "users",
        title: "`users(first: 50)` with many users, against few",
        run: users::list,
    },
    Row {
        name: "connection",
        title: "`usersConnection` with many users, against few",
        run: users::connection,
    },
    Row {
        name: "page",
        title: "The users page with many users, against few",
        run: users::page,
    },
    Row {
        name: "search",
        title: "Search by prefix among many users, against few",
        run: users::search,
    },
    Row {
        name: "processes",
        title: "Two processes on one PostgreSQL, against one",
        run: processes::run,
    },
    Row {
        name: "cold-start",
        title: "From the start of the process to the first answer, with many users",
        run: cold_start::run,
    },
    Row {
        name: "memory",
        title: "Resident memory at rest, under 1,000 connections and while people log in",
        run: memory::run,
    },
    Row {
        name: "visit",
        title: "All bytes of a first visit to /login",
        run: sizes::visit,
    },
    Row {
        name: "binary",
        title: "The size of the release",
        run: sizes::binary,
    },
];
