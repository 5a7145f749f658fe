//! Listing users: who may, how many at once, and what of each is shown.

use super::{Accounts, AccountsError, Field, FieldErrors, Result};
use crate::config::{EmailVisibility, Visibility};
use crate::model::{User, UserId, Viewer};

/// Which users are asked for.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Page<'a> {
    /// How many; all where it is missing.
    pub(crate) first: Option<i32>,
    /// The last id seen.
    pub(crate) after: Option<&'a str>,
}

impl Accounts {
    /// Users, oldest first.
    ///
    /// # Errors
    /// `Forbidden` where the viewer may not list users; `TooManyUsers` where all were asked for and are too many;
    /// `InvalidInput` for a page that cannot be.
    pub(crate) async fn users(&self, viewer: &Viewer, page: Page<'_>) -> Result<Vec<User>> {
        self.may_list(viewer)?;
        let (first, after) = self.checked(page)?;
        let most = self.0.users.users_max;
        if let Some(first) = first {
            return self.directory().list(after, first).await;
        }
        // One more than may be answered tells whether there are more.
        let users = self.directory().list(after, most.saturating_add(1)).await?;
        if users.len() > usize::try_from(most).unwrap_or(usize::MAX) {
            return Err(AccountsError::TooManyUsers(most));
        }
        Ok(users)
    }

    /// Whether `viewer` may list users.
    ///
    /// # Errors
    /// `Forbidden` where not.
    pub(super) fn may_list(&self, viewer: &Viewer) -> Result<()> {
        let allowed = match self.0.users.users_visibility {
            Visibility::Public => true,
            Visibility::Members => viewer.user().is_some(),
            Visibility::Staff => viewer.is_staff(),
        };
        if allowed {
            return Ok(());
        }
        let anonymous = viewer.user().is_none();
        Err(AccountsError::Forbidden { anonymous })
    }

    fn checked(&self, page: Page<'_>) -> Result<(Option<u32>, UserId)> {
        let most = self.0.users.users_max;
        let mut errors = FieldErrors::default();
        let first = page.first.and_then(|first| {
            let checked = u32::try_from(first)
                .ok()
                .filter(|first| (1..=most).contains(first))
                .ok_or_else(|| vec![format!("Ask for 1 to {most} users at once.")]);
            errors.take(Field::First, checked)
        });
        let after = page.after.and_then(|after| {
            let checked = UserId::parse(after)
                .ok_or_else(|| vec!["Give the id of the last user seen.".to_owned()]);
            errors.take(Field::After, checked)
        });
        if errors.is_empty() {
            Ok((first, after.unwrap_or(UserId(0))))
        } else {
            Err(AccountsError::InvalidInput(errors))
        }
    }

    /// Whether `viewer` sees the e-mail address, names and log-in time of `user`.
    pub(crate) fn sees_private(&self, viewer: &Viewer, user: &User) -> bool {
        let own = viewer.user().is_some_and(|viewer| viewer.id == user.id);
        own || self.sees_everything_private(viewer)
    }

    /// Whether `viewer` sees that of every user.
    pub(super) fn sees_everything_private(&self, viewer: &Viewer) -> bool {
        viewer.is_staff()
            || match self.0.users.users_emails {
                EmailVisibility::Private => false,
                EmailVisibility::Members => viewer.user().is_some(),
                EmailVisibility::Public => true,
            }
    }
}
