//! How far a command is, on standard error: a bar on a terminal, a line now and then elsewhere.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Things between two lines.
const LINE: u64 = 100_000;

/// Shows how far a command is.
pub(super) struct Progress {
    bar: ProgressBar,
    /// What the last line was about, and how many there were.
    told: (&'static str, u64),
}

impl Progress {
    pub(super) fn new() -> Self {
        // Draws nothing where there is no terminal.
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template("{wide_bar} {percent}% {msg}, {eta} left");
        Self {
            bar: style.map_or_else(|_| bar.clone(), |style| bar.clone().with_style(style)),
            told: ("", 0),
        }
    }

    /// So many of something, as in "users read", are done, which is so far on the way.
    pub(super) fn show(&mut self, count: u64, done: &'static str, position: u64, size: u64) {
        if !self.bar.is_hidden() {
            self.bar.set_length(size);
            self.bar.set_position(position);
            self.bar.set_message(format!("{count} {done}"));
            return;
        }
        let (about, told) = self.told;
        let told = if about == done { told } else { 0 };
        self.told = (done, told);
        if count >= told + LINE {
            self.told = (done, count);
            let percent = (position * 100).checked_div(size).unwrap_or(100);
            eprintln!("{count} {done}, {percent}%");
        }
    }

    /// Writes something while the bar steps aside.
    pub(super) fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        self.bar.suspend(write)
    }

    /// Takes the bar away.
    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }
}
