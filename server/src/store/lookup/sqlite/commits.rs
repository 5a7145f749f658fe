//! Whether anybody has written to a database in SQLite's WAL mode, at the price of a look at 48 bytes.
//!
//! Beside the database lies the index of its write-ahead log, the file that ends in `-shm`. It begins with a header that
//! every commit of every process changes before it is acknowledged, and by which SQLite itself tells whether what it
//! remembers of the file is still good: <https://www.sqlite.org/walformat.html>, section 2.1.

use std::fs::File;
use std::mem;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering, fence};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::Connection;
use vm_memory::mmap::MmapRegionBuilder;
use vm_memory::{FileOffset, MmapRegion, VolatileMemory as _};

/// The header's words of four bytes, in the machine's order. It stands there twice; this is the copy that a commit writes last.
/// What is read while that is being written is either the old one, of a commit that nobody was told of, or none that ever
/// comes again.
const WORDS: usize = 12;
const BYTES: usize = WORDS * size_of::<u32>();
/// The first word: the version of the format.
const FORMAT: u32 = 3_007_000;
/// The word whose first byte says that the header is in use.
const IN_USE: usize = 3;
/// The words of the salts. Both are 0 where SQLite has made the index anew for an empty log, and may stay so until that begins
/// anew as well: such a header can come again.
const SALTS: Range<usize> = 8..10;

/// What has been written to the database: the same for as long as nothing is, and never the same again. A counter of
/// commits, the length of the log, the checksum of its last frame and the salts of its last beginning are in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Written([u32; WORDS]);

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
    /// Of the database that `connection` is to. None where nothing shows what others write: without a write-ahead log, where
    /// SQLite keeps its index to itself, or on a file system that gives whoever opens a file a second time other memory.
    pub(super) fn of(connection: Connection) -> Option<Self> {
        connection.busy_timeout(FIRST_LOOK).ok()?;
        let mode = connection.pragma_query_value(None, "journal_mode", |row| row.get(0));
        let mode: String = mode.ok()?;
        if mode != "wal" {
            return None;
        }
        // Only a connection that has read has its index.
        let version = connection.pragma_query_value(None, "user_version", |row| row.get(0));
        let version: i32 = version.ok()?;
        let commits = Self {
            index: map(&format!("{}-shm", connection.path()?))?,
            connection: Mutex::new(None),
            closed: AtomicBool::new(false),
        };
        // None yet where the log is empty and its index new.
        let before = commits.written();
        commit(&connection, version).ok()?;
        let after = commits.written()?;
        let shows = before != Some(after);
        *commits.connection() = Some(connection);
        shows.then_some(commits)
    }

    /// What has been written by now. None where it cannot be told.
    pub(super) fn written(&self) -> Option<Written> {
        if self.closed.load(Ordering::Relaxed) {
            return None;
        }
        let mut header = [0; WORDS];
        for (index, word) in header.iter_mut().enumerate() {
            let place = index * size_of::<u32>();
            let mapped = self.index.get_atomic_ref::<AtomicU32>(place).ok()?;
            *word = mapped.load(Ordering::Relaxed);
        }
        // Whatever is read of the database after this is read later, as SQLite sees to for its own look.
        fence(Ordering::Acquire);
        let [in_use, ..] = header[IN_USE].to_ne_bytes();
        let is_known = header[0] == FORMAT && in_use == 1 && header[SALTS] != [0, 0];
        is_known.then_some(Written(header))
    }

    /// Closes the connection: from now on nothing can be told.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
        *self.connection() = None;
    }

    fn connection(&self) -> MutexGuard<'_, Option<Connection>> {
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Commits a change that is none.
fn commit(connection: &Connection, version: i32) -> rusqlite::Result<()> {
    // Nothing is lost with it, so it need not be waited for until it is on the disk: what matters is waited for with the next.
    let sql = format!(
        "PRAGMA query_only = OFF; PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE; PRAGMA user_version = {version}; COMMIT;
         PRAGMA query_only = ON"
    );
    connection.execute_batch(&sql)
}

/// Maps the header in the file `path`, which is read and never written. vm-memory maps and reads without unsafe code of ours.
fn map(path: &str) -> Option<MmapRegion> {
    let file = Arc::new(File::open(path).ok()?);
    // Never closed: that would drop the locks that SQLite holds on the file in this process.
    mem::forget(Arc::clone(&file));
    // Beyond the end of a file there is no memory.
    if usize::try_from(file.metadata().ok()?.len()).ok()? < BYTES {
        return None;
    }
    let region = MmapRegionBuilder::new(BYTES)
        .with_mmap_prot(libc::PROT_READ)
        .with_mmap_flags(libc::MAP_SHARED)
        .with_file_offset(FileOffset::from_arc(file, 0));
    region.build().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::FileExt as _;
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
    fn an_index_that_was_made_anew_for_an_empty_log_tells_nothing() {
        let (_folder, file, writer) = database("WAL");
        let commits = Commits::of(open(&file)).expect("there is a log");
        let checkpoint = || {
            writer
                .query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(()))
                .expect("it is SQL");
        };
        checkpoint();
        assert!(commits.written().is_some());
        // Both copies of the header: SQLite makes the index anew.
        let index = std::fs::OpenOptions::new()
            .write(true)
            .open(file.with_extension("db-shm"));
        // Not closed: SQLite's locks would be dropped with it.
        let index = mem::ManuallyDrop::new(index.expect("there is an index"));
        index
            .write_all_at(&[0; 2 * BYTES], 0)
            .expect("it can be written");
        writer
            .query_row("SELECT name FROM users", (), |_| Ok(()))
            .expect("it reads");
        assert!(commits.written().is_none());
        writer
            .execute("UPDATE users SET name = 'bob'", ())
            .expect("it is SQL");
        assert!(commits.written().is_none());
        // Until the log begins anew.
        checkpoint();
        assert!(commits.written().is_some());
    }

    #[test]
    fn without_a_write_ahead_log_it_cannot_be_told() {
        let (_folder, file, _writer) = database("DELETE");
        assert!(Commits::of(open(&file)).is_none());
    }

    #[test]
    fn beside_an_index_that_nobody_writes_to_it_cannot_be_told() {
        let (_folder, file, writer) = database("WAL");
        let index = file.with_extension("db-shm");
        let valid = std::fs::read(&index).expect("there is an index");
        drop(writer);
        // With this, SQLite keeps its index to itself.
        let alone = || {
            let connection = open(&file);
            connection
                .pragma_update(None, "locking_mode", "EXCLUSIVE")
                .expect("there is such a mode");
            connection
        };
        for left in [&valid[..], &valid[..BYTES], &valid[..10], &[]] {
            std::fs::write(&index, left).expect("it can be written");
            assert!(Commits::of(alone()).is_none(), "{} bytes", left.len());
        }
    }
}
