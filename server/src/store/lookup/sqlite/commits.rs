//! Whether anybody has written to a database in SQLite's WAL mode, at the price of a look at 48 bytes.
//!
//! Beside the database lies the index of its write-ahead log, the file that ends in `-shm`. It begins with a header that
//! every commit of every process changes before it is acknowledged, and by which SQLite itself tells whether what it
//! remembers of the file is still good: <https://www.sqlite.org/walformat.html>, section 2.1.

use std::fs::File;
use std::mem;
use std::sync::atomic::{AtomicBool, Ordering, fence};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::Connection;
use vm_memory::mmap::MmapRegionBuilder;
use vm_memory::{FileOffset, MmapRegion, VolatileMemory as _};

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

/// How long the first look at a database may wait for others.
const FIRST_LOOK: Duration = Duration::from_secs(1);

/// Looks at the index of a write-ahead log.
#[derive(Debug)]
pub(super) struct Commits {
    /// The header, in the memory that all who write to it share.
    index: MmapRegion,
    /// Stays open: the last connection of all processes to be closed deletes the file, and the next one makes another. With
    /// it open, SQLite's own connections in this process have the same file in their memory. None once the store is closed.
    connection: Mutex<Option<Connection>>,
    closed: AtomicBool,
}

impl Commits {
    /// Of the database that `connection` is to. None where the log has no such index.
    pub(super) fn of(connection: Connection) -> Option<Self> {
        connection.busy_timeout(FIRST_LOOK).ok()?;
        let mode = connection.pragma_query_value(None, "journal_mode", |row| row.get(0));
        let mode: String = mode.ok()?;
        // Only a connection that has read has its index.
        let sql = "SELECT EXISTS (SELECT 1 FROM users)";
        connection.query_row(sql, (), |_| Ok(())).ok()?;
        let index = map(&format!("{}-shm", connection.path()?))?;
        let commits = Self {
            index,
            connection: Mutex::new(Some(connection)),
            closed: AtomicBool::new(false),
        };
        let can_tell = mode == "wal" && commits.written().is_some();
        can_tell.then_some(commits)
    }

    /// What has been written by now. None where it cannot be told.
    pub(super) fn written(&self) -> Option<Written> {
        if self.closed.load(Ordering::Relaxed) {
            return None;
        }
        let mut header = [0; HEADER_BYTES];
        let read = self.index.as_volatile_slice().copy_to(&mut header);
        // Whatever is read of the database after this is read later, as SQLite sees to for its own look.
        fence(Ordering::Acquire);
        let version = header.first_chunk().copied().map(u32::from_ne_bytes);
        let is_known =
            read == HEADER_BYTES && version == Some(FORMAT) && header[IS_INITIALIZED] == 1;
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

/// Maps the header in the file `path`, which is read and never written.
fn map(path: &str) -> Option<MmapRegion> {
    let file = Arc::new(File::open(path).ok()?);
    // Never closed: that would drop the locks that SQLite holds on the file in this process.
    mem::forget(Arc::clone(&file));
    let region = MmapRegionBuilder::new(HEADER_BYTES)
        .with_mmap_prot(libc::PROT_READ)
        .with_mmap_flags(libc::MAP_SHARED)
        .with_file_offset(FileOffset::from_arc(file, 0));
    region.build().ok()
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
