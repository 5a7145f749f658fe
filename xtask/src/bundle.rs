//! What esbuild puts together: the style sheet, and the GraphiQL page from `frontend/graphiql`.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::context::Context;
use crate::files;
use crate::places::{self, Profile};
use crate::process;

/// The oldest browsers that the style sheet and the scripts are written down for.
pub(crate) const BROWSERS: &str = "--target=chrome111,edge111,firefox114,safari16.4";

/// Where GraphiQL's page begins, whichever of these is there.
const GRAPHIQL_ENTRIES: [&str; 4] = ["main.tsx", "main.jsx", "main.ts", "main.js"];

/// How the scripts of background threads end, whichever of these they use.
const WORKER_ENDINGS: [&str; 2] = [".worker.ts", ".worker.js"];

/// This very file: a change in how things are made counts like a change in what they are made from.
const RECIPE: &str = include_str!("bundle.rs");

/// Adds `style/main.css` with all it imports.
pub(crate) fn add_style(
    context: &Context,
    profile: Profile,
    site: &mut BTreeMap<String, Vec<u8>>,
) -> Result<()> {
    let output = places::cache(context).join("latchkey.css");
    let mut esbuild = esbuild(context)?;
    esbuild
        .arg("style/main.css")
        .arg(BROWSERS)
        .arg(option("--outfile=", &output));
    if profile == Profile::Release {
        esbuild.arg("--minify");
    }
    process::run(&mut esbuild)?;
    files::add_package(site, "latchkey", "css", files::read(&output)?);
    Ok(())
}

/// Adds GraphiQL: its script, its style sheet and whatever files and workers it uses. It is minified in debug builds as
/// well, for it is large and hardly ever changes.
pub(crate) fn add_graphiql(context: &Context, site: &mut BTreeMap<String, Vec<u8>>) -> Result<()> {
    let source = context.root.join("frontend/graphiql");
    let entry = GRAPHIQL_ENTRIES
        .map(|name| source.join(name))
        .into_iter()
        .find(|path| path.is_file());
    let entry = entry
        .with_context(|| format!("GraphiQL's entry {}/main.tsx is missing", source.display()))?;
    let packages = files::read(&context.root.join("frontend/package-lock.json"))?;
    let key = [
        files::hash_folder(&source)?,
        files::hash(&packages),
        files::hash(RECIPE.as_bytes()),
    ]
    .join(" ");
    let made = files::cached(places::cache(context).join("graphiql"), &key, |folder| {
        make_graphiql(context, &source, &entry, folder)
    })?;
    for (name, path) in files::list(&made)? {
        site.insert(name, files::read(&path)?);
    }
    Ok(())
}

/// Bundles the workers, then the page, and writes all of it into `folder`.
fn make_graphiql(context: &Context, source: &Path, entry: &Path, folder: &Path) -> Result<()> {
    let scratch = folder.with_extension("partial");
    let mut made = BTreeMap::new();
    let workers = add_workers(context, source, &scratch, &mut made)?;
    add_page(context, entry, &scratch.join("page"), &workers, &mut made)?;
    fs::remove_dir_all(&scratch)?;
    for (name, bytes) in made {
        files::write(&folder.join(name), &bytes)?;
    }
    Ok(())
}

/// Bundles each worker by itself and returns their addresses by their names.
fn add_workers(
    context: &Context,
    source: &Path,
    scratch: &Path,
    made: &mut BTreeMap<String, Vec<u8>>,
) -> Result<serde_json::Value> {
    let mut addresses = serde_json::Map::new();
    for (name, path) in files::list(source)? {
        let stem = WORKER_ENDINGS
            .iter()
            .find_map(|ending| name.strip_suffix(ending));
        let Some(stem) = stem else { continue };
        let output = scratch.join("worker.js");
        let mut esbuild = minified(context)?;
        process::run(
            esbuild
                .arg(path)
                .arg("--format=iife")
                .arg(option("--outfile=", &output)),
        )?;
        let address =
            files::add_package(made, &format!("{stem}.worker"), "js", files::read(&output)?);
        addresses.insert(stem.to_owned(), address.into());
    }
    Ok(addresses.into())
}

/// Bundles the page, which is told the workers' addresses as the constant `WORKER_URLS`.
fn add_page(
    context: &Context,
    entry: &Path,
    output: &Path,
    workers: &serde_json::Value,
    made: &mut BTreeMap<String, Vec<u8>>,
) -> Result<()> {
    let mut esbuild = minified(context)?;
    esbuild.args(["--format=esm", "--jsx=automatic", "--public-path=/pkg"]);
    esbuild.args(["--entry-names=graphiql", "--asset-names=[name].[hash]"]);
    esbuild.args(["ttf", "woff2", "svg", "png"].map(|kind| format!("--loader:.{kind}=file")));
    esbuild.arg(format!("--define:WORKER_URLS={workers}"));
    process::run(esbuild.arg(entry).arg(option("--outdir=", output)))?;
    for (name, path) in files::list(output)? {
        let bytes = files::read(&path)?;
        if let Some(extension) = name.strip_prefix("graphiql.") {
            files::add_package(made, "graphiql", extension, bytes);
        } else {
            made.insert(format!("pkg/{name}"), bytes);
        }
    }
    Ok(())
}

fn minified(context: &Context) -> Result<Command> {
    let mut esbuild = esbuild(context)?;
    esbuild.args([
        "--minify",
        BROWSERS,
        "--define:process.env.NODE_ENV=\"production\"",
    ]);
    Ok(esbuild)
}

/// esbuild as the program that it is: its script in `node_modules/.bin` hides each error behind one of Node.js.
pub(crate) fn esbuild(context: &Context) -> Result<Command> {
    // npm installs the one package that is made for this system, under the system's name.
    let systems = context.root.join("frontend/node_modules/@esbuild");
    let mut programs = systems
        .read_dir()
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin/esbuild"));
    let program = programs.find(|path| path.is_file());
    let mut esbuild =
        context.command(program.context("the npm package esbuild has no program for this system")?);
    esbuild.args(["--bundle", "--log-level=warning"]);
    Ok(esbuild)
}

/// An option of esbuild with a path as its value.
pub(crate) fn option(name: &str, path: &Path) -> PathBuf {
    let mut argument = OsString::from(name);
    argument.push(path);
    argument.into()
}
