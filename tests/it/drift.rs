//! What is written down twice must say the same: completions, the manual, the README's tables.
//!
//! `QWEN_UPDATE=1 cargo test --test it drift` regenerates them.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use clap::CommandFactory;
use qwen_cli::cli::Cli;
use qwen_cli::config::setting_table::SETTINGS;
use qwen_cli::i18n::lang::Lang;
use qwen_cli::repl::slash_commands::COMMANDS;

use crate::harness::{Qwen, tool};
use crate::outcome::difference;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn is_written_anew() -> bool {
    std::env::var_os("QWEN_UPDATE").is_some()
}

/// Compares a file of the tree with what it must be, or writes it.
fn holds(path: &str, expected: &str) {
    let file = root().join(path);
    if is_written_anew() {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, expected).unwrap();
        return;
    }
    let found = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        found == expected,
        "{path} is out of date: QWEN_UPDATE=1 cargo test --test it drift\n{}",
        difference(path, expected.as_bytes(), found.as_bytes())
    );
}

#[test]
fn completions_are_those_of_the_command_line() {
    for (shell, file) in [
        ("bash", "qwen.bash"),
        ("zsh", "_qwen"),
        ("fish", "qwen.fish"),
        ("powershell", "_qwen.ps1"),
        ("elvish", "qwen.elv"),
    ] {
        let outcome = Qwen::new().args(["completions", shell]).run();
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
        holds(&format!("completions/{file}"), outcome.text());
    }
}

/// The names of the manual's pages: the program's, and one a command.
fn pages() -> Vec<String> {
    let command = Cli::command();
    let below = command
        .get_subcommands()
        .map(|below| format!("qwen-{}", below.get_name()));
    let mut pages: Vec<String> = below.chain(["qwen".to_owned()]).collect();
    pages.sort();
    pages
}

#[test]
fn the_manual_is_that_of_the_command_line() {
    for page in pages() {
        let command = page.strip_prefix("qwen-");
        let outcome = Qwen::new().args(["man"].into_iter().chain(command)).run();
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
        holds(&format!("completions/{page}.1"), outcome.text());
    }
}

#[test]
fn there_is_no_page_of_what_is_no_command() {
    let told = "error: there is no command \"chatt\"\nhint: did you mean \"chat\"?\n";
    Qwen::new().args(["man", "chatt"]).run().expect(2, "", told);
}

#[test]
fn generated_files_are_complete_and_all_are_installed() {
    if is_written_anew() {
        return;
    }
    let mut expected: Vec<String> = pages().iter().map(|page| format!("{page}.1")).collect();
    expected.extend(["qwen.bash", "_qwen", "qwen.fish", "_qwen.ps1", "qwen.elv"].map(str::to_owned));
    expected.sort();
    let entries = std::fs::read_dir(root().join("completions")).unwrap();
    let mut found: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    found.sort();
    assert_eq!(found, expected);
    let script = std::fs::read_to_string(root().join("install.sh")).unwrap();
    let listed = script.split("pages=\"").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(listed.split_whitespace().collect::<Vec<_>>(), pages());
}

#[test]
fn the_manual_is_read_without_a_warning() {
    if is_written_anew() {
        return;
    }
    let folder = root().join("completions");
    for page in pages() {
        let path = folder.join(format!("{page}.1")).display().to_string();
        for (reader, args) in [
            ("mandoc", &["-T", "lint", "-W", "style"][..]),
            ("groff", &["-man", "-ww", "-Tutf8", "-k", "-z"][..]),
        ] {
            let Some(reader) = tool(reader) else { continue };
            let outcome = Qwen::new()
                .program(reader)
                .args(args.iter().copied().chain([path.as_str()]))
                .run();
            assert_eq!(
                (outcome.code, outcome.text(), outcome.stderr.as_str()),
                (0, "", ""),
                "{reader} {page}"
            );
        }
    }
}

/// Compares the table between two marks of a README, or writes it.
pub fn holds_table(file: &str, name: &str, table: &str) {
    // Tables of one file are written by tests that run beside each other.
    static WRITES: Mutex<()> = Mutex::new(());
    let _writes = WRITES.lock().unwrap_or_else(PoisonError::into_inner);
    let page = std::fs::read_to_string(root().join(file)).unwrap();
    let (from, to) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
    let start = page
        .find(&from)
        .unwrap_or_else(|| panic!("{file} has no mark {from:?}"))
        + from.len();
    let end = page.find(&to).unwrap_or_else(|| panic!("{file} has no mark {to:?}"));
    holds(file, &format!("{}{table}{}", &page[..start], &page[end..]));
}

#[test]
fn the_readmes_list_every_setting() {
    for (file, lang, head) in [
        (
            "README.md",
            Lang::En,
            "setting | flag | environment | default | what it is",
        ),
        ("README.zh-CN.md", Lang::ZhCn, "设置 | 选项 | 环境变量 | 默认值 | 含义"),
    ] {
        let mut table = format!("| {head} |\n|---|---|---|---|---|\n");
        let code = |word: Option<&str>| word.map_or(String::new(), |word| format!("`{word}`"));
        for setting in SETTINGS {
            table.push_str(&format!(
                "| `{}` | {} | {} | {} | {} |\n",
                if setting.is_in_file {
                    setting.name.to_owned()
                } else {
                    format!("providers.NAME.{}", setting.name)
                },
                code(setting.flag.map(|flag| flag.0)),
                code(setting.env),
                code(setting.default),
                setting.about.localize(lang).replace('|', "\\|"),
            ));
        }
        holds_table(file, "settings", &table);
    }
}

#[test]
fn the_readme_lists_every_command_of_the_prompt() {
    let mut table = String::from("| command | does |\n|---|---|\n");
    for command in COMMANDS {
        let aliases: Vec<String> = command.aliases.iter().map(|alias| format!(" (`/{alias}`)")).collect();
        let form = format!("/{} {}", command.name, command.args);
        table.push_str(&format!(
            "| `{}`{} | {} |\n",
            form.trim_end().replace('|', "\\|"),
            aliases.concat(),
            command.about.to_string().replace('|', "\\|"),
        ));
    }
    holds_table("README.md", "commands", &table);
}
