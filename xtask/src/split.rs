//! Takes the module apart: what only some pages need becomes a module of its own, which is loaded with them. The marks
//! are in the code (`wasm_split`); the crate `wasm_split_cli_support` follows the calls from there.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow};
use wasm_split_cli_support::{Options, transform};

use crate::files;

/// The JavaScript that loads the parts, from where the glue imports it.
const LOADER: &str = "./__wasm_split.js";

/// The parts of a module.
pub(crate) struct Parts {
    /// What wasm-bindgen goes on with.
    pub(crate) main: PathBuf,
    /// The others, by the names they are to have.
    pub(crate) others: Vec<(String, PathBuf)>,
}

/// Splits `module`. A part is called by the marks it is for: `latchkey-me`, and `latchkey-me-users` for what two share.
pub(crate) fn split(module: &Path, name: &str, folder: &Path) -> Result<Parts> {
    let main = folder.join("main.wasm");
    let bytes = files::read(module)?;
    let mut options = Options::new(&bytes);
    options.output_dir = folder;
    options.main_out_path = &main;
    options.link_name = LOADER;
    let glue = format!("./{name}.js");
    options.main_module = &glue;
    let split = transform(options).map_err(|error| anyhow!("{error:?}"))?;

    let mut marks = BTreeMap::<&str, BTreeSet<&str>>::new();
    for (mark, stems) in &split.prefetch_map {
        for stem in stems {
            marks.entry(stem).or_default().insert(mark);
        }
    }
    let path = folder.join(LOADER);
    let mut loader = fs::read_to_string(&path)?;
    let mut others = Vec::new();
    for path in split.split_modules {
        let stem = path.file_stem().context("a part without a name")?;
        let stem = stem.to_string_lossy().into_owned();
        // One that nothing was left for is never loaded.
        let Some(marks) = marks.get(&*stem) else {
            continue;
        };
        let words: Vec<&str> = [name].into_iter().chain(marks.iter().copied()).collect();
        let part = words.join("-");
        loader = loader.replace(&format!("./{stem}.wasm"), &format!("./{part}.wasm"));
        others.push((part, path));
    }
    fs::write(path, in_order(&loader))?;
    Ok(Parts { main, others })
}

/// Sorts the names in `const { b, a, } = mainExports;`, which come in another order each time: the same source is to
/// give the same files.
/// Lets nothing be written to the console, either.
fn in_order(loader: &str) -> String {
    let sorted = |line: &str| -> Option<String> {
        let (before, rest) = line.split_once('{')?;
        let (names, after) = rest.split_once('}')?;
        let names: BTreeSet<&str> = names.split(',').map(str::trim).collect();
        let names: Vec<&str> = names.into_iter().filter(|name| !name.is_empty()).collect();
        Some(format!("{before}{{ {} }}{after}", names.join(", ")))
    };
    let line = |line: &str| {
        let listed = line.contains("mainExports;") || line.contains("Object.assign(sharedImports");
        let sorted = if listed { sorted(line) } else { None };
        sorted.unwrap_or_else(|| line.to_owned()) + "\n"
    };
    // The router deals with what cannot be loaded.
    let lines = loader
        .lines()
        .filter(|line| line.trim() != "console.error(e);");
    lines.map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::in_order;

    #[test]
    fn names_that_the_parts_share_are_in_order() {
        assert_eq!(
            in_order("a { c, b }\n  const { __b, __a,  } = mainExports;\nrest"),
            "a { c, b }\n  const { __a, __b } = mainExports;\nrest\n"
        );
    }
}
