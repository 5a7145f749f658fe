//! Sessions: where a user is signed in, ending that, and clearing dead ones away.

use std::time::Duration;

use super::{Accounts, AccountsError, Directory, Result};
use crate::model::{Ending, Session, SessionId, SignedIn, User, Viewer};

/// The most sessions that are listed; nobody is signed in at so many places.
const MOST_LISTED: u32 = 100;
/// Sessions that are deleted at once: a short turn on the database, whatever there is to do.
const BATCH: u32 = 500;
/// The pause between two batches: other writers get their turn.
const PAUSE: Duration = Duration::from_millis(20);
/// How long a session is kept after its end, in microseconds: 7 days. Who comes back with an old refresh token is told
/// that it has expired, and an operator can look up why a session ended.
const KEPT: i64 = 7 * 24 * 60 * 60 * 1_000_000;

impl Accounts {
    /// Where a user is signed in, the last used first.
    pub(crate) async fn sessions_of(&self, user: &User) -> Result<Vec<Session>> {
        let now = self.clock().now_micros();
        Ok(self
            .store()
            .list_sessions(user.id, now, MOST_LISTED)
            .await?)
    }

    /// Ends the session that the viewer's token is of, and says whether it went on: a token that another program made has
    /// none.
    ///
    /// # Errors
    /// `NotSignedIn`.
    pub(crate) async fn log_out(&self, viewer: &Viewer) -> Result<bool> {
        let SignedIn { user, session } = signed_in(viewer)?;
        let Some(session) = session else {
            return Ok(false);
        };
        let now = self.clock().now_micros();
        let ended = self
            .store()
            .end_session(user.id, session, now, Ending::LogOut)
            .await?;
        tracing::info!(user = %user.id, session = session.0, "logged out");
        Ok(ended)
    }

    /// Ends every session of the viewer, but for the one that asks where it is kept, and says how many.
    ///
    /// # Errors
    /// `NotSignedIn`.
    pub(crate) async fn log_out_everywhere(&self, viewer: &Viewer, keep: bool) -> Result<usize> {
        let SignedIn { user, session } = signed_in(viewer)?;
        let kept = session.as_ref().filter(|_| keep);
        let now = self.clock().now_micros();
        let ending = if keep {
            Ending::Revoked
        } else {
            Ending::LogOut
        };
        let ended = self
            .store()
            .end_sessions(user.id, kept, now, ending)
            .await?;
        tracing::info!(user = %user.id, ended, "logged out everywhere");
        Ok(ended)
    }

    /// Ends one session of the viewer, and says when, in seconds.
    ///
    /// # Errors
    /// `NotSignedIn`; `NoSuchSession` where it is not the viewer's or has ended.
    pub(crate) async fn revoke_session(&self, viewer: &Viewer, id: &str) -> Result<i64> {
        let SignedIn { user, .. } = signed_in(viewer)?;
        let id = SessionId::parse(id).ok_or(AccountsError::NoSuchSession)?;
        let now = self.clock().now_micros();
        let ended = self.store().end_session(user.id, &id, now, Ending::Revoked);
        if !ended.await? {
            return Err(AccountsError::NoSuchSession);
        }
        tracing::info!(user = %user.id, session = id.0, "session ended by its user");
        Ok(now.div_euclid(1_000_000))
    }

    /// Clears away sessions that have been dead for long, a bounded number of them, and says whether more may be left.
    pub(crate) async fn sweep(&self) -> bool {
        let dead = self.clock().now_micros().saturating_sub(KEPT);
        match self.store().delete_expired_sessions(dead, BATCH).await {
            Ok(0) => false,
            Ok(cleared) => {
                tracing::info!(cleared, "cleared dead sessions away");
                cleared == u64::from(BATCH)
            }
            Err(error) => {
                // What is left over is taken along next time.
                tracing::warn!("dead sessions were not cleared away: {error}");
                false
            }
        }
    }
}

fn signed_in(viewer: &Viewer) -> Result<&SignedIn> {
    viewer.signed_in().ok_or(AccountsError::NotSignedIn)
}

impl Directory {
    /// Deletes sessions that were ended, and with `expired` those whose time is over too; says how many of each.
    pub(crate) async fn clear_sessions(&self, expired: bool) -> Result<(u64, u64)> {
        let mut ended = 0;
        loop {
            let now = self.clock.now_micros();
            let deleted = self.store.delete_ended_sessions(now, BATCH).await?;
            ended += deleted;
            if deleted < u64::from(BATCH) {
                break;
            }
            tokio::time::sleep(PAUSE).await;
        }
        if !expired {
            return Ok((ended, 0));
        }
        let mut over = 0;
        loop {
            let now = self.clock.now_micros();
            let deleted = self.store.delete_expired_sessions(now, BATCH).await?;
            over += deleted;
            if deleted < u64::from(BATCH) {
                return Ok((ended, over));
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}
