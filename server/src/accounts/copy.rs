//! Copying a whole database to another: everything or nothing, and proved before it is kept.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use crate::config::{DatabaseConfig, DatabaseUrl};
use crate::store::{CopySource, CopyTarget, TABLES, TableSum};

/// What a copy tells while it is under way.
pub(crate) enum CopyEvent {
    /// So many rows of all are written.
    Written { rows: u64, of: u64 },
    /// So many rows of all are read again from the target.
    Checked { rows: u64, of: u64 },
    /// What a table holds on both sides.
    Compared {
        table: &'static str,
        source: TableSum,
        target: TableSum,
    },
}

/// Whoever listens to a copy.
pub(crate) type CopyListener<'a> = dyn FnMut(CopyEvent) -> anyhow::Result<()> + 'a;

/// Copies everything of one database to another, which has to be empty, and says how many rows that was.
///
/// The source is read as it is at one moment. What has been written is read again in the target and compared, and only
/// then kept: whatever stops the copy before that leaves the target empty.
///
/// # Errors
/// What stopped it, in a sentence, or that the copy differs.
pub(crate) async fn copy_database(
    from: &DatabaseUrl,
    to: &DatabaseUrl,
    config: &DatabaseConfig,
    listener: &mut CopyListener<'_>,
) -> anyhow::Result<u64> {
    check_files(from, to)?;
    let mut source = CopySource::open(from).await?;
    let mut target = CopyTarget::open(to, config, &mut source).await?;
    let mut of = 0;
    for table in TABLES {
        of += source.count(table).await?;
    }
    let mut written = Vec::new();
    let mut before = 0;
    for table in TABLES {
        let tell = |rows| {
            let rows = before + rows;
            listener(CopyEvent::Written { rows, of })
        };
        let sum = source.copy(table, &mut target, tell).await?;
        before += sum.rows;
        written.push(sum);
    }
    let mut same = true;
    let mut checked = 0;
    for (table, source) in TABLES.into_iter().zip(written) {
        let tell = |rows| {
            let rows = checked + rows;
            listener(CopyEvent::Checked { rows, of })
        };
        let target = target.sum(table, tell).await?;
        checked += target.rows;
        same &= source == target;
        let table = table.name;
        listener(CopyEvent::Compared {
            table,
            source,
            target,
        })?;
    }
    anyhow::ensure!(
        same,
        "the copy differs from its source: nothing of it has been kept"
    );
    let users = source.count(TABLES[0]).await?;
    let counted = target.counted_users().await?;
    anyhow::ensure!(
        u64::try_from(counted) == Ok(users),
        "the target counts {counted} users and has {users}: nothing of the copy has been kept"
    );
    // After all rows have been read: the source may have given more ids meanwhile.
    let greatest = source.greatest_id().await?;
    target.commit(greatest).await?;
    Ok(before)
}

/// Refuses two names of one file.
fn check_files(from: &DatabaseUrl, to: &DatabaseUrl) -> anyhow::Result<()> {
    let (DatabaseUrl::Sqlite(one), DatabaseUrl::Sqlite(other)) = (from, to) else {
        return Ok(());
    };
    let file = |path: &Path| {
        let data = std::fs::metadata(path).ok()?;
        Some((data.dev(), data.ino()))
    };
    let same = file(one).is_some_and(|one| file(other) == Some(one));
    anyhow::ensure!(!same, "the source and the target are the same: {to}");
    Ok(())
}
