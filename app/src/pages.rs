//! One page per file, and the table of them: which there are, at which paths, and what browsers call them.

pub(crate) mod home;
pub(crate) mod log_in;
pub(crate) mod me;
pub(crate) mod not_found;
mod onward;
pub(crate) mod sign_up;
#[cfg(target_arch = "wasm32")]
pub(crate) mod unreachable;
pub(crate) mod users;

/// A page of the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Page {
    Home,
    SignUp,
    LogIn,
    Users,
    Me,
    /// What stands at every other path.
    NotFound,
}

impl Page {
    /// The pages that can be gone to.
    pub(crate) const ALL: [Self; 5] =
        [Self::Home, Self::SignUp, Self::LogIn, Self::Users, Self::Me];

    /// The page at a path.
    pub(crate) fn at(path: &str) -> Self {
        let found = Self::ALL.into_iter().find(|page| page.path() == path);
        found.unwrap_or(Self::NotFound)
    }

    /// Its path; empty for the page that stands at no path in particular.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Home => "/",
            Self::SignUp => "/signup",
            Self::LogIn => "/login",
            Self::Users => "/users",
            Self::Me => "/me",
            Self::NotFound => "",
        }
    }

    /// What the browser shows for it: in the tab, in the history.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Home => "Accounts for your application · Latchkey",
            Self::SignUp => "Sign up · Latchkey",
            Self::LogIn => "Log in · Latchkey",
            Self::Users => "Users · Latchkey",
            Self::Me => "Me · Latchkey",
            Self::NotFound => "Page not found · Latchkey",
        }
    }
}
