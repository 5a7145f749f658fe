//! Programs from the system's packages, on Debian and its kin.

use std::process::Command;

use anyhow::{Result, bail};

use crate::context::{Context, program};
use crate::process;

/// Installs a package, where that is possible without asking anyone; otherwise the error names the command to run.
pub(crate) fn install(context: &Context, package: &str) -> Result<()> {
    let by_hand = format!("apt-get install -y {package}");
    if program("apt-get").is_none() {
        bail!(
            "{package} is missing: install it with this system's package manager (on Debian and Ubuntu: sudo {by_hand})"
        );
    }
    let Some(prefix) = authority() else {
        bail!("{package} is missing and may not be installed from here; run: sudo {by_hand}");
    };
    let apt_get = |arguments: &[&str]| {
        let mut command = context.command("env");
        command
            .args(prefix)
            .args(["DEBIAN_FRONTEND=noninteractive", "apt-get"])
            .args(arguments);
        command
    };
    // An old list of packages often still serves, so a failure here is left for the installation to tell.
    process::succeeds(&mut apt_get(&["update"]));
    process::run(&mut apt_get(&[
        "install",
        "-y",
        "--no-install-recommends",
        package,
    ]))
}

/// What to put before a command that needs root: nothing for root, sudo where it asks for no password.
fn authority() -> Option<&'static [&'static str]> {
    if process::output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0") {
        return Some(&[]);
    }
    process::succeeds(Command::new("sudo").args(["-n", "true"])).then_some(&["sudo", "-n"])
}
