//! The table `users` in the orders that lists offer: stretches of it by their keys, so that a page costs the same at any
//! depth, and how many users there are.

use super::users::user_columns;
use super::{Result, Store, on_pool};
use crate::model::{User, UserId, UserOrder, UserPlace};

/// A user, and what tells the place in an order.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct ListedUser {
    #[sqlx(flatten)]
    pub(crate) user: User,
    /// The username as it is compared.
    pub(crate) username_key: String,
}

impl ListedUser {
    /// Where the user stands in an order.
    pub(crate) fn place(&self, order: UserOrder) -> UserPlace {
        UserPlace {
            date_joined: if order.is_by_username() {
                0
            } else {
                self.user.date_joined
            },
            username_key: self.username_key.clone(),
        }
    }
}

/// The users from one place to before another.
#[derive(Clone, Debug)]
pub(crate) struct Stretch {
    pub(crate) from: UserPlace,
    pub(crate) to: UserPlace,
}

impl Stretch {
    /// The part that lies in another stretch as well.
    pub(crate) fn within(self, other: &Self) -> Self {
        Self {
            from: self.from.max(other.from.clone()),
            to: self.to.min(other.to.clone()),
        }
    }

    /// Whether a place lies in it.
    pub(crate) fn holds(&self, place: &UserPlace) -> bool {
        self.from <= *place && *place < self.to
    }
}

/// The users of a stretch, as SQL: by the name, or by the date and the name. Both ends of either are ends of one index.
macro_rules! in_stretch {
    (username) => {
        " FROM users WHERE username_key >= $1 AND username_key < $2 "
    };
    (date_joined) => {
        " FROM users WHERE (date_joined, username_key) >= ($1, $2) AND (date_joined, username_key) < ($3, $4) "
    };
}

/// Binds the ends of a stretch, as `in_stretch` takes them.
macro_rules! bind_stretch {
    ($query:expr, $stretch:expr, $order:expr) => {{
        let (query, Stretch { from, to }) = ($query, $stretch);
        if $order.is_by_username() {
            query.bind(&from.username_key).bind(&to.username_key)
        } else {
            let query = query.bind(from.date_joined).bind(&from.username_key);
            query.bind(to.date_joined).bind(&to.username_key)
        }
    }};
}

/// A statement about users of a stretch.
macro_rules! select {
    ($columns:expr, $key:tt, $ending:literal) => {
        concat!("SELECT ", $columns, in_stretch!($key), $ending)
    };
}

/// The columns of a [`ListedUser`].
macro_rules! listed_columns {
    () => {
        concat!(user_columns!(), ", username_key")
    };
}

/// Lists the users of a stretch in an order.
#[rustfmt::skip]
const fn list_sql(order: UserOrder) -> &'static str {
    match order {
        UserOrder::DateJoined => {
            select!(listed_columns!(), date_joined, "ORDER BY date_joined, username_key LIMIT $5")
        }
        UserOrder::DateJoinedDesc => {
            select!(listed_columns!(), date_joined, "ORDER BY date_joined DESC, username_key DESC LIMIT $5")
        }
        UserOrder::Username => {
            select!(listed_columns!(), username, "ORDER BY username_key LIMIT $3")
        }
        UserOrder::UsernameDesc => {
            select!(listed_columns!(), username, "ORDER BY username_key DESC LIMIT $3")
        }
    }
}

/// Finds one user of a stretch, if there is any. EXISTS does not keep an order, and without one PostgreSQL looks at one
/// user after the other where it takes many of them for a match.
const fn any_sql(order: UserOrder) -> &'static str {
    if order.is_by_username() {
        select!("id", username, "ORDER BY username_key LIMIT 1")
    } else {
        select!(
            "id",
            date_joined,
            "ORDER BY date_joined, username_key LIMIT 1"
        )
    }
}

/// Counts the users of a stretch by name, up to a number.
const COUNT_SQL: &str = concat!(
    "SELECT COUNT(*) FROM (",
    select!("1", username, "ORDER BY username_key LIMIT $3"),
    ") AS counted"
);

impl Store {
    /// The first `limit` users of a stretch, in an order.
    pub(crate) async fn list_users_in(
        &self,
        stretch: &Stretch,
        order: UserOrder,
        limit: u32,
    ) -> Result<Vec<ListedUser>> {
        Ok(on_pool!(&self.reader, db => {
            let query = bind_stretch!(sqlx::query_as(list_sql(order)), stretch, order);
            query.bind(i64::from(limit)).fetch_all(db).await?
        }))
    }

    /// Whether there is a user in a stretch.
    pub(crate) async fn has_user_in(&self, stretch: &Stretch, order: UserOrder) -> Result<bool> {
        let found: Option<UserId> = on_pool!(&self.reader, db => {
            let query = bind_stretch!(sqlx::query_scalar(any_sql(order)), stretch, order);
            query.fetch_optional(db).await?
        });
        Ok(found.is_some())
    }

    /// How many users there are in a stretch by name, counted up to `most`.
    pub(crate) async fn count_users_in(&self, stretch: &Stretch, most: u32) -> Result<i64> {
        Ok(on_pool!(&self.reader, db => {
            let query = bind_stretch!(sqlx::query_scalar(COUNT_SQL), stretch, UserOrder::Username);
            query.bind(i64::from(most)).fetch_one(db).await?
        }))
    }

    /// How many users there are, without looking at them.
    pub(crate) async fn count_users(&self) -> Result<i64> {
        let sql = "SELECT CAST(COALESCE(SUM(users), 0) AS BIGINT) FROM user_counts";
        Ok(on_pool!(&self.reader, db => sqlx::query_scalar(sql).fetch_one(db).await?))
    }

    /// The user whose e-mail address is `key`, in folded form.
    pub(crate) async fn find_listed_by_email(&self, key: &str) -> Result<Option<ListedUser>> {
        let sql = concat!(
            "SELECT ",
            listed_columns!(),
            " FROM users WHERE email_key = $1"
        );
        Ok(on_pool!(&self.reader, db => {
            sqlx::query_as(sql).bind(key).fetch_optional(db).await?
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Pool;
    use super::*;

    const ORDERS: [UserOrder; 4] = [
        UserOrder::DateJoined,
        UserOrder::DateJoinedDesc,
        UserOrder::Username,
        UserOrder::UsernameDesc,
    ];

    /// How SQLite goes about a statement, a step a line.
    async fn plan(store: &Store, sql: &str) -> String {
        let Pool::Sqlite(db) = &store.reader else {
            panic!("a scratch database is SQLite's");
        };
        let explain = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"));
        let steps: Vec<(i64, i64, i64, String)> =
            sqlx::query_as(explain).fetch_all(db).await.unwrap();
        let steps: Vec<_> = steps.into_iter().map(|(.., step)| step).collect();
        steps.join("\n")
    }

    #[tokio::test]
    async fn no_statement_sorts_users_or_reads_more_than_a_stretch() {
        let store = Store::scratch().await.unwrap();
        for order in ORDERS {
            let ends = if order.is_by_username() {
                "(username_key>? AND username_key<?)"
            } else {
                "((date_joined,username_key)>(?,?) AND (date_joined,username_key)<(?,?))"
            };
            for sql in [list_sql(order), any_sql(order)] {
                let plan = plan(&store, sql).await;
                let begins = plan.starts_with("SEARCH users USING ");
                assert!(begins && plan.ends_with(ends), "{sql}\n{plan}");
            }
        }
        let plan = plan(&store, COUNT_SQL).await;
        let search = "SEARCH users USING COVERING INDEX sqlite_autoindex_users_1 (username_key>? AND username_key<?)";
        assert!(
            plan.contains(search) && !plan.contains("TEMP B-TREE"),
            "{plan}"
        );
    }
}
