//! Everyone who has an account, as far as the viewer may see them: searched, sorted, and a page at a time. The address
//! says which of them are shown; whatever changes that changes the address, and the page follows it.

mod address;
mod answers;
mod finder;
mod list;

use leptos::{
    either::{Either, EitherOf4},
    prelude::*,
};

use self::{
    answers::{Answer, Answers, RESULTS},
    finder::Finder,
    list::{astray, nobody, people, tally, waiting},
};
use crate::{
    components::{failure::failure, heading::Heading},
    error::ApiError,
    router::Router,
};

/// The list of users. The server renders what a stranger may see of it; the browser asks again when someone signs in or
/// out, because what may be seen depends on who looks.
#[component]
pub(crate) fn UsersPage() -> impl IntoView {
    let router = Router::expect();
    let selection = Memo::new(move |_| address::read(&router.query()));
    let answers = Answers::to(selection);
    view! {
        <section class="page">
            <Heading text="Users"/>
            <p class="lead">"Everyone who has signed up."</p>
            <Finder selection/>
            <Suspense fallback=waiting>
                <p class="people__count" role="status">
                    {move || match answers.last() {
                        Some(Answer { selection, outcome: Ok(page), .. }) => tally(&selection, &page),
                        _ => String::new(),
                    }}
                </p>
                <div id=RESULTS tabindex="-1" aria-busy=move || answers.busy.get().then_some("true")>
                    {move || results(answers)}
                </div>
            </Suspense>
        </section>
    }
}

/// The last answer stays while the next is on its way.
fn results(answers: Answers) -> impl IntoView {
    let Some(Answer {
        selection, outcome, ..
    }) = answers.last()
    else {
        return Either::Left(waiting());
    };
    Either::Right(match outcome {
        Ok(page) if page.users.is_empty() => EitherOf4::A(nobody(&selection)),
        Ok(page) => EitherOf4::B(people(&selection, &page)),
        Err(error) if is_astray(&error) => EitherOf4::C(astray(&selection, &error)),
        Err(error) => {
            let retry = Callback::new(move |()| answers.again());
            EitherOf4::D(failure(&error, answers.busy, retry))
        }
    })
}

/// Whether the address is to blame.
fn is_astray(error: &ApiError) -> bool {
    error.is("VALIDATION_FAILED")
}
