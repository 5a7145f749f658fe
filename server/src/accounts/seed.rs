//! Made-up users, to try and to measure with: the same ones each time, fast.

use anyhow::ensure;

use super::{AccountsError, Directory};
use crate::model::{Email, User, UserId, Username, WholeUser};

/// Everybody's password: no secret, for these users are nobody.
pub(crate) const SEED_PASSWORD: &str = "turtles all the way down";

/// Users of one transaction.
const BATCH: u32 = 10_000;

/// A list of users is the same for everybody who has the same combinations: each pair once, then numbered.
const GIVEN: [&str; 16] = [
    "ada",
    "alan",
    "barbara",
    "claude",
    "dennis",
    "donald",
    "edsger",
    "frances",
    "grace",
    "hedy",
    "john",
    "karen",
    "katherine",
    "leslie",
    "margaret",
    "niklaus",
];
const FAMILY: [&str; 64] = [
    "allen",
    "babbage",
    "backus",
    "bartik",
    "boole",
    "cerf",
    "clark",
    "codd",
    "conway",
    "cray",
    "curry",
    "dijkstra",
    "easley",
    "engelbart",
    "feigenbaum",
    "feinler",
    "floyd",
    "franklin",
    "gates",
    "goldberg",
    "granville",
    "gray",
    "hamilton",
    "hamming",
    "hoare",
    "holberton",
    "hopper",
    "jackson",
    "johnson",
    "jones",
    "kahn",
    "karp",
    "keller",
    "kernighan",
    "knuth",
    "lamarr",
    "lamport",
    "lampson",
    "liskov",
    "lovelace",
    "mccarthy",
    "meltzer",
    "milner",
    "minsky",
    "moore",
    "naur",
    "neumann",
    "newell",
    "noether",
    "perlis",
    "perlman",
    "rabin",
    "ritchie",
    "scott",
    "shannon",
    "shaw",
    "simon",
    "spence",
    "tarjan",
    "thompson",
    "turing",
    "wilkes",
    "wing",
    "wirth",
];
/// How many pairs there are: a power of two.
const PAIRS: u32 = 16 * 64;
/// Odd, so that steps of it meet each pair once before they meet one again.
const STEP: u32 = 389;

/// The first of them joined at the beginning of 2018 and the last at the end of 2025, in microseconds.
const FIRST_JOINED: i64 = 1_514_764_800_000_000;
const LAST_JOINED: i64 = 1_767_225_600_000_000;

impl Directory {
    /// Adds `count` made-up users to a database that has none; `told` hears how many there are so far. The same count
    /// makes the same users, but for the salt of the one hash that they share.
    ///
    /// # Errors
    /// A database with users in it, or one that cannot be written.
    pub(crate) async fn seed(&self, count: u32, mut told: impl FnMut(u32)) -> anyhow::Result<()> {
        let there = self.store.list_users(UserId(0), 1).await?;
        ensure!(
            there.is_empty(),
            "there are users in this database: made-up ones are only added to an empty one"
        );
        let hashed = self.hasher.hash_new(SEED_PASSWORD, None, true);
        let hash = hashed.await.map_err(|error| match error {
            AccountsError::Internal(cause) => cause,
            other => anyhow::Error::new(other),
        })?;
        let hash = hash.ok().flatten().unwrap_or_default();
        let mut done = 0;
        while done < count {
            let next = count.min(done.saturating_add(BATCH));
            let users = (done..next).map(|index| made_up(index, count, &hash));
            let users = users.collect::<anyhow::Result<Vec<_>>>()?;
            let users: Vec<_> = users.iter().collect();
            let added = self
                .store
                .insert_users(&users, UserId(count.into()))
                .await?;
            ensure!(
                added.len() == users.len(),
                "somebody else adds users to this database"
            );
            done = next;
            told(done);
        }
        Ok(())
    }
}

/// The user at a place in the list: names in no order, join dates in order.
fn made_up(index: u32, count: u32, hash: &str) -> anyhow::Result<WholeUser> {
    let pair = index.wrapping_mul(STEP) % PAIRS;
    let [given, family] = [pair % 16, pair / 16].map(|place| place as usize);
    let (given, family) = (GIVEN[given], FAMILY[family]);
    let number = match index / PAIRS {
        0 => String::new(),
        number => number.to_string(),
    };
    let wrong = |sentences: Vec<String>| anyhow::anyhow!(sentences.join(" "));
    let username = Username::parse(&format!("{given}.{family}{number}")).map_err(wrong)?;
    let address = format!("{given}.{family}{number}@example.com");
    let email = Email::parse(&address).map_err(wrong)?;
    let joined = joined(index, count);
    Ok(WholeUser {
        user: User {
            id: UserId(i64::from(index) + 1),
            username: username.as_str().to_owned(),
            email: email.as_str().to_owned(),
            first_name: capitalised(given),
            last_name: capitalised(family),
            is_active: true,
            is_staff: false,
            is_superuser: false,
            last_login: None,
            date_joined: joined,
            password_changed_at: joined,
            sessionless_since: 0,
        },
        username_key: username.key().to_owned(),
        email_key: Some(email.key().to_owned()),
        password_hash: hash.to_owned(),
    })
}

fn joined(index: u32, count: u32) -> i64 {
    FIRST_JOINED + (LAST_JOINED - FIRST_JOINED) / i64::from(count) * i64::from(index)
}

fn capitalised(name: &str) -> String {
    let (first, rest) = name.split_at(1);
    first.to_uppercase() + rest
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{PAIRS, joined, made_up};

    #[test]
    fn nobody_is_made_up_twice() {
        let count = 3 * PAIRS;
        let users = (0..count).map(|index| made_up(index, count, "").unwrap());
        let names: HashSet<_> = users.map(|whole| whole.username_key).collect();
        assert_eq!(names.len(), count as usize);
    }

    #[test]
    fn people_join_one_after_the_other_over_years() {
        let years = |from, to| (joined(to, 1_000) - joined(from, 1_000)) / 31_557_600_000_000;
        assert_eq!(years(0, 999), 7);
        assert!((1..1_000).all(|index| joined(index - 1, 1_000) < joined(index, 1_000)));
    }
}
