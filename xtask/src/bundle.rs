//! What esbuild puts together: the style sheet, and the GraphiQL page from `frontend/graphiql`.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::context::Context;
use crate::files;
use crate::places::{self, Profile};
use crate::process;

/// The oldest browsers that the style sheet and the scripts are written down for.
pub(crate) const BROWSERS: &str = "--target=chrome111,edge111,firefox114,safari16.4";

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

/// Adds GraphiQL: its script and its style sheet. They are minified in debug builds as well, for they are large and
/// hardly ever change.
pub(crate) fn add_graphiql(context: &Context, site: &mut BTreeMap<String, Vec<u8>>) -> Result<()> {
    let source = context.root.join("frontend/graphiql");
    let packages = files::read(&context.root.join("frontend/package-lock.json"))?;
    let key = [
        files::hash_folder(&source)?,
        files::hash(&packages),
        files::hash(RECIPE.as_bytes()),
    ]
    .join(" ");
    let made = files::cached(places::cache(context).join("graphiql"), &key, |folder| {
        let mut esbuild = minified(context)?;
        esbuild.args(["--format=esm", "--jsx=automatic", "--entry-names=graphiql"]);
        process::run(
            esbuild
                .arg(source.join("main.tsx"))
                .arg(option("--outdir=", folder)),
        )
    })?;
    for extension in ["js", "css"] {
        let bytes = files::read(&made.join("graphiql").with_extension(extension))?;
        files::add_package(site, "graphiql", extension, bytes);
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
