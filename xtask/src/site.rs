//! The site: the folder with everything the browser loads, which the server embeds.
//!
//! `target/site/<profile>` holds `pkg/` (named by content, so that browsers may keep it for ever) and the files of
//! `public/`; of what compresses, a release holds the compressed copies alone. `wasm` compiles the pages, `bundle` the style sheet and GraphiQL; here all of it comes together.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::context::Context;
use crate::files::{self, COMPRESSED};
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
    let has_copy = |name: &str| all.contains_key(&format!("{name}.{}", COMPRESSED[0]));
    all.iter()
        .filter(|(name, _)| !has_copy(name))
        .map(|(name, path)| Ok((name.clone(), files::read(path)?)))
        .collect()
}

/// How the names of a file's compressed copies end. Who looks at GraphiQL has a browser that takes Brotli: a third copy of
/// it would only make the server larger, by half a megabyte.
fn copies(path: &Path) -> impl Iterator<Item = &'static str> {
    let is_graphiql = path.to_string_lossy().contains("graphiql.");
    let wanted = move |ending: &&str| !is_graphiql || *ending != "zst";
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
    let missing =
        |path: &PathBuf| copies(path).any(|ending| !path.with_added_extension(ending).exists());
    let waiting: Vec<PathBuf> = names
        .filter(compressible)
        .map(|name| folder.join(name))
        .filter(missing)
        .collect();
    if waiting.is_empty() {
        return Ok(());
    }
    for path in waiting
        .iter()
        .filter(|path| copies(path).any(|ending| ending == "zst"))
    {
        let copy = zstd::bulk::compress(&files::read(path)?, SMALLEST)?;
        files::write(&path.with_added_extension("zst"), &copy)?;
    }
    process::run(
        context
            .command("node")
            .args(["--input-type=module", "--eval", COMPRESS_SCRIPT, "--"])
            .args(waiting),
    )
}
