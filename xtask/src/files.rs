//! Folders of generated files: named by their content, written only where something changed, and kept for next time.

use std::collections::BTreeMap;
use std::fs;
use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// What compressed copies of a file are called, after the file's own name.
pub(crate) const COMPRESSED: [&str; 3] = ["br", ZSTANDARD, GZIP];
/// Those of them that are named by themselves.
pub(crate) const ZSTANDARD: &str = "zst";
pub(crate) const GZIP: &str = "gz";

/// Sixteen hexadecimal digits that change when `content` does.
pub(crate) fn hash(content: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    hasher.write(content);
    format!("{:016x}", hasher.finish())
}

/// A hash over the names and contents of all files in `folder`, those in its folders included.
pub(crate) fn hash_folder(folder: &Path) -> Result<String> {
    let mut all = Vec::new();
    for (name, path) in list(folder)? {
        all.extend_from_slice(name.as_bytes());
        all.extend_from_slice(hash(&read(&path)?).as_bytes());
    }
    Ok(hash(&all))
}

/// All files in `folder` and its folders, by their path from there with `/` between the names.
pub(crate) fn list(folder: &Path) -> Result<BTreeMap<String, PathBuf>> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![(String::new(), folder.to_path_buf())];
    while let Some((prefix, folder)) = waiting.pop() {
        for entry in fs::read_dir(&folder)
            .with_context(|| format!("cannot read the folder {}", folder.display()))?
        {
            let entry = entry?;
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.file_type()?.is_dir() {
                waiting.push((format!("{name}/"), entry.path()));
            } else {
                found.insert(name, entry.path());
            }
        }
    }
    Ok(found)
}

/// Reads a file, naming it where that fails.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

/// Writes a file so that nobody ever sees half of it; one that has this content already is not touched.
pub(crate) fn write(path: &Path, content: &[u8]) -> Result<bool> {
    if fs::read(path).is_ok_and(|present| present == content) {
        return Ok(false);
    }
    let failed = || format!("cannot write {}", path.display());
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(failed)?;
    }
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    fs::write(&partial, content).with_context(failed)?;
    fs::rename(&partial, path).with_context(failed)?;
    Ok(true)
}

/// Gives back `folder` as `fill` made it for the same `key`, at this call or an earlier one.
pub(crate) fn cached(
    folder: PathBuf,
    key: &str,
    fill: impl FnOnce(&Path) -> Result<()>,
) -> Result<PathBuf> {
    let stamp = folder.with_extension("key");
    if fs::read_to_string(&stamp).is_ok_and(|present| present == key) && folder.is_dir() {
        return Ok(folder);
    }
    for result in [fs::remove_file(&stamp), fs::remove_dir_all(&folder)] {
        if let Err(error) = result
            && error.kind() != std::io::ErrorKind::NotFound
        {
            return Err(error).with_context(|| format!("cannot empty {}", folder.display()));
        }
    }
    fs::create_dir_all(&folder)?;
    fill(&folder)?;
    // Last, so that an interrupted `fill` is taken up again.
    fs::write(&stamp, key)?;
    Ok(folder)
}

/// Puts `content` among the site's packages as `pkg/<stem>.<hash>.<extension>` and returns its address.
pub(crate) fn add_package(
    site: &mut BTreeMap<String, Vec<u8>>,
    stem: &str,
    extension: &str,
    content: Vec<u8>,
) -> String {
    let name = format!("pkg/{stem}.{}.{extension}", hash(&content));
    let address = format!("/{name}");
    site.insert(name, content);
    address
}

/// Makes `folder` hold exactly `wanted`, together with the compressed copies of files that stayed as they were.
pub(crate) fn sync(folder: &Path, wanted: &BTreeMap<String, Vec<u8>>) -> Result<()> {
    fs::create_dir_all(folder)?;
    for (name, content) in wanted {
        let path = folder.join(name);
        if fs::read(&path).is_ok_and(|present| present == *content) {
            continue;
        }
        for copy in COMPRESSED.map(|extension| folder.join(format!("{name}.{extension}"))) {
            if copy.exists() {
                fs::remove_file(copy)?;
            }
        }
        write(&path, content)?;
    }
    for (name, path) in list(folder)? {
        let original = COMPRESSED
            .iter()
            .find_map(|extension| name.strip_suffix(&format!(".{extension}")));
        let is_wanted = |name: &str| wanted.contains_key(name);
        if !is_wanted(&name) && !original.is_some_and(is_wanted) {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;
    use std::path::PathBuf;

    use super::{cached, hash, list, sync, write};

    /// A folder that goes when the test is over.
    struct Scratch(PathBuf);

    impl Scratch {
        fn new(name: &str) -> Self {
            let folder =
                std::env::temp_dir().join(format!("latchkey-xtask-{}-{name}", std::process::id()));
            fs::create_dir_all(&folder).unwrap();
            Self(folder)
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_hash_is_sixteen_digits_and_follows_the_content() {
        assert_eq!(hash(b"a").len(), 16);
        assert_eq!(hash(b"a"), hash(b"a"));
        assert_ne!(hash(b"a"), hash(b"b"));
    }

    #[test]
    fn a_folder_is_brought_to_the_wanted_files_and_their_fresh_copies() {
        let scratch = Scratch::new("sync");
        let wanted = |style: &str| {
            BTreeMap::from([
                ("a.css".to_owned(), style.into()),
                ("pkg/b.js".to_owned(), b"b".to_vec()),
            ])
        };
        sync(&scratch.0, &wanted("old")).unwrap();
        for name in ["a.css.br", "pkg/b.js.gz", "stale.js", "stale.js.br"] {
            fs::write(scratch.0.join(name), "").unwrap();
        }
        sync(&scratch.0, &wanted("new")).unwrap();
        assert_eq!(
            list(&scratch.0).unwrap().into_keys().collect::<Vec<_>>(),
            ["a.css", "pkg/b.js", "pkg/b.js.gz"]
        );
        assert_eq!(fs::read(scratch.0.join("a.css")).unwrap(), b"new");
    }

    #[test]
    fn a_cached_folder_is_filled_again_only_for_another_key_or_after_a_failure() {
        let scratch = Scratch::new("cached");
        let fill = |key: &str, content: &'static str| {
            let folder = cached(scratch.0.join("it"), key, |folder| {
                Ok(fs::write(folder.join("file"), content)?)
            })
            .unwrap();
            fs::read_to_string(folder.join("file")).unwrap()
        };
        assert_eq!(fill("1", "first"), "first");
        assert_eq!(fill("1", "second"), "first");
        assert_eq!(fill("2", "third"), "third");
        cached(scratch.0.join("it"), "3", |_| anyhow::bail!("broken")).unwrap_err();
        assert_eq!(fill("2", "fourth"), "fourth");
    }

    #[test]
    fn an_unchanged_file_is_not_written_again() {
        let scratch = Scratch::new("write");
        let path = scratch.0.join("folder/file");
        assert!(write(&path, b"content").unwrap());
        assert!(!write(&path, b"content").unwrap());
        assert_eq!(
            list(&scratch.0).unwrap().into_keys().collect::<Vec<_>>(),
            ["folder/file"]
        );
    }
}
