//! How large the release is: the executable, and what a browser has to load.

use std::fs;
use std::path::Path;

use anyhow::Result;

use crate::context::Context;
use crate::files::{self, COMPRESSED};
use crate::places::{self, Profile};

/// Prints the sizes of the executable and of the site's packages.
pub(crate) fn print(context: &Context) -> Result<()> {
    let executable = places::executable(context, Profile::Release);
    eprintln!(
        "\n{}  {:.1} MB\n",
        executable.display(),
        megabytes(fs::metadata(&executable)?.len())
    );
    eprintln!("{:<44} {:>10} {:>10} {:>10}", "", "kB", "Brotli", "gzip");
    for (name, path) in files::list(&places::site(context, Profile::Release).join("pkg"))? {
        if COMPRESSED
            .iter()
            .any(|extension| name.ends_with(&format!(".{extension}")))
        {
            continue;
        }
        let copies = COMPRESSED.map(|extension| kilobytes(&path.with_added_extension(extension)));
        eprintln!(
            "{name:<44} {:>10} {:>10} {:>10}",
            kilobytes(&path),
            copies[0],
            copies[1]
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
