//! What the API says about the users that are asked for: only ever the last word. The server asks for those of the page
//! it renders, the browser for all others.

use leptos::{prelude::*, task::spawn_local};

use crate::{
    api::{self, Selection, UsersPage},
    components::heading::focus,
    error::ApiError,
    session::Session,
    transport::Interest,
};

/// The id of what holds the answer on the page.
pub(super) const RESULTS: &str = "results";

/// Who asks, and for whom.
#[derive(Clone, PartialEq)]
struct Question {
    asker: Option<String>,
    selection: Selection,
}

/// What came of a question.
#[derive(Clone)]
pub(super) struct Answer {
    /// Who asked: what they may see is not for others.
    asker: Option<String>,
    /// What they asked for.
    pub(super) selection: Selection,
    /// The users, or why there are none.
    pub(super) outcome: Result<UsersPage, ApiError>,
}

/// The answers that a page gets, one after another.
#[derive(Clone, Copy)]
pub(super) struct Answers {
    /// The next answer is on its way.
    pub(super) busy: RwSignal<bool>,
    session: Session,
    selection: Memo<Selection>,
    /// Came with the page.
    first: OnceResource<Option<Result<UsersPage, ApiError>>>,
    /// What `first` is about.
    start: StoredValue<Selection>,
    latest: RwSignal<Option<Answer>>,
    /// Counts the questions: an answer to any but the last comes too late.
    round: StoredValue<u32>,
    /// Ends with the page or the next question.
    interest: StoredValue<Option<Interest>>,
}

impl Answers {
    /// Asks for what is selected, whenever that changes or who looks does.
    pub(super) fn to(selection: Memo<Selection>) -> Self {
        let start = selection.get_untracked();
        let asked = start.clone();
        let first = OnceResource::new(async move {
            if is_server() {
                Some(api::users(asked, None, None).await)
            } else {
                None
            }
        });
        let answers = Self {
            busy: RwSignal::new(false),
            session: Session::expect(),
            selection,
            first,
            start: StoredValue::new(start),
            latest: RwSignal::new(None),
            round: StoredValue::new(0),
            interest: StoredValue::new(None),
        };
        Effect::new(move |before: Option<Question>| answers.follow(before));
        answers
    }

    /// The last answer; none while the first is on its way, or if only the viewer before might see it. Tracked.
    pub(super) fn last(self) -> Option<Answer> {
        let viewer = self.session.username();
        let last = self.latest.get().or_else(|| {
            Some(Answer {
                asker: None,
                selection: self.start.get_value(),
                outcome: self.first.get().flatten()?,
            })
        });
        last.filter(|answer| answer.asker.is_none() || answer.asker == viewer)
    }

    /// Asks once more.
    pub(super) fn again(self) {
        self.ask(untrack(|| self.question()), false);
    }

    fn question(self) -> Question {
        Question {
            asker: self.session.username(),
            selection: self.selection.get(),
        }
    }

    fn follow(self, before: Option<Question>) -> Question {
        let now = self.question();
        let known = match &before {
            Some(before) => *before == now,
            None => now.asker.is_none() && self.first.get_untracked().flatten().is_some(),
        };
        if !known {
            // Whoever turns the page goes on reading where it begins; whoever goes back, where they were.
            let turned = before.is_some_and(|before| turns(&before, &now)) && is_link_focused();
            self.ask(now.clone(), turned);
        }
        now
    }

    fn ask(self, question: Question, turned: bool) {
        let Question { asker, selection } = question;
        self.round.update_value(|round| *round += 1);
        let round = self.round.get_value();
        let interest = Interest::begin();
        let signal = interest.as_ref().map(Interest::signal);
        self.interest.set_value(interest);
        self.busy.set(true);
        spawn_local(async move {
            let ask = |token| api::users(selection.clone(), token, signal.clone());
            let outcome = self.session.call(ask).await;
            if self.round.try_get_value() != Some(round) {
                return;
            }
            self.busy.set(false);
            self.latest.set(Some(Answer {
                asker,
                selection,
                outcome,
            }));
            if turned {
                focus(RESULTS);
            }
        });
    }
}

/// Whether a link of the answer has the focus, such as that to the next page.
fn is_link_focused() -> bool {
    let link = document().query_selector("#results a:focus");
    link.is_ok_and(|link| link.is_some())
}

/// Whether both are about pages of the same list.
fn turns(before: &Question, now: &Question) -> bool {
    before.selection.edge != now.selection.edge
        && before.selection.search == now.selection.search
        && before.selection.order == now.selection.order
}
