//! Holds the documents against the source: every setting, every event and every test that they name is there.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use std::{
    fs,
    path::{Path, PathBuf},
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The text of every file below `folder` that ends so.
fn sources(folder: &Path, ending: &str, into: &mut String) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, ending, into);
        } else if path.to_string_lossy().ends_with(ending) {
            into.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
}

/// What stands between each `open` and the next `close`.
fn between<'a>(text: &'a str, open: &'a str, close: &'a str) -> impl Iterator<Item = &'a str> {
    text.split(open).skip(1).filter_map(move |rest| rest.split_once(close).map(|(inside, _)| inside))
}

#[test]
fn every_setting_is_in_the_table_with_its_variable() {
    let source = read("crates/rolegate/src/config.rs");
    let list = between(&source, "pub const KEYS: &[&str] = &[", "];").next().unwrap();
    let document = read("docs/configuration.md");
    let keys: Vec<&str> = list.split('"').skip(1).step_by(2).collect();
    assert!(keys.len() > 10, "the list was found: {keys:?}");
    for key in keys {
        let variable = format!("ROLEGATE_{}", key.replace('.', "_").to_ascii_uppercase());
        let row = format!("| `{key}` | `{variable}` |");
        assert!(document.contains(&row), "docs/configuration.md has no row `{row}`");
    }
}

#[test]
fn every_event_that_is_written_is_described() {
    let mut code = String::new();
    sources(&root().join("crates/usecases/src"), ".rs", &mut code);
    sources(&root().join("crates/rolegate/src"), ".rs", &mut code);
    let document = read("docs/system-log.md");
    let mut found = 0;
    for (prefix, close) in [("EventDraft::success(", ","), ("EventDraft::failure(", ","), ("EventDraft::deny(", ",")] {
        for argument in between(&code, prefix, close) {
            let Some(event) = argument.trim().strip_prefix('"').and_then(|text| text.strip_suffix('"')) else {
                continue;
            };
            assert!(document.contains(&format!("`{event}`")), "docs/system-log.md does not describe `{event}`");
            found += 1;
        }
    }
    assert!(found > 30, "only {found} events were found");
}

#[test]
fn every_test_that_shows_a_defence_exists() {
    let mut code = String::new();
    sources(&root().join("crates"), ".rs", &mut code);
    for folder in ["tests", "crates/rolegate/emulator/tests"] {
        sources(&root().join(folder), ".py", &mut code);
    }
    let document = read("docs/security.md");
    let mut found = 0;
    for row in document.lines().filter(|line| line.starts_with("| ")) {
        let Some(tests) = row.trim_end_matches(" |").rsplit(" | ").next() else { continue };
        for name in tests.split('`').skip(1).step_by(2).filter(|name| name.contains('_') && !name.contains(['/', '.']))
        {
            let is_there = ["fn ", "def "].iter().any(|keyword| code.contains(&format!("{keyword}{name}(")));
            assert!(is_there, "docs/security.md names the test `{name}`, which is not there");
            found += 1;
        }
    }
    assert!(found > 40, "only {found} tests were found");
}
