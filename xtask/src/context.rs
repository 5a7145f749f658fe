//! What one call of xtask knows: where the project is, where its output goes, and what it was asked to pass on.
//!
//! The only file of xtask that reads the environment, and the one place where commands are begun.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::process;

/// Where things are, and the arguments for the program that the word ends in.
#[derive(Debug)]
pub(crate) struct Context {
    /// The workspace's top folder.
    pub(crate) root: PathBuf,
    /// Cargo's target folder, wherever it has been configured to be.
    pub(crate) target: PathBuf,
    /// The arguments to hand on.
    pub(crate) arguments: Vec<OsString>,
}

impl Context {
    /// Asks cargo where the workspace and its target folder are.
    pub(crate) fn find(arguments: Vec<OsString>) -> Result<Self> {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("Cargo.toml");
        let mut metadata = Command::new(cargo());
        metadata
            .args([
                "metadata",
                "--no-deps",
                "--format-version=1",
                "--manifest-path",
            ])
            .arg(&manifest);
        let answer: serde_json::Value = serde_json::from_str(&process::output(&mut metadata)?)?;
        let folder = |key: &str| {
            answer[key]
                .as_str()
                .map(PathBuf::from)
                .with_context(|| format!("cargo metadata told no {key}"))
        };
        Ok(Self {
            root: folder("workspace_root")?,
            target: folder("target_directory")?,
            arguments,
        })
    }

    /// A command in the top folder, without the variables that would change what it builds or tests: those that cargo
    /// set for xtask itself (they make some build scripts run again), and the settings of a server of one's own.
    pub(crate) fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        command.current_dir(&self.root);
        for name in variable_names() {
            if ["CARGO_PKG_", "CARGO_MANIFEST_", "LATCHKEY_"]
                .iter()
                .any(|prefix| name.to_string_lossy().starts_with(prefix))
            {
                command.env_remove(name);
            }
        }
        command
    }

    /// Cargo, with the target folder that xtask itself was told.
    pub(crate) fn cargo(&self) -> Command {
        let mut command = self.command(cargo());
        command.env("CARGO_TARGET_DIR", &self.target);
        command
    }

    /// A program that an npm package in `folder` brings.
    pub(crate) fn node_program(&self, folder: &str, name: &str) -> Command {
        self.command(self.root.join(folder).join("node_modules/.bin").join(name))
    }
}

/// The value of an environment variable, if it is set and not empty.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place where xtask reads the environment"
)]
pub(crate) fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place where xtask reads the environment"
)]
fn variable_names() -> impl Iterator<Item = OsString> {
    std::env::vars_os().map(|(name, _)| name)
}

/// The program `name`, looked for as a shell would.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    let path = variable("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}

/// The very cargo that started xtask, so that one toolchain builds everything.
fn cargo() -> PathBuf {
    variable("CARGO").map_or_else(|| "cargo".into(), PathBuf::from)
}
