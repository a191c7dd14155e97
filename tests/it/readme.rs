//! The READMEs: every command line in them is run, as it stands there, in a folder with what it needs.
//!
//! Where a line names no provider the demo answers; where it names one, a server played by a script does.

mod page;
mod stage;
mod tables;
mod translation;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use clap::Parser;
use qwen_cli::cli::Cli;

use page::{Page, read};
use stage::Stage;

/// Lines that are not run, and why. Those of `qwen` are still parsed.
const NOT_RUN: &[(&str, &str)] = &[
    ("cargo test --locked", "it is what runs this"),
    ("qwen serve", "runs until it is stopped: tests/it/serve"),
    (
        "qwen auth login",
        "asks on a terminal and tries the key: tests/it/auth.rs",
    ),
    (
        "qwen templates edit standup",
        "opens an editor: tests/it/templates/command.rs",
    ),
    (
        "qwen batch submit prompts.jsonl",
        "the demo has no batch service: tests/it/batch/jobs.rs",
    ),
    ("qwen batch status ID", "the same"),
    ("qwen batch fetch ID -o answers.jsonl", "the same"),
    ("qwen batch cancel ID", "the same"),
    (
        "qwen -p web auth login",
        "asks on a terminal, too: tests/it/web/login.rs",
    ),
    (
        "qwen -p web complete -f report.pdf \"sum this up\"",
        "a long talk with the site and its storage: tests/it/web/uploads.rs",
    ),
];

/// Lines that end with another code than 0.
const ENDS_WITH: &[(&str, i32)] = &[
    // The exit code stays that of the build that fails here.
    ("examples/explain-build.sh cargo build", 101),
];

/// Lines that print nothing when all is well.
const SILENT: &[&str] = &[
    "export DASHSCOPE_API_KEY=sk-…",
    "export OPENAI_API_BASE=http://127.0.0.1:8787/v1 OPENAI_API_KEY=any",
    "export OPENAI_API_BASE_URL=http://127.0.0.1:8787/v1",
    "qwen config set region singapore",
    "qwen config set model qwen-plus",
    "qwen config set lang zh-CN",
    "qwen config unset model",
    "qwen config set cache 1d",
    "qwen config cache-clear",
    "qwen config set budget 5/day",
    // No batch was begun in that home.
    "qwen batch list",
];

#[test]
fn every_command_line_of_the_readme_works() {
    let (mut lines, examples) = (read("README.md").commands(), of_the_examples());
    assert!(lines.len() > 50 && examples.len() > 4, "{lines:?} {examples:?}");
    lines.extend(examples);
    let next = AtomicUsize::new(0);
    let seed = Stage::seed();
    // Most of the time of a line is the demo's pace.
    let failures: Vec<String> = thread::scope(|scope| {
        let workers: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    let mut failures = Vec::new();
                    while let Some(line) = lines.get(next.fetch_add(1, Ordering::Relaxed)) {
                        if NOT_RUN.iter().any(|(known, _)| known == line) {
                            continue;
                        }
                        // A thread of the line's name, so that a panic in it names it.
                        let named = thread::Builder::new().name(line.clone());
                        let ended = named.spawn_scoped(scope, || tried(line, &seed)).unwrap().join();
                        failures.extend(ended.unwrap_or_else(|_| Err(format!("{line}\nsee above"))).err());
                    }
                    failures
                })
            })
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

/// How each script of `examples/` says that it is used.
fn of_the_examples() -> Vec<String> {
    let mut scripts: Vec<_> = std::fs::read_dir(page::root().join("examples"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    scripts.sort();
    scripts
        .iter()
        .flat_map(|script| {
            let text = std::fs::read_to_string(script).unwrap();
            let used: Vec<String> = text
                .lines()
                .filter_map(|line| line.strip_prefix("#   "))
                .map(str::to_owned)
                .collect();
            assert!(!used.is_empty(), "{} does not say how it is used", script.display());
            used
        })
        .collect()
}

/// What is wrong with what the line did.
fn tried(line: &str, seed: &Stage) -> Result<(), String> {
    let stage = Stage::for_line(line, seed);
    if line.ends_with("chat") || line.contains(" chat -") {
        return stage.on_a_terminal(line);
    }
    let outcome = stage.run(line);
    let expected = ENDS_WITH
        .iter()
        .find(|(known, _)| *known == line)
        .map_or(0, |(_, code)| *code);
    let said_something = !outcome.stdout.is_empty() || stage.wrote(line);
    let wrong = match () {
        () if outcome.code != expected => "it ends with another code",
        () if outcome.stderr.contains("error:") && expected == 0 => "it tells an error",
        () if !said_something && !SILENT.contains(&line) => "it says nothing",
        () => return stage.finish(),
    };
    Err(format!("{line}\n{wrong}: {outcome:?}"))
}

#[test]
fn what_is_not_run_is_there_and_is_understood() {
    let lines: BTreeSet<String> = read("README.md").commands().into_iter().collect();
    let listed = NOT_RUN.iter().map(|(line, _)| *line);
    for line in listed
        .chain(ENDS_WITH.iter().map(|(line, _)| *line))
        .chain(SILENT.iter().copied())
    {
        assert!(lines.contains(line), "{line} is not in the README");
    }
    for (line, _) in NOT_RUN.iter().filter(|(line, _)| line.starts_with("qwen ")) {
        let words = Stage::words(line);
        Cli::try_parse_from(&words).unwrap_or_else(|error| panic!("{line}\n{error}"));
    }
}

#[test]
fn the_settings_of_the_readme_are_settings() {
    for toml in read("README.md").blocks("toml") {
        let qwen = crate::harness::Qwen::new().config(&toml).args(["config", "show"]);
        let outcome = qwen.run();
        assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{toml}");
    }
}

#[test]
fn what_the_readmes_link_to_is_there() {
    for name in ["README.md", "README.zh-CN.md"] {
        let page = read(name);
        for link in page.links() {
            match link.strip_prefix('#') {
                Some(anchor) => assert!(page.anchors().contains(&anchor.to_owned()), "{name}: {link}"),
                None if link.starts_with("https://") => {}
                None => assert!(page::root().join(&link).exists(), "{name}: {link}"),
            }
        }
    }
}
