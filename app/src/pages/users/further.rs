//! The users after the first page of them, asked for by the press of a button.

use leptos::{prelude::*, task::spawn_local};

use super::fetch;
use crate::{
    api::{Listed, UsersPage},
    components::heading::focus,
    error::ApiError,
    session::Session,
};

/// What follows the first page.
#[derive(Clone, Copy)]
pub(super) struct Further {
    /// The users that were asked for so far.
    pub(super) users: RwSignal<Vec<Listed>>,
    /// Whether there are others.
    pub(super) more: RwSignal<bool>,
    /// They are being fetched.
    pub(super) busy: RwSignal<bool>,
    /// Why they could not be.
    pub(super) problem: RwSignal<Option<ApiError>>,
    session: Session,
    /// The id of the last user on the page.
    last: StoredValue<Option<String>>,
    /// Counts the first pages: what one viewer asked for is not for the next to see.
    round: StoredValue<u32>,
}

impl Further {
    pub(super) fn new(session: Session) -> Self {
        Self {
            users: RwSignal::default(),
            more: RwSignal::new(false),
            busy: RwSignal::new(false),
            problem: RwSignal::new(None),
            session,
            last: StoredValue::default(),
            round: StoredValue::new(0),
        }
    }

    /// Begins anew after a first page.
    pub(super) fn follow(self, first: &UsersPage) {
        self.round.update_value(|round| *round += 1);
        self.last
            .set_value(first.users.last().map(|user| user.id.clone()));
        self.users.set(Vec::new());
        self.more.set(first.more);
        self.busy.set(false);
        self.problem.set(None);
    }

    /// Fetches the next users and shows them, or what went wrong.
    pub(super) fn fetch(self) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        let round = self.round.get_value();
        spawn_local(async move {
            let outcome = fetch(self.session, self.last.get_value()).await;
            // The page may be gone by now, or show what another viewer may see.
            if self.round.try_get_value() == Some(round) {
                self.busy.set(false);
                self.show(outcome);
            }
        });
    }

    fn show(self, outcome: Result<UsersPage, ApiError>) {
        match outcome {
            Err(error) => self.problem.set(Some(error)),
            Ok(UsersPage { users, more }) => {
                if let (Some(first), Some(last)) = (users.first(), users.last()) {
                    focus_row(format!("user-{}", first.id));
                    self.last.set_value(Some(last.id.clone()));
                }
                self.users.update(|all| all.extend(users));
                self.more.set(more);
                self.problem.set(None);
            }
        }
    }
}

/// Puts the focus where the new rows begin, once they are drawn: the button may be gone by then.
fn focus_row(id: String) {
    request_animation_frame(move || focus(&id));
}
