//! `-h` and `--help`: what they show, how wide it is, and whether the examples are true.

use std::path::Path;

use clap::CommandFactory;
use qwen_cli::cli::help_pages::PAGES;
use qwen_cli::cli::{Cli, parse};
use qwen_cli::i18n::lang::Lang;

use crate::harness::{KEY, Qwen};

/// Every command, by its names from the program's on.
fn commands() -> Vec<Vec<String>> {
    fn walk(command: &clap::Command, path: &[String], all: &mut Vec<Vec<String>>) {
        all.push(path.to_vec());
        for below in command.get_subcommands() {
            walk(below, &[path, &[below.get_name().to_owned()]].concat(), all);
        }
    }
    let mut all = Vec::new();
    walk(&Cli::command(), &[], &mut all);
    assert!(all.len() > 20, "{all:?}");
    all
}

/// The help of a command in a window of that many columns.
#[track_caller]
fn help(command: &[String], flag: &str, columns: usize) -> String {
    let args = [command, &[flag.to_owned()]].concat();
    let outcome = Qwen::new().args(args).env("COLUMNS", &columns.to_string()).run();
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    outcome.text().to_owned()
}

/// As `git help commit` is `git commit --help`.
#[test]
fn help_is_a_word_as_well() {
    for command in commands() {
        let outcome = Qwen::new().args([&["help".to_owned()], &command[..]].concat()).run();
        assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
        assert_eq!(outcome.text(), help(&command, "--help", 80), "{command:?}");
    }
    let outcome = Qwen::new().args(["-p", "demo", "help", "complete"]).run();
    assert_eq!(outcome.text(), help(&["complete".to_owned()], "--help", 80));
    let outcome = Qwen::new().args(["help", "nonsense"]).run();
    assert_eq!(
        (outcome.code, outcome.text(), outcome.stderr.as_str()),
        (
            2,
            "",
            "error: there is no command \"nonsense\"\nhint: qwen complete \"nonsense\"\n"
        )
    );
}

#[test]
fn the_programs_help_is_short_and_by_task() {
    insta::assert_snapshot!(help(&[], "--help", 80), @r#"
    The terminal for Qwen: interactive chat, answers for scripts and pipes, uploads.
    Usage: qwen [OPTIONS] [COMMAND]

    Talk   chat         Start an interactive conversation (default on a terminal)
           complete     Send one prompt and print the answer
           templates    Manage prompts that are kept under a name
           last         Print the last answer again, or its code
    Files  image        Make or change pictures
           batch        Ask many prompts from a file
    Serve  serve        Serve OpenAI's API on this machine, for other programs
    Look   models       List models, or show one
           sessions     Manage saved conversations
           doctor       Check credentials, connection, proxy and terminal
    Setup  auth         Manage credentials
           config       Show and change settings

      -p, --provider <NAME>  Provider: dashscope, web, local, demo or your own
      -m, --model <ID>       Model ID, or an alias from the config file

    Examples:
      qwen -p demo "why is the sky blue?" # to try it: no key, no network
      git diff | qwen complete --template commit
    qwen -h: everything; qwen COMMAND --help: one command; qwen man: the manual.
    "#);
    // With the next prompt it fits the smallest window that is usual.
    assert!(help(&[], "--help", 80).lines().count() < 24);
}

#[test]
fn a_commands_help_has_a_paragraph_its_options_those_of_all_and_examples() {
    let command = ["models", "show"].map(str::to_owned);
    insta::assert_snapshot!(help(&command, "--help", 80), @r#"
    Prints the details of a model: input types, context length and prices.

    Usage: qwen models show [OPTIONS] <ID>

    Arguments:
      <ID>  Model ID, or an alias

    Options:
          --json     Output a JSON object
          --refresh  Ignore the cached list

    Global options:
      -p, --provider <NAME>  Provider: dashscope, web, local, demo or your own
      -m, --model <ID>       Model ID, or an alias from the config file
          --region <REGION>  DashScope region: beijing, singapore, us, hongkong, …
          --workspace <ID>   DashScope workspace ID
          --base-url <URL>   Use this base URL instead of the provider's
          --timeout <SECS>   Seconds to wait for data; 0: forever [default: 60]
          --retries <N>      Maximum number of retries, 0 to 20 [default: 3]
          --config <FILE>    Use this config file
          --color <WHEN>     When to use colour: auto, always, never
      -v, --verbose...       Log to stderr: -v requests, -vv events
          --log-file <FILE>  Write the log to FILE, credentials masked
          --proxy <URL>      Use this proxy for all but loopback connections
          --cacert <FILE>    Trust these root certificates too (PEM)
          --allow-http       Allow sending credentials over plain http://
      -q, --quiet            Print only the answer and errors
      -h, --help             Print help

    Examples:
      qwen models show qwen-max
      qwen models show qwen3-vl-plus --json
    "#);
}

#[test]
fn every_command_has_a_page_and_two_examples_or_more() {
    let paths: Vec<String> = commands().iter().map(|command| command.join(" ")).collect();
    let mut pages: Vec<&str> = PAGES.iter().map(|page| page.path).collect();
    pages.sort_unstable();
    let mut expected = paths.clone();
    expected.sort_unstable();
    assert_eq!(pages, expected);
    for command in commands() {
        let text = help(&command, "--help", 80);
        let examples = text.split("\nExamples:\n").nth(1).unwrap_or_default();
        let count = examples.lines().filter(|line| line.contains("qwen ")).count();
        assert!(count >= 2, "{command:?}\n{text}");
    }
}

#[test]
fn the_short_help_is_a_line_an_option() {
    for command in commands() {
        let text = help(&command, "-h", 80);
        let mut built = Cli::command();
        built.build();
        let found = command
            .iter()
            .fold(&built, |at, name| at.find_subcommand(name).unwrap());
        let options = found.get_arguments().filter(|arg| !arg.is_positional()).count();
        let is_option = |line: &&str| line.starts_with("  -") || line.starts_with("      --");
        assert_eq!(text.lines().filter(is_option).count(), options, "{text}");
        // Nor is one of them continued below it, indented deeper than any list.
        let begins_deep = |line: &str| line.starts_with("        ");
        assert!(!text.lines().any(begins_deep), "{text}");
    }
}

#[test]
fn help_fits_a_window_of_eighty_and_of_forty_columns() {
    for columns in [80, 40] {
        for command in commands() {
            for flag in ["-h", "--help"] {
                let text = help(&command, flag, columns);
                // The usage is one line, and a word is not broken.
                let is_long = |line: &&str| {
                    line.chars().count() > columns && !line.starts_with("Usage:") && line.trim().contains(' ')
                };
                let long: Vec<&str> = text.lines().filter(is_long).collect();
                assert!(long.is_empty(), "{command:?} {flag} {columns}: {long:#?}");
            }
        }
    }
}

/// The help of a command in Chinese.
#[track_caller]
fn chinese(command: &[String], flag: &str, columns: usize) -> String {
    let qwen = Qwen::new().args([command, &[flag.to_owned()]].concat());
    let outcome = qwen
        .env("LANG", "zh_CN.UTF-8")
        .env("COLUMNS", &columns.to_string())
        .run();
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    outcome.text().to_owned()
}

#[test]
fn help_is_in_chinese_where_the_locale_is() {
    let command = ["models", "show"].map(str::to_owned);
    let text = chinese(&command, "--help", 80);
    insta::assert_snapshot!(text.split_inclusive("全局选项：\n").next().unwrap(), @r"
    输出模型的详情：输入类型、上下文长度和价格。

    用法：qwen models show [选项] <ID>

    参数：
      <ID>  模型 ID 或别名

    选项：
          --json     输出 JSON 对象
          --refresh  不用缓存的列表

    全局选项：
    ");
    let word = |word: &str| word.trim_matches(|c: char| !c.is_alphanumeric()).to_owned();
    let is_english = |word: &String| word.len() > 1 && word.chars().all(|c| c.is_ascii_lowercase());
    for command in commands() {
        for flag in ["-h", "--help"] {
            let text = chinese(&command, flag, 80);
            assert!(text.contains("用法：qwen"), "{text}");
            let (options, examples) = text.split_once("\n示例：\n").unwrap_or((&text, ""));
            let after = examples.lines().filter(|line| !line.starts_with("  "));
            for line in options.lines().chain(after) {
                let words: Vec<String> = line.split_whitespace().map(word).collect();
                let two = words
                    .windows(2)
                    .find(|two| two.iter().all(is_english) && two[0] != "qwen");
                assert!(
                    two.is_none() || line.starts_with("用法："),
                    "{command:?} {flag}: {line}"
                );
                let is_heading = line.ends_with(':') && !line.starts_with(' ');
                assert!(!is_heading && !line.contains("[default"), "{line}");
            }
        }
    }
}

#[test]
fn chinese_help_fits_every_window() {
    for columns in [80, 60, 40, 20] {
        for command in commands() {
            for flag in ["-h", "--help"] {
                let text = chinese(&command, flag, columns);
                let is_long = |line: &&str| {
                    let (body, cells) = (line.trim(), stream_markdown::width::of(line));
                    cells > columns && !body.starts_with("用法") && !body.starts_with('-') && body.contains(' ')
                };
                let long: Vec<&str> = text.lines().filter(is_long).collect();
                assert!(long.is_empty(), "{command:?} {flag} {columns}: {long:#?}");
            }
        }
    }
    let options = |text: &str| {
        let is_option = |line: &&str| line.starts_with("  -") || line.starts_with("      --");
        (
            text.lines().filter(is_option).count(),
            text.lines().any(|line| line.starts_with("        ")),
        )
    };
    for command in commands() {
        // `-h` is a line an option.
        assert_eq!(
            options(&chinese(&command, "-h", 80)),
            options(&help(&command, "-h", 80))
        );
    }
}

#[test]
fn help_follows_the_setting_lang_as_all_texts_do() {
    let chinese = Qwen::new().config("lang = \"zh-CN\"\n");
    let outcome = chinese.clone().args(["help", "auth"]).run();
    assert!(
        outcome.text().contains("用法：qwen auth [选项] <命令>\n\n命令：\n"),
        "{}",
        outcome.text()
    );
    // Without a command it is an error.
    let outcome = chinese.args(["auth"]).run();
    assert_eq!((outcome.code, outcome.text()), (2, ""));
    assert!(
        outcome.stderr.contains("用法：qwen auth [选项] <命令>\n"),
        "{}",
        outcome.stderr
    );
    let english = Qwen::new().config("lang = \"en\"\n").env("LANG", "zh_CN.UTF-8");
    let outcome = english.args(["auth", "--help"]).run();
    assert_eq!(outcome.text(), help(&["auth".to_owned()], "--help", 80));
}

#[test]
fn a_window_decides_how_wide_help_is() {
    let mut pty = Qwen::new().args(["--help"]).pty(60, 40);
    assert_eq!(pty.exit_code(), 0);
    let screen = pty.screen();
    assert!(
        screen.contains("Talk   chat         Start an interactive\n                    conversation\n"),
        "{screen}"
    );
}

#[test]
fn an_option_inside_a_prompt_asks_for_no_help() {
    let outcome = Qwen::new().args(["-p", "demo", "complete", "--", "--help"]).run();
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert!(!outcome.text().contains("Usage:"), "{}", outcome.text());
}

/// A shell in which `script` stands before an example.
fn shell(qwen: &Qwen, script: &str) -> Qwen {
    let bin = Path::new(env!("CARGO_BIN_EXE_qwen")).parent().unwrap();
    let stubs = qwen.cwd().join("stubs");
    let path = format!(
        "{}:{}:{}",
        stubs.display(),
        bin.display(),
        std::env::var("PATH").unwrap()
    );
    qwen.clone().program("/bin/sh").args(["-c", script]).env("PATH", &path)
}

#[test]
fn every_example_is_a_command_line_of_this_program() {
    // Each call writes its words to a file, a line a call.
    let record = r#"qwen() { printf '%s\037' qwen "$@" >> calls; echo >> calls; }
        git() { :; }; pass() { :; }; cat() { :; }; man() { :; }; HOME=$PWD; mkdir -p .zfunc \
        .local/share/bash-completion/completions .config/fish/completions
        "#;
    for page in PAGES {
        for example in page.examples {
            let qwen = Qwen::new();
            let outcome = shell(&qwen, &format!("{record}{example}")).run();
            assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{example}");
            let calls = String::from_utf8(qwen.read("calls")).unwrap();
            for call in calls.lines() {
                let words = call.trim_end_matches('\u{1f}').split('\u{1f}');
                let words: Vec<_> = words.map(Into::into).collect();
                if let Err(error) = parse(&words, false, || (Lang::En, 80)) {
                    panic!("{example}: {error}");
                }
            }
        }
    }
}

/// Examples that need a provider's server, a key, a terminal, or a model that writes code.
const NEED_MORE: &[&str] = &[
    "qwen sessions rm trip",
    "qwen complete -x \"a jq filter for the third key\" > filter.jq",
    "qwen batch submit prompts.jsonl",
    "qwen batch submit prompts.txt -m qwen-plus",
    "qwen batch status 7Q2M",
    "qwen batch status 7Q2M --json",
    "qwen batch fetch 7Q2M",
    "qwen batch fetch 7Q2M -o answers.jsonl --delete",
    "qwen batch cancel 7Q2M",
    "qwen -p dashscope batch cancel 7Q2M",
    "qwen batch retry 7Q2M",
    "qwen batch retry 7Q2M -o answers.jsonl",
    "qwen last --code=2 > script.sh",
    "qwen upload --purpose file-extract report.pdf",
    "qwen auth login --region singapore",
    "pass show dashscope | qwen auth login",
    "qwen -p web auth login",
    "qwen -p web doctor",
    // They run until they are stopped: tests/it/serve.
    "qwen serve",
    "qwen -p demo serve --port 0",
    "qwen serve --fallback local",
];

/// A home with a conversation, a folder with files, and programs that do nothing in place of those the examples name.
fn prepared() -> Qwen {
    let qwen = Qwen::new()
        .config(
            "model = \"demo\"\n[aliases]\nfast = \"qwen-flash\"\n[providers.lab]\nbase_url = \"http://127.0.0.1:9/v1\"\n",
        )
        .file("other.toml", "")
        .file("notes.txt", "hello")
        .file("prompts.txt", "hello\n")
        .file("prompts.jsonl", "{\"prompt\": \"hello\"}\n")
        .file("reviews.csv", "id,input\n1,Good.\n")
        .file("cat.png", include_bytes!("../fixtures/pictures/grey-16.png"))
        .env("QWEN_CLI_PROVIDER", "demo")
        .env("DASHSCOPE_API_KEY", KEY)
        .env("EDITOR", "true");
    let script = "mkdir stubs; for f in man nano; do printf '#!/bin/sh\\nexit 0\\n' > stubs/$f; done
        printf '#!/bin/sh\\necho a diff\\n' > stubs/git
        chmod +x stubs/*; mkdir -p .zfunc .config/fish/completions .local/share/bash-completion/completions
        qwen -q complete borrow checker 量子 > answer && qwen sessions rename $(qwen sessions list -n 1 | cut -f1) trip";
    let outcome = shell(&qwen, script).run();
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    qwen
}

#[test]
fn every_example_runs_on_the_demo_provider() {
    let qwen = prepared();
    let mut failed = Vec::new();
    let examples = PAGES.iter().flat_map(|page| page.examples);
    for example in examples.filter(|example| !NEED_MORE.contains(example)) {
        // What one of them removes is there again for the next.
        let script = format!(
            "HOME=$PWD; rm -rf ../copy; cp -R ../qwen ../copy; export QWEN_CLI_HOME=$PWD/../copy; set -e\n{example}"
        );
        let outcome = shell(&qwen, &script).run();
        if outcome.code != 0 {
            failed.push(format!("{example}\n{}", outcome.stderr));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
