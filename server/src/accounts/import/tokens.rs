//! Refresh tokens of a source: each that is still good becomes a session, of which only the token's hash is kept.

use std::collections::HashMap;

use anyhow::ensure;

use super::report::{Finding, Findings, SkippedToken};
use super::{Import, TRIES};
use crate::model::{self, RefreshToken, SessionId, SourceToken, TokenOwner, UserId, moment};
use crate::store::{ImportedSession, SessionHolder, SessionOwner};

/// A refresh token that is still good.
struct Candidate {
    /// The row's place in the batch.
    row: usize,
    id: String,
    token: RefreshToken,
    created: i64,
    owner: TokenOwner,
}

/// A refresh token and the session that is to be added for it.
struct Pending {
    token: Candidate,
    session: ImportedSession,
}

fn micros(seconds: i64) -> i64 {
    seconds.saturating_mul(1_000_000)
}

impl Import<'_> {
    /// Adds a batch of refresh tokens, and tells what is wrong with which.
    ///
    /// # Errors
    /// What is wrong with the database.
    pub(super) async fn add_tokens(&mut self, rows: Vec<SourceToken>) -> anyhow::Result<()> {
        let mut findings = Findings::new();
        let judged = rows
            .into_iter()
            .enumerate()
            .filter_map(|(place, row)| self.judge_token(place, row, &mut findings));
        let mut tokens: Vec<_> = judged.collect();
        let mut tries = 0;
        while !tokens.is_empty() {
            let pending = self.own_tokens(tokens, &mut findings).await?;
            let pending = self.settle_tokens(pending, &mut findings).await?;
            tokens = self.insert_tokens(pending).await?;
            tries += 1;
            ensure!(
                tries < TRIES,
                "users change too fast beside the import: run it again later"
            );
        }
        self.tell(findings)
    }

    /// Adds the sessions that can be added; gives the tokens of the others.
    async fn insert_tokens(&mut self, pending: Vec<Pending>) -> anyhow::Result<Vec<Candidate>> {
        if pending.is_empty() {
            return Ok(Vec::new());
        }
        let sessions: Vec<_> = pending.iter().map(|pending| &pending.session).collect();
        let mut added = self.target.insert_imported_sessions(&sessions).await?;
        self.summary.tokens += u64::try_from(added.len())?;
        // Each selector once: a source may hold one twice.
        let others = pending
            .into_iter()
            .filter(|pending| !added.remove(&pending.session.refresh_selector));
        Ok(others.map(|pending| pending.token).collect())
    }

    fn judge_token(
        &mut self,
        place: usize,
        row: SourceToken,
        findings: &mut Findings,
    ) -> Option<Candidate> {
        if row.revoked.is_some() {
            self.summary.tokens_over += 1;
            return None;
        }
        let Some(created) = moment::micros(&row.created) else {
            self.skip_token(place, row.id, SkippedToken::Created, findings);
            return None;
        };
        if created.saturating_add(micros(self.lives.there)) <= self.now {
            self.summary.tokens_over += 1;
            return None;
        }
        let Some(token) = RefreshToken::parse(&row.token) else {
            self.skip_token(place, row.id, SkippedToken::Token, findings);
            return None;
        };
        Some(Candidate {
            row: place,
            id: row.id,
            token,
            created,
            owner: row.owner,
        })
    }

    /// The sessions of tokens whose users are known, and were taken over from this source: an id may be somebody else's
    /// here.
    async fn own_tokens(
        &mut self,
        tokens: Vec<Candidate>,
        findings: &mut Findings,
    ) -> anyhow::Result<Vec<Pending>> {
        let owners = self.session_owners(&tokens).await?;
        let mut pending = Vec::new();
        for token in tokens {
            let owner = match &token.owner {
                TokenOwner::Id(id) => id.parse().ok().and_then(|id| owners.ids.get(&UserId(id))),
                TokenOwner::Username(name) => {
                    // To the letter: of two whose names differ only in case, one was not taken over.
                    owners.usernames.get(name.trim())
                }
            };
            let Some(owner) = owner.filter(|owner| self.accepted.contains(owner.id.0)) else {
                self.skip_token(token.row, token.id, SkippedToken::Owner, findings);
                continue;
            };
            // The same for everything that was signed before a password was set.
            if !owner.is_active || token.created < owner.password_changed_at {
                self.summary.tokens_ended += 1;
                continue;
            }
            let session = ImportedSession {
                id: SessionId::random()?,
                user: owner.id,
                created: token.created,
                expires: token.created.saturating_add(micros(self.lives.here)),
                refresh_selector: token.token.selector().to_owned(),
                refresh_hash: token.token.hash(),
            };
            pending.push(Pending { token, session });
        }
        Ok(pending)
    }

    /// Finds out which sessions are there already; gives those that can be added.
    async fn settle_tokens(
        &mut self,
        pending: Vec<Pending>,
        findings: &mut Findings,
    ) -> anyhow::Result<Vec<Pending>> {
        let selectors: Vec<_> = pending
            .iter()
            .map(|pending| pending.session.refresh_selector.as_str())
            .collect();
        if selectors.is_empty() {
            return Ok(pending);
        }
        let mut holders: HashMap<String, SessionHolder> = HashMap::new();
        for database in self.databases() {
            let held = database.list_session_holders(&selectors).await?;
            holders.extend(
                held.into_iter()
                    .map(|holder| (holder.refresh_selector.clone(), holder)),
            );
        }
        let mut left = Vec::new();
        for pending in pending {
            let session = &pending.session;
            match holders.get(&session.refresh_selector) {
                None => left.push(pending),
                // Its token may be another by now; when it began does not change.
                Some(holder)
                    if holder.user_id == session.user && holder.created_at == session.created =>
                {
                    self.summary.tokens_there += 1;
                }
                Some(_) => {
                    let token = pending.token;
                    self.skip_token(token.row, token.id, SkippedToken::SameSelector, findings);
                }
            }
        }
        Ok(left)
    }

    async fn session_owners(&self, tokens: &[Candidate]) -> anyhow::Result<Owners> {
        let (mut ids, mut names) = (Vec::new(), Vec::new());
        for token in tokens {
            match &token.owner {
                TokenOwner::Id(id) => ids.extend(id.parse().ok().map(UserId)),
                TokenOwner::Username(name) => names.extend(model::folded(name.trim())),
            }
        }
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        let mut owners = Owners::default();
        for database in self.databases() {
            for owner in database.list_session_owners(&ids, &names).await? {
                owners
                    .usernames
                    .insert(owner.username.clone(), owner.clone());
                owners.ids.insert(owner.id, owner);
            }
        }
        Ok(owners)
    }

    fn skip_token(&mut self, row: usize, id: String, why: SkippedToken, findings: &mut Findings) {
        self.summary.tokens_skipped += 1;
        findings.push((row, Finding::SkippedToken { id, why }));
    }
}

/// Users who have refresh tokens.
#[derive(Default)]
struct Owners {
    ids: HashMap<UserId, SessionOwner>,
    usernames: HashMap<String, SessionOwner>,
}
