//! Elsewhere than on Linux hashes do not pause for others.

use std::io;
use std::process::{Child, ChildStdout};

/// None.
#[derive(Default)]
pub(super) struct Pauses;

impl Pauses {
    pub(super) fn start(&self) {}

    pub(super) fn until_answered(&self, _: &Child, _: &ChildStdout) -> io::Result<()> {
        Ok(())
    }
}

/// Nobody has stopped it.
pub(super) fn go_on(_: &Child) {}
