//! The folder `keys` in the data folder: key pairs that the server makes itself, and that rotate.
//!
//! Each key is a file `<number>.pem`, written once and never changed. The roles follow from the numbers: of the keys of
//! an algorithm the highest is the next one, the one below signs, and those below that are retired. So one new file is
//! the whole rotation: it is there or it is not, whenever the power fails, and every process sees the same.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, fchown};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use jsonwebtoken::Algorithm;

use super::pair::KeyPair;
use crate::config::make_private_folder;
use crate::model;

/// How often the folder is read anew where files go while it is read.
const TRIES: u32 = 5;

/// The folder of the key pairs.
#[derive(Clone, Debug)]
pub(super) struct Folder(PathBuf);

/// What tells that the folder has changed: for each number the size of its file and when it was written.
pub(super) type Listing = BTreeMap<u32, (u64, i64, i64)>;

/// A key pair in the folder.
pub(super) struct StoredKey {
    pub(super) number: u32,
    /// When it was made, in seconds since 1970-01-01 UTC.
    pub(super) made: i64,
    pub(super) pair: KeyPair,
}

impl Folder {
    pub(super) fn of(data_dir: &Path) -> Self {
        Self(data_dir.join("keys"))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    pub(super) fn file(&self, number: u32) -> PathBuf {
        self.0.join(format!("{number}.pem"))
    }

    /// Which keys there are; none without the folder.
    ///
    /// # Errors
    /// A folder that cannot be read.
    pub(super) fn listing(&self) -> anyhow::Result<Listing> {
        self.list()
            .with_context(|| format!("the folder {} cannot be read", self.0.display()))
    }

    fn list(&self) -> io::Result<Listing> {
        let entries = match fs::read_dir(&self.0) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Listing::new()),
            entries => entries?,
        };
        let mut listing = Listing::new();
        for entry in entries {
            let entry = entry?;
            let number = entry.file_name().to_str().and_then(number_of);
            let Some(number) = number else { continue };
            match fs::metadata(entry.path()) {
                // Removed since.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                data => {
                    let data = data?;
                    listing.insert(number, (data.size(), data.mtime(), data.mtime_nsec()));
                }
            }
        }
        Ok(listing)
    }

    /// Every key, by number, and the listing that it was read from.
    ///
    /// # Errors
    /// A file that cannot be used, in a sentence that names it.
    pub(super) fn read(&self) -> anyhow::Result<(Listing, Vec<StoredKey>)> {
        for _ in 0..TRIES {
            let listing = self.listing()?;
            let numbers = listing.keys().copied();
            let keys: Option<Vec<StoredKey>> = numbers
                .map(|number| self.read_key(number).transpose())
                .collect::<Option<anyhow::Result<_>>>()
                .transpose()?;
            if let Some(keys) = keys {
                return Ok((listing, keys));
            }
        }
        anyhow::bail!("the folder {} keeps changing", self.0.display())
    }

    /// The key of this number; None where it is gone.
    fn read_key(&self, number: u32) -> anyhow::Result<Option<StoredKey>> {
        let path = self.file(number);
        let text = match read_private(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            text => text.map_err(anyhow::Error::from),
        };
        let key = text.and_then(|text| {
            let line = |name: &str| text.lines().find_map(|line| line.strip_prefix(name));
            let algorithm = line("algorithm: ").and_then(|name| name.trim().parse().ok());
            let algorithm = algorithm.context("has no line `algorithm:` with an algorithm")?;
            let made = line("made: ").and_then(|seconds| seconds.trim().parse().ok());
            let made = made.context("has no line `made:` with seconds since 1970")?;
            let pair = KeyPair::from_pem(&text, algorithm)?;
            Ok(StoredKey { number, made, pair })
        });
        key.map(Some)
            .with_context(|| format!("the key file {}", path.display()))
    }

    /// Makes a new key under this number; false where another process was quicker.
    ///
    /// # Errors
    /// A folder that cannot be written to.
    pub(super) fn add(&self, number: u32, algorithm: Algorithm, now: i64) -> anyhow::Result<bool> {
        make_private_folder(&self.0)?;
        let pem = KeyPair::generate(algorithm)?;
        let text = format!(
            "A key of Latchkey's: who has it can sign in as everybody.\nalgorithm: {algorithm:?}\nmade: {now}\n{pem}"
        );
        let tag = model::hex(&model::random::<8>()?);
        let draft = self.0.join(format!("{number}.draft-{tag}"));
        self.write(&draft, &self.file(number), &text)
            .with_context(|| format!("no key can be made in {}", self.0.display()))
    }

    /// Written whole under another name and linked into place: no process ever sees half a key, and no number is given
    /// twice.
    fn write(&self, draft: &Path, path: &Path, text: &str) -> io::Result<bool> {
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(draft)?;
        // Made by root, it would be of no use to a server that is not.
        let owner = fs::metadata(&self.0)?;
        if owner.uid() != file.metadata()?.uid() {
            fchown(&file, Some(owner.uid()), Some(owner.gid()))?;
        }
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        let linked = fs::hard_link(draft, path);
        fs::remove_file(draft)?;
        // The name has to survive a power cut as the content does.
        File::open(&self.0)?.sync_all()?;
        match linked {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Removes a key.
    ///
    /// # Errors
    /// A file that cannot be removed.
    pub(super) fn remove(&self, number: u32) -> anyhow::Result<()> {
        let path = self.file(number);
        let removed = fs::remove_file(&path).and_then(|()| File::open(&self.0)?.sync_all());
        removed.with_context(|| format!("the key file {} cannot be removed", path.display()))
    }

    /// Removes what a process left that was cut off while it made a key. A draft of a number that is taken can never
    /// become a key any more.
    pub(super) fn sweep(&self, highest: u32) {
        let Ok(entries) = fs::read_dir(&self.0) else {
            return;
        };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let draft = name.to_str().and_then(|name| name.split_once(".draft-"));
            let number = draft.and_then(|(number, _)| number.parse::<u32>().ok());
            if number.is_some_and(|number| number <= highest) {
                // Whoever else sweeps may have been quicker.
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

/// The number of a key file's name; None for any other file.
fn number_of(name: &str) -> Option<u32> {
    let digits = name.strip_suffix(".pem")?;
    let number = digits.parse().ok()?;
    // One name for each number: `01.pem` and `+1.pem` are none.
    (format!("{number}") == digits).then_some(number)
}

/// Reads a file that only its owner may read, and makes it so where it is not.
fn read_private(path: &Path) -> io::Result<String> {
    let file = File::open(path)?;
    let mode = file.metadata()?.permissions().mode();
    if mode & 0o077 != 0 {
        fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
    }
    io::read_to_string(file)
}
