//! Sizes: of what a browser loads at a first visit, and of the release.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Result, ensure};

use crate::bench::finding::{Finding, Target};
use crate::bench::http::Request;
use crate::bench::options::Engine;
use crate::bench::rig::{FEW, Rig, to_float};
use crate::bench::statistics::Sample;

/// What today's browsers accept.
const ENCODINGS: &str = "gzip, deflate, br, zstd";

/// All bytes that are sent, heads included, until the page `/login` can be used: the page, what it names, and what that
/// names in turn.
pub(crate) fn visit(rig: &mut Rig<'_>) -> Result<Vec<Finding>> {
    let database = rig.seed(Engine::Sqlite, FEW)?;
    let server = rig.serve(&database)?;
    let mut sizes: BTreeMap<String, usize> = BTreeMap::new();
    let mut waiting = vec!["/login".to_owned()];
    while let Some(path) = waiting.pop() {
        if sizes.contains_key(&path) {
            continue;
        }
        let answer = Request::get(&path)
            .with_header("Accept-Encoding", ENCODINGS)
            .send(server.address)?;
        ensure!(
            answer.status == 200,
            "{path} is answered with {}",
            answer.status
        );
        sizes.insert(path.clone(), answer.size());
        // The text is easier to have than to decompress.
        let plain = Request::get(&path).send(server.address)?;
        let kind = plain.header("content-type").unwrap_or_default();
        if kind.starts_with("text/html") {
            waiting.extend(linked(&plain.text()));
        }
    }
    let total = sizes.values().sum::<usize>();
    let mut finding = Finding::alone(
        "first visit to /login",
        Sample::one(to_float(total) / 1e3),
        " kB",
        Target::AtMost(150.0),
    );
    for (path, size) in sizes {
        finding = finding.with(&format!("{path} kB"), Sample::one(to_float(size) / 1e3));
    }
    Ok(vec![finding])
}

/// The addresses on our own site that a page names and a browser loads by itself.
fn linked(html: &str) -> Vec<String> {
    let tags = html.split('<').filter_map(|tag| tag.split('>').next());
    let loaded = tags.filter(|tag| {
        let name = tag.split_whitespace().next().unwrap_or_default();
        let kinds = ["stylesheet", "modulepreload", "preload", "icon", "manifest"];
        name == "script"
            || name == "img"
            || (name == "link" && kinds.iter().any(|kind| attribute(tag, "rel") == Some(kind)))
    });
    let addresses =
        loaded.filter_map(|tag| attribute(tag, "href").or_else(|| attribute(tag, "src")));
    addresses
        .filter(|address| address.starts_with('/'))
        .map(str::to_owned)
        .collect()
}

fn attribute<'t>(tag: &'t str, name: &str) -> Option<&'t str> {
    let (_, after) = tag.split_once(&format!(" {name}=\""))?;
    after.split('"').next()
}

pub(crate) fn binary(rig: &mut Rig<'_>) -> Result<Vec<Finding>> {
    let size = fs::metadata(&rig.binary)?.len();
    let size = Sample::one(to_float(usize::try_from(size)?) / 1e6);
    Ok(vec![Finding::alone(
        "release binary",
        size,
        " MB",
        Target::AtMost(20.0),
    )])
}

#[cfg(test)]
mod tests {
    use super::linked;

    #[test]
    fn what_a_browser_loads_is_found() {
        let html = r#"<head><link rel="stylesheet" href="/pkg/a.css"><link href="/pkg/a.wasm" rel="preload" as="fetch">
            <link rel="canonical" href="/x"><script type="module" src="/pkg/a.js"></script></head><a href="/users">"#;
        assert_eq!(linked(html), ["/pkg/a.css", "/pkg/a.wasm", "/pkg/a.js"]);
    }
}
