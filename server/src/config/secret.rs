//! The secret key, which signs tokens by HMAC: given, or made at the first start and kept in the data folder.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;
use std::str::FromStr;

use anyhow::Context as _;
use jsonwebtoken::Algorithm;

use super::TokenConfig;

/// The fewest bytes of a key: as many as the hash gives (RFC 7518, section 3.2).
const fn fewest_bytes(algorithm: Algorithm) -> usize {
    match algorithm {
        Algorithm::HS384 => 48,
        Algorithm::HS512 => 64,
        _ => 32,
    }
}

/// What keys from tutorials and templates hold, which everybody knows. Compared without regard to case.
const KNOWN_SAMPLES: [&str; 5] = [
    "a-string-secret-at-least-256-bits-long",
    "change-me",
    "changeme",
    "secret-key-goes-here",
    "your-256-bit-secret",
];

/// A text that is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The secret itself, to be handed to what needs it and to nothing else.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl FromStr for Secret {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

impl TokenConfig {
    /// The secret key: the given one, or the one in the data folder, made there where it is missing.
    ///
    /// # Errors
    /// A given key that is too short or a known sample; a key file that cannot be read or made.
    pub(crate) fn secret(&self, data_dir: &Path) -> anyhow::Result<Secret> {
        if let Some(secret) = &self.jwt_secret_key {
            self.check(secret.expose())
                .context("LATCHKEY_JWT_SECRET_KEY (--jwt-secret-key)")?;
            return Ok(secret.clone());
        }
        super::make_private_folder(data_dir)?;
        let path = data_dir.join("jwt-secret-key");
        let secret = read_or_make(&path)
            .with_context(|| format!("the key file {} cannot be used", path.display()))?;
        self.check(&secret)
            .with_context(|| format!("the key file {}", path.display()))?;
        Ok(Secret(secret))
    }

    /// Secret keys that signed tokens before: accepted, and never signed with.
    ///
    /// # Errors
    /// A key that is too short or a known sample.
    pub(crate) fn retired_secrets(&self) -> anyhow::Result<&[Secret]> {
        let secrets = &self.keys.jwt_retired_secret_keys;
        for secret in secrets {
            self.check(secret.expose())
                .context("LATCHKEY_JWT_RETIRED_SECRET_KEYS (--jwt-retired-secret-keys)")?;
        }
        Ok(secrets)
    }

    fn check(&self, secret: &str) -> anyhow::Result<()> {
        check(secret, fewest_bytes(self.keys.jwt_algorithm))
    }
}

fn check(secret: &str, fewest: usize) -> anyhow::Result<()> {
    anyhow::ensure!(
        secret.len() >= fewest,
        "holds {} bytes, and a key needs {fewest} at least: make one with `openssl rand -hex {fewest}`",
        secret.len()
    );
    let folded = secret.to_ascii_lowercase();
    let one_sign = secret
        .bytes()
        .all(|byte| Some(byte) == secret.bytes().next());
    anyhow::ensure!(
        !one_sign && !KNOWN_SAMPLES.iter().any(|sample| folded.contains(sample)),
        "is a sample that everybody knows, or one sign again and again: make one with `openssl rand -hex {fewest}`"
    );
    Ok(())
}

fn read_or_make(path: &Path) -> anyhow::Result<String> {
    match read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        read => return Ok(read?),
    }
    let key = crate::model::hex(&crate::model::random::<32>()?);
    // Written whole under another name and linked into place: a start that is cut off leaves no half key, and of two
    // processes that start together the second takes the first one's.
    let draft = path.with_extension(crate::model::hex(&crate::model::random::<8>()?));
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&draft)?;
    file.write_all(key.as_bytes())?;
    file.sync_all()?;
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft)?;
    if let Some(folder) = path.parent() {
        // The name has to survive a power cut as the content does.
        File::open(folder)?.sync_all()?;
    }
    match linked {
        Ok(()) => Ok(key),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(read(path)?),
        Err(error) => Err(error.into()),
    }
}

fn read(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mode = file.metadata()?.permissions().mode();
    if mode & 0o077 != 0 {
        fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
    }
    let mut key = String::new();
    file.read_to_string(&mut key)?;
    Ok(key.trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_never_printed() {
        let secret: Secret = "correct horse".parse().unwrap();
        assert_eq!(format!("{secret:?}"), "***");
    }

    #[test]
    fn short_and_well_known_keys_are_refused() {
        assert!(check("0123456789abcdef0123456789abcde", 32).is_err());
        assert!(check(&"x".repeat(64), 32).is_err());
        assert!(check("A-string-secret-at-least-256-bits-long", 32).is_err());
        assert!(check("your-256-bit-secret-your-256-bit-secret", 32).is_err());
        assert!(check("8d1f0a7c5b3e9d2f4a6c8e0b1d3f5a7c", 32).is_ok());
    }
}
