//! Takes the module apart: what only some pages need becomes a module of its own, which is loaded with them. The marks
//! are in the code (`wasm_split`); the crate `wasm_split_cli_support` follows the calls from there.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, ensure};
use wasm_split_cli_support::{Options, transform};

use crate::files;

/// The JavaScript that loads the parts, from where the glue imports it.
const LOADER: &str = "./__wasm_split.js";

/// What it does besides where a part cannot be loaded. The router deals with that.
const COMPLAINT: &str = "console.error(e);";

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
    let mut loader = replaced(&fs::read_to_string(&path)?, COMPLAINT, "")?;
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
        loader = replaced(
            &loader,
            &format!("./{stem}.wasm"),
            &format!("./{part}.wasm"),
        )?;
        others.push((part, path));
    }
    fs::write(path, loader)?;
    Ok(Parts { main, others })
}

/// Puts `new` in the place of `old` in JavaScript that a tool has written. Another version of the tool may write it
/// otherwise: that has to be seen here, not in a browser.
pub(crate) fn replaced(script: &str, old: &str, new: &str) -> Result<String> {
    ensure!(script.contains(old), "the script has no `{old}` in it");
    Ok(script.replace(old, new))
}

#[cfg(test)]
mod tests {
    use super::replaced;

    #[test]
    fn what_is_to_be_replaced_has_to_be_there() {
        let script = "fetch('./chunk_3.wasm')";
        let named = replaced(script, "./chunk_3.wasm", "./latchkey-me.wasm");
        assert_eq!(named.expect("is there"), "fetch('./latchkey-me.wasm')");
        assert!(replaced(script, "./chunk_4.wasm", "./latchkey-me.wasm").is_err());
    }
}
