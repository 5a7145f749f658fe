//! One page per file.

pub(crate) mod home;
pub(crate) mod log_in;
pub(crate) mod me;
pub(crate) mod not_found;
mod onward;
pub(crate) mod sign_up;
pub(crate) mod users;
