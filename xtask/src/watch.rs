//! Which source files changed, and what has to be built again for it.
//!
//! Looks at the files' times every half second: a few hundred of them cost next to nothing, and it works on every file
//! system, shared folders of virtual machines included.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// What has to be built again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stale {
    pub(crate) site: bool,
    pub(crate) server: bool,
}

impl Stale {
    const NOTHING: Self = Self {
        site: false,
        server: false,
    };
    const SITE: Self = Self {
        site: true,
        server: false,
    };
    const SERVER: Self = Self {
        site: false,
        server: true,
    };
    pub(crate) const BOTH: Self = Self {
        site: true,
        server: true,
    };

    pub(crate) fn or(self, other: Self) -> Self {
        Self {
            site: self.site || other.site,
            server: self.server || other.server,
        }
    }
}

/// What is watched, and what each part goes into. Tests go into nothing.
const WATCHED: [(&str, Stale); 10] = [
    ("Cargo.lock", Stale::BOTH),
    ("Cargo.toml", Stale::BOTH),
    ("app", Stale::BOTH),
    ("frontend", Stale::SITE),
    ("public", Stale::SITE),
    ("server/Cargo.toml", Stale::SERVER),
    ("server/build.rs", Stale::SERVER),
    ("server/migrations", Stale::SERVER),
    ("server/src", Stale::SERVER),
    ("style", Stale::SITE),
];

/// How a file looked: when it was written, and how long it was.
type Look = (Option<SystemTime>, u64);

/// The watched files as they were last seen.
#[derive(Debug)]
pub(crate) struct Watch {
    root: PathBuf,
    seen: BTreeMap<PathBuf, (Stale, Look)>,
}

impl Watch {
    pub(crate) fn new(root: &Path) -> Self {
        Self {
            root: root.to_path_buf(),
            seen: look(root),
        }
    }

    /// What changed since the last call, or since the beginning.
    pub(crate) fn changes(&mut self) -> Stale {
        let now = look(&self.root);
        let written = now
            .iter()
            .filter(|(path, look)| self.seen.get(*path) != Some(look));
        let removed = self
            .seen
            .iter()
            .filter(|(path, _)| !now.contains_key(*path));
        let stale = written
            .chain(removed)
            .fold(Stale::NOTHING, |stale, (_, (part, _))| stale.or(*part));
        self.seen = now;
        stale
    }
}

fn look(root: &Path) -> BTreeMap<PathBuf, (Stale, Look)> {
    let mut found = BTreeMap::new();
    let mut waiting: Vec<(PathBuf, Stale)> = WATCHED
        .iter()
        .map(|(name, stale)| (root.join(name), *stale))
        .collect();
    while let Some((path, stale)) = waiting.pop() {
        // A file may go between two looks; then it simply is not there.
        if let Ok(entries) = fs::read_dir(&path) {
            let entries = entries
                .flatten()
                .filter(|entry| is_source(&entry.file_name().to_string_lossy()));
            waiting.extend(entries.map(|entry| (entry.path(), stale)));
        } else if let Ok(file) = fs::metadata(&path) {
            found.insert(path, (stale, (file.modified().ok(), file.len())));
        }
    }
    found
}

/// Neither packages nor what editors leave beside a file.
fn is_source(name: &str) -> bool {
    name != "node_modules" && !name.starts_with('.') && !name.ends_with('~')
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{Stale, Watch};

    #[test]
    fn a_change_concerns_what_the_file_goes_into() {
        let root =
            std::env::temp_dir().join(format!("latchkey-xtask-{}-watch", std::process::id()));
        let write = |name: &str, content: &str| {
            let path = root.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        };
        write("style/main.css", "");
        let mut watch = Watch::new(&root);
        assert_eq!(watch.changes(), Stale::NOTHING);
        write("style/main.css", "longer");
        write("frontend/node_modules/package.js", "not a source");
        assert_eq!(watch.changes(), Stale::SITE);
        write("server/src/main.rs", "new");
        assert_eq!(watch.changes(), Stale::SERVER);
        fs::remove_dir_all(&root).unwrap();
        assert_eq!(watch.changes(), Stale::BOTH);
        assert_eq!(watch.changes(), Stale::NOTHING);
    }
}
