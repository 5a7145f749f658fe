//! What the WebAssembly of the first page is made of, by crate: how much each adds to the module, before compression.

use std::collections::BTreeMap;
use std::ops::Range;

use anyhow::{Context as _, Result};
use rustc_demangle::demangle;

use crate::context::Context;
use crate::files;
use crate::steps::{Outcome, Step};
use crate::wasm;

pub(crate) const LIST: Step = Step {
    title: "Listing the ten largest parts of the WebAssembly",
    action: |context| list(context).map(|()| Outcome::Done),
};

/// Numbers of sections (WebAssembly core specification, section 5.5).
const CUSTOM: u8 = 0;
const IMPORTS: u8 = 2;
const CODE: u8 = 10;
const DATA: u8 = 11;

/// The names of functions within the section of names.
const FUNCTION_NAMES: u8 = 1;

/// Prints the list.
fn list(context: &Context) -> Result<()> {
    let module = files::read(&wasm::with_names(context))?;
    let mut parts: Vec<(String, usize)> = sizes(&module)
        .context("the module cannot be read")?
        .into_iter()
        .collect();
    parts.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
    eprintln!("{:>9}  bytes in all, uncompressed", module_size(&module));
    for (name, size) in parts.iter().take(10) {
        eprintln!("{size:>9}  {name}");
    }
    Ok(())
}

/// The module without its names, which browsers do not get.
fn module_size(module: &[u8]) -> usize {
    let named = sections(module).unwrap_or_default();
    named
        .iter()
        .filter(|(kind, _)| *kind != CUSTOM)
        .map(|(_, range)| range.len())
        .sum()
}

/// Bytes by crate, and those of the data.
fn sizes(module: &[u8]) -> Option<BTreeMap<String, usize>> {
    let mut sizes = BTreeMap::new();
    let mut functions = Vec::new();
    let mut imported = 0;
    let mut names = BTreeMap::new();
    for (kind, range) in sections(module)? {
        let mut section = Reader(&module[range]);
        match kind {
            IMPORTS => imported = imported_functions(&mut section)?,
            CODE => {
                for _ in 0..section.number()? {
                    let length = section.number()?;
                    section.take(length)?;
                    functions.push(length);
                }
            }
            DATA => {
                sizes.insert("texts and tables".to_owned(), section.0.len());
            }
            CUSTOM => names.extend(function_names(&mut section)?),
            _ => {}
        }
    }
    for (index, size) in functions.into_iter().enumerate() {
        let name = names.get(&(imported + index)).copied().unwrap_or_default();
        *sizes.entry(owner(name)).or_default() += size;
    }
    Some(sizes)
}

/// The crate of a function, from its name; of the trait, where it is one's default for any type.
fn owner(name: &str) -> String {
    let name = format!("{:#}", demangle(name));
    let mut path = name.as_str();
    loop {
        let inner = path.trim_start_matches(['<', '&', '(', '[', '*', ' ']);
        let inner = ["mut ", "dyn ", "const "]
            .into_iter()
            .fold(inner, |inner, word| {
                inner.strip_prefix(word).unwrap_or(inner)
            });
        let end = inner
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(inner.len());
        let (first, rest) = inner.split_at(end);
        if first.len() == 1
            && let Some((_, of)) = rest.split_once(" as ")
        {
            path = of;
        } else if rest.starts_with("::") || rest.starts_with('[') {
            return first.to_owned();
        } else {
            return "what has no path".to_owned();
        }
    }
}

fn sections(module: &[u8]) -> Option<Vec<(u8, Range<usize>)>> {
    let mut sections = Vec::new();
    let mut reader = Reader(module.get(8..)?);
    while !reader.0.is_empty() {
        let kind = reader.byte()?;
        let length = reader.number()?;
        let start = module.len() - reader.0.len();
        reader.take(length)?;
        sections.push((kind, start..start + length));
    }
    Some(sections)
}

fn imported_functions(section: &mut Reader<'_>) -> Option<usize> {
    let mut functions = 0;
    for _ in 0..section.number()? {
        section.text()?;
        section.text()?;
        match section.byte()? {
            0 => {
                section.number()?;
                functions += 1;
            }
            // A table: the type of its elements, then its limits.
            1 => {
                section.byte()?;
                section.limits()?;
            }
            2 => section.limits()?,
            // A global: its type, and whether it changes.
            3 => {
                section.take(2)?;
            }
            _ => return None,
        }
    }
    Some(functions)
}

/// The names of functions by number; none in a section of another kind.
fn function_names<'a>(section: &mut Reader<'a>) -> Option<BTreeMap<usize, &'a str>> {
    let mut names = BTreeMap::new();
    if section.text()? != "name" {
        return Some(names);
    }
    while !section.0.is_empty() {
        let kind = section.byte()?;
        let length = section.number()?;
        let mut part = Reader(section.take(length)?);
        if kind == FUNCTION_NAMES {
            for _ in 0..part.number()? {
                names.insert(part.number()?, part.text()?);
            }
        }
    }
    Some(names)
}

/// What is left to read.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1).map(|bytes| bytes[0])
    }

    /// A number in LEB128.
    fn number(&mut self) -> Option<usize> {
        let mut number = 0;
        for shift in (0..35).step_by(7) {
            let byte = self.byte()?;
            number |= usize::from(byte & 0x7F) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    fn text(&mut self) -> Option<&'a str> {
        let length = self.number()?;
        str::from_utf8(self.take(length)?).ok()
    }

    /// The least size, and the greatest where there is one.
    fn limits(&mut self) -> Option<()> {
        let bounded = self.byte()? & 1 == 1;
        self.number()?;
        if bounded {
            self.number()?;
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::{owner, sizes};

    #[test]
    fn a_function_belongs_to_a_crate() {
        for (name, krate) in [
            ("_ZN3app5pages2me4card17h0123456789abcdefE", "app"),
            (
                "<&mut serde_json::Deserializer<R> as serde::Deserializer>::any",
                "serde_json",
            ),
            ("<T as tachys::view::IntoAny>::into_any", "tachys"),
            ("memcpy", "what has no path"),
            ("", "what has no path"),
        ] {
            assert_eq!(owner(name), krate, "{name}");
        }
    }

    #[test]
    fn a_module_is_counted() {
        let module = [
            b"\0asm\x01\0\0\0".as_slice(),
            &[2, 7, 1, 1, b'm', 1, b'f', 0, 0],
            &[10, 9, 2, 3, 0, 1, 0x0B, 3, 0, 1, 0x0B],
            &[11, 3, 1, 0, 0],
            &[
                0, 22, 4, b'n', b'a', b'm', b'e', 1, 15, 2, 1, 4, b'a', b':', b':', b'b', 2, 6,
            ],
            b"app::c",
        ]
        .concat();
        let sizes = sizes(&module).expect("a module");
        let sizes: Vec<(&str, usize)> = sizes.iter().map(|(name, size)| (&**name, *size)).collect();
        assert_eq!(sizes, [("a", 3), ("app", 3), ("texts and tables", 3)]);
    }
}
