//! How far an import is, on standard error: a bar on a terminal, a line now and then elsewhere.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Users between two lines.
const LINE: u64 = 100_000;

/// Shows how far an import is.
pub(super) struct Progress {
    bar: ProgressBar,
    /// Users at the last line.
    told: u64,
}

impl Progress {
    pub(super) fn new() -> Self {
        // Draws nothing where there is no terminal.
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template("{wide_bar} {percent}% {msg}, {eta} left");
        Self {
            bar: style.map_or_else(|_| bar.clone(), |style| bar.clone().with_style(style)),
            told: 0,
        }
    }

    /// So many users have been read, which is so far in the source.
    pub(super) fn show(&mut self, rows: u64, position: u64, size: u64) {
        if !self.bar.is_hidden() {
            self.bar.set_length(size);
            self.bar.set_position(position);
            self.bar.set_message(format!("{rows} users"));
        } else if rows >= self.told + LINE {
            self.told = rows;
            let percent = (position * 100).checked_div(size).unwrap_or(100);
            eprintln!("{rows} users read, {percent}%");
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
