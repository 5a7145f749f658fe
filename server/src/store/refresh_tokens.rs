//! Refresh tokens, in the tables `sessions` (the one that is good now) and `spent_refresh_tokens`.

use sqlx::Connection as _;

use super::users::user_columns;
use super::{Result, Store, on_pool};
use crate::model::{RefreshToken, SessionId, User, UserId};

/// The exchange of a refresh token for the next. Times are microseconds.
#[derive(Debug)]
pub(crate) struct Rotation<'a> {
    pub(crate) spent: &'a RefreshToken,
    pub(crate) successor: &'a RefreshToken,
    pub(crate) now: i64,
    /// Not exchanged where it was made before this.
    pub(crate) oldest: i64,
    /// From when on no token of the session can be valid.
    pub(crate) expires: i64,
    /// Tokens spent before this need not be known any more.
    pub(crate) forget_before: i64,
    pub(crate) ip_address: &'a str,
}

/// What is known of a session by one of its refresh tokens.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct RefreshSession {
    pub(crate) id: SessionId,
    pub(crate) user_id: UserId,
    /// Whether the user is enabled.
    pub(crate) is_active: bool,
    pub(crate) ended_at: Option<i64>,
    /// The hash of the token that is good now.
    pub(crate) refresh_hash: String,
    /// When the token was exchanged; None where it was not, or that is forgotten.
    pub(crate) spent_at: Option<i64>,
}

impl Store {
    /// Exchanges a refresh token, and answers its user and session. None where it is not the one that is good now: of
    /// any number of exchanges of one token, on any number of processes, exactly one comes about.
    pub(crate) async fn rotate_refresh_token(
        &self,
        rotation: &Rotation<'_>,
    ) -> Result<Option<(User, SessionId)>> {
        let update = "UPDATE sessions
             SET refresh_hash = $3, last_used_at = $4, expires_at = $5, ip_address = $6
             WHERE refresh_selector = $1 AND refresh_hash = $2 AND ended_at IS NULL AND last_used_at >= $7
               AND EXISTS (SELECT 1 FROM users WHERE id = user_id AND is_active)
             RETURNING id, user_id";
        let remember =
            "INSERT INTO spent_refresh_tokens (hash, session_id, spent_at) VALUES ($1, $2, $3)";
        let forget = "DELETE FROM spent_refresh_tokens WHERE session_id = $1 AND spent_at < $2";
        let find = concat!("SELECT ", user_columns!(), " FROM users WHERE id = $1");
        let spent = rotation.spent.hash();
        Ok(on_pool!(&*self.writing().await?, db => {
            let mut exchange = db.begin().await?;
            let session: Option<(SessionId, UserId)> = sqlx::query_as(update)
                .bind(rotation.spent.selector())
                .bind(&*spent)
                .bind(rotation.successor.hash())
                .bind(rotation.now)
                .bind(rotation.expires)
                .bind(rotation.ip_address)
                .bind(rotation.oldest)
                .fetch_optional(&mut *exchange)
                .await?;
            let Some((session, user)) = session else {
                return Ok(None);
            };
            sqlx::query(forget).bind(&session).bind(rotation.forget_before).execute(&mut *exchange).await?;
            sqlx::query(remember).bind(&*spent).bind(&session).bind(rotation.now).execute(&mut *exchange).await?;
            let user: User = sqlx::query_as(find).bind(user).fetch_one(&mut *exchange).await?;
            exchange.commit().await?;
            Some((user, session))
        }))
    }

    /// The session that a refresh token is of, good or not.
    pub(crate) async fn find_refresh_session(
        &self,
        token: &RefreshToken,
    ) -> Result<Option<RefreshSession>> {
        let sql = "SELECT sessions.id, user_id, is_active, ended_at, refresh_hash,
                     (SELECT spent_at FROM spent_refresh_tokens WHERE hash = $2 AND session_id = sessions.id) AS spent_at
                   FROM sessions JOIN users ON users.id = user_id WHERE refresh_selector = $1";
        Ok(on_pool!(&self.reader, db => {
            sqlx::query_as(sql).bind(token.selector()).bind(token.hash()).fetch_optional(db).await?
        }))
    }

    /// Gives a session that has none its first refresh token, and says whether: not where it has one by now, or ended.
    pub(crate) async fn insert_refresh_token(
        &self,
        session: &SessionId,
        token: &RefreshToken,
        now: i64,
        expires: i64,
    ) -> Result<bool> {
        let sql = "UPDATE sessions
                   SET refresh_selector = $2, refresh_hash = $3, last_used_at = $4, expires_at = $5
                   WHERE id = $1 AND refresh_hash IS NULL AND ended_at IS NULL";
        let given = on_pool!(&*self.writing().await?, db => {
            sqlx::query(sql)
                .bind(session)
                .bind(token.selector())
                .bind(token.hash())
                .bind(now)
                .bind(expires)
                .execute(db)
                .await?
                .rows_affected()
        });
        Ok(given == 1)
    }
}
