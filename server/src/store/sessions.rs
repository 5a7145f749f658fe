//! The table `sessions`.

use super::users::user_columns;
use super::{Result, Store, on_pool};
use crate::model::{SessionId, User, UserId};

/// Inserts a session in a transaction that has begun.
macro_rules! insert_session {
    ($session:expr, $transaction:expr) => {{
        sqlx::query(
            "INSERT INTO sessions (id, user_id, created_at, expires_at) VALUES ($1, $2, $3, $4)",
        )
        .bind($session.id)
        .bind($session.user)
        .bind($session.now)
        .bind($session.expires)
        .execute(&mut *$transaction)
        .await?;
    }};
}

/// A log-in to be recorded. Times are microseconds.
#[derive(Debug)]
pub(crate) struct NewSession<'a> {
    pub(crate) id: &'a SessionId,
    pub(crate) user: UserId,
    pub(crate) now: i64,
    /// From when on no token of the session can be valid.
    pub(crate) expires: i64,
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
        let update = concat!(
            "UPDATE users SET last_login = $2, password_hash = COALESCE($4, password_hash)
             WHERE id = $1 AND password_hash = $3 AND is_active RETURNING ",
            user_columns!()
        );
        Ok(on_pool!(&self.writer, db => {
            let mut log_in = db.begin().await?;
            let user = sqlx::query_as(update)
                .bind(session.user)
                .bind(session.now)
                .bind(checked_hash)
                .bind(new_hash)
                .fetch_optional(&mut *log_in)
                .await?;
            if user.is_some() {
                insert_session!(session, log_in);
            }
            log_in.commit().await?;
            user
        }))
    }

    /// Gives a session to a user whose token came without one, and says whether: not if the user was disabled, or the
    /// password changed since `password_changed_at`.
    pub(crate) async fn insert_session(
        &self,
        session: &NewSession<'_>,
        password_changed_at: i64,
    ) -> Result<bool> {
        // Changes nothing, and takes the row's lock: what ends all sessions of the user comes before or after, never
        // in between.
        let hold = "UPDATE users SET is_active = is_active
                    WHERE id = $1 AND is_active AND password_changed_at = $2";
        Ok(on_pool!(&self.writer, db => {
            let mut opening = db.begin().await?;
            let user = sqlx::query(hold)
                .bind(session.user)
                .bind(password_changed_at)
                .execute(&mut *opening)
                .await?;
            let unchanged = user.rows_affected() == 1;
            if unchanged {
                insert_session!(session, opening);
            }
            opening.commit().await?;
            unchanged
        }))
    }

    /// Deletes sessions that have expired by `now`, a bounded number of them.
    pub(crate) async fn delete_expired_sessions(&self, now: i64) -> Result<()> {
        let sql = "DELETE FROM sessions WHERE id IN
                   (SELECT id FROM sessions WHERE expires_at <= $1 ORDER BY expires_at LIMIT 100)";
        on_pool!(&self.writer, db => {
            sqlx::query(sql).bind(now).execute(db).await?;
        });
        Ok(())
    }

    /// The user with this id, and whether the session is theirs and has not ended.
    pub(crate) async fn find_user_in_session(
        &self,
        id: UserId,
        session: &SessionId,
    ) -> Result<Option<(User, bool)>> {
        #[derive(sqlx::FromRow)]
        struct Row {
            #[sqlx(flatten)]
            user: User,
            in_session: bool,
        }
        let sql = concat!(
            "SELECT ",
            user_columns!(),
            ", EXISTS (SELECT 1 FROM sessions WHERE id = $2 AND user_id = users.id) AS in_session
             FROM users WHERE id = $1"
        );
        let row: Option<Row> = on_pool!(&self.reader, db => {
            sqlx::query_as(sql).bind(id).bind(session).fetch_optional(db).await?
        });
        Ok(row.map(|row| (row.user, row.in_session)))
    }
}
