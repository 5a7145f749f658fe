//! `cargo xtask schema`: the committed schemas, from the server's own mouth.
//!
//! `app` reads the first file when it is compiled, and the server contains `app`. A broken file would therefore keep the
//! server from being built that could write a better one; so the new text is looked at before it replaces the old.

use anyhow::{Result, bail};

use crate::context::Context;
use crate::files;
use crate::places::{self, Profile};
use crate::process;

/// Each file, and the words that make the server print it.
const FILES: [(&str, &[&str]); 2] = [
    ("app/graphql/schema.graphql", &["schema"]),
    ("docs/relay.graphql", &["schema", "--relay"]),
];

/// Builds the server and writes what `latchkey schema` prints.
pub(crate) fn schema(context: &Context) -> Result<()> {
    process::run(context.cargo().args(["build", "--package", "server"]))?;
    let executable = places::executable(context, Profile::Dev);
    for (file, words) in FILES {
        let text = process::output(context.command(&executable).args(words))?;
        if !is_whole(&text) {
            bail!("`latchkey schema` printed no whole schema; {file} stays as it is");
        }
        let changed = files::write(&context.root.join(file), text.as_bytes())?;
        let change = if changed {
            "has changed"
        } else {
            "was up to date"
        };
        eprintln!("{file} {change}");
    }
    Ok(())
}

/// Whether the text has the parts of Latchkey's schema and does not end in the middle.
fn is_whole(text: &str) -> bool {
    let balanced = text.matches('{').count() == text.matches('}').count();
    ["type Query", "type Mutation"]
        .iter()
        .all(|part| text.contains(part))
        && balanced
        && text.ends_with('\n')
}

#[cfg(test)]
mod tests {
    use super::is_whole;

    #[test]
    fn half_a_schema_is_not_taken() {
        let whole = "type Mutation {\n\tone: Int\n}\ntype Query {\n\tme: String\n}\n";
        assert!(is_whole(whole));
        assert!(!is_whole(&whole[..whole.len() - 3]));
        assert!(!is_whole("type Mutation {\n}\n"));
        assert!(!is_whole(""));
    }
}
