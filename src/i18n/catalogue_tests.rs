//! Every sentence of the program is in every table, and nothing else is.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::{hole, zh_cn};

/// The text of a string literal from behind its first quote, and what stands behind its last; `None` where it has
/// an escape that no sentence needs.
fn literal(source: &str) -> Option<(String, &str)> {
    let mut text = String::new();
    let mut chars = source.chars();
    loop {
        match chars.next()? {
            '"' => return Some((text, chars.as_str())),
            '\\' => match chars.next()? {
                'n' => text.push('\n'),
                // A continued line: its indentation is not part of it.
                '\n' => chars = chars.as_str().trim_start().chars(),
                c @ ('"' | '\\') => text.push(c),
                _ => return None,
            },
            c => text.push(c),
        }
    }
}

/// The templates in a source file, without those of its tests and its comments.
fn templates(source: &str, found: &mut BTreeSet<String>) {
    let code = source.split("\nmod tests {").next().unwrap_or_default();
    let is_code = |line: &&str| !line.trim_start().starts_with("//");
    let code: String = code.split_inclusive('\n').filter(is_code).collect();
    for name in ["tr!(", "tr_static!("] {
        for (at, _) in code.match_indices(name) {
            // `include_str!` ends like it.
            if code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_') {
                continue;
            }
            if let Some(quoted) = code[at + name.len()..].trim_start().strip_prefix('"') {
                let (text, _) = literal(quoted).expect(quoted);
                found.insert(text);
            }
        }
    }
}

fn walk(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") && !path.ends_with("i18n/catalogue_tests.rs") {
            templates(&std::fs::read_to_string(&path).unwrap(), found);
        }
    }
}

/// The numbers of the arguments, sorted.
fn holes(template: &str) -> Vec<usize> {
    let mut numbers = Vec::new();
    let mut rest = template;
    while let Some((_, number, after)) = hole(rest) {
        numbers.push(number.unwrap_or(numbers.len()));
        rest = after;
    }
    numbers.sort_unstable();
    numbers
}

#[test]
fn no_sentence_is_without_its_chinese() {
    let mut said = BTreeSet::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut said);
    assert!(said.contains("press Ctrl-C again to leave") && said.len() > 500);
    let table: BTreeMap<&str, &str> = zh_cn::TABLE.iter().copied().collect();
    let missing: Vec<_> = said.iter().filter(|text| !table.contains_key(text.as_str())).collect();
    let unused: Vec<_> = table.keys().filter(|text| !said.contains(**text)).collect();
    assert!(
        missing.is_empty() && unused.is_empty(),
        "missing: {missing:#?}, said nowhere: {unused:#?}"
    );
}

#[test]
fn every_row_has_the_holes_of_its_sentence() {
    for (english, chinese) in zh_cn::TABLE {
        assert_eq!(holes(chinese), holes(english), "{english}");
        assert!(!chinese.is_empty(), "{english}");
        // A hole left open would be shown as it stands.
        assert_eq!(chinese.matches('{').count(), holes(english).len(), "{english}");
        let ends = |text: &str| (text.matches('\n').count(), text.matches("\n  ").count());
        assert_eq!(ends(chinese), ends(english), "{english}");
    }
}

#[test]
fn the_rows_can_be_searched() {
    let sorted = |rows: &[(&str, &str)]| rows.is_sorted_by(|one, next| one.0 < next.0);
    assert!(sorted(zh_cn::TABLE), "in the order of the English sentences, each once");
}

#[test]
fn what_is_written_over_lines_is_one_sentence() {
    let mut found = BTreeSet::new();
    templates(
        "tr!(\n    \"one \\\n     two\", a)\n// tr!(\"no\")\ntr_static!(\"a \\\"b\\\"\\n\")\n#[cfg(test)]\nmod tests {\ntr!(\"no\")",
        &mut found,
    );
    assert_eq!(found.into_iter().collect::<Vec<_>>(), ["a \"b\"\n", "one two"]);
}
