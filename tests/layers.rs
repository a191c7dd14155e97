//! The tree is layered: a file imports from lower rows or its own folder only.
//!
//! The rows are those of the table in `src/lib.rs`; a module that is not named there fails the test, so that the two
//! stay in step.

#![allow(clippy::unwrap_used)]

#[path = "layers/own_words.rs"]
mod own_words;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Module and row; the longest name that fits counts.
const ROWS: &[(&str, u8)] = &[
    ("text", 0),
    ("i18n", 0),
    ("host", 0),
    ("error", 0),
    ("money", 0),
    ("cli", 1),
    ("chat_body", 1),
    ("messages", 1),
    ("render", 1),
    ("template", 1),
    ("store::schema", 1),
    ("store::record", 1),
    ("store::blocks", 1),
    ("config", 2),
    ("store", 2),
    ("cancel", 2),
    ("term", 2),
    ("demo", 2),
    ("context", 3),
    ("cost", 3),
    ("session", 3),
    ("attach", 3),
    ("turn", 4),
    ("app", 4),
    ("report", 5),
    ("connection", 6),
    ("conversation", 7),
    ("images", 7),
    ("repl", 8),
    ("serve", 8),
    ("batch", 8),
    ("commands", 9),
];

/// Imports between two folders of one row, with the reason.
const NEIGHBOURS: &[(&str, &str)] = &[
    // How much of a conversation goes into a request is decided where the request is made.
    ("session", "context"),
    ("session::eviction", "context"),
    ("session::persistence", "context"),
    // The length of an input is estimated in one way.
    ("cost::most", "context"),
    // An answer is counted where it is stored.
    ("session::persistence", "cost"),
    // Amounts are written in words.
    ("money", "i18n"),
    // How many colours a terminal shows is one of the facts about it.
    ("host", "i18n"),
    // A value in a front matter has the range of the option of that name.
    ("template::front_matter", "cli"),
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
            // An item of lib.rs, or a module that has no row: its own file is reported above.
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

/// The names of the types and traits that a file defines outside its tests.
fn type_names(text: &str) -> Vec<&str> {
    let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    let mut names = Vec::new();
    for line in code.lines() {
        let item = line.trim_start();
        // An indented `type` is an associated one: its name is the trait's.
        let keywords = ["struct ", "enum ", "trait ", "type "].into_iter();
        let keywords = keywords.take(if item.len() == line.len() { 4 } else { 3 });
        let item = match item.strip_prefix("pub") {
            Some(rest) if rest.starts_with([' ', '(']) => rest.split_once(' ').map_or("", |(_, rest)| rest),
            _ => item,
        };
        let name = keywords.filter_map(|keyword| item.strip_prefix(keyword)).next();
        let name = name.and_then(|name| name.split(|c: char| !c.is_alphanumeric() && c != '_').next());
        names.extend(name.filter(|name| name.starts_with(char::is_uppercase)));
    }
    names
}

#[test]
fn every_type_name_is_unique_in_the_workspace() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for package in ["src", "crates/qwen-api/src", "crates/stream-markdown/src"] {
        let before = places.len();
        let mut all = Vec::new();
        files(&root.join(package), &mut all);
        // A file of that name stands in for its neighbour on systems that are not Unix.
        all.retain(|file| !file.to_str().unwrap().ends_with("_elsewhere.rs"));
        // The client without async has the names of the one with it, which its module tells apart.
        all.retain(|file| !file.ends_with("crates/qwen-api/src/blocking.rs"));
        all.retain(|file| !file.parent().unwrap().ends_with("crates/qwen-api/src/blocking"));
        for file in all {
            let text = std::fs::read_to_string(&file).unwrap();
            for name in type_names(&text) {
                let place = file.strip_prefix(root).unwrap().display().to_string();
                places.entry(name.to_owned()).or_default().push(place);
            }
        }
        assert!(places.len() > before + 20, "the types of {package} were not found");
    }
    places.retain(|_, places| places.len() > 1);
    assert!(places.is_empty(), "{places:#?}");
}

#[test]
fn types_are_found_however_they_are_written() {
    let text = "pub struct One<T>(T);\npub(crate) enum Two {\ntrait Three: Sized {}\nimpl X {\n    type Not = u8;\n}\n\
        type Four = u8;\nfn f() {\n    struct Five;\n}\n// struct Not;\n#[cfg(test)]\nmod tests {\n    struct Not;\n}\n";
    assert_eq!(type_names(text), ["One", "Two", "Three", "Four", "Five"]);
}

/// The source files in a folder, without those of tests.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if !path.ends_with("tests") {
                files(&path, found);
            }
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            found.push(path);
        }
    }
}

/// The modules of the program, each with its text.
fn modules() -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut all = Vec::new();
    files(&root, &mut all);
    assert!(all.len() > 50, "the tree was not found: {}", all.len());
    let module = |file: &PathBuf| {
        let path = file.strip_prefix(&root).unwrap().with_extension("");
        let parts: Vec<&str> = path.iter().map(|part| part.to_str().unwrap()).collect();
        let name = parts.join("::");
        let name = name.strip_suffix("::mod").unwrap_or(&name).to_owned();
        (name, std::fs::read_to_string(file).unwrap())
    };
    let named = all.iter().map(module);
    named.filter(|(name, _)| name != "lib" && name != "main").collect()
}

#[test]
fn every_file_imports_from_lower_rows_or_its_own_folder() {
    let modules = modules();
    let found: Vec<String> = modules.iter().flat_map(|(name, text)| faults(name, text)).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// The imports between modules of one folder: which of them import which others. A module stands for the files below
/// it too; a module and those below it are one.
type Graph = BTreeMap<String, BTreeSet<String>>;

/// The graph of each folder, by the folder's name.
fn graphs(modules: &BTreeMap<String, String>) -> BTreeMap<String, Graph> {
    let mut graphs: BTreeMap<String, Graph> = BTreeMap::new();
    for (from, text) in modules {
        for import in imports(from, text) {
            let to = defining_module(modules, &import);
            let (from, to): (Vec<&str>, Vec<&str>) = (from.split("::").collect(), to.split("::").collect());
            let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
            if shared < from.len() && shared < to.len() {
                let graph = graphs.entry(from[..shared].join("::")).or_default();
                graph
                    .entry(from[shared].to_owned())
                    .or_default()
                    .insert(to[shared].to_owned());
            }
        }
    }
    graphs
}

/// The module that holds an item: the one named, or the one below it from which that one has the item.
fn defining_module(modules: &BTreeMap<String, String>, import: &str) -> String {
    let mut module = import;
    let mut item = "";
    while !modules.contains_key(module) {
        match module.rsplit_once("::") {
            Some((above, last)) => (module, item) = (above, last),
            None => return module.to_owned(),
        }
    }
    let Some(text) = modules.get(module).filter(|_| !item.is_empty()) else {
        return module.to_owned();
    };
    for (at, _) in text
        .match_indices("pub use ")
        .chain(text.match_indices("pub(crate) use "))
    {
        let mut found = Vec::new();
        let tree = text[at..].split_once("use ").map_or("", |(_, tree)| tree);
        expand(module, tree.strip_prefix("self::").unwrap_or(tree), &mut found);
        let source = found.iter().find(|path| path.rsplit("::").next() == Some(item));
        if let Some(source) = source.filter(|path| *path != import) {
            return defining_module(modules, source);
        }
    }
    module.to_owned()
}

/// A circle of the graph, from a module to itself.
fn circle(graph: &Graph) -> Option<Vec<String>> {
    fn walk(graph: &Graph, path: &mut Vec<String>, done: &mut BTreeSet<String>) -> bool {
        let at = path[path.len() - 1].clone();
        for next in graph.get(&at).into_iter().flatten() {
            if path.contains(next) {
                path.push(next.clone());
                return true;
            }
            if !done.contains(next) {
                path.push(next.clone());
                if walk(graph, path, done) {
                    return true;
                }
                path.pop();
            }
        }
        done.insert(at);
        false
    }
    let mut done = BTreeSet::new();
    graph.keys().find_map(|start| {
        let mut path = vec![start.clone()];
        walk(graph, &mut path, &mut done).then_some(path)
    })
}

#[test]
fn no_command_imports_another() {
    let graphs = graphs(&modules());
    let between: Vec<_> = graphs.get("commands").into_iter().flatten().collect();
    assert!(
        between.is_empty(),
        "what two commands need is below commands/: {between:?}"
    );
}

#[test]
fn no_modules_of_a_folder_import_one_another_in_a_circle() {
    let found: Vec<String> = graphs(&modules())
        .iter()
        .filter_map(|(folder, graph)| Some(format!("{folder}: {}", circle(graph)?.join(" > "))))
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_circle_is_found_through_folders_and_exports() {
    let modules = |texts: &[(&str, &str)]| {
        let owned = |(name, text): &(&str, &str)| ((*name).to_owned(), (*text).to_owned());
        texts.iter().map(owned).collect::<BTreeMap<_, _>>()
    };
    let found = |texts: &[(&str, &str)]| graphs(&modules(texts)).values().find_map(circle);
    // A module and those below it are one.
    assert_eq!(found(&[("a", "use b::B;\nmod b;"), ("a::b", "use super::A;")]), None);
    let through_folder = [
        ("a", "pub mod b;\npub mod c;"),
        ("a::b", "mod d;"),
        ("a::b::d", "use crate::a::c::C;"),
        ("a::c", "use super::b::B;"),
    ];
    assert_eq!(found(&through_folder).unwrap(), ["b", "c", "b"]);
    let through_export = [
        ("a", "mod b;\nmod c;\npub use self::c::{self, C};"),
        ("a::b", "use super::C;"),
        ("a::c", "use super::b;"),
    ];
    assert_eq!(found(&through_export).unwrap(), ["b", "c", "b"]);
    assert_eq!(found(&through_export[..2]), None);
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
            "config::config_file",
            "use super::paths;\n#[cfg(test)]\nmod tests {\n    use crate::turn;\n}",
            0,
        ),
        ("render::plain", "use crate::{\n    error::Kind,\n    turn::run,\n};", 1),
        ("text::nearest", "use crate::{\n    error::Kind,\n    turn::run,\n};", 2),
        (
            "text::nearest",
            "fn f() -> crate::session::Ask { crate::commands::run() }",
            2,
        ),
        ("store::schema", "pub use super::{open::Store, write};", 2),
        ("store::blocks", "use super::super::session;", 1),
        ("cli", "use crate::render::Render;", 1),
        ("store::open", "// use crate::commands;\nuse crate::text::nearest;", 0),
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

/// Sentences about errors of the client are made where they are reported: at a command's end, at a turn's, in `doctor`, in
/// results and replies for programs.
#[test]
fn few_places_describe_an_error_of_the_client() {
    let modules = modules();
    let describing = modules.iter().filter(|(_, text)| text.contains("messages::describe("));
    let found: Vec<&str> = describing.map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        found,
        [
            "batch::result_line",
            "commands::doctor::remote_checks",
            "report",
            "serve::error_reply",
            "turn::event_loop",
            "turn::source"
        ]
    );
}

/// Standard error has one writer beside what libraries draw there.
#[test]
fn one_module_writes_to_standard_error() {
    let modules = modules();
    let writing = modules.iter().filter(|(_, text)| text.contains("stderr()"));
    let found: Vec<&str> = writing.map(|(name, _)| name.as_str()).collect();
    // `host` asks whether it is a terminal, `term::out` opens it, indicatif draws the bars.
    assert_eq!(found, ["host", "term::bars", "term::out", "term::ui"]);
}
