//! The layout of help: `-h` has a line for each option, `--help` a paragraph and examples as well.

use clap::builder::Resettable;
use stream_markdown::fill::fill_hanging;

use super::globals::GLOBAL;
use super::help_pages::{PAGES, Page};

/// The commands by task.
const TASKS: &[(&str, &[&str])] = &[
    ("Talk", &["chat", "complete", "last"]),
    ("Files", &["upload"]),
    ("Look", &["models", "sessions", "doctor"]),
    ("Setup", &["auth", "config", "completions", "man"]),
];

/// The options that `qwen --help` shows; `qwen -h` shows all.
const USUAL: &[&str] = &["provider", "model"];

const ROOT: &str = "{about-with-newline}\n{usage-heading} {usage}\n\n{before-help}Options:\n{options}{after-help}";

/// The template of `qwen --help`, which fits a window of 24 lines together with the next prompt.
const SHORT: &str = "{about-with-newline}{usage-heading} {usage}\n\n{before-help}{options}{after-help}";

/// The width of help at most, in columns.
const MAX_COLUMNS: usize = 80;

/// The help page of a command. `path` is the names of the commands down to it, separated by spaces.
pub fn page(path: &str) -> Option<&'static Page> {
    PAGES.iter().find(|page| page.path == path)
}

/// Lays out the help of all commands for a window of that many columns. `is_full` is for `--help`.
pub(super) fn dressed(command: clap::Command, is_full: bool, columns: usize) -> clap::Command {
    let columns = columns.min(MAX_COLUMNS);
    let tasks = tasks(&command, columns);
    let template = if is_full { SHORT } else { ROOT };
    let mut command = dress(command, "", is_full).help_template(template).before_help(tasks);
    command = command.term_width(columns);
    // The global options are propagated to the commands by this.
    command.build();
    if is_full {
        command = command.mut_args(|arg| {
            let is_usual = USUAL.contains(&arg.get_id().as_str());
            arg.hide(!is_usual)
        });
    }
    finished(command, is_full)
}

/// Lists `--help` among the global options.
fn finished(command: clap::Command, is_full: bool) -> clap::Command {
    let command = command.mut_args(|arg| match arg.get_id().as_str() {
        "help" if is_full => arg.help_heading(GLOBAL),
        "help" => arg.help_heading(GLOBAL).help("Print help; --help: more, with examples"),
        _ => arg,
    });
    command.mut_subcommands(|below| finished(below, is_full))
}

/// One command and those below it.
fn dress(mut command: clap::Command, path: &str, is_full: bool) -> clap::Command {
    if is_full {
        if let Some(page) = page(path) {
            command = command.about(page.about).after_help(examples(page));
        }
        // The global options stay a line each, so that the command's own stand out.
        command = command.mut_args(|arg| match whole_help(&arg) {
            Some(help) if !arg.is_global_set() => arg.help(help),
            _ => arg,
        });
    }
    // Clap's long form would spread each option over several lines.
    command = command.mut_args(|arg| arg.long_help(Resettable::Reset));
    command.mut_subcommands(|below| {
        let path = format!("{path} {}", below.get_name());
        dress(below, path.trim_start(), is_full)
    })
}

/// The short and the long help of an option, as one paragraph.
pub fn whole_help(arg: &clap::Arg) -> Option<String> {
    let help = arg.get_long_help().or(arg.get_help())?.to_string();
    let help = help.replace("…\n\n", "… ").replace("\n\n", ". ");
    Some(help.trim_end_matches('.').to_owned())
}

fn examples(page: &Page) -> String {
    let mut text = "Examples:".to_owned();
    for example in page.examples {
        text.push_str("\n  ");
        text.push_str(example);
    }
    if !page.after.is_empty() {
        // The program's own help has to fit a window.
        text.push_str(if page.path.is_empty() { "\n" } else { "\n\n" });
        text.push_str(page.after);
    }
    text
}

fn tasks(command: &clap::Command, columns: usize) -> String {
    let mut text = String::new();
    for (task, names) in TASKS {
        for (at, name) in names.iter().enumerate() {
            let about = command.find_subcommand(name).and_then(clap::Command::get_about);
            let about = about.map(ToString::to_string).unwrap_or_default();
            let task = if at == 0 { task } else { "" };
            let head = format!("{task:<7}{name:<11}  ");
            text.push_str(&fill_hanging(&head, &about, columns, head.len()));
            text.push('\n');
        }
    }
    text.truncate(text.trim_end().len());
    text
}
