//! Every crate in the lock file comes from one registry, with a checksum, and what is built here is under a licence
//! that can be shipped with this program. `deny.toml` says the same to `cargo deny`; the two lists are compared. Every
//! crate in a manifest is used.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::{Path, PathBuf};
use std::process::Command;

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

fn allowed() -> Vec<String> {
    let deny: toml_edit::DocumentMut = read("deny.toml").parse().unwrap();
    let list = deny["licenses"]["allow"].as_array().unwrap();
    list.iter().map(|name| name.as_str().unwrap().to_owned()).collect()
}

/// Whether an SPDX expression can be met with the licences that are allowed. `/` is the old form of `OR`.
fn is_met(expression: &str, allowed: &[String]) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    let met = any(&words, &mut at, allowed);
    met && at == words.len()
}

fn any(words: &[&str], at: &mut usize, allowed: &[String]) -> bool {
    let mut met = all(words, at, allowed);
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        met |= all(words, at, allowed);
    }
    met
}

fn all(words: &[&str], at: &mut usize, allowed: &[String]) -> bool {
    let mut met = one(words, at, allowed);
    while words.get(*at) == Some(&"AND") {
        *at += 1;
        met &= one(words, at, allowed);
    }
    met
}

fn one(words: &[&str], at: &mut usize, allowed: &[String]) -> bool {
    let Some(word) = words.get(*at) else { return false };
    *at += 1;
    if *word == "(" {
        let met = any(words, at, allowed);
        *at += 1;
        return met;
    }
    let mut name = (*word).to_owned();
    if words.get(*at) == Some(&"WITH") {
        name = words[*at - 1..=*at + 1].join(" ");
        *at += 2;
    }
    allowed.contains(&name)
}

#[test]
fn expressions_are_read_as_they_are_meant() {
    let allowed = ["MIT".to_owned(), "ISC".to_owned()];
    for met in [
        "MIT",
        "MIT OR GPL-3.0",
        "GPL-3.0/MIT",
        "MIT AND ISC",
        "(GPL-3.0 OR MIT) AND ISC",
    ] {
        assert!(is_met(met, &allowed), "{met}");
    }
    for unmet in [
        "",
        "GPL-3.0",
        "MIT AND GPL-3.0",
        "(MIT OR ISC) AND GPL-3.0",
        "MIT WITH Something",
        "MIT ISC",
    ] {
        assert!(!is_met(unmet, &allowed), "{unmet}");
    }
}

#[test]
fn every_crate_comes_from_the_registry() {
    let lock: toml_edit::DocumentMut = read("Cargo.lock").parse().unwrap();
    let mut own = Vec::new();
    let mut registry = None;
    for package in lock["package"].as_array_of_tables().unwrap() {
        let name = package["name"].as_str().unwrap();
        match package.get("source") {
            None => own.push(name.to_owned()),
            Some(source) => {
                let source = source.as_str().unwrap();
                assert!(source.starts_with("registry+https://"), "{name}: {source}");
                assert_eq!(*registry.get_or_insert(source), source, "{name}");
                assert!(package.get("checksum").is_some(), "{name} has no checksum");
            }
        }
    }
    let manifest: toml_edit::DocumentMut = read("Cargo.toml").parse().unwrap();
    let members = manifest["workspace"]["members"].as_array().unwrap().iter();
    let folders = members.map(|member| member.as_str().unwrap().trim_start_matches("crates/").to_owned());
    let mut packages: Vec<String> = folders.chain(["qwen-cli".to_owned()]).collect();
    packages.sort();
    assert_eq!(own, packages);
}

#[test]
fn every_licence_is_one_that_is_allowed() {
    let version = Command::new("rustc").arg("-vV").output().unwrap();
    let version = String::from_utf8(version.stdout).unwrap();
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    // Only what this machine builds is sure to be on it; of a feature that was never built, nothing need be.
    let metadata_of = |features: &[&str]| {
        let mut command = Command::new(env!("CARGO"));
        command.args([
            "metadata",
            "--offline",
            "--locked",
            "--format-version",
            "1",
            "--filter-platform",
            host,
        ]);
        command
            .args(features)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .unwrap()
    };
    let mut told = metadata_of(&["--all-features"]);
    if !told.status.success() && std::env::var_os("QWEN_NEEDS_TOOLS").is_none() {
        told = metadata_of(&[]);
    }
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&told.stdout).unwrap();
    let allowed = allowed();
    let packages = metadata["packages"].as_array().unwrap();
    assert!(packages.len() > 100, "{}", packages.len());
    let bad: Vec<String> = packages
        .iter()
        .filter(|package| !is_met(package["license"].as_str().unwrap_or_default(), &allowed))
        .map(|package| format!("{}: {}", package["name"], package["license"]))
        .collect();
    assert!(bad.is_empty(), "{bad:#?}");
}

/// The Rust code below the folders, without comments; of files that a `#[path]` names, too.
fn code_below(folders: &[PathBuf]) -> String {
    let mut code = String::new();
    for folder in folders.iter().filter(|folder| folder.exists()) {
        for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                code.push_str(&code_below(&[entry]));
            } else if entry.extension().is_some_and(|ext| ext == "rs") {
                add_code(&entry, &mut code);
            }
        }
    }
    code
}

fn add_code(file: &Path, code: &mut String) {
    for line in std::fs::read_to_string(file).unwrap().lines() {
        if let Some(path) = line.trim().strip_prefix("#[path = \"") {
            add_code(&file.with_file_name(path.trim_end_matches("\"]")), code);
        }
        if !line.trim_start().starts_with("//") {
            code.extend([line, "\n"]);
        }
    }
}

/// Whether a path in the code begins with the crate's name, or a `use` is of the crate itself.
fn uses(code: &str, package: &str) -> bool {
    let name = package.replace('-', "_");
    code.match_indices(&name).any(|(at, _)| {
        let before = &code[..at];
        let after = &code[at + name.len()..];
        let is_first = !before.ends_with(|c: char| c.is_alphanumeric() || "_:.".contains(c));
        let is_whole = after.starts_with([';', ' ']) && (before.ends_with("use ") || before.ends_with("extern crate "));
        is_first && (after.starts_with("::") || is_whole)
    })
}

/// The names in the tables of a manifest, those of single systems too.
fn dependencies(manifest: &toml_edit::DocumentMut, table: &str) -> Vec<String> {
    let targets = manifest.get("target").and_then(|targets| targets.as_table());
    let targets = targets.into_iter().flatten().map(|(_, target)| target);
    let tables = std::iter::once(manifest.as_item()).chain(targets);
    let tables = tables.filter_map(|item| item.get(table)?.as_table());
    tables
        .flat_map(|table| table.iter().map(|(name, _)| name.to_owned()))
        .collect()
}

#[test]
fn every_crate_in_a_manifest_is_used() {
    let mut unused = Vec::new();
    for package in ["", "crates/qwen-api", "crates/stream-markdown"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(package);
        let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        let manifest: toml_edit::DocumentMut = manifest.parse().unwrap();
        let program = code_below(&[folder.join("src")]);
        let tests = code_below(&["tests", "benches", "examples"].map(|name| folder.join(name)));
        for (table, code) in [
            ("dependencies", &program),
            ("build-dependencies", &String::new()),
            ("dev-dependencies", &[program.as_str(), &tests].concat()),
        ] {
            let names = dependencies(&manifest, table);
            assert!(table != "dependencies" || names.len() > 5, "{package}: {names:?}");
            let idle = names.into_iter().filter(|name| !uses(code, name));
            unused.extend(idle.map(|name| format!("{package}/Cargo.toml, {table}: {name}")));
        }
    }
    assert!(unused.is_empty(), "{unused:#?}");
}

#[test]
fn a_crate_counts_as_used_where_a_path_begins_with_it() {
    for code in ["use a_b::C;", "fn f() { a_b::c() }", "use a_b;", "#[derive(a_b::C)]"] {
        assert!(uses(code, "a-b"), "{code}");
    }
    for code in ["let a_b = 1;", "use x::a_b::C;", "use a_bc::D;", "x.a_b()", "mod a_b;"] {
        assert!(!uses(code, "a-b"), "{code}");
    }
}

/// A promise's test, as SECURITY.md writes it: `file::name`, a file alone for all of it, or a name in the file before.
#[test]
fn every_promise_names_a_test_that_is_there() {
    let text = read("SECURITY.md");
    let mut named = 0;
    for row in text.lines().filter(|line| line.starts_with("| ") && line.contains('`')) {
        let Some(cell) = row.trim_end_matches(" |").rsplit(" | ").next() else {
            continue;
        };
        let mut before = String::new();
        for word in cell.split('`').skip(1).step_by(2) {
            let (file, name) = match word.rsplit_once("::") {
                Some((file, name)) => (file.replace("::", "/"), Some(name)),
                None if word.contains('/') || before.is_empty() => (word.to_owned(), None),
                None => (before.clone(), Some(word)),
            };
            let places = [
                format!("tests/it/{file}.rs"),
                format!("src/{file}.rs"),
                format!("crates/qwen-api/src/{file}.rs"),
                format!("{file}.rs"),
            ];
            let found: Vec<&String> = places
                .iter()
                .filter(|place| Path::new(env!("CARGO_MANIFEST_DIR")).join(place).exists())
                .collect();
            assert!(!found.is_empty(), "{row}: there is no {file}");
            let is_there = |name: &str| found.iter().any(|place| read(place).contains(&format!("fn {name}(")));
            assert!(name.is_none_or(is_there), "{row}: {file} has no {name:?}");
            before = file;
            named += 1;
        }
    }
    assert!(named > 50, "{named}");
}
