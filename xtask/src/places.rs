//! The kinds of build, and where each puts what it makes.

use std::path::PathBuf;

use crate::context::Context;

/// Which of the two kinds of build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Quick to build.
    Dev,
    /// Small and fast.
    Release,
}

/// Where the finished site of a profile stands.
pub(crate) fn site(context: &Context, profile: Profile) -> PathBuf {
    context.target.join("site").join(match profile {
        Profile::Dev => "dev",
        Profile::Release => "release",
    })
}

/// Where the parts of the site are kept between builds.
pub(crate) fn cache(context: &Context) -> PathBuf {
    context.target.join("site-cache")
}

/// Where the release that is guided by a profile is compiled, and what that takes: apart, for its flags are other ones.
pub(crate) fn guided(context: &Context) -> PathBuf {
    context.target.join("pgo")
}

/// Where the executable of that release stands.
pub(crate) fn guided_executable(context: &Context) -> PathBuf {
    guided(context).join("latchkey")
}

/// Where the executable of a profile stands.
pub(crate) fn executable(context: &Context, profile: Profile) -> PathBuf {
    context.target.join(match profile {
        Profile::Dev => "debug/latchkey",
        Profile::Release => "release/latchkey",
    })
}
