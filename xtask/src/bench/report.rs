//! The results: a table for people and a file for programs.

use std::fs;
use std::path::Path;

use anyhow::Result;
use serde_json::{Map, Value, json};

use super::finding::{Finding, Target};
use super::machine;

const HEAD: [&str; 6] = [
    "measure",
    "Latchkey",
    "measured against",
    "ratio",
    "target",
    "verdict",
];

/// A table in Markdown that reads well as it is.
pub(crate) fn table(findings: &[(&str, Finding)]) -> String {
    let mut lines = vec![HEAD.map(str::to_owned)];
    lines.extend(findings.iter().map(|(_, finding)| finding.cells()));
    let width = |column: usize| {
        lines
            .iter()
            .map(|cells| cells[column].chars().count())
            .max()
    };
    let widths: Vec<usize> = (0..HEAD.len())
        .map(|column| width(column).unwrap_or_default())
        .collect();
    let line = |cells: &[String; 6]| {
        let padded = cells
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("| {cell:<width$} "));
        padded.collect::<String>() + "|\n"
    };
    let rule: String = widths
        .iter()
        .map(|width| format!("|{}", "-".repeat(width + 2)))
        .collect();
    let (head, rest) = lines.split_at(1);
    let head: String = head.iter().map(line).collect();
    let rest: String = rest.iter().map(line).collect();
    format!("{head}{rule}|\n{rest}")
}

/// Writes `results.json` and `table.md` into `folder`, and gives the table with the line about the machine.
pub(crate) fn write(
    folder: &Path,
    facts: &Value,
    findings: &[(&str, Finding)],
    failed: &[String],
) -> Result<String> {
    let results: Vec<_> = findings
        .iter()
        .map(|(row, finding)| in_json(row, finding))
        .collect();
    let results = json!({ "machine": facts, "results": results, "failed": failed });
    fs::create_dir_all(folder)?;
    fs::write(
        folder.join("results.json"),
        serde_json::to_string_pretty(&results)? + "\n",
    )?;
    let text = format!("{}.\n\n{}", machine::line(facts), table(findings));
    fs::write(folder.join("table.md"), &text)?;
    Ok(text)
}

/// All that is known of a line of the table.
fn in_json(row: &str, finding: &Finding) -> Value {
    let extras = finding
        .extras
        .iter()
        .map(|(name, sample)| (name.clone(), sample.json()));
    let (kind, target) = match finding.target {
        Target::AtLeast(least) => ("at least", json!(least)),
        Target::AtMost(most) => ("at most", json!(most)),
        Target::Shown => ("shown", Value::Null),
    };
    json!({
        "row": row,
        "what": finding.what,
        "skipped": finding.skipped,
        "unit": finding.unit.trim(),
        "ours": finding.ours.json(),
        "rival": finding.rival.as_ref().map(|(name, sample)| json!({ "name": name, "figures": sample.json() })),
        "ratio": finding.rival.as_ref().map(|_| finding.judged().json()),
        "target": { "kind": kind, "figure": target },
        "met": finding.met(),
        "extras": extras.collect::<Map<_, _>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::table;
    use crate::bench::finding::{Finding, Target};
    use crate::bench::statistics::Sample;

    #[test]
    fn the_table_is_markdown_in_columns() {
        let size = Finding::alone(
            "release binary",
            Sample::one(19.5),
            " MB",
            Target::AtMost(20.0),
        );
        assert_eq!(
            table(&[("binary", size)]),
            "| measure        | Latchkey | measured against | ratio | target    | verdict |\n\
             |----------------|----------|------------------|-------|-----------|---------|\n\
             | release binary | 19.5 MB  |                  |       | ≤ 20.0 MB | met     |\n"
        );
    }
}
