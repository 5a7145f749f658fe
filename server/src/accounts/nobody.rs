//! Whom a name that nobody has is taken for while a password is checked.
//!
//! Hashes that came with users from elsewhere cost more or less than those made here, until their people have logged in
//! once. A name that nobody has must not be told by what its check costs, so that check costs what one of some user's
//! hash does: always of the same user for the same name, until that user's changes as anybody's does.

use aws_lc_rs::hmac;

use crate::config::Secret;

/// Ids below 2^40 are looked at: more than a trillion users.
const POWERS: u32 = 40;

/// Chooses a user for every name.
pub(super) struct Nobody(hmac::Key);

impl Nobody {
    /// With a key of its own, made of the server's secret: nobody else can tell who is chosen, and every process of
    /// the server chooses alike.
    pub(super) fn new(secret: &Secret) -> Self {
        let secret = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
        let key = hmac::sign(&secret, b"latchkey: names that nobody has");
        Self(hmac::Key::new(hmac::HMAC_SHA256, key.as_ref()))
    }

    /// Ids for a folded name, of which the greatest that there is is the one. There is one for every power of two, so
    /// that the choice is even, and hardly ever changes while users are added.
    pub(super) fn candidates(&self, name: &str) -> Vec<i64> {
        let tag = hmac::sign(&self.0, name.as_bytes());
        let number = tag
            .as_ref()
            .iter()
            .take(5)
            .fold(0_i64, |number, byte| (number << 8) | i64::from(*byte));
        (0..=POWERS)
            .map(|power| number % (1 << power) + 1)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn nobody() -> Nobody {
        Nobody::new(&"a secret".parse().unwrap())
    }

    /// The one of users 1 to `last` that a name is taken for.
    fn chosen(nobody: &Nobody, name: &str, last: i64) -> i64 {
        let candidates = nobody.candidates(name);
        candidates
            .into_iter()
            .filter(|id| *id <= last)
            .max()
            .unwrap()
    }

    #[test]
    fn a_name_is_taken_for_the_same_user_while_others_sign_up() {
        let names: Vec<String> = (0..500).map(|n| format!("name{n}")).collect();
        let (one, other) = (nobody(), nobody());
        let moved = names
            .iter()
            .filter(|name| chosen(&one, name, 1_000) != chosen(&other, name, 1_010));
        assert!(moved.count() < 20);
    }

    #[test]
    fn every_user_is_taken() {
        let nobody = nobody();
        let mut taken: BTreeMap<i64, u32> = BTreeMap::new();
        for name in 0..2_000 {
            *taken
                .entry(chosen(&nobody, &name.to_string(), 20))
                .or_default() += 1;
        }
        assert_eq!(taken.len(), 20);
        // 100 on average; twice that where the next power of two is beyond the last user.
        assert!(
            taken.values().all(|count| (30..=300).contains(count)),
            "{taken:?}"
        );
    }
}
