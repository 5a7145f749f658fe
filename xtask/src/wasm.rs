//! The pages as WebAssembly: cargo compiles the crate `frontend`, `split` takes apart what not every page needs,
//! wasm-bindgen writes the JavaScript that loads it, and in a release wasm-opt makes it smaller.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use wasm_bindgen_cli_support::Bindgen;

use crate::bundle;
use crate::context::Context;
use crate::files;
use crate::places::{self, Profile};
use crate::process;
use crate::split;
use crate::tools::WASM_TARGET;

/// What the files are called, which is also what the server looks for.
const NAME: &str = "latchkey";

/// The features are those that rustc turns on for every module; wasm-opt has to be told, for a stripped module does not
/// say so itself.
const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// Once more over what the first pass has made, until nothing gets smaller.
const SMALLEST: [&str; 3] = ["-Oz", "--converge", "--debuginfo"];

/// What is for people alone. It goes last, so that `parts` can tell from the names what the module is made of.
const STRIP: [&str; 3] = [
    "--strip-debug",
    "--strip-producers",
    "--strip-target-features",
];

/// These very files: a change in how things are made counts like a change in what they are made from.
const RECIPE: &str = concat!(
    include_str!("wasm.rs"),
    include_str!("split.rs"),
    include_str!("bundle.rs"),
);

/// The module that every page loads, with the names of its functions still in it.
pub(crate) fn with_names(context: &Context) -> PathBuf {
    let folder = places::cache(context).join("wasm-release");
    folder.join(NAME).with_added_extension("named.wasm")
}

/// Compiles the crate `frontend` for the browser.
pub(crate) fn compile(context: &Context, profile: Profile) -> Result<()> {
    let mut cargo = context.cargo();
    cargo.args(["build", "--package", "frontend", "--target", WASM_TARGET]);
    if profile == Profile::Release {
        cargo.args(["--locked", "--profile", "wasm-release"]);
    }
    process::run(&mut cargo)
}

/// Adds the modules and their glue to the site.
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
    // Which versions of the crates that split and bind it.
    let crates = files::read(&context.root.join("Cargo.lock"))?;
    let module_bytes = files::read(&module)?;
    let inputs = [&*module_bytes, &tools, &crates, RECIPE.as_bytes()].map(files::hash);
    let key = inputs.join(" ");
    let made = files::cached(places::cache(context).join(cache), &key, |folder| {
        make(context, profile, &module, folder)
    })?;
    let mut glue = fs::read_to_string(made.join("bundled.js"))?;
    for (name, path) in files::list(&made.join("modules"))? {
        let Some(stem) = name.strip_suffix(".wasm") else {
            continue;
        };
        let address = files::add_package(site, stem, "wasm", files::read(&path)?);
        // The glue loads the others itself, from where it lies.
        if stem != NAME {
            let address = address.trim_start_matches("/pkg/");
            glue = split::replaced(&glue, &format!("./{name}"), &format!("./{address}"))?;
        }
    }
    files::add_package(site, NAME, "js", glue.into_bytes());
    Ok(())
}

/// Turns cargo's module into `modules/latchkey*.wasm` and `bundled.js` in `folder`.
fn make(context: &Context, profile: Profile, module: &Path, folder: &Path) -> Result<()> {
    let release = profile == Profile::Release;
    let parts = split::split(module, NAME, folder).context("the module cannot be split")?;
    bindgen(&parts.main, release, folder).context("wasm-bindgen failed")?;
    // Bundled, because the loaders of the parts, and what crates bring of their own, are in files beside the glue.
    let mut esbuild = bundle::esbuild(context)?;
    esbuild.args(["--format=esm", bundle::BROWSERS]);
    // wasm-bindgen names the loader once for each of its functions.
    esbuild.arg("--log-override:duplicate-object-key=silent");
    esbuild
        .arg(folder.join("latchkey.js"))
        .arg(bundle::option("--outfile=", &folder.join("bundled.js")));
    if release {
        esbuild.arg("--minify");
    }
    process::run(&mut esbuild)?;
    let modules = folder.join("modules");
    fs::create_dir_all(&modules)?;
    let main = (NAME.to_owned(), folder.join("latchkey_bg.wasm"));
    for (name, path) in parts.others.into_iter().chain([main]) {
        let made = modules.join(&name).with_added_extension("wasm");
        if release {
            let named = folder.join(&name).with_added_extension("named.wasm");
            optimise(context, &SMALLEST, &path, &named)?;
            optimise(context, &STRIP, &named, &made)?;
        } else {
            fs::rename(path, made)?;
        }
    }
    Ok(())
}

fn optimise(context: &Context, passes: &[&str], from: &Path, to: &Path) -> Result<()> {
    let mut wasm_opt = context.node_program("frontend", "wasm-opt");
    wasm_opt.args(passes).args(FEATURES);
    process::run(wasm_opt.arg(from).arg("-o").arg(to))
}

fn bindgen(module: &Path, release: bool, folder: &Path) -> Result<()> {
    Bindgen::new()
        .input_path(module)
        .out_name(NAME)
        .web(true)?
        .typescript(false)
        // The page says where the module is: its name carries a hash that the glue cannot know.
        .omit_default_module_path(true)
        // The parts find in these what they share.
        .keep_lld_exports(true)
        .demangle(!release)
        .remove_producers_section(release)
        .generate(folder)
}
