//! Users of a source: added where nobody stands in their way.

use std::collections::HashMap;

use anyhow::ensure;

use super::judge::{self, Candidate};
use super::report::{Finding, Findings, SkippedUser, Warning};
use super::{Import, TRIES};
use crate::model::{Column, SourceUser, UserId, WholeUser};
use crate::store::UserHolder;

/// What hashes that are made here begin with.
const OURS: &str = "$argon2id$";

impl Import<'_> {
    /// Adds a batch of users, and tells what is wrong with which.
    ///
    /// # Errors
    /// What is wrong with the database.
    pub(super) async fn add_users(&mut self, rows: &[SourceUser]) -> anyhow::Result<()> {
        let mut findings = Findings::new();
        let mut pending = Vec::new();
        for (place, row) in rows.iter().enumerate() {
            match judge::user(place, row, self.now) {
                Ok(candidate) => pending.push(candidate),
                Err(why) => {
                    let shown = |column| row.get(column).unwrap_or_default().to_owned();
                    self.summary.users_skipped += 1;
                    let (id, username) = (shown(Column::Id), shown(Column::Username));
                    findings.push((place, Finding::SkippedUser { id, username, why }));
                }
            }
        }
        let there = self.summary.users_there;
        if self.look_first {
            pending = self.settle_users(pending, &mut findings).await?;
        }
        let mut tries = 0;
        while !pending.is_empty() {
            pending = self.insert_users(pending, &mut findings).await?;
            pending = self.settle_users(pending, &mut findings).await?;
            tries += 1;
            ensure!(
                tries < TRIES,
                "users are added and renamed too fast beside the import: run it again later"
            );
        }
        let there = usize::try_from(self.summary.users_there - there)?;
        self.look_first = self.beside.is_some() || there > rows.len() / 2;
        self.tell(findings)
    }

    /// Adds who can be added; gives the others.
    async fn insert_users(
        &mut self,
        pending: Vec<Candidate>,
        findings: &mut Findings,
    ) -> anyhow::Result<Vec<Candidate>> {
        let users: Vec<_> = pending.iter().map(|candidate| &candidate.whole).collect();
        let last = users.iter().map(|whole| whole.user.id.0).max();
        let greatest = self.greatest.max(last.unwrap_or_default());
        let mut added = self.target.insert_users(&users, UserId(greatest)).await?;
        let mut others = Vec::new();
        for candidate in pending {
            let user = &candidate.whole.user;
            // Each id once: a source may hold one twice.
            if !added.remove(&user.id) {
                others.push(candidate);
                continue;
            }
            self.accepted.insert(user.id.0);
            self.summary.users += 1;
            self.summary.users_warned += u64::from(!candidate.warnings.is_empty());
            self.summary.users_without_password += u64::from(candidate.without_password);
            findings.extend(candidate.warnings.into_iter().map(|what| {
                let (id, username) = (user.id, user.username.clone());
                (candidate.row, Finding::Warning { id, username, what })
            }));
        }
        Ok(others)
    }

    /// Finds out who stands in the way of whom; gives those who can be added now.
    async fn settle_users(
        &mut self,
        pending: Vec<Candidate>,
        findings: &mut Findings,
    ) -> anyhow::Result<Vec<Candidate>> {
        if pending.is_empty() {
            return Ok(pending);
        }
        let holders = self.user_holders(&pending).await?;
        let (mut left, mut there) = (Vec::new(), Vec::new());
        for mut candidate in pending {
            let (user, key) = (&candidate.whole.user, &candidate.whole.username_key);
            let why = match (holders.ids.get(&user.id), holders.usernames.get(key)) {
                (Some(holder), _) if holder.username_key == *key => {
                    self.accepted.insert(user.id.0);
                    self.summary.users_there += 1;
                    let changed = changes(&candidate.whole, holder);
                    if !changed.is_empty() {
                        let (id, username) = (user.id, user.username.clone());
                        let what = Warning::Changed(changed);
                        findings.push((candidate.row, Finding::Warning { id, username, what }));
                    }
                    there.push(candidate);
                    continue;
                }
                (Some(holder), _) => Some(SkippedUser::SameId {
                    username: holder.username.clone(),
                }),
                (None, Some(holder)) => Some(SkippedUser::SameName {
                    id: holder.id,
                    username: holder.username.clone(),
                }),
                (None, None) => None,
            };
            if let Some(why) = why {
                self.summary.users_skipped += 1;
                let (id, username) = (user.id.to_string(), user.username.clone());
                findings.push((candidate.row, Finding::SkippedUser { id, username, why }));
                continue;
            }
            let email = candidate.whole.email_key.as_ref();
            if let Some(holder) = email.and_then(|key| holders.emails.get(key)) {
                candidate.warnings.push(Warning::SameEmail {
                    email: user.email.clone(),
                    id: holder.id,
                    username: holder.username.clone(),
                });
                candidate.whole.email_key = None;
            }
            left.push(candidate);
        }
        self.stand_in(there).await?;
        Ok(left)
    }

    /// In a rehearsal, puts stand-ins of users who are there already into the scratch database, for sessions to refer
    /// to. All else about these users is looked up where they really are.
    async fn stand_in(&self, there: Vec<Candidate>) -> anyhow::Result<()> {
        if self.beside.is_none() || there.is_empty() {
            return Ok(());
        }
        let stand_ins = there.into_iter().map(|candidate| {
            let mut whole = candidate.whole;
            whole.email_key = None;
            whole.user.is_active = true;
            whole.user.password_changed_at = i64::MIN;
            whole
        });
        let stand_ins: Vec<_> = stand_ins.collect();
        let stand_ins: Vec<_> = stand_ins.iter().collect();
        self.target.insert_users(&stand_ins, UserId(0)).await?;
        Ok(())
    }

    async fn user_holders(&self, pending: &[Candidate]) -> anyhow::Result<Holders> {
        let whole = || pending.iter().map(|candidate| &candidate.whole);
        let ids: Vec<_> = whole().map(|whole| whole.user.id).collect();
        let names: Vec<_> = whole().map(|whole| whole.username_key.as_str()).collect();
        let emails: Vec<_> = whole()
            .filter_map(|whole| whole.email_key.as_deref())
            .collect();
        let mut holders = Holders::default();
        for database in self.databases() {
            for holder in database.list_user_holders(&ids, &names, &emails).await? {
                holders.add(&holder);
            }
        }
        Ok(holders)
    }
}

/// In what a user who was taken over before is another in the source by now. Who has logged in since has a hash of ours,
/// of which nobody can tell.
fn changes(source: &WholeUser, here: &UserHolder) -> Vec<&'static str> {
    let theirs = &source.user;
    let rehashed = here.password_hash.starts_with(OURS) && !source.password_hash.starts_with(OURS);
    let differs = [
        (
            "password",
            !rehashed && here.password_hash != source.password_hash,
        ),
        ("is_active", here.is_active != theirs.is_active),
        ("is_staff", here.is_staff != theirs.is_staff),
        ("is_superuser", here.is_superuser != theirs.is_superuser),
    ];
    let named = differs.into_iter().filter(|(_, differs)| *differs);
    named.map(|(name, _)| name).collect()
}

/// Who holds what.
#[derive(Default)]
struct Holders {
    ids: HashMap<UserId, UserHolder>,
    usernames: HashMap<String, UserHolder>,
    emails: HashMap<String, UserHolder>,
}

impl Holders {
    fn add(&mut self, holder: &UserHolder) {
        self.ids.insert(holder.id, holder.clone());
        self.usernames
            .insert(holder.username_key.clone(), holder.clone());
        if let Some(email) = &holder.email_key {
            self.emails.insert(email.clone(), holder.clone());
        }
    }
}
