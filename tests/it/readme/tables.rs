//! Tables of the READMEs that are of the code: written from it, or compared with it.

use std::collections::BTreeSet;
use std::path::Path;

use qwen_api::provider::PROVIDERS;
use qwen_cli::config::setting_table::SETTINGS;
use qwen_cli::error::Kind;

use super::page::{read, root};
use crate::drift::holds_table;
use crate::release::{archive_of, targets};

/// Words in capitals that the program writes or reads, and that are no variables.
const NO_VARIABLES: &[&str] = &[
    "COMMAND",
    // Read by `Client::from_env` of the client, which the program does not use.
    "QWEN_BASE_URL",
    "QWEN_REGION",
    "QWEN_WORKSPACE",
    "API_KEY",
    // Set by xterm, for what it is.
    "XTERM_VERSION",
    "CARGO_MANIFEST_DIR",
    "CARGO_PKG_VERSION",
    "CHAT_NOT_FOUND",
    "CNY",
    "COMMAND",
    "COMMANDS",
    "CONTEXT",
    "CONVERSATION",
    "COST",
    "CSV",
    "DASHSCOPE_",
    "DAY",
    "DELETE",
    "ENVIRONMENT",
    "EXAMPLES",
    "FAIL_SYS_ILLEGAL_ACCESS",
    "FAIL_SYS_USER_VALIDATE",
    "FILES",
    "GET",
    "JSON",
    "MODEL",
    "NORMAL",
    "OPTIONS",
    "OSS_GRANT",
    "OUT",
    "PARENT_NOT_FOUND",
    "PENDING",
    "POST",
    "PROMPT",
    "PRICE",
    "PROVIDER",
    "PURPOSE",
    "PUT",
    "QWEN_",
    "QWEN_WEB_RENEWED",
    "REQUESTS",
    "RGV587",
    "SEARCHES",
    "SOCKS",
    "TAKES",
    "THINKS",
    "USD",
    "WAL",
    // States of a task of DashScope's.
    "RUNNING",
    "SUCCEEDED",
    "UNKNOWN",
    // Names of parts of recordings.
    "ID3",
    "LIST",
    "RIFF",
    "VBRI",
    "WAVE",
];

/// The cells of the table between two marks, each as the code in it. The head is the first row.
fn table(name: &str) -> Vec<Vec<Vec<String>>> {
    let page = std::fs::read_to_string(root().join("README.md")).unwrap();
    let (_, rest) = page.split_once(&format!("<!-- {name} -->\n")).unwrap();
    let (table, _) = rest.split_once(&format!("<!-- /{name} -->")).unwrap();
    super::page::Page::new(table).tables().remove(0)
}

#[test]
fn each_archive_of_a_release_is_listed() {
    let system = |target: &str| match target {
        "x86_64-unknown-linux-musl" => "Linux, x86-64",
        "aarch64-unknown-linux-musl" => "Linux, Arm",
        "x86_64-apple-darwin" => "macOS, Intel",
        "aarch64-apple-darwin" => "macOS, Apple silicon",
        "x86_64-pc-windows-msvc" => "Windows, x86-64",
        other => panic!("which system is {other}?"),
    };
    for (file, head) in [
        ("README.md", "| system | archive |"),
        ("README.zh-CN.md", "| 系统 | 文件 |"),
    ] {
        let mut rows = format!("{head}\n|---|---|\n");
        for target in targets() {
            let archive = archive_of("VERSION", &target);
            rows.push_str(&format!("| {} | `{archive}` |\n", system(&target)));
        }
        holds_table(file, "archives", &rows);
    }
}

#[test]
fn every_variable_that_is_read_is_listed() {
    let listed: BTreeSet<String> = table("environment")
        .iter()
        .flat_map(|row| row.first().into_iter().flatten())
        .map(|name| name.split('=').next().unwrap().to_owned())
        .chain(SETTINGS.iter().filter_map(|setting| setting.env.map(str::to_owned)))
        .collect();
    let mut read = BTreeSet::new();
    words_in_capitals(&root().join("src"), &mut read);
    words_in_capitals(&root().join("crates/qwen-api/src"), &mut read);
    for word in NO_VARIABLES {
        read.remove(*word);
    }
    let (unlisted, unread): (Vec<_>, Vec<_>) = (read.difference(&listed).collect(), listed.difference(&read).collect());
    assert!(
        unlisted.is_empty(),
        "{unlisted:?}: variables for the README's table, or words for NO_VARIABLES?"
    );
    assert!(unread.is_empty(), "the README lists what nothing reads: {unread:?}");
}

/// The string literals in capitals of all files below `folder`, but for tests and the names of clap's values.
fn words_in_capitals(folder: &Path, words: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if !path.ends_with("tests") {
                words_in_capitals(&path, words);
            }
            continue;
        }
        if path.extension().is_none_or(|ending| ending != "rs") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
        let lines = code
            .lines()
            .filter(|line| !line.contains("value_name") && !line.trim_start().starts_with("//"));
        for literal in lines.flat_map(|line| line.split('"').skip(1).step_by(2)) {
            let is_word = literal.len() > 2 && literal.starts_with(|c: char| c.is_ascii_uppercase());
            let letters = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
            if is_word && literal.chars().all(letters) {
                words.insert(literal.to_owned());
            }
        }
    }
}

#[test]
fn every_exit_code_is_listed() {
    let kinds = [
        Kind::OutputClosed,
        Kind::Other,
        Kind::Usage,
        Kind::Auth,
        Kind::RateLimit,
        Kind::Network,
        Kind::Server,
        Kind::Refused,
        Kind::SomeFailed,
        Kind::HungUp,
        Kind::Interrupted,
        Kind::Terminated,
    ];
    let codes: Vec<String> = kinds.map(|kind| kind.exit_code().to_string()).into();
    for (file, heading) in [("README.md", "\n## Exit codes\n"), ("README.zh-CN.md", "\n## 退出码\n")] {
        let page = std::fs::read_to_string(root().join(file)).unwrap();
        let (_, rest) = page
            .split_once(heading)
            .unwrap_or_else(|| panic!("{file} has no {heading:?}"));
        let rows = rest.lines().skip_while(|line| !line.starts_with("|---")).skip(1);
        let listed: Vec<&str> = rows
            .take_while(|line| line.starts_with('|'))
            .map(|line| line.split('|').nth(1).unwrap().trim())
            .collect();
        assert_eq!(listed, codes, "{file}");
    }
    let manual = std::fs::read_to_string(root().join("completions/qwen.1")).unwrap();
    let (_, rest) = manual.split_once(".SH \"EXIT STATUS\"\n").unwrap();
    let listed: Vec<&str> = rest
        .lines()
        .filter_map(|line| line.strip_prefix("\\fB")?.strip_suffix("\\fR"))
        .collect();
    assert!(
        listed.starts_with(&codes.iter().map(String::as_str).collect::<Vec<_>>()),
        "{listed:?}"
    );
}

#[test]
fn every_provider_is_listed_with_its_credentials() {
    let tables = read("README.md").tables();
    let is_of_providers = |table: &&Vec<Vec<Vec<String>>>| {
        table
            .get(1)
            .and_then(|row| row.first()?.first())
            .is_some_and(|name| name == PROVIDERS[0].name)
    };
    let table = tables.iter().find(is_of_providers).expect("a table of providers");
    let names: Vec<&str> = table[1..]
        .iter()
        .filter_map(|row| row.first()?.first())
        .map(String::as_str)
        .collect();
    assert_eq!(
        names,
        PROVIDERS.iter().map(|provider| provider.name).collect::<Vec<_>>()
    );
    for (row, provider) in table[1..].iter().zip(PROVIDERS) {
        // `the same` stands for those of the row above.
        let told: Vec<&str> = row[2].iter().map(String::as_str).collect();
        assert!(
            told.is_empty() || told == provider.key_vars,
            "{}: {told:?}",
            provider.name
        );
    }
}
