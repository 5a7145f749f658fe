//! The server's own key pairs, made and rotated: next, current, retired.

use std::path::Path;

use anyhow::Context as _;
use jsonwebtoken::{Algorithm, AlgorithmFamily};

use super::folder::{Folder, StoredKey};
use super::pair::PublicKey;
use super::roles::Roles;
use super::{read_private, read_public};
use crate::config::{KeyConfig, TokenConfig};

/// How long a key is published before it signs, in seconds: longer than anybody may keep the published keys
/// (`http/jwks.rs` says five minutes) and than a running server takes to notice.
const PUBLISHED_BEFORE: i64 = 600;
/// How long a server may go on signing with a key that is retired until it notices, in seconds, and then some.
const NOTICED_WITHIN: i64 = 60;

/// A key pair, as it is listed.
pub(crate) struct ListedKey {
    /// Where it is kept.
    pub(crate) file: String,
    /// Its name.
    pub(crate) kid: String,
    /// Its algorithm.
    pub(crate) algorithm: String,
    /// What it does.
    pub(crate) role: &'static str,
    /// When it was made, in seconds since 1970-01-01 UTC; files of the operator's do not say.
    pub(crate) made: Option<i64>,
}

/// What a rotation did: names of keys.
#[derive(Debug, Default)]
pub(crate) struct Rotation {
    /// The key that signs now.
    pub(crate) current: String,
    /// The key that signs after the next rotation.
    pub(crate) next: String,
    /// The key that signed until now; None where there was none of this algorithm.
    pub(crate) retired: Option<String>,
    /// Retired keys that no living token is signed with.
    pub(crate) removed: Vec<String>,
}

/// Every key pair that a server with these settings publishes, the next first.
///
/// # Errors
/// Settings without key pairs; a file that cannot be used.
pub(crate) fn list_keys(config: &TokenConfig, data_dir: &Path) -> anyhow::Result<Vec<ListedKey>> {
    let keys = &config.keys;
    check_pairs(keys)?;
    let public = read_public(keys)?.into_iter().zip(&keys.jwt_public_key);
    let public = public.map(|(key, path)| listed(&key, path, "accepted", None));
    if let Some(path) = &keys.jwt_private_key {
        let current = read_private(path, keys.jwt_algorithm)?.public;
        let current = listed(&current, path, "current", None);
        return Ok(std::iter::once(current).chain(public).collect());
    }
    let folder = existing(data_dir)?;
    let stored = |key: &StoredKey, role| {
        let file = folder.file(key.number);
        listed(&key.pair.public, &file, role, Some(key.made))
    };
    let roles = Roles::of(folder.read()?.1, keys.jwt_algorithm);
    let next = roles.next.iter().map(|key| stored(key, "next"));
    let current = roles.current.iter().map(|key| stored(key, "current"));
    let retired = roles.retired.iter().map(|one| {
        let ours = one.key.pair.public.algorithm == keys.jwt_algorithm;
        stored(&one.key, if ours { "retired" } else { "accepted" })
    });
    Ok(next.chain(current).chain(retired).chain(public).collect())
}

/// Lets the next key sign, retires the current one and makes a new next one; removes retired keys that no living token
/// is signed with. Where there are no keys of the algorithm yet, makes the first ones.
///
/// # Errors
/// Settings without key pairs, or with files; a next key that is too young, without `force`; a folder that cannot be
/// written to.
pub(crate) fn rotate_keys(
    config: &TokenConfig,
    data_dir: &Path,
    force: bool,
    now: i64,
) -> anyhow::Result<Rotation> {
    let algorithm = config.keys.jwt_algorithm;
    check_pairs(&config.keys)?;
    anyhow::ensure!(
        config.keys.jwt_private_key.is_none(),
        "the key that signs is given by LATCHKEY_JWT_PRIVATE_KEY (--jwt-private-key), and there is nothing to rotate here: \
        make a new key, add the file of its public half to --jwt-public-key, restart, and ten minutes later let --jwt-private-key \
        name the new key and --jwt-public-key the public half of the old one"
    );
    let folder = existing(data_dir)?;
    let (listing, keys) = folder.read()?;
    let before = Roles::of(keys, algorithm);
    let Some(next) = &before.next else {
        make_first_keys(&folder, algorithm, now)?;
        return report(&folder, algorithm, None, Vec::new());
    };
    let age = now.saturating_sub(next.made);
    anyhow::ensure!(
        force || age >= PUBLISHED_BEFORE,
        "the next key was made {age} seconds ago, and services that keep the published keys may not know it yet: rotate when it is \
        {PUBLISHED_BEFORE} seconds old, or with --force"
    );
    let number = after(listing.keys().last().copied())?;
    let made = folder.add(number, algorithm, now)?;
    anyhow::ensure!(
        made,
        "another process made a key at the same moment, and nothing was changed here: `latchkey keys list` shows what there is"
    );
    folder.sweep(number);
    let removed = remove_spent(&folder, config, now)?;
    let retired = before.current.map(|key| key.pair.public.kid);
    report(&folder, algorithm, retired, removed)
}

/// Makes the key that signs and the next one, where there are none yet.
///
/// # Errors
/// A folder that cannot be written to, or that holds what is no key.
pub(super) fn make_first_keys(
    folder: &Folder,
    algorithm: Algorithm,
    now: i64,
) -> anyhow::Result<()> {
    loop {
        let (listing, keys) = folder.read()?;
        let roles = Roles::of(keys, algorithm);
        if roles.current.is_some() && roles.next.is_some() {
            return Ok(());
        }
        // Where another process is quicker, its key is as good.
        let number = after(listing.keys().last().copied())?;
        folder.add(number, algorithm, now)?;
    }
}

/// Removes retired keys that no living token is signed with.
fn remove_spent(folder: &Folder, config: &TokenConfig, now: i64) -> anyhow::Result<Vec<String>> {
    // Tokens that never expire may be signed with any key.
    if !config.jwt_verify_expiration {
        return Ok(Vec::new());
    }
    let lifetime = i64::from(config.jwt_expiration_delta.get());
    let longest = lifetime + i64::from(config.jwt_leeway) + NOTICED_WITHIN;
    let roles = Roles::of(folder.read()?.1, config.keys.jwt_algorithm);
    let mut removed = Vec::new();
    for retired in roles.retired {
        if retired
            .since
            .is_some_and(|since| now.saturating_sub(since) > longest)
        {
            folder.remove(retired.key.number)?;
            removed.push(retired.key.pair.public.kid);
        }
    }
    Ok(removed)
}

fn report(
    folder: &Folder,
    algorithm: Algorithm,
    retired: Option<String>,
    removed: Vec<String>,
) -> anyhow::Result<Rotation> {
    let roles = Roles::of(folder.read()?.1, algorithm);
    let kid = |key: Option<StoredKey>| key.map(|key| key.pair.public.kid).unwrap_or_default();
    Ok(Rotation {
        current: kid(roles.current),
        next: kid(roles.next),
        retired,
        removed,
    })
}

fn listed(key: &PublicKey, file: &Path, role: &'static str, made: Option<i64>) -> ListedKey {
    ListedKey {
        file: file.display().to_string(),
        kid: key.kid.clone(),
        algorithm: format!("{:?}", key.algorithm),
        role,
        made,
    }
}

fn check_pairs(keys: &KeyConfig) -> anyhow::Result<()> {
    let algorithm = keys.jwt_algorithm;
    anyhow::ensure!(
        algorithm.family() != AlgorithmFamily::Hmac,
        "{algorithm:?} signs with a secret key, and there are no key pairs: give the server's --jwt-algorithm, such as ES256. A \
        secret key is exchanged by settings: the new one in --jwt-secret-key, the old one in --jwt-retired-secret-keys"
    );
    Ok(())
}

/// The folder of a server that was started: a mistyped one is told, and no keys are made in it.
fn existing(data_dir: &Path) -> anyhow::Result<Folder> {
    let folder = Folder::of(data_dir);
    anyhow::ensure!(
        folder.path().exists(),
        "there is no folder {}: name the server's data folder with --data-dir. Its first start with a key pair's algorithm makes the \
        keys",
        folder.path().display()
    );
    Ok(folder)
}

/// The number after the highest.
fn after(highest: Option<u32>) -> anyhow::Result<u32> {
    let next = highest.unwrap_or(0).checked_add(1);
    next.context("the folder holds a key with the highest number that there is: rename its file")
}
