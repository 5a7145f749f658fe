//! Tells rust-embed which folder holds the built front end, and the linker to keep one copy of what is compiled twice.
//!
//! `cargo xtask` names it in `LATCHKEY_SITE`. Without it (a plain `cargo check`), an empty folder stands in and the
//! pages are served without scripts and styles.

#![expect(
    clippy::disallowed_methods,
    reason = "a build script is told by variables, not by the server's Config"
)]

use std::path::PathBuf;
use std::{env, fs};

fn main() {
    println!("cargo:rerun-if-env-changed=LATCHKEY_SITE");
    println!("cargo:rerun-if-changed=migrations");
    let site = match env::var_os("LATCHKEY_SITE") {
        Some(site) => PathBuf::from(site),
        None => PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR")).join("site"),
    };
    fs::create_dir_all(&site).expect("the site folder can be made");
    println!("cargo:rerun-if-changed={}", site.display());
    println!("cargo:rustc-env=LATCHKEY_SITE={}", site.display());
    // Generic code compiles to the same instructions for many types. The linker that Rust uses on this target can fold
    // them; other targets have other linkers.
    let is = |name, value: &str| env::var(name).is_ok_and(|given| given == value);
    if is("TARGET", "x86_64-unknown-linux-gnu") && is("PROFILE", "release") {
        println!("cargo:rustc-link-arg-bins=-Wl,--icf=all");
    }
}
