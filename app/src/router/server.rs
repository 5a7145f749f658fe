//! On the server: the one page of a request.

use leptos::prelude::*;

use super::{Address, OUTLET, Router, Way};
use crate::pages::{
    Page, home::HomePage, log_in::LogInPage, me::MePage, not_found::NotFoundPage,
    sign_up::SignUpPage, users::UsersPage,
};

/// The address of the request, which the server provides as context.
pub(super) fn address() -> Address {
    use_context().unwrap_or_default()
}

/// The server follows no links.
pub(super) fn watch(_router: Router) {}

/// Nobody goes anywhere while a page is rendered.
pub(super) fn navigate(_router: Router, _to: &str, _way: Way) {}

/// Nobody does so later either.
pub(super) fn prepare(_to: &str) {}

/// The page in its place.
pub(crate) fn outlet() -> impl IntoView {
    view! {
        <div id=OUTLET class="outlet">
            {page(Router::expect().page())}
        </div>
    }
}

fn page(page: Page) -> AnyView {
    match page {
        Page::Home => view! { <HomePage/> }.into_any(),
        Page::SignUp => view! { <SignUpPage/> }.into_any(),
        Page::LogIn => view! { <LogInPage/> }.into_any(),
        Page::Users => view! { <UsersPage/> }.into_any(),
        Page::Me => view! { <MePage/> }.into_any(),
        Page::NotFound => view! { <NotFoundPage/> }.into_any(),
    }
}
