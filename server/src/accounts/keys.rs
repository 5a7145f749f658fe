//! The keys of tokens: which one signs, which are accepted, and which are published.
//!
//! A secret key (HS256 and the like), a key pair from files, or key pairs of the server's own in the data folder. The
//! last can rotate while servers run: each looks at the folder now and then, away from requests.

mod folder;
mod pair;
mod ring;
mod roles;
mod rotation;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use arc_swap::{ArcSwap, Guard};
use jsonwebtoken::{Algorithm, AlgorithmFamily};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::MissedTickBehavior;

pub(super) use ring::Ring;
pub(crate) use rotation::{ListedKey, list_keys, rotate_keys};

use crate::config::{KeyConfig, Secret, TokenConfig};
use folder::{Folder, Listing};
use pair::{KeyPair, PublicKey};
use roles::Roles;

/// How often a running server looks whether the folder has changed.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// The keys of a running server.
pub(super) struct Keys {
    ring: ArcSwap<Ring>,
    /// Where they change while the server runs.
    changing: Option<Changing>,
}

/// Where keys change while the server runs.
struct Changing {
    source: Arc<Source>,
    /// What was there at the start.
    listing: Listing,
    /// Caught from the start on: who does not catch it is ended by it.
    hang_up: tokio::sync::Mutex<Signal>,
}

/// Key pairs in the folder, and what is accepted beside them.
struct Source {
    folder: Folder,
    algorithm: Algorithm,
    public: Vec<PublicKey>,
    secrets: Vec<Secret>,
}

impl Keys {
    /// The keys by `config`, made where they are the server's own and missing.
    ///
    /// # Errors
    /// A setting or file that cannot be used, in a sentence that names it.
    pub(super) fn open(
        config: &TokenConfig,
        data_dir: &Path,
        secret: &Secret,
        now: i64,
    ) -> anyhow::Result<Self> {
        let secrets = config.retired_secrets()?;
        let keys = &config.keys;
        let algorithm = keys.jwt_algorithm;
        if algorithm.family() == AlgorithmFamily::Hmac {
            check_unused(keys)?;
            return Ok(Self::fixed(Ring::of_secret(algorithm, secret, secrets)));
        }
        let public = read_public(keys)?;
        if let Some(path) = &keys.jwt_private_key {
            let current = read_private(path, algorithm)?;
            let ring = Ring::of_pair(current, Vec::new(), public, secrets)?;
            return Ok(Self::fixed(ring));
        }
        let folder = Folder::of(data_dir);
        rotation::make_first_keys(&folder, algorithm, now)?;
        let source = Source {
            folder,
            algorithm,
            public,
            secrets: secrets.to_vec(),
        };
        let (listing, ring) = source.read()?;
        let changing = Changing {
            source: Arc::new(source),
            listing,
            hang_up: tokio::sync::Mutex::new(signal(SignalKind::hangup())?),
        };
        Ok(Self {
            ring: ArcSwap::from_pointee(ring),
            changing: Some(changing),
        })
    }

    fn fixed(ring: Ring) -> Self {
        Self {
            ring: ArcSwap::from_pointee(ring),
            changing: None,
        }
    }

    /// The keys that are in use now.
    pub(super) fn ring(&self) -> Guard<Arc<Ring>> {
        self.ring.load()
    }

    /// The public keys as a JWK set.
    pub(super) fn published(&self) -> String {
        self.ring().published().to_owned()
    }

    /// Takes over what changes in the folder, at once at SIGHUP, for as long as it is polled.
    pub(super) async fn follow(&self) {
        let Some(changing) = &self.changing else {
            return;
        };
        let mut hang_up = changing.hang_up.lock().await;
        let mut known = changing.listing.clone();
        let mut ticks = tokio::time::interval(LOOK_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                _ = hang_up.recv() => {}
            }
            let source = Arc::clone(&changing.source);
            let before = known.clone();
            let looked = tokio::task::spawn_blocking(move || source.read_changed(&before)).await;
            match looked.map_err(anyhow::Error::from).flatten() {
                Ok(None) => {}
                Ok(Some((listing, ring))) => {
                    tracing::info!(
                        "the key pairs have changed: {} signs",
                        ring.kid().unwrap_or("none")
                    );
                    known = listing;
                    self.ring.store(Arc::new(ring));
                }
                Err(error) => {
                    tracing::warn!(
                        "the key pairs cannot be read again, those known stay in use: {error:#}"
                    );
                }
            }
        }
    }
}

impl Source {
    fn read(&self) -> anyhow::Result<(Listing, Ring)> {
        let (listing, keys) = self.folder.read()?;
        let roles = Roles::of(keys, self.algorithm);
        let current = roles.current.with_context(|| {
            let folder = self.folder.path().display();
            format!("the folder {folder} holds no key for {:?}", self.algorithm)
        })?;
        let next = roles.next.map(|key| key.pair.public).into_iter().collect();
        let retired = roles.retired.into_iter().map(|one| one.key.pair.public);
        let after = retired.chain(self.public.iter().cloned()).collect();
        let ring = Ring::of_pair(current.pair, next, after, &self.secrets)?;
        Ok((listing, ring))
    }

    /// What is in the folder, if it is not as it was.
    fn read_changed(&self, before: &Listing) -> anyhow::Result<Option<(Listing, Ring)>> {
        if self.folder.listing()? == *before {
            return Ok(None);
        }
        self.read().map(Some)
    }
}

/// Refuses key pairs where none is used: whoever gives them believes that they are.
fn check_unused(keys: &KeyConfig) -> anyhow::Result<()> {
    let algorithm = keys.jwt_algorithm;
    for (given, name) in [
        (
            keys.jwt_private_key.is_some(),
            "LATCHKEY_JWT_PRIVATE_KEY (--jwt-private-key)",
        ),
        (
            !keys.jwt_public_key.is_empty(),
            "LATCHKEY_JWT_PUBLIC_KEY (--jwt-public-key)",
        ),
    ] {
        anyhow::ensure!(
            !given,
            "{name} is given, and {algorithm:?} has no key pairs: choose another algorithm with --jwt-algorithm, such as ES256"
        );
    }
    Ok(())
}

/// The key pair in the file that is configured.
fn read_private(path: &Path, algorithm: Algorithm) -> anyhow::Result<KeyPair> {
    let read = || {
        let pem = fs::read_to_string(path).context("cannot be read")?;
        // The file is the operator's own: whoever mounts it may have a reason, and often it cannot be changed.
        if fs::metadata(path)?.permissions().mode() & 0o077 != 0 {
            tracing::warn!(
                "the private key {} can be read by others than its owner",
                path.display()
            );
        }
        KeyPair::from_pem(&pem, algorithm)
    };
    read().with_context(|| {
        format!(
            "LATCHKEY_JWT_PRIVATE_KEY (--jwt-private-key): the file {}",
            path.display()
        )
    })
}

/// The public keys in the files that are configured.
fn read_public(keys: &KeyConfig) -> anyhow::Result<Vec<PublicKey>> {
    let read = |path: &Path| {
        let pem = fs::read_to_string(path).context("cannot be read")?;
        PublicKey::from_pem(&pem, keys.jwt_algorithm)
    };
    let files = keys.jwt_public_key.iter();
    files
        .map(|path| {
            read(path).with_context(|| {
                format!(
                    "LATCHKEY_JWT_PUBLIC_KEY (--jwt-public-key): the file {}",
                    path.display()
                )
            })
        })
        .collect()
}
