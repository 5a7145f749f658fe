//! The table `sessions`.

use super::{Result, Store, on_pool};
use crate::model::{SessionId, User, UserId};

/// Inserts a session by one statement, in a transaction or on its own.
macro_rules! insert_session {
    ($session:expr, $db:expr) => {{
        sqlx::query(
            "INSERT INTO sessions (id, user_id, created_at, expires_at) VALUES ($1, $2, $3, $4)",
        )
        .bind($session.id)
        .bind($session.user)
        .bind($session.now)
        .bind($session.expires)
        .execute($db)
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
        let update = "UPDATE users SET last_login = $2, password_hash = COALESCE($4, password_hash)
                      WHERE id = $1 AND password_hash = $3 AND is_active RETURNING *";
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
                sqlx::query("DELETE FROM sessions WHERE user_id = $1 AND expires_at <= $2")
                    .bind(session.user)
                    .bind(session.now)
                    .execute(&mut *log_in)
                    .await?;
                insert_session!(session, &mut *log_in);
            }
            log_in.commit().await?;
            user
        }))
    }

    /// Gives a session to a user whose token came without one.
    pub(crate) async fn insert_session(&self, session: &NewSession<'_>) -> Result<()> {
        on_pool!(&self.writer, db => insert_session!(session, db));
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
        let sql = "SELECT *, EXISTS (SELECT 1 FROM sessions WHERE id = $2 AND user_id = users.id) AS in_session
                   FROM users WHERE id = $1";
        let row: Option<Row> = on_pool!(&self.reader, db => {
            sqlx::query_as(sql).bind(id).bind(session).fetch_optional(db).await?
        });
        Ok(row.map(|row| (row.user, row.in_session)))
    }
}
