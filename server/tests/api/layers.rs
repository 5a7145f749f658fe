//! The rooms of the server: who may import whom (ARCHITECTURE.md).

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Each room, and the rooms it may import. `lib.rs` alone sees all of them: it wires them.
const MAY_IMPORT: [(&str, &[&str]); 9] = [
    ("clock", &[]),
    ("model", &[]),
    ("threads", &["model"]),
    ("config", &["model"]),
    ("store", &["config", "model", "threads"]),
    ("accounts", &["clock", "config", "model", "store"]),
    ("schema", &["accounts", "config", "model"]),
    (
        "http",
        &["accounts", "config", "model", "schema", "threads"],
    ),
    (
        "commands",
        &["accounts", "clock", "config", "model", "schema", "store"],
    ),
];

/// The files of the program, those in folders included.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the sources can be read");
    let paths = entries.map(|entry| entry.expect("the sources can be read").path());
    paths
        .flat_map(|path| {
            if path.is_dir() {
                sources(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

/// The code of a file, without comments.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).expect("a source is text");
    text.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// What a text names as `crate::…`: rooms, and the server itself, which only the command line starts.
fn named(code: &str) -> BTreeSet<&str> {
    code.split("crate::")
        .skip(1)
        .map(|rest| {
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
            &rest[..end.unwrap_or(rest.len())]
        })
        .collect()
}

#[test]
fn every_room_imports_only_those_it_may() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut seen = BTreeSet::new();
    for path in sources(&src) {
        let inside = path.strip_prefix(&src).expect("sources are under src");
        let first = inside.iter().next().expect("a path has a first part");
        let first = first.to_str().expect("sources have plain names");
        let room = first.strip_suffix(".rs").unwrap_or(first);
        if matches!(room, "main" | "lib") {
            continue;
        }
        let (_, allowed) = MAY_IMPORT
            .iter()
            .find(|(known, _)| *known == room)
            .unwrap_or_else(|| panic!("{room} is a new room: say whom it may import"));
        seen.insert(room.to_owned());
        let code = code(&path);
        for other in named(&code) {
            let starts_it = (room, other) == ("commands", "Server");
            assert!(
                other == room || starts_it || allowed.contains(&other),
                "{} imports {other}: {room} may import {allowed:?}",
                path.display()
            );
        }
    }
    assert_eq!(
        seen.len(),
        MAY_IMPORT.len(),
        "every room is there: {seen:?}"
    );
}

#[test]
fn the_app_is_known_to_the_pages_alone() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for path in sources(&src) {
        let knows = code(&path)
            .lines()
            .any(|line| line.trim_start().starts_with("use app::"));
        assert_eq!(knows, path.ends_with("http/pages.rs"), "{}", path.display());
    }
}

#[test]
fn sql_is_spoken_in_the_store_alone() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for path in sources(&src) {
        let inside = path.strip_prefix(&src).expect("sources are under src");
        let speaks = code(&path).contains("sqlx::query");
        assert!(
            !speaks || inside.starts_with("store") || inside == Path::new("store.rs"),
            "{} speaks SQL",
            path.display()
        );
    }
}
