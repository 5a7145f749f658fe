//! The table `users` in the orders that lists offer: stretches of it by their keys, so that a page costs the same at any
//! depth, and how many users there are.

use super::users::user_columns;
use super::{Result, Store, on_pool};
use crate::model::{User, UserOrder, UserPlace};

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

/// The statement for users of a stretch, in an order.
macro_rules! listed {
    ($key:tt, $ending:literal) => {
        concat!(
            "SELECT ",
            user_columns!(),
            ", username_key",
            in_stretch!($key),
            $ending
        )
    };
}

impl Store {
    /// The first `limit` users of a stretch, in an order.
    pub(crate) async fn list_users_in(
        &self,
        stretch: &Stretch,
        order: UserOrder,
        limit: u32,
    ) -> Result<Vec<ListedUser>> {
        let sql = match order {
            UserOrder::DateJoined => {
                listed!(date_joined, "ORDER BY date_joined, username_key LIMIT $5")
            }
            UserOrder::DateJoinedDesc => {
                listed!(
                    date_joined,
                    "ORDER BY date_joined DESC, username_key DESC LIMIT $5"
                )
            }
            UserOrder::Username => listed!(username, "ORDER BY username_key LIMIT $3"),
            UserOrder::UsernameDesc => listed!(username, "ORDER BY username_key DESC LIMIT $3"),
        };
        Ok(on_pool!(&self.reader, db => {
            let query = bind_stretch!(sqlx::query_as(sql), stretch, order);
            query.bind(i64::from(limit)).fetch_all(db).await?
        }))
    }

    /// Whether there is a user in a stretch.
    pub(crate) async fn has_user_in(&self, stretch: &Stretch, order: UserOrder) -> Result<bool> {
        let sql = if order.is_by_username() {
            concat!("SELECT EXISTS (SELECT 1", in_stretch!(username), ")")
        } else {
            concat!("SELECT EXISTS (SELECT 1", in_stretch!(date_joined), ")")
        };
        Ok(on_pool!(&self.reader, db => {
            bind_stretch!(sqlx::query_scalar(sql), stretch, order).fetch_one(db).await?
        }))
    }

    /// How many users there are in a stretch by name, counted up to `most`.
    pub(crate) async fn count_users_in(&self, stretch: &Stretch, most: u32) -> Result<i64> {
        let sql = concat!(
            "SELECT COUNT(*) FROM (SELECT 1",
            in_stretch!(username),
            "LIMIT $3) AS counted"
        );
        Ok(on_pool!(&self.reader, db => {
            let query = bind_stretch!(sqlx::query_scalar(sql), stretch, UserOrder::Username);
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
            user_columns!(),
            ", username_key FROM users WHERE email_key = $1"
        );
        Ok(on_pool!(&self.reader, db => {
            sqlx::query_as(sql).bind(key).fetch_optional(db).await?
        }))
    }
}
