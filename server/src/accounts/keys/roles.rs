//! Which key of the folder is the next one, which signs, and which are retired.

use jsonwebtoken::Algorithm;

use super::folder::StoredKey;

/// The keys of the folder, as a server with one algorithm uses them.
pub(super) struct Roles {
    /// Published and accepted; signs after the next rotation.
    pub(super) next: Option<StoredKey>,
    /// Signs.
    pub(super) current: Option<StoredKey>,
    /// Published and accepted, the newest first: what signed before, and keys of other algorithms.
    pub(super) retired: Vec<Retired>,
}

/// A key that signs no more.
pub(super) struct Retired {
    pub(super) key: StoredKey,
    /// Since when it signs no more, in seconds since 1970-01-01 UTC; None where that is not known.
    pub(super) since: Option<i64>,
}

impl Roles {
    /// The roles of `keys`, which are in the order of their numbers.
    pub(super) fn of(keys: Vec<StoredKey>, algorithm: Algorithm) -> Self {
        let is_ours = |key: &StoredKey| key.pair.public.algorithm == algorithm;
        // When the later keys of the algorithm were made, the newest first. The second key after a key retires it. One of
        // another algorithm is retired by the third: two can be there before servers are restarted with the algorithm.
        let mut later: Vec<i64> = Vec::new();
        let mut roles = Self {
            next: None,
            current: None,
            retired: Vec::new(),
        };
        for key in keys.into_iter().rev() {
            let made = key.made;
            if !is_ours(&key) {
                let since = later.len().checked_sub(3).map(|third| later[third]);
                roles.retired.push(Retired { key, since });
                continue;
            }
            match later.len() {
                0 => roles.next = Some(key),
                1 => roles.current = Some(key),
                earlier => {
                    let since = Some(later[earlier - 2]);
                    roles.retired.push(Retired { key, since });
                }
            }
            later.push(made);
        }
        // The first one of all signs at once.
        if roles.current.is_none() {
            roles.current = roles.next.take();
        }
        roles
    }
}
