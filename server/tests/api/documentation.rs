//! The documentation says what the program does: every setting, and every error code.

use std::collections::BTreeSet;
use std::path::Path;

use clap::CommandFactory as _;
use server::config::Cli;

fn read(path: &str) -> String {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    std::fs::read_to_string(project.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A setting: flag, variable, default.
fn settings() -> Vec<(String, String, Option<String>)> {
    let cli = Cli::command();
    let with_variable = cli.get_arguments().filter_map(|argument| {
        let variable = argument.get_env()?.to_str()?.to_owned();
        let flag = format!("--{}", argument.get_long()?);
        let default = argument.get_default_values().first();
        let default = default.and_then(|value| value.to_str()).map(str::to_owned);
        Some((flag, variable, default))
    });
    with_variable.collect()
}

#[test]
fn every_setting_has_a_flag_a_variable_named_alike_and_a_help_text() {
    let cli = Cli::command();
    for argument in cli.get_arguments() {
        let id = argument.get_id().as_str();
        if matches!(id, "help" | "version") {
            continue;
        }
        let flag = argument
            .get_long()
            .unwrap_or_else(|| panic!("{id} has a flag"));
        let variable = argument.get_env().and_then(|name| name.to_str());
        let expected = format!("LATCHKEY_{}", flag.replace('-', "_").to_uppercase());
        assert_eq!(variable, Some(expected.as_str()), "{flag}");
        assert!(argument.get_help().is_some(), "{flag} has a help text");
    }
}

#[test]
fn the_configuration_page_has_a_row_for_every_setting_and_no_other() {
    let page = read("docs/configuration.md");
    let mut rows: BTreeSet<String> = page
        .lines()
        .filter(|line| line.starts_with("| `--"))
        .map(str::to_owned)
        .collect();
    for (flag, variable, default) in settings() {
        let start = format!("| `{flag}` | `{variable}` | ");
        let row = rows.iter().find(|row| row.starts_with(&start)).cloned();
        let row = row.unwrap_or_else(|| panic!("docs/configuration.md has no row {start}"));
        if let Some(default) = default {
            let start = format!("{start}`{default}` |");
            assert!(row.starts_with(&start), "{row} names the default {default}");
        }
        rows.remove(&row);
    }
    assert!(rows.is_empty(), "rows of settings that are not: {rows:#?}");
}

#[test]
fn the_readme_and_the_sample_name_only_settings_that_are() {
    let known: BTreeSet<String> = settings()
        .into_iter()
        .map(|(_, variable, _)| variable)
        .collect();
    for path in ["README.md", ".env.sample", "docs/api.md"] {
        let text = read(path);
        let named = text
            .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .filter(|word| word.starts_with("LATCHKEY_"));
        for word in named {
            assert!(known.contains(word), "{path} names {word}");
        }
    }
}

#[test]
fn the_api_page_has_every_code_that_the_server_gives() {
    let page = read("docs/api.md");
    let mut codes = BTreeSet::new();
    for source in [
        "server/src/schema/error.rs",
        "server/src/schema/documents.rs",
        "server/src/schema/limits.rs",
        "server/src/http/graphql.rs",
        "server/src/http/request.rs",
        "server/src/schema/operation.rs",
        "server/src/http/guard.rs",
    ] {
        let text = read(source);
        let code = text.split("mod tests").next().unwrap_or_default();
        let words = code.split('"').skip(1).step_by(2);
        let is_code = |word: &&str| {
            word.len() > 4 && word.chars().all(|c| c.is_ascii_uppercase() || c == '_')
        };
        codes.extend(words.filter(is_code).map(str::to_owned));
    }
    assert!(codes.len() > 20, "the codes are found: {codes:?}");
    for code in codes {
        assert!(
            page.contains(&format!("`{code}`")),
            "docs/api.md has no {code}"
        );
    }
}
