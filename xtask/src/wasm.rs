//! The pages as WebAssembly: cargo compiles the crate `frontend`, wasm-bindgen writes the JavaScript that loads it,
//! and in a release wasm-opt makes it smaller.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use wasm_bindgen_cli_support::Bindgen;

use crate::bundle;
use crate::context::Context;
use crate::files;
use crate::places::{self, Profile};
use crate::process;
use crate::tools::WASM_TARGET;

/// What the files are called, which is also what the server looks for.
const NAME: &str = "latchkey";

/// The features are those that rustc turns on for every module; wasm-opt has to be told, for a stripped module does not
/// say so itself.
const WASM_OPT: [&str; 9] = [
    "-Oz",
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
    "--strip-producers",
    "--strip-target-features",
];

/// This very file: a change in how things are made counts like a change in what they are made from.
const RECIPE: &str = include_str!("wasm.rs");

/// Compiles the crate `frontend` for the browser.
pub(crate) fn compile(context: &Context, profile: Profile) -> Result<()> {
    let mut cargo = context.cargo();
    cargo.args(["build", "--package", "frontend", "--target", WASM_TARGET]);
    if profile == Profile::Release {
        cargo.args(["--locked", "--profile", "wasm-release"]);
    }
    process::run(&mut cargo)
}

/// Adds the module and its glue to the site.
pub(crate) fn add(
    context: &Context,
    profile: Profile,
    site: &mut BTreeMap<String, Vec<u8>>,
) -> Result<()> {
    let (cargo_folder, cache) = match profile {
        Profile::Dev => ("debug", "wasm-dev"),
        Profile::Release => ("wasm-release", "wasm-release"),
    };
    let module = context
        .target
        .join(WASM_TARGET)
        .join(cargo_folder)
        .join("frontend.wasm");
    let tools = files::read(&context.root.join("frontend/package-lock.json"))?;
    let inputs = [&files::read(&module)?, &tools, RECIPE.as_bytes()].map(files::hash);
    let key = inputs.join(" ");
    let made = files::cached(places::cache(context).join(cache), &key, |folder| {
        make(context, profile, &module, folder)
    })?;
    files::add_package(
        site,
        NAME,
        "wasm",
        files::read(&made.join("latchkey_bg.wasm"))?,
    );
    files::add_package(site, NAME, "js", files::read(&made.join("bundled.js"))?);
    Ok(())
}

/// Turns cargo's module into `latchkey_bg.wasm` and `bundled.js` in `folder`.
fn make(context: &Context, profile: Profile, module: &Path, folder: &Path) -> Result<()> {
    let release = profile == Profile::Release;
    bindgen(module, release, folder).context("wasm-bindgen failed")?;
    // Bundled, because crates may bring JavaScript of their own, which wasm-bindgen puts into files beside the glue.
    let mut esbuild = bundle::esbuild(context)?;
    esbuild.args(["--format=esm", bundle::BROWSERS]);
    esbuild
        .arg(folder.join("latchkey.js"))
        .arg(bundle::option("--outfile=", &folder.join("bundled.js")));
    if !release {
        return process::run(&mut esbuild);
    }
    process::run(esbuild.arg("--minify"))?;
    let (module, optimised) = (
        folder.join("latchkey_bg.wasm"),
        folder.join("optimised.wasm"),
    );
    let mut wasm_opt = context.node_program("frontend", "wasm-opt");
    process::run(
        wasm_opt
            .args(WASM_OPT)
            .arg(&module)
            .arg("-o")
            .arg(&optimised),
    )?;
    Ok(fs::rename(optimised, module)?)
}

fn bindgen(module: &Path, release: bool, folder: &Path) -> Result<()> {
    Bindgen::new()
        .input_path(module)
        .out_name(NAME)
        .web(true)?
        .typescript(false)
        // The page says where the module is: its name carries a hash that the glue cannot know.
        .omit_default_module_path(true)
        .demangle(!release)
        .remove_name_section(release)
        .remove_producers_section(release)
        .generate(folder)
}
