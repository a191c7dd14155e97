//! Two rules of the source, held by reading it: no code decides by searching the text of an error of ours, and the
//! packages under `crates/` hold facts rather than sentences for people.
//!
//! A server's words are read in `protocol/errors.rs` and its like, and a library's in `transport/failure.rs`: once, where
//! they arrive, and what they mean is a value from then on.

use std::collections::BTreeSet;
use std::path::Path;

use super::files;

/// Where words that others wrote are read.
const READERS: &[&str] = &[
    "crates/qwen-api/src/protocol/errors.rs",
    "crates/qwen-api/src/protocol/errors/",
    "crates/qwen-api/src/protocol/dashscope/errors.rs",
    "crates/qwen-api/src/protocol/openai/errors.rs",
    "crates/qwen-api/src/protocol/web/errors.rs",
    "crates/qwen-api/src/protocol/oss.rs",
    "crates/qwen-api/src/transport/failure.rs",
    "crates/qwen-api/src/transport/attempt/errors.rs",
];

/// Where the client may have sentences: errors as a line of a log, and messages to a model.
const WRITERS: &[&str] = &[
    "crates/qwen-api/src/error/",
    "crates/qwen-api/src/protocol/web/history.rs",
];

/// Single texts elsewhere that are no sentences for people, by their beginning.
const NO_SENTENCES: &[&str] = &[
    // Messages to a model.
    "Your answer was cut off",
    // A line of the log.
    "< the site's check for browsers",
    // The text of an `io::Error`, as the system's.
    "it became shorter while it was read",
];

/// The ways to search a text.
const SEARCHES: &[&str] = &[
    ".contains(",
    ".starts_with(",
    ".ends_with(",
    ".find(",
    ".rfind(",
    ".matches(",
    ".match_indices(",
    ".strip_prefix(",
    ".strip_suffix(",
    ".split_once(",
    ".eq_ignore_ascii_case(",
    " == \"",
    " != \"",
];

/// What makes a text of an error, or is one.
const TEXTS: &[&str] = &[
    "error.to_string()",
    "failure.to_string()",
    "err.to_string()",
    "cause.to_string()",
    "source.to_string()",
    ".message()",
    ".message.",
    "error}\")",
    "error:?}\")",
    "error:#}\")",
    "failure}\")",
    "failure:?}\")",
    "error:?}\",",
    "{:?}\", error",
    "{}\", error",
];

fn sources(root: &Path, folder: &str) -> Vec<(String, String)> {
    let mut all = Vec::new();
    files(&root.join(folder), &mut all);
    all.sort();
    let name = |path: &Path| path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
    all.iter()
        .map(|path| (name(path), std::fs::read_to_string(path).unwrap()))
        .collect()
}

/// The code of a file: without its tests and comments, each statement on one line.
fn statements(text: &str) -> Vec<String> {
    let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    let mut statements = vec![String::new()];
    for line in code.lines().map(str::trim).filter(|line| !line.starts_with("//")) {
        let last = statements.last_mut().unwrap();
        last.push_str(line);
        let opens = line.ends_with('{') && !line.starts_with('.');
        if opens || line.ends_with(';') || line.ends_with('}') || line.ends_with("},") || line.is_empty() {
            statements.push(String::new());
        } else if line.ends_with(',') || line.ends_with('(') {
            last.push(' ');
        }
    }
    statements
}

/// The name that a statement gives a text, if it is a `let`.
fn bound(statement: &str) -> Option<&str> {
    let rest = statement.strip_prefix("let ")?;
    let rest = rest.strip_prefix("mut ").unwrap_or(rest);
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_')?;
    (end > 0).then(|| &rest[..end])
}

/// Whether `name` occurs in `code` as a whole word and is what `search` is called on, or what is called on the result of
/// a call on it.
fn is_searched(code: &str, name: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(name).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = &code[at + name.len()..];
        if before.is_some_and(|c| is_word(c) || c == '.' || c == '"') || after.starts_with(is_word) {
            return false;
        }
        // To the end of the chain of calls.
        has_search(chain(after))
    })
}

/// Whether one of the calls searches a text; with a closure it goes through the items of something.
fn has_search(chain: &str) -> bool {
    SEARCHES.iter().any(|search| {
        let mut found = chain.match_indices(search);
        found.any(|(at, _)| !chain[at + search.len()..].starts_with('|'))
    })
}

/// The calls that follow on a value: `.a().b("…")`, up to what ends the expression.
fn chain(after: &str) -> &str {
    let mut depth = 0;
    for (at, c) in after.char_indices() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' if depth == 0 => return &after[..at],
            ')' | ']' | '}' => depth -= 1,
            ',' | ';' if depth == 0 => return &after[..at],
            '&' | '|' if depth == 0 && at > 0 => return &after[..at],
            _ => {}
        }
    }
    after
}

/// The statements of a file that search the text of an error.
fn searches(text: &str) -> Vec<String> {
    let mut texts: BTreeSet<String> = BTreeSet::new();
    let mut found = Vec::new();
    for statement in statements(text) {
        let direct = TEXTS.iter().any(|mark| {
            statement.match_indices(mark).any(|(at, _)| {
                let rest = &statement[at + mark.len()..];
                // `.message.` has the dot of the call in it.
                let rest = if mark.ends_with('.') {
                    &statement[at + mark.len() - 1..]
                } else {
                    rest
                };
                has_search(chain(rest))
            })
        });
        if direct || texts.iter().any(|name| is_searched(&statement, name)) {
            found.push(statement.clone());
        }
        let makes = TEXTS.iter().any(|mark| statement.contains(mark.trim_end_matches('.')));
        if let Some(name) = bound(&statement).filter(|_| makes) {
            texts.insert(name.to_owned());
        }
    }
    found
}

fn is_in(path: &str, places: &[&str]) -> bool {
    places
        .iter()
        .any(|place| path == *place || (place.ends_with('/') && path.starts_with(place)))
}

#[test]
fn no_code_decides_by_searching_the_text_of_an_error() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for folder in ["src", "crates"] {
        for (path, text) in sources(root, folder) {
            if !is_in(&path, READERS) {
                found.extend(searches(&text).into_iter().map(|code| format!("{path}: {code}")));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_search_of_an_error_s_text_is_seen_however_it_is_written() {
    for code in [
        "if error.to_string().contains(\"quota\") {",
        "if error.message().starts_with(\"quota\") {",
        "if failure.message.localize(Lang::En).contains(\"quota\") {",
        "let text = error.to_string();\nif text.contains(\"quota\") {",
        "let lower = error\n    .message()\n    .to_ascii_lowercase();\nlet is_quota = lower.contains(\"quota\");",
        "let text = format!(\"{error}\");\nmatch text.find(\"quota\") {",
        "let text = format!(\"{error:?}\");\nreturn text.ends_with(\"Quota\");",
        "if error.message() == \"quota\" {",
        "let said = error.message();\nlet code = said.split_once(' ');",
    ] {
        assert_eq!(searches(code).len(), 1, "{code}");
    }
    for code in [
        "if error.code() == Some(\"quota\") {",
        "let text = error.to_string();\nwrite!(f, \"{text}\")?;\nif name.contains(\"quota\") {",
        "// error.to_string().contains(\"quota\")",
        "let text = page.text();\nif text.contains(\"quota\") {",
        "assert(1);\n#[cfg(test)]\nmod tests {\n    fn f() { error.to_string().contains(\"quota\"); }\n}",
        "print(error.message(), list.contains(&1));",
        "let last = turn.message();\nlet line = last.lines().find(|line| !line.is_empty());",
    ] {
        assert_eq!(searches(code), Vec::<String>::new(), "{code}");
    }
}

/// The texts in a file's code, with their lines.
fn literals(text: &str) -> Vec<(usize, String)> {
    let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    let mut found = Vec::new();
    for (number, line) in code.lines().enumerate() {
        let line = line.trim();
        // Attributes are for developers.
        if line.starts_with("//") || line.starts_with("#[") {
            continue;
        }
        for (at, part) in line.replace("\\\"", "'").split('"').enumerate() {
            if at % 2 == 1 {
                found.push((number + 1, part.to_owned()));
            }
        }
    }
    found
}

/// Whether a text has three words in a row, as sentences do and names do not.
fn is_sentence(text: &str) -> bool {
    let is_word = |word: &&str| {
        let word = word.trim_end_matches([',', '.', ';', ':', '!', '?']);
        word.len() > 1 && word.chars().all(|c| c.is_alphabetic() || c == '\'')
    };
    let words: Vec<&str> = text.split(' ').collect();
    words.windows(3).any(|three| three.iter().all(is_word))
}

/// Whether a text holds an option of a command line.
fn has_flag(text: &str) -> bool {
    text.match_indices("--").any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + 2..].chars().next();
        before.is_none_or(|c| " `(\"'".contains(c)) && after.is_some_and(|c| c.is_ascii_lowercase())
    })
}

#[test]
fn the_client_holds_no_sentence_for_people_and_no_option_of_a_command_line() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for (path, text) in sources(root, "crates") {
        if !path.contains("/src/") {
            continue;
        }
        let flags = text.lines().enumerate().filter(|(_, line)| has_flag(line));
        found.extend(flags.map(|(at, line)| format!("{path}:{}: {}", at + 1, line.trim())));
        if is_in(&path, READERS) || is_in(&path, WRITERS) {
            continue;
        }
        let is_known = |text: &str| NO_SENTENCES.iter().any(|known| text.starts_with(known));
        for (line, text) in literals(&text) {
            if is_sentence(&text) && !is_known(&text) {
                found.push(format!("{path}:{line}: {text:?}"));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_sentence_and_an_option_are_seen() {
    for text in ["give its id with --workspace", "`--dry-run`", "--retries"] {
        assert!(has_flag(text), "{text}");
    }
    for text in ["a -- b", "---", "x--y", "-----BEGIN"] {
        assert!(!has_flag(text), "{text}");
    }
    for text in ["the key was not accepted", "could not connect: try again later"] {
        assert!(is_sentence(text), "{text}");
    }
    for text in [
        "text/event-stream",
        "Bearer ",
        "input ¥0.8/M tokens",
        "multipart/form-data; boundary=",
    ] {
        assert!(!is_sentence(text), "{text}");
    }
    assert_eq!(
        literals("// \"in a comment\"\nlet a = \"one\"; f(\"two\");\n"),
        [(2, "one".to_owned()), (2, "two".to_owned())]
    );
}
