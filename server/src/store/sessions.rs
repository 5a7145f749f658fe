//! The table `sessions`: beginning, finding, listing, ending and clearing away. What refresh tokens need is in
//! `refresh_tokens`.

use std::sync::Arc;

use rusqlite::{OptionalExtension as _, Transaction, named_params};
use sqlx::Connection as _;

use super::lookup::{FIND, Looked, Row};
use super::users::user_columns;
use super::{Result, Store, lookup, on_pool};
use crate::model::{
    Authentication, Device, Ending, RefreshToken, Session, SessionId, User, UserId,
};

/// The beginning of a session, of the values that `bind_session!` binds and of nothing else; to be followed by what it may
/// depend on.
macro_rules! insert_session {
    () => {
        "INSERT INTO sessions (id, user_id, created_at, last_used_at, expires_at, ip_address, user_agent,
                               authenticated_by, refresh_selector, refresh_hash)
         SELECT $1, $2, $3, $3, $4, $5, $6, $7, $8, $9"
    };
}

/// Binds a session's values, from the first parameter on.
macro_rules! bind_session {
    ($query:expr, $session:expr) => {
        $query
            .bind($session.id)
            .bind($session.user)
            .bind($session.now)
            .bind($session.expires)
            .bind(&*$session.device.ip_address)
            .bind(&*$session.device.user_agent)
            .bind($session.authenticated_by)
            .bind($session.refresh_token.map(RefreshToken::selector))
            .bind($session.refresh_token.map(RefreshToken::hash))
    };
}

/// Ends every session of a user in a transaction that has begun.
macro_rules! end_sessions {
    ($user:expr, $now:expr, $ending:expr, $transaction:expr) => {{
        sqlx::query(
            "UPDATE sessions SET ended_at = $2, ended_by = $3 WHERE user_id = $1 AND ended_at IS NULL",
        )
        .bind($user)
        .bind($now)
        .bind($ending)
        .execute(&mut *$transaction)
        .await?;
    }};
}
pub(super) use end_sessions;

/// Notes a log-in on the account of the session that `bind_session!` binds, unless the account changed meanwhile.
macro_rules! update_log_in {
    () => {
        concat!(
            "UPDATE users SET last_login = $3, password_hash = COALESCE($11, password_hash)
             WHERE id = $2 AND password_hash = $10 AND is_active RETURNING ",
            user_columns!()
        )
    };
}

/// A session that begins. Times are microseconds.
#[derive(Debug)]
pub(crate) struct NewSession<'a> {
    pub(crate) id: &'a SessionId,
    pub(crate) user: UserId,
    pub(crate) now: i64,
    /// From when on no token of the session can be valid.
    pub(crate) expires: i64,
    pub(crate) device: &'a Device,
    pub(crate) authenticated_by: Authentication,
    pub(crate) refresh_token: Option<&'a RefreshToken>,
}

/// A session as a token of it finds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// Ended, or never there.
    Ended,
    /// It goes on; whether it was given a refresh token.
    GoesOn { has_refresh_token: bool },
}

impl Store {
    /// Records a log-in whose password was checked against `checked_hash`, which becomes `new_hash` where one is
    /// given. Answers the user as of now; None where the account changed meanwhile, so that a password just replaced
    /// or a user just disabled gets no session.
    pub(crate) async fn insert_log_in(
        &self,
        session: &NewSession<'_>,
        checked_hash: &str,
        new_hash: Option<&str>,
    ) -> Result<Option<User>> {
        const AT_ONCE: &str = concat!(
            "WITH logged_in AS (",
            update_log_in!(),
            "), begun AS (",
            insert_session!(),
            " FROM logged_in) SELECT * FROM logged_in"
        );
        if let Some(writer) = &self.direct {
            return writer.run(log_in(session, checked_hash, new_hash)).await;
        }
        let _turn = self.one_by_one().await;
        Ok(on_pool!(&self.writer, db => {
            // All rows, of which there is one at most: only then it is committed.
            let users: Vec<User> = bind_session!(sqlx::query_as(AT_ONCE), session)
                .bind(checked_hash)
                .bind(new_hash)
                .fetch_all(db)
                .await?;
            users.into_iter().next()
        }))
    }

    /// Gives a session to a user whose token came without one, and says whether: not if the user was disabled, changed
    /// the password or was logged out everywhere since `user` was looked at, or if that session has ended already.
    pub(crate) async fn insert_session(
        &self,
        session: &NewSession<'_>,
        user: &User,
    ) -> Result<bool> {
        // Changes nothing, and takes the row's lock: what ends all sessions of the user comes before or after, never
        // in between.
        let hold = "UPDATE users SET is_active = is_active
                    WHERE id = $1 AND is_active AND password_changed_at = $2 AND sessionless_since = $3";
        let there = "SELECT ended_at IS NULL FROM sessions WHERE id = $1 AND user_id = $2";
        Ok(on_pool!(&*self.writing().await?, db => {
            let mut opening = db.begin().await?;
            let user_row = sqlx::query(hold)
                .bind(user.id)
                .bind(user.password_changed_at)
                .bind(user.sessionless_since)
                .execute(&mut *opening)
                .await?;
            if user_row.rows_affected() == 0 {
                return Ok(false);
            }
            let goes_on: Option<bool> = sqlx::query_scalar(there)
                .bind(session.id)
                .bind(user.id)
                .fetch_optional(&mut *opening)
                .await?;
            if goes_on.is_none() {
                bind_session!(sqlx::query(insert_session!()), session).execute(&mut *opening).await?;
            }
            opening.commit().await?;
            goes_on.unwrap_or(true)
        }))
    }

    /// The user with this id, and what became of the session of theirs by `now`.
    pub(crate) async fn find_user_in_session(
        &self,
        id: UserId,
        session: &SessionId,
        now: i64,
    ) -> Result<Option<(Arc<User>, Found)>> {
        if let Some(lookups) = &self.lookups
            && let Looked::Up(row) = lookups.find(id, session).await?
        {
            return Ok(row.map(|row| row.judge(now)));
        }
        // On the heap: it is large and seldom needed, and every request with a token would have the room for it.
        let row = Box::pin(self.find_row(id, session)).await?;
        Ok(row.map(|row| row.judge(now)))
    }

    async fn find_row(&self, id: UserId, session: &SessionId) -> Result<Option<Row>> {
        Ok(on_pool!(&self.reader, db => {
            sqlx::query_as(FIND).bind(id).bind(session).fetch_optional(db).await?
        }))
    }

    /// At most `limit` sessions of a user that go on, the last used first.
    pub(crate) async fn list_sessions(
        &self,
        user: UserId,
        now: i64,
        limit: u32,
    ) -> Result<Vec<Session>> {
        let sql = "SELECT id, created_at, last_used_at, expires_at, ip_address, user_agent, authenticated_by
                   FROM sessions WHERE user_id = $1 AND ended_at IS NULL AND expires_at > $2
                   ORDER BY last_used_at DESC, id LIMIT $3";
        Ok(on_pool!(&self.reader, db => {
            sqlx::query_as(sql).bind(user).bind(now).bind(i64::from(limit)).fetch_all(db).await?
        }))
    }

    /// Marks a session as used, and says whether it goes on; it does until `expires`.
    pub(crate) async fn update_session_used(
        &self,
        id: &SessionId,
        ip_address: &str,
        now: i64,
        expires: i64,
    ) -> Result<bool> {
        let sql = "UPDATE sessions SET last_used_at = $2, ip_address = $3, expires_at = $4
                   WHERE id = $1 AND ended_at IS NULL";
        let updated = on_pool!(&*self.writing().await?, db => {
            sqlx::query(sql).bind(id).bind(now).bind(ip_address).bind(expires).execute(db).await?.rows_affected()
        });
        Ok(updated == 1)
    }

    /// Ends a session of a user, and says whether it went on until then.
    pub(crate) async fn end_session(
        &self,
        user: UserId,
        id: &SessionId,
        now: i64,
        ending: Ending,
    ) -> Result<bool> {
        let sql = "UPDATE sessions SET ended_at = $3, ended_by = $4
                   WHERE id = $1 AND user_id = $2 AND ended_at IS NULL";
        let ended = on_pool!(&*self.writing().await?, db => {
            sqlx::query(sql).bind(id).bind(user).bind(now).bind(ending).execute(db).await?.rows_affected()
        });
        Ok(ended == 1)
    }

    /// Ends the sessions of a user, all but `kept`, and says how many went on until then. Tokens that belong to no
    /// session and were made before `now` are over as well.
    pub(crate) async fn end_sessions(
        &self,
        user: UserId,
        kept: Option<&SessionId>,
        now: i64,
        ending: Ending,
    ) -> Result<usize> {
        let sessionless = "UPDATE users SET sessionless_since = $2 WHERE id = $1";
        let sql = "UPDATE sessions SET ended_at = $3, ended_by = $4
                   WHERE user_id = $1 AND id <> $2 AND ended_at IS NULL RETURNING expires_at";
        // An id is never empty.
        let kept = kept.map_or("", |kept| &*kept.0);
        let expiries: Vec<i64> = on_pool!(&*self.writing().await?, db => {
            let mut end = db.begin().await?;
            sqlx::query(sessionless).bind(user).bind(now).execute(&mut *end).await?;
            let expiries = sqlx::query_scalar(sql)
                .bind(user)
                .bind(kept)
                .bind(now)
                .bind(ending)
                .fetch_all(&mut *end)
                .await?;
            end.commit().await?;
            expiries
        });
        Ok(expiries.into_iter().filter(|expiry| *expiry > now).count())
    }

    /// Deletes sessions whose tokens have all expired by `time`, at most `limit` of them, and says how many there were.
    pub(crate) async fn delete_expired_sessions(&self, time: i64, limit: u32) -> Result<u64> {
        let sql = "DELETE FROM sessions WHERE id IN
                   (SELECT id FROM sessions WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)";
        Ok(on_pool!(&*self.writing().await?, db => {
            sqlx::query(sql).bind(time).bind(i64::from(limit)).execute(db).await?.rows_affected()
        }))
    }

    /// Deletes sessions that were ended, at most `limit` of them, and says how many there were. Imported ones stay for
    /// as long as they could have gone on: another import must not bring them back.
    pub(crate) async fn delete_ended_sessions(&self, now: i64, limit: u32) -> Result<u64> {
        let sql = "DELETE FROM sessions WHERE id IN
                   (SELECT id FROM sessions WHERE ended_at IS NOT NULL
                    AND (authenticated_by <> 'import' OR expires_at <= $1) LIMIT $2)";
        Ok(on_pool!(&*self.writing().await?, db => {
            sqlx::query(sql).bind(now).bind(i64::from(limit)).execute(db).await?.rows_affected()
        }))
    }
}

/// The transaction of a log-in on SQLite, whose `$1` is a name as any other.
fn log_in(
    session: &NewSession<'_>,
    checked_hash: &str,
    new_hash: Option<&str>,
) -> impl FnOnce(&Transaction<'_>) -> rusqlite::Result<Option<User>> + Send + 'static {
    let NewSession {
        user, now, expires, ..
    } = *session;
    let authenticated_by = session.authenticated_by.as_str();
    let (id, device) = (session.id.clone(), session.device.clone());
    let refresh_token = session.refresh_token;
    let refresh_token = refresh_token.map(|token| (token.selector().to_owned(), token.hash()));
    let (selector, hash) = refresh_token.unzip();
    let checked_hash = checked_hash.to_owned();
    let new_hash = new_hash.map(ToOwned::to_owned);
    move |transaction| {
        let mut update = transaction.prepare_cached(update_log_in!())?;
        let parameters = named_params! {
            "$2": user.0, "$3": now, "$10": checked_hash, "$11": new_hash,
        };
        let read = |row: &rusqlite::Row<'_>| lookup::user(row, 0);
        let updated = update.query_row(parameters, read).optional()?;
        if updated.is_some() {
            let mut insert = transaction.prepare_cached(insert_session!())?;
            insert.execute(named_params! {
                "$1": id.0, "$2": user.0, "$3": now, "$4": expires, "$5": device.ip_address,
                "$6": device.user_agent, "$7": authenticated_by, "$8": selector, "$9": hash,
            })?;
        }
        Ok(updated)
    }
}
