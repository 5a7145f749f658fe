//! `latchkey keys`: the key pairs that sign tokens, listed and rotated. A server may run on them at the same time.

use std::io::{self, Write as _};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::accounts::{ListedKey, list_keys, rotate_keys};
use crate::clock::Clock;
use crate::config::{KeysCommand, KeysConfig, LogFormat};

/// Runs the command.
pub(super) fn run(command: KeysCommand) -> anyhow::Result<()> {
    super::log::start("warn", LogFormat::Text)?;
    match command {
        KeysCommand::List { keys } => list(&keys),
        KeysCommand::Rotate { force, keys } => rotate(&keys, force),
    }
}

fn list(config: &KeysConfig) -> anyhow::Result<()> {
    let keys = list_keys(&config.tokens, &config.storage.data_dir)?;
    let mut out = io::stdout().lock();
    writeln!(out, "KID\tROLE\tALGORITHM\tMADE\tFILE")?;
    for key in keys {
        let made = made(&key)?;
        let ListedKey {
            file,
            kid,
            algorithm,
            role,
            ..
        } = key;
        writeln!(out, "{kid}\t{role}\t{algorithm}\t{made}\t{file}")?;
    }
    Ok(())
}

fn made(key: &ListedKey) -> anyhow::Result<String> {
    let Some(seconds) = key.made else {
        return Ok("-".to_owned());
    };
    Ok(OffsetDateTime::from_unix_timestamp(seconds)?.format(&Rfc3339)?)
}

fn rotate(config: &KeysConfig, force: bool) -> anyhow::Result<()> {
    let now = Clock::System.now_seconds();
    let done = rotate_keys(&config.tokens, &config.storage.data_dir, force, now)?;
    let mut out = io::stdout().lock();
    let current = done.current;
    if let Some(retired) = done.retired {
        writeln!(
            out,
            "{current} signs from now on: running servers notice within seconds."
        )?;
        writeln!(
            out,
            "{retired} is retired: its tokens are good until they expire."
        )?;
    } else {
        let algorithm = config.tokens.keys.jwt_algorithm;
        writeln!(
            out,
            "{current} is published, and signs where --jwt-algorithm is {algorithm:?}."
        )?;
    }
    writeln!(
        out,
        "{} is published, and signs after the next rotation.",
        done.next
    )?;
    for removed in done.removed {
        writeln!(
            out,
            "{removed} is removed: no token that it signed is good any more."
        )?;
    }
    Ok(())
}
