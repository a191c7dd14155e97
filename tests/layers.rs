//! The tree is layered: a file imports from lower rows or its own folder only.
//!
//! The rows are those of the table in `src/lib.rs`; a module that is not named there fails the test, so that the two
//! stay in step.

#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

/// Module and row; the longest name that fits counts.
const ROWS: &[(&str, u8)] = &[
    ("text", 0),
    ("i18n", 0),
    ("host", 0),
    ("error", 0),
    ("cli", 1),
    ("messages", 1),
    ("render", 1),
    ("store::schema", 1),
    ("store::record", 1),
    ("store::blocks", 1),
    ("config", 2),
    ("store", 2),
    ("cancel", 2),
    ("term", 2),
    ("demo", 2),
    ("context", 3),
    ("session", 3),
    ("attach", 3),
    ("turn", 4),
    ("repl", 5),
    ("commands", 6),
    ("report", 7),
];

/// Imports between two folders of one row, with the reason.
const NEIGHBOURS: &[(&str, &str)] = &[
    // How much of a conversation goes into a request is decided where the request is made.
    ("session", "context"),
    ("session::held", "context"),
    ("session::keep", "context"),
    // How many colours a terminal shows is one of the facts about it.
    ("host", "i18n"),
    // What is said is kept as words until it is printed in some language.
    ("error", "i18n"),
];

/// The row of a module path, and the name it has in the table.
fn row(module: &str) -> Option<(&'static str, u8)> {
    let fits = |name: &str| {
        module
            .strip_prefix(name)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    };
    ROWS.iter()
        .copied()
        .filter(|(name, _)| fits(name))
        .max_by_key(|(name, _)| name.len())
}

/// What is wrong with the imports of one file: `module` is its path without `crate::`.
fn faults(module: &str, text: &str) -> Vec<String> {
    let Some((own, own_row)) = row(module) else {
        return vec![format!(
            "{module} is in no row: add it to the table here and in src/lib.rs"
        )];
    };
    let folder = |name: &str| name.split("::").next().unwrap_or_default().to_owned();
    let mut faults = Vec::new();
    for import in imports(module, text) {
        let Some((name, its_row)) = row(&import) else {
            // An item of lib.rs, or a module that has no row: its own file is told of above.
            continue;
        };
        let is_neighbour = NEIGHBOURS.contains(&(module, name)) || folder(own) == folder(name);
        if its_row > own_row || (its_row == own_row && !is_neighbour) {
            faults.push(format!(
                "{module} (row {own_row}) imports {import} ({name}, row {its_row})"
            ));
        }
    }
    faults
}

/// Every path that begins with `crate::` or `super::`, from use trees and from the code, without `crate::`.
fn imports(module: &str, text: &str) -> Vec<String> {
    // Tests may use what they like.
    let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    let code: String = code
        .lines()
        .map(|line| line.find("//").map_or(line, |at| &line[..at]))
        .collect::<Vec<_>>()
        .join("\n");
    let mut found = Vec::new();
    for start in ["crate::", "super::"] {
        for (at, _) in code.match_indices(start) {
            let before = code[..at].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':' || c == '$') {
                continue;
            }
            let mut base: Vec<&str> = Vec::new();
            let mut rest = &code[at..];
            if start == "super::" {
                base = module.split("::").collect();
                while let Some(after) = rest.strip_prefix("super::") {
                    base.pop();
                    rest = after;
                }
            } else {
                rest = &rest[start.len()..];
            }
            expand(&base.join("::"), rest, &mut found);
        }
    }
    found
}

/// Adds the paths of a use tree that begins at `rest`; returns what stands behind it.
fn expand<'a>(base: &str, rest: &'a str, found: &mut Vec<String>) -> &'a str {
    let mut path = base.to_owned();
    let mut rest = rest;
    loop {
        rest = rest.trim_start();
        if let Some(mut inner) = rest.strip_prefix('{') {
            loop {
                inner = expand(&path, inner, found).trim_start();
                match inner.strip_prefix(',') {
                    Some(after) => inner = after,
                    None => return inner.strip_prefix('}').unwrap_or(inner),
                }
            }
        }
        let end = rest
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(rest.len());
        if end > 0 && &rest[..end] != "self" {
            if !path.is_empty() {
                path.push_str("::");
            }
            path.push_str(&rest[..end]);
        }
        rest = &rest[end..];
        match rest.strip_prefix("::") {
            Some(after) => rest = after,
            None => {
                found.push(path);
                let end = rest.find([',', '}', ';', '{']).unwrap_or(rest.len());
                return &rest[end..];
            }
        }
    }
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn every_file_imports_from_lower_rows_or_its_own_folder() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut all = Vec::new();
    files(&root, &mut all);
    assert!(all.len() > 50, "the tree was not found: {}", all.len());
    let mut found = Vec::new();
    for file in &all {
        let path = file.strip_prefix(&root).unwrap().with_extension("");
        let mut parts: Vec<&str> = path.iter().map(|part| part.to_str().unwrap()).collect();
        if parts == ["lib"] || parts == ["main"] {
            continue;
        }
        if parts.last() == Some(&"mod") {
            parts.pop();
        }
        found.extend(faults(&parts.join("::"), &std::fs::read_to_string(file).unwrap()));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_table_is_that_of_the_library() {
    let docs = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    for (module, row) in ROWS {
        let line = docs.lines().find(|line| line.starts_with(&format!("//! | {row} |")));
        let line = line.unwrap_or_else(|| panic!("src/lib.rs has no row {row}"));
        // `store::{schema, record}` names both.
        let (folder, name) = module.rsplit_once("::").unwrap_or(("", module));
        let is_named = line.split('`').any(|code| {
            let listed = code
                .strip_prefix(&format!("{folder}::{{"))
                .and_then(|rest| rest.strip_suffix('}'));
            code == *module || listed.is_some_and(|listed| listed.split(", ").any(|part| part == name))
        });
        assert!(is_named, "src/lib.rs does not have {module} in row {row}: {line}");
    }
}

#[test]
fn an_import_from_above_is_seen_however_it_is_written() {
    for (module, text, count) in [
        (
            "render::plain",
            "use super::super::turn::run;\nuse crate::text::safe;",
            1,
        ),
        (
            "config::file",
            "use super::keys;\n#[cfg(test)]\nmod tests {\n    use crate::turn;\n}",
            0,
        ),
        ("render::plain", "use crate::{\n    error::Kind,\n    turn::run,\n};", 1),
        ("text::near", "use crate::{\n    error::Kind,\n    turn::run,\n};", 2),
        (
            "text::near",
            "fn f() -> crate::session::Ask { crate::commands::run() }",
            2,
        ),
        ("store::schema", "pub use super::{open::Store, write};", 2),
        ("store::blocks", "use super::super::session;", 1),
        ("cli", "use crate::render::Render;", 1),
        ("store::open", "// use crate::commands;\nuse crate::text::near;", 0),
        (
            "turn",
            "use crate::render::{self, Ending};\nuse crate::session::{Ask};",
            0,
        ),
        ("nowhere", "", 1),
    ] {
        assert_eq!(
            faults(module, text).len(),
            count,
            "{module}: {text}\n{:?}",
            faults(module, text)
        );
    }
}
