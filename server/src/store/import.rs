//! Users and sessions that come from elsewhere, many at once, into the tables `users` and `sessions`.

use std::collections::{HashMap, HashSet};

use sqlx::query_builder::Separated;
use sqlx::{Connection as _, QueryBuilder};

use super::{Pool, Result, Store, on_pool};
use crate::model::{SessionId, UserId, WholeUser};

/// Rows of one statement: SQLite takes 32,766 values in one, PostgreSQL 65,535.
const ROWS: usize = 1_000;

/// Lets PostgreSQL give ids beyond `$1`, where it does not yet.
pub(super) const IDS_AHEAD: &str =
    "SELECT setval(s.name, $1) FROM (SELECT pg_get_serial_sequence('users', 'id') AS name) s
     WHERE COALESCE(pg_sequence_last_value(s.name::regclass), 0) < $1";

/// Who holds an id, a name or an address already.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct UserHolder {
    pub(crate) id: UserId,
    pub(crate) username: String,
    pub(crate) username_key: String,
    pub(crate) email_key: Option<String>,
    pub(crate) password_hash: String,
    pub(crate) is_active: bool,
    pub(crate) is_staff: bool,
    pub(crate) is_superuser: bool,
}

/// A session to be added, whose refresh token another program gave. Times are microseconds.
pub(crate) struct ImportedSession {
    pub(crate) id: SessionId,
    pub(crate) user: UserId,
    pub(crate) created: i64,
    pub(crate) expires: i64,
    pub(crate) refresh_selector: String,
    pub(crate) refresh_hash: String,
}

/// What has to be known of a user who is to get a session.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct SessionOwner {
    pub(crate) id: UserId,
    pub(crate) username: String,
    pub(crate) is_active: bool,
    pub(crate) password_changed_at: i64,
}

/// Which session holds a selector already.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct SessionHolder {
    pub(crate) refresh_selector: String,
    pub(crate) user_id: UserId,
    pub(crate) created_at: i64,
}

/// Adds users in a transaction that has begun; gives the ids of those that were added.
macro_rules! insert_whole_users {
    ($users:expr, $transaction:expr) => {{
        let mut added = HashSet::new();
        let users: &[&WholeUser] = $users;
        for users in users.chunks(ROWS) {
            let mut query = QueryBuilder::new(
                "INSERT INTO users (id, username, username_key, email, email_key, first_name, last_name,
                                    password_hash, is_active, is_staff, is_superuser, last_login, date_joined,
                                    password_changed_at) ",
            );
            query.push_values(users, |mut row: Separated<'_, _, _>, whole| {
                let user = &whole.user;
                row.push_bind(user.id)
                    .push_bind(&user.username)
                    .push_bind(&whole.username_key)
                    .push_bind(&user.email)
                    .push_bind(&whole.email_key)
                    .push_bind(&user.first_name)
                    .push_bind(&user.last_name)
                    .push_bind(&whole.password_hash)
                    .push_bind(user.is_active)
                    .push_bind(user.is_staff)
                    .push_bind(user.is_superuser)
                    .push_bind(user.last_login)
                    .push_bind(user.date_joined)
                    .push_bind(user.password_changed_at);
            });
            query.push(" ON CONFLICT DO NOTHING RETURNING id");
            // Kept only where the next statement is the same.
            let inserted = query
                .build_query_scalar()
                .persistent(users.len() == ROWS)
                .fetch_all(&mut *$transaction)
                .await?;
            added.extend(inserted.into_iter().map(UserId));
        }
        added
    }};
}

/// A list of values in a statement. It begins with NULL, which nothing is equal to, for PostgreSQL takes no empty one.
macro_rules! push_list {
    ($query:expr, $values:expr) => {{
        $query.push("(");
        let mut list = $query.separated(", ");
        list.push("NULL");
        for value in $values {
            list.push_bind(value);
        }
        $query.push(")");
    }};
}

impl Store {
    /// Adds users with the ids they have, but for those whose id, name or address is taken: of the others, the ids. The
    /// database gives ids beyond `greatest` from then on.
    pub(crate) async fn insert_users(
        &self,
        users: &[&WholeUser],
        greatest: UserId,
    ) -> Result<HashSet<UserId>> {
        match &self.writer {
            Pool::Sqlite(db) => {
                let mut adding = db.begin().await?;
                let added = insert_whole_users!(users, adding);
                // SQLite itself keeps only to the ids that it has seen.
                sqlx::query(
                    "UPDATE sqlite_sequence SET seq = $1 WHERE name = 'users' AND seq < $1",
                )
                .bind(greatest)
                .execute(&mut *adding)
                .await?;
                adding.commit().await?;
                Ok(added)
            }
            Pool::Postgres(connections) => {
                let mut adding = connections.begin_with("BEGIN").await?;
                let behind = "SELECT COALESCE(pg_sequence_last_value(
                                  pg_get_serial_sequence('users', 'id')::regclass), 0) < $1";
                let behind: bool = sqlx::query_scalar(behind)
                    .bind(greatest)
                    .fetch_one(&mut *adding)
                    .await?;
                if behind {
                    // Without the lock a sign-up could take ids between the look and the move, and the sequence would
                    // go back. Ahead of the rows, so that nobody waits for us whom we wait for.
                    let lock = "LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE";
                    sqlx::query(lock).execute(&mut *adding).await?;
                    sqlx::query(IDS_AHEAD)
                        .bind(greatest)
                        .execute(&mut *adding)
                        .await?;
                }
                let added = insert_whole_users!(users, adding);
                adding.commit().await?;
                Ok(added)
            }
        }
    }

    /// The users that hold any of these ids, names and addresses, the latter two in folded form.
    pub(crate) async fn list_user_holders(
        &self,
        ids: &[UserId],
        usernames: &[&str],
        emails: &[&str],
    ) -> Result<Vec<UserHolder>> {
        Ok(on_pool!(&self.reader, db => {
            let mut query =
                QueryBuilder::new("SELECT id, username, username_key, email_key, password_hash, is_active, is_staff,
                                          is_superuser FROM users WHERE id IN ");
            push_list!(query, ids.iter().copied());
            query.push(" OR username_key IN ");
            push_list!(query, usernames.iter().copied());
            query.push(" OR email_key IN ");
            push_list!(query, emails.iter().copied());
            query.build_query_as().persistent(false).fetch_all(db).await?
        }))
    }

    /// The users with any of these ids or folded names.
    pub(crate) async fn list_session_owners(
        &self,
        ids: &[UserId],
        usernames: &[&str],
    ) -> Result<Vec<SessionOwner>> {
        Ok(on_pool!(&self.reader, db => {
            let mut query = QueryBuilder::new(
                "SELECT id, username, is_active, password_changed_at FROM users WHERE id IN ",
            );
            push_list!(query, ids.iter().copied());
            query.push(" OR username_key IN ");
            push_list!(query, usernames.iter().copied());
            query.build_query_as().persistent(false).fetch_all(db).await?
        }))
    }

    /// The sessions that hold any of these selectors, those that have ended included.
    pub(crate) async fn list_session_holders(
        &self,
        selectors: &[&str],
    ) -> Result<Vec<SessionHolder>> {
        Ok(on_pool!(&self.reader, db => {
            let mut query = QueryBuilder::new(
                "SELECT refresh_selector, user_id, created_at FROM sessions WHERE refresh_selector IN ",
            );
            push_list!(query, selectors.iter().copied());
            query.build_query_as().persistent(false).fetch_all(db).await?
        }))
    }

    /// Adds sessions, but for those of users who were disabled or got another password since, and those whose selector
    /// is taken: of the others, the selectors.
    pub(crate) async fn insert_imported_sessions(
        &self,
        sessions: &[&ImportedSession],
    ) -> Result<HashSet<String>> {
        Ok(on_pool!(&*self.writing().await?, db => {
            let mut adding = db.begin().await?;
            // Changes nothing, and takes the rows' locks: what ends all sessions of a user comes before or after.
            let mut hold = QueryBuilder::new("UPDATE users SET is_active = is_active WHERE is_active AND id IN ");
            push_list!(hold, sessions.iter().map(|session| session.user));
            hold.push(" RETURNING id, username, is_active, password_changed_at");
            let owners: Vec<SessionOwner> =
                hold.build_query_as().persistent(false).fetch_all(&mut *adding).await?;
            let owners: HashMap<_, _> =
                owners.iter().map(|owner| (owner.id, owner.password_changed_at)).collect();
            let open = |session: &&&ImportedSession| {
                owners.get(&session.user).is_some_and(|changed| *changed <= session.created)
            };
            let open: Vec<_> = sessions.iter().filter(open).collect();
            let mut added = Vec::new();
            if !open.is_empty() {
                let mut query = QueryBuilder::new(
                    "INSERT INTO sessions (id, user_id, created_at, last_used_at, expires_at, authenticated_by,
                                           refresh_selector, refresh_hash) ",
                );
                query.push_values(open, |mut row: Separated<'_, _, _>, session| {
                    row.push_bind(&session.id)
                        .push_bind(session.user)
                        .push_bind(session.created)
                        .push_bind(session.created)
                        .push_bind(session.expires)
                        .push_bind("import")
                        .push_bind(&session.refresh_selector)
                        .push_bind(&session.refresh_hash);
                });
                query.push(" ON CONFLICT DO NOTHING RETURNING refresh_selector");
                added = query.build_query_scalar().persistent(false).fetch_all(&mut *adding).await?;
            }
            adding.commit().await?;
            added.into_iter().collect()
        }))
    }
}
