//! The table `users`.

use rusqlite::OptionalExtension as _;
use sqlx::{AssertSqlSafe, Connection as _, Postgres, Sqlite};

use super::sessions::end_sessions;
use super::{Result, Store, lookup, on_pool};
use crate::model::{Email, Ending, User, UserId, Username, WholeUser};
use crate::threads::anywhere;

/// The columns of a [`User`], by name: a running process has to go on when a later version adds some.
macro_rules! user_columns {
    () => {
        "id, username, email, first_name, last_name, is_active, is_staff, is_superuser, last_login, date_joined, \
         password_changed_at, sessionless_since"
    };
}
pub(super) use user_columns;

/// Adds a user whose name and address nobody has.
macro_rules! insert_user {
    () => {
        concat!(
            "INSERT INTO users (username, username_key, email, email_key, password_hash, is_staff, date_joined,
                                password_changed_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
             ON CONFLICT DO NOTHING RETURNING ",
            user_columns!()
        )
    };
}

/// What is needed to check a password.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct Credentials {
    /// Whose they are.
    #[sqlx(flatten)]
    pub(crate) user: User,
    /// The password's hash: in PHC format, or as Django writes it.
    pub(crate) password_hash: String,
}

/// A row that is looked for at a log-in: 0 is somebody else's, 1 has what was typed for an address, 2 for a name.
#[derive(sqlx::FromRow)]
struct ForLogIn {
    place: i32,
    #[sqlx(flatten)]
    credentials: Credentials,
}

impl ForLogIn {
    fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            place: row.get(0)?,
            credentials: Credentials {
                user: lookup::user(row, 1)?,
                password_hash: row.get(13)?,
            },
        })
    }
}

/// The query for them: the key is its first parameter, and so many ids are the others.
fn for_log_in(ids: usize) -> String {
    const COLUMNS: &str = concat!(user_columns!(), ", password_hash FROM users WHERE");
    let ids: Vec<String> = (2..ids + 2).map(|place| format!("${place}")).collect();
    let ids = ids.join(", ");
    format!(
        "SELECT 2 AS place, {COLUMNS} username_key = $1
         UNION ALL SELECT 1, {COLUMNS} email_key = $1
         UNION ALL SELECT 0, {COLUMNS} id = (SELECT MAX(id) FROM users WHERE id IN ({ids}))"
    )
}

/// A user to be added.
#[derive(Debug)]
pub(crate) struct NewUser<'a> {
    pub(crate) username: &'a Username,
    pub(crate) email: &'a Email,
    pub(crate) password_hash: &'a str,
    pub(crate) is_staff: bool,
    /// When the user joins, in microseconds.
    pub(crate) now: i64,
}

/// Which of a name and an address another user holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Taken {
    pub(crate) username: bool,
    pub(crate) email: bool,
}

impl Store {
    /// The user whose username is `key`, else the one whose e-mail address is; both in folded form.
    pub(crate) async fn find_credentials(&self, key: &str) -> Result<Option<Credentials>> {
        let sql = concat!(
            "SELECT ",
            user_columns!(),
            ", password_hash FROM users WHERE username_key = $1 OR email_key = $1
             ORDER BY CASE WHEN username_key = $1 THEN 0 ELSE 1 END LIMIT 1"
        );
        Ok(on_pool!(&self.reader, db => {
            sqlx::query_as(sql).bind(key).fetch_optional(db).await?
        }))
    }

    /// The user whose username is `key`, in folded form.
    pub(crate) async fn find_user_by_username(&self, key: &str) -> Result<Option<User>> {
        let sql = concat!(
            "SELECT ",
            user_columns!(),
            " FROM users WHERE username_key = $1"
        );
        self.find_user_by(sql, key.to_owned()).await
    }

    /// The user with this id.
    pub(crate) async fn find_user(&self, id: UserId) -> Result<Option<User>> {
        let sql = concat!("SELECT ", user_columns!(), " FROM users WHERE id = $1");
        self.find_user_by(sql, id.0).await
    }

    /// The user whom `sql` finds by `key`. On PostgreSQL it is asked for [`anywhere`]: who asks may be on the thread of their connection, as with
    /// a token that names no session, and a connection of the pool, which all want, is not to wait for that thread's other work.
    async fn find_user_by<K>(&self, sql: &'static str, key: K) -> Result<Option<User>>
    where
        K: rusqlite::ToSql + sqlx::Type<Sqlite> + sqlx::Type<Postgres> + Send + 'static,
        K: for<'q> sqlx::Encode<'q, Sqlite> + for<'q> sqlx::Encode<'q, Postgres>,
    {
        let at_once = self.read_at_once(|connection| {
            let mut query = connection.prepare_cached(sql)?;
            query
                .query_row([&key], |row| lookup::user(row, 0))
                .optional()
        })?;
        if let Some(found) = at_once {
            return Ok(found);
        }
        let reader = self.reader.clone();
        // On the heap: it is large, and a request whose token is of a session would have the room for it.
        Box::pin(anywhere(async move {
            Ok(on_pool!(&reader, db => {
                sqlx::query_as(sql).bind(key).fetch_optional(db).await?
            }))
        }))
        .await
    }

    /// The same user, and the password hash of the one with the greatest of `ids` that there is.
    pub(crate) async fn find_for_log_in(
        &self,
        key: &str,
        ids: &[i64],
    ) -> Result<(Option<Credentials>, Option<String>)> {
        let sql = for_log_in(ids.len());
        let at_once = self.read_at_once(|connection| {
            let mut query = connection.prepare_cached(&sql)?;
            query.raw_bind_parameter(1, key)?;
            for (id, place) in ids.iter().zip(2..) {
                query.raw_bind_parameter(place, id)?;
            }
            query.raw_query().mapped(ForLogIn::read).collect()
        })?;
        let mut rows: Vec<ForLogIn> = if let Some(rows) = at_once {
            rows
        } else {
            let _turn = self.one_by_one().await;
            on_pool!(&self.reader, db => {
                let query = sqlx::query_as(AssertSqlSafe(sql)).bind(key);
                let query = ids.iter().fold(query, sqlx::query::QueryAs::bind);
                query.fetch_all(db).await?
            })
        };
        rows.sort_by_key(|row| row.place);
        let found = rows.pop_if(|row| row.place > 0);
        let other = rows.into_iter().next().filter(|row| row.place == 0);
        let hash = |row: ForLogIn| row.credentials.password_hash;
        Ok((found.map(|row| row.credentials), other.map(hash)))
    }

    /// Which of the two, in folded form, some user holds already.
    pub(crate) async fn find_taken(
        &self,
        username: Option<&str>,
        email: Option<&str>,
    ) -> Result<Taken> {
        let sql =
            "SELECT username_key, email_key FROM users WHERE username_key = $1 OR email_key = $2";
        let at_once = self.read_at_once(|connection| {
            let mut query = connection.prepare_cached(sql)?;
            let rows = query.query_map((username, email), |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect()
        })?;
        let rows: Vec<(String, Option<String>)> = if let Some(rows) = at_once {
            rows
        } else {
            let _turn = self.one_by_one().await;
            on_pool!(&self.reader, db => {
                sqlx::query_as(sql).bind(username).bind(email).fetch_all(db).await?
            })
        };
        Ok(rows
            .iter()
            .fold(Taken::default(), |taken, (name, address)| Taken {
                username: taken.username || username == Some(name),
                email: taken.email || (email.is_some() && email == address.as_deref()),
            }))
    }

    /// Adds a user; None where the name or the address is taken. Of two at the same moment exactly one is added.
    pub(crate) async fn insert_user(&self, new: &NewUser<'_>) -> Result<Option<User>> {
        if let Some(writer) = &self.direct {
            let (username, email) = (new.username.clone(), new.email.clone());
            let (hash, is_staff, now) = (new.password_hash.to_owned(), new.is_staff, new.now);
            return writer
                .run(move |transaction| {
                    let mut insert = transaction.prepare_cached(insert_user!())?;
                    let (name, address) = (username.as_str(), email.as_str());
                    let keys = (username.key(), email.key());
                    let user = (name, keys.0, address, keys.1, hash, is_staff, now);
                    insert
                        .query_row(user, |row| lookup::user(row, 0))
                        .optional()
                })
                .await;
        }
        let _turn = self.one_by_one().await;
        Ok(on_pool!(&*self.writing().await?, db => {
            // All rows, of which there is one at most: only then it is committed.
            let inserted: Vec<User> = sqlx::query_as(insert_user!())
                .bind(new.username.as_str())
                .bind(new.username.key())
                .bind(new.email.as_str())
                .bind(new.email.key())
                .bind(new.password_hash)
                .bind(new.is_staff)
                .bind(new.now)
                .fetch_all(db)
                .await?;
            inserted.into_iter().next()
        }))
    }

    /// At most `limit` users with an id beyond `after`, oldest first.
    pub(crate) async fn list_users(&self, after: UserId, limit: u32) -> Result<Vec<User>> {
        let sql = concat!(
            "SELECT ",
            user_columns!(),
            " FROM users WHERE id > $1 ORDER BY id LIMIT $2"
        );
        Ok(on_pool!(&self.reader, db => {
            sqlx::query_as(sql).bind(after).bind(i64::from(limit)).fetch_all(db).await?
        }))
    }

    /// The same with everything that is stored.
    pub(crate) async fn list_whole_users(
        &self,
        after: UserId,
        limit: u32,
    ) -> Result<Vec<WholeUser>> {
        let sql = concat!(
            "SELECT ",
            user_columns!(),
            ", username_key, email_key, password_hash FROM users WHERE id > $1 ORDER BY id LIMIT $2"
        );
        Ok(on_pool!(&self.reader, db => {
            sqlx::query_as(sql).bind(after).bind(i64::from(limit)).fetch_all(db).await?
        }))
    }

    /// Sets a password's hash and ends every session of the user.
    pub(crate) async fn update_password(&self, id: UserId, hash: &str, now: i64) -> Result<()> {
        let sql = "UPDATE users SET password_hash = $2, password_changed_at = $3 WHERE id = $1";
        on_pool!(&*self.writing().await?, db => {
            let mut change = db.begin().await?;
            sqlx::query(sql).bind(id).bind(hash).bind(now).execute(&mut *change).await?;
            end_sessions!(id, now, Ending::Password, change);
            change.commit().await?;
        });
        Ok(())
    }

    /// Enables or disables a user; disabling ends every session.
    pub(crate) async fn update_active(&self, id: UserId, active: bool, now: i64) -> Result<()> {
        let sql = "UPDATE users SET is_active = $2 WHERE id = $1";
        on_pool!(&*self.writing().await?, db => {
            let mut change = db.begin().await?;
            sqlx::query(sql).bind(id).bind(active).execute(&mut *change).await?;
            if !active {
                end_sessions!(id, now, Ending::Disabled, change);
            }
            change.commit().await?;
        });
        Ok(())
    }
}
