//! What more than one page shows.

pub(crate) mod busy_button;
pub(crate) mod failure;
pub(crate) mod field;
pub(crate) mod form;
pub(crate) mod heading;
pub(crate) mod live;
pub(crate) mod message;
pub(crate) mod moment;
pub(crate) mod nav;
pub(crate) mod person;
pub(crate) mod session_notice;
