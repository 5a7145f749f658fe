//! Whether anybody has written to a database in SQLite's WAL mode, at the price of a look at 48 bytes.
//!
//! Beside the database lies the index of its write-ahead log, the file that ends in `-shm`. It begins with a header that
//! every commit of every process changes before it is acknowledged, and by which SQLite itself tells whether what it
//! remembers of the file is still good: <https://www.sqlite.org/walformat.html>, section 2.1.

use std::fs::File;
use std::io;
use std::mem::ManuallyDrop;
use std::os::unix::fs::FileExt as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rusqlite::Connection;

/// The bytes of the header. It stands there twice; this is the copy that a commit writes last. What is read while that is
/// being written is either the old one, of a commit that nobody was told of, or none that ever comes again.
const HEADER_BYTES: usize = 48;
/// The format's version, in its first four bytes, in the machine's order.
const FORMAT: u32 = 3_007_000;
/// Where the header says that it is in use.
const IS_INITIALIZED: usize = 12;

/// What has been written to the database: the same for as long as nothing is, and never the same again. A counter of
/// commits, the length of the log, the checksum of its last frame and the salts of its last beginning are in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Written([u8; HEADER_BYTES]);

/// The file systems (statfs(2)) on which what a process maps of a file and what another reads of it are the same memory:
/// ext2 to ext4, XFS, Btrfs, F2FS, tmpfs, and overlays of them. On those that come from another machine they need not be.
#[cfg(target_os = "linux")]
const KNOWN: [u32; 6] = [
    0xEF53,
    0x5846_5342,
    0x9123_683E,
    0xF2F5_2010,
    0x0102_1994,
    0x794C_7630,
];
/// How long the first look at a database may wait for others.
const FIRST_LOOK: Duration = Duration::from_secs(1);

/// Looks at the index of a write-ahead log.
#[derive(Debug)]
pub(super) struct Commits {
    /// Never closed: that would drop the locks that SQLite holds on the file in this process.
    index: ManuallyDrop<File>,
    /// Stays open: the last connection of all processes to be closed deletes the file, and the next one makes another. With
    /// it open, SQLite's own connections in this process have the same file in their memory. None once the store is closed.
    connection: Mutex<Option<Connection>>,
    closed: AtomicBool,
}

impl Commits {
    /// Of the database that `connection` is to. None where the log has no such index, or its file need not show what others
    /// write to their memory of it.
    pub(super) fn of(connection: Connection) -> Option<Self> {
        connection.busy_timeout(FIRST_LOOK).ok()?;
        let mode = connection.pragma_query_value(None, "journal_mode", |row| row.get(0));
        let mode: String = mode.ok()?;
        // Only a connection that has read has its index.
        let sql = "SELECT EXISTS (SELECT 1 FROM users)";
        connection.query_row(sql, (), |_| Ok(())).ok()?;
        let index = open(&format!("{}-shm", connection.path()?)).ok()?;
        let commits = Self {
            index: ManuallyDrop::new(index),
            connection: Mutex::new(Some(connection)),
            closed: AtomicBool::new(false),
        };
        let is_known = mode == "wal" && is_known(&commits.index) && commits.written().is_some();
        is_known.then_some(commits)
    }

    /// What has been written by now. None where it cannot be told.
    pub(super) fn written(&self) -> Option<Written> {
        if self.closed.load(Ordering::Relaxed) {
            return None;
        }
        let mut header = [0; HEADER_BYTES];
        self.index.read_exact_at(&mut header, 0).ok()?;
        let version = header.first_chunk().copied().map(u32::from_ne_bytes);
        let is_known = version == Some(FORMAT) && header[IS_INITIALIZED] == 1;
        is_known.then_some(Written(header))
    }

    /// Closes the connection: from now on nothing can be told.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
        *self
            .connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// Opens the index, where that may be had without noting each look as an access.
fn open(path: &str) -> io::Result<File> {
    #[cfg(target_os = "linux")]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        let flags = i32::try_from(rustix::fs::OFlags::NOATIME.bits()).unwrap_or(0);
        let mut quiet = File::options();
        quiet.read(true).custom_flags(flags);
        // Only the owner of a file may.
        if let Ok(file) = quiet.open(path) {
            return Ok(file);
        }
    }
    File::open(path)
}

#[cfg(target_os = "linux")]
fn is_known(file: &File) -> bool {
    let kind = rustix::fs::fstatfs(file).map(|system| u32::try_from(system.f_type));
    kind.is_ok_and(|kind| kind.is_ok_and(|kind| KNOWN.contains(&kind)))
}

/// Elsewhere it was never looked into.
#[cfg(not(target_os = "linux"))]
fn is_known(_: &File) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn database(journal: &str) -> (tempfile::TempDir, PathBuf, Connection) {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let file = folder.path().join("a.db");
        let writer = open(&file);
        writer
            .pragma_update(None, "journal_mode", journal)
            .expect("the mode is known");
        let sql = "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO users VALUES (1, 'ada')";
        writer.execute_batch(sql).expect("it is SQL");
        (folder, file, writer)
    }

    fn open(file: &std::path::Path) -> Connection {
        Connection::open(file).expect("it can be opened")
    }

    #[test]
    fn it_is_the_same_until_somebody_writes() {
        let (_folder, file, writer) = database("WAL");
        let commits = Commits::of(open(&file)).expect("there is a log");
        let first = commits.written();
        writer
            .query_row("SELECT name FROM users", (), |_| Ok(()))
            .expect("it reads");
        let sql = "BEGIN; UPDATE users SET name = 'bob'; ROLLBACK";
        writer.execute_batch(sql).expect("it is SQL");
        assert_eq!(commits.written(), first);
        let sql = "UPDATE users SET name = 'bob'";
        open(&file).execute(sql, ()).expect("it is SQL");
        assert_ne!(commits.written(), first);
    }

    #[test]
    fn it_is_never_the_same_again() {
        let (_folder, file, writer) = database("WAL");
        let commits = Commits::of(open(&file)).expect("there is a log");
        let mut seen = vec![commits.written()];
        for turn in 0..40 {
            // There and back, so that the pages are the same as before.
            let name = if turn % 2 == 0 { "bob" } else { "ada" };
            writer
                .execute("UPDATE users SET name = ?1", [name])
                .expect("it is SQL");
            let written = commits.written();
            assert!(!seen.contains(&written), "turn {turn}");
            seen.push(written);
            if turn % 10 == 9 {
                // The log begins anew.
                writer
                    .query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(()))
                    .expect("it is SQL");
            }
        }
        assert!(seen.iter().all(Option::is_some));
    }

    #[test]
    fn without_a_write_ahead_log_it_cannot_be_told() {
        let (_folder, file, _writer) = database("DELETE");
        assert!(Commits::of(open(&file)).is_none());
    }
}
