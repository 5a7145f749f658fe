//! The site: the folder with everything the browser loads, which the server embeds.
//!
//! `target/site/<profile>` holds `pkg/` (named by content, so that browsers may keep it for ever) and the files of
//! `public/`; of what compresses, a release holds the compressed copies alone. `wasm` compiles the pages, `bundle` the style sheet and GraphiQL; here all of it comes together.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::context::Context;
use crate::files::{self, COMPRESSED, GZIP, ZSTANDARD};
use crate::places::{self, Profile};
use crate::process;
use crate::steps::{Outcome, Step};
use crate::{bundle, wasm};

pub(crate) const COMPILE: Step = Step {
    title: "Compiling the front end to WebAssembly",
    action: |context| wasm::compile(context, Profile::Release).map(|()| Outcome::Done),
};
pub(crate) const ASSEMBLE: Step = Step {
    title: "Optimising, bundling and compressing the site",
    action: |context| assemble(context, Profile::Release).map(|()| Outcome::Done),
};

/// What compresses; images and fonts that are compressed already stay as they are.
const COMPRESSIBLE: [&str; 9] = [
    "css",
    "html",
    "js",
    "json",
    "svg",
    "ttf",
    "txt",
    "wasm",
    "webmanifest",
];

/// Node.js brings Brotli and gzip, so no crate has to be compiled for them. Zstandard comes with its newer versions only.
const COMPRESS_SCRIPT: &str = include_str!("compress.mjs");

/// The level at which Zstandard takes its time.
const SMALLEST: i32 = 22;

/// Brings the site of `profile` up to date from the WebAssembly that cargo compiled.
pub(crate) fn assemble(context: &Context, profile: Profile) -> Result<()> {
    let mut site = BTreeMap::new();
    for (name, path) in files::list(&context.root.join("public"))? {
        site.insert(name, files::read(&path)?);
    }
    wasm::add(context, profile, &mut site)?;
    bundle::add_style(context, profile, &mut site)?;
    bundle::add_graphiql(context, &mut site)?;
    let folder = places::site(context, profile);
    match profile {
        Profile::Dev => files::sync(&folder, &site),
        Profile::Release => {
            let packed = places::cache(context).join("compressed");
            files::sync(&packed, &site)?;
            compress(context, &packed, site.keys())?;
            files::sync(&folder, &smallest(&packed)?)
        }
    }
}

/// The files in `folder`, without those that have compressed copies.
fn smallest(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    let all = files::list(folder)?;
    let is_wanted = |name: &str| match name.rsplit_once('.') {
        Some((original, ending)) if COMPRESSED.contains(&ending) => {
            copies(original).any(|copy| copy == ending)
        }
        _ => !all.contains_key(&format!("{name}.{GZIP}")),
    };
    all.iter()
        .filter(|(name, _)| is_wanted(name))
        .map(|(name, path)| Ok((name.clone(), files::read(path)?)))
        .collect()
}

/// How the names of a file's compressed copies end. GraphiQL is for developers, who load it once, and with further copies of it
/// the server would be larger by more than half a megabyte.
fn copies(name: &str) -> impl Iterator<Item = &'static str> {
    let is_graphiql = name.contains("graphiql.");
    let wanted = move |ending: &&str| !is_graphiql || *ending == GZIP;
    COMPRESSED.into_iter().filter(wanted)
}

/// Makes the compressed copies that are missing.
fn compress<'a>(
    context: &Context,
    folder: &Path,
    names: impl Iterator<Item = &'a String>,
) -> Result<()> {
    let compressible = |name: &&String| {
        name.rsplit_once('.')
            .is_some_and(|(_, extension)| COMPRESSIBLE.contains(&extension))
    };
    let all = |name| copies(name).map(move |ending| folder.join(format!("{name}.{ending}")));
    let missing = names.filter(compressible).flat_map(|name| all(name));
    let (zstandard, others): (Vec<PathBuf>, Vec<PathBuf>) = missing
        .filter(|copy| !copy.exists())
        .partition(|copy| copy.extension().is_some_and(|ending| ending == ZSTANDARD));
    for copy in zstandard {
        let original = files::read(&copy.with_extension(""))?;
        files::write(&copy, &zstd::bulk::compress(&original, SMALLEST)?)?;
    }
    if others.is_empty() {
        return Ok(());
    }
    process::run(
        context
            .command("node")
            .args(["--input-type=module", "--eval", COMPRESS_SCRIPT, "--"])
            .args(others),
    )
}
