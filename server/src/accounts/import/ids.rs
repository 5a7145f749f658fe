//! A set of ids that holds runs of them as one: of a million users in a row there is one.

use std::collections::BTreeMap;

/// Ids, as runs: the first of each, and the last.
#[derive(Default)]
pub(super) struct Ids(BTreeMap<i64, i64>);

impl Ids {
    /// Puts an id in.
    pub(super) fn insert(&mut self, id: i64) {
        if self.contains(id) {
            return;
        }
        let last = match id.checked_add(1).and_then(|next| self.0.remove(&next)) {
            Some(last) => last,
            None => id,
        };
        match self.0.range_mut(..id).next_back() {
            Some((_, end)) if end.checked_add(1) == Some(id) => *end = last,
            _ => {
                self.0.insert(id, last);
            }
        }
    }

    /// Whether an id is in.
    pub(super) fn contains(&self, id: i64) -> bool {
        let before = self.0.range(..=id).next_back();
        before.is_some_and(|(_, last)| id <= *last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_kept_in_whatever_order_they_come() {
        let mut ids = Ids::default();
        for id in [5, 1, 3, 2, 9, 2, i64::MAX, 8] {
            ids.insert(id);
        }
        let kept: Vec<i64> = (0..12).filter(|id| ids.contains(*id)).collect();
        assert_eq!(kept, [1, 2, 3, 5, 8, 9]);
        assert!(ids.contains(i64::MAX));
        assert_eq!(ids.0.len(), 4, "1 to 3, 5, 8 to 9, the last");
    }

    #[test]
    fn ids_in_a_row_are_one_run() {
        let mut ids = Ids::default();
        (1..10_000).for_each(|id| ids.insert(id));
        assert_eq!(ids.0.len(), 1);
    }
}
