//! What `--help` says beyond the table of options: a paragraph and examples for each command. The manual has the same.
//!
//! `-h` stays a line an option: what is here comes with `--help` alone.

use clap::builder::Resettable;
use stream_markdown::fill::fill_hanging;

use super::globals::GLOBAL;
use super::help_pages::{PAGES, Page};

/// The commands by what one wants to do.
const TASKS: &[(&str, &[&str])] = &[
    ("Talk", &["chat", "complete", "last"]),
    ("Files", &["upload"]),
    ("Look", &["models", "sessions", "doctor"]),
    ("Setup", &["auth", "config", "completions", "man"]),
];

/// The options that `qwen --help` shows; `qwen -h` shows all.
const USUAL: &[&str] = &["provider", "model"];

const ROOT: &str = "{about-with-newline}\n{usage-heading} {usage}\n\n{before-help}Options:\n{options}{after-help}";

/// All of it, and the next prompt, in a window of 24 lines.
const SHORT: &str = "{about-with-newline}{usage-heading} {usage}\n\n{before-help}{options}{after-help}";

/// How wide help becomes at most: it is read as a column of text.
const WIDEST: usize = 80;

/// What is written about a command: its names from the program's on, with spaces between.
pub fn page(path: &str) -> Option<&'static Page> {
    PAGES.iter().find(|page| page.path == path)
}

/// The same command line with its help laid out for a window of that many columns. `is_full` is for `--help`.
pub(super) fn dressed(command: clap::Command, is_full: bool, columns: usize) -> clap::Command {
    let columns = columns.min(WIDEST);
    let tasks = tasks(&command, columns);
    let template = if is_full { SHORT } else { ROOT };
    let mut command = dress(command, "", is_full).help_template(template).before_help(tasks);
    command = command.term_width(columns);
    // What every command takes is known to them all only now.
    command.build();
    if is_full {
        command = command.mut_args(|arg| {
            let is_usual = USUAL.contains(&arg.get_id().as_str());
            arg.hide(!is_usual)
        });
    }
    finished(command, is_full)
}

/// Puts `--help` beside the other options that all commands take, where `-h` says that it says more.
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
        // What every command takes stays a line each, or it would drown the command's own.
        command = command.mut_args(|arg| match whole_help(&arg) {
            Some(help) if !arg.is_global_set() => arg.help(help),
            _ => arg,
        });
    }
    // Its own long form would put every option on lines of its own.
    command = command.mut_args(|arg| arg.long_help(Resettable::Reset));
    command.mut_subcommands(|below| {
        let path = format!("{path} {}", below.get_name());
        dress(below, path.trim_start(), is_full)
    })
}

/// All that is said of an option, in one paragraph.
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
        // The program's own help has a window to fit.
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
