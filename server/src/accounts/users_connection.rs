//! Listing users page by page, in either direction, in several orders, and searching them. Who may, and what of each is
//! shown, is said in `users`.

mod arguments;
mod cursor;

use super::{Accounts, Result};
use crate::model::{User, UserOrder, Viewer};
use crate::store::{ListedUser, Stretch};
use arguments::{Page, beginning_with, everybody};

/// How many users a page has where nothing is said.
const FIRST_WITHOUT_WORD: u32 = 50;
/// How far what is found is counted.
const MOST_COUNTED: u32 = 1_000;

/// What is asked for, as it was given.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Connection<'a> {
    pub(crate) first: Option<i32>,
    pub(crate) after: Option<&'a str>,
    pub(crate) last: Option<i32>,
    pub(crate) before: Option<&'a str>,
    pub(crate) search: Option<&'a str>,
    pub(crate) order: Option<UserOrder>,
    /// Whether the number of all users, or of all that are found, is wanted.
    pub(crate) total: bool,
    /// Whether it is wanted what lies on either side of the page.
    pub(crate) neighbours: bool,
}

/// A page of users.
#[derive(Debug)]
pub(crate) struct UserPage {
    /// The users, each with a cursor.
    pub(crate) users: Vec<(User, String)>,
    /// Whether there are users before the first of them, where that is wanted.
    pub(crate) has_previous: bool,
    /// Whether there are users after the last of them, where that is wanted.
    pub(crate) has_next: bool,
    /// How many there are on all pages, where that is wanted.
    pub(crate) total: Option<Total>,
}

/// How many users there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Total {
    pub(crate) users: i64,
    /// Whether there are no more.
    pub(crate) is_exact: bool,
}

/// Where pages are taken from.
struct Found {
    /// All users, or those whose names begin with what is searched for.
    whole: Stretch,
    /// One more, who is not among them: whose e-mail address is searched for.
    besides: Option<ListedUser>,
}

impl Found {
    /// The one more, where they stand in `stretch`.
    fn besides_in(&self, stretch: &Stretch, order: UserOrder) -> Option<&ListedUser> {
        let besides = self.besides.as_ref()?;
        stretch.holds(&besides.place(order)).then_some(besides)
    }
}

impl Accounts {
    /// A page of the users, or of those that a search finds: by the beginning of the name, and, for those who see
    /// everybody's addresses, by a whole e-mail address.
    ///
    /// # Errors
    /// `Forbidden` where the viewer may not list users; `InvalidInput` for a page that cannot be.
    pub(crate) async fn users_connection(
        &self,
        viewer: &Viewer,
        asked: Connection<'_>,
    ) -> Result<UserPage> {
        self.may_list(viewer)?;
        let page = Page::new(&asked, self.0.users.users_max)?;
        let found = self.found(viewer, page.search.as_deref()).await?;
        let mut users = self.read(&page, &found).await?;
        let size = usize::try_from(page.size).unwrap_or(usize::MAX);
        let more = users.len() > size;
        users.truncate(size);
        if page.from_end {
            users.reverse();
        }
        let (has_previous, has_next) = if asked.neighbours {
            (
                page.from_end && more || self.is_any(&found, &page, page.up_to_after()).await?,
                !page.from_end && more
                    || self.is_any(&found, &page, page.rest_from_before()).await?,
            )
        } else {
            (false, false)
        };
        let total = if asked.total {
            Some(self.total(&found, page.search.is_some()).await?)
        } else {
            None
        };
        let with_cursor = |listed: ListedUser| {
            let cursor = cursor::write(page.order, &listed.place(page.order));
            (listed.user, cursor)
        };
        Ok(UserPage {
            users: users.into_iter().map(with_cursor).collect(),
            has_previous,
            has_next,
            total,
        })
    }

    async fn found(&self, viewer: &Viewer, search: Option<&str>) -> Result<Found> {
        let Some(search) = search else {
            return Ok(Found {
                whole: everybody(),
                besides: None,
            });
        };
        // Nobody else may learn whose an address is, be it by how long the answer takes.
        let by_email = if self.sees_everything_private(viewer) {
            self.store().find_listed_by_email(search).await?
        } else {
            None
        };
        let besides = by_email.filter(|listed| !listed.username_key.starts_with(search));
        Ok(Found {
            whole: beginning_with(search),
            besides,
        })
    }

    /// The users between the cursors, from the end that the page is at, with at least one more than it holds where there
    /// are more.
    async fn read(&self, page: &Page, found: &Found) -> Result<Vec<ListedUser>> {
        let order = page.reading_order();
        let limit = page.size.saturating_add(1);
        let between = page.between_cursors(found.whole.clone());
        let mut users = self.store().list_users_in(&between, order, limit).await?;
        if let Some(besides) = found.besides_in(&page.between_cursors(everybody()), order) {
            users.push(besides.clone());
            users.sort_by_key(|listed| listed.place(order));
            if order.is_descending() {
                users.reverse();
            }
        }
        Ok(users)
    }

    /// Whether anybody was found in `side`, which is where a cursor leads away from the page.
    async fn is_any(&self, found: &Found, page: &Page, side: Option<Stretch>) -> Result<bool> {
        let Some(side) = side else {
            return Ok(false);
        };
        if found.besides_in(&side, page.order).is_some() {
            return Ok(true);
        }
        let side = side.within(&found.whole);
        Ok(self.store().has_user_in(&side, page.order).await?)
    }

    async fn total(&self, found: &Found, searches: bool) -> Result<Total> {
        if !searches {
            let users = self.store().count_users().await?;
            return Ok(Total {
                users,
                is_exact: true,
            });
        }
        // One more than is told tells whether there are more.
        let counted = self.store().count_users_in(&found.whole, MOST_COUNTED + 1);
        let users = counted.await? + i64::from(found.besides.is_some());
        let most = i64::from(MOST_COUNTED);
        Ok(Total {
            users: users.min(most),
            is_exact: users <= most,
        })
    }
}
