//! How large the release is: the executable, and what a browser has to load.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::context::Context;
use crate::files::{self, COMPRESSED};
use crate::parts;
use crate::places::{self, Profile};
use crate::site;
use crate::steps;
use crate::tools::{ADD_FRONTEND_PACKAGES, ADD_WASM_TARGET, CHECK_NODE};

/// `cargo xtask size`.
pub(crate) fn sizes(context: &Context) -> Result<()> {
    let steps = [
        CHECK_NODE,
        ADD_WASM_TARGET,
        ADD_FRONTEND_PACKAGES,
        site::COMPILE,
        site::ASSEMBLE,
        parts::LIST,
    ];
    steps::run(context, &steps)?;
    print_packages(context)
}

/// Prints the sizes of an executable and of the site's packages.
pub(crate) fn print(context: &Context, executable: &Path) -> Result<()> {
    eprintln!(
        "\n{}  {:.1} MB",
        executable.display(),
        megabytes(fs::metadata(executable)?.len())
    );
    print_packages(context)
}

fn print_packages(context: &Context) -> Result<()> {
    let folder = places::site(context, Profile::Release).join("pkg");
    let mut packages = BTreeMap::<String, PathBuf>::new();
    for (name, path) in files::list(&folder)? {
        let copy = COMPRESSED
            .iter()
            .find_map(|ending| Some((name.strip_suffix(&format!(".{ending}"))?, ending)));
        match copy {
            Some((original, _)) => packages.insert(original.to_owned(), folder.join(original)),
            None => packages.insert(name, path),
        };
    }
    eprintln!(
        "\n{:<44} {:>10} {:>10} {:>10}  kB",
        "", "Brotli", "Zstandard", "gzip"
    );
    for (name, path) in packages {
        let copies = COMPRESSED.map(|ending| kilobytes(&path.with_added_extension(ending)));
        eprintln!(
            "{name:<44} {:>10} {:>10} {:>10}",
            copies[0], copies[1], copies[2]
        );
    }
    Ok(())
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a figure for people, with one decimal"
)]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// The size of a file in units of 1,000 bytes, or a dash where there is none.
fn kilobytes(path: &Path) -> String {
    fs::metadata(path).map_or_else(
        |_| "–".to_owned(),
        |file| format!("{:.1}", megabytes(file.len()) * 1e3),
    )
}
