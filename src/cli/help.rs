//! The layout of help: `-h` has a line for each option, `--help` a paragraph and examples as well.

use clap::builder::Resettable;
use stream_markdown::fill::{fill_hanging, fill_under};
use stream_markdown::width;

use super::globals::GLOBAL;
use super::help_pages::{PAGES, Page};
use crate::i18n::help_text;
use crate::i18n::lang::Lang;

/// The commands by task.
const TASKS: &[(&str, &[&str])] = &[
    ("Talk", &["chat", "complete", "templates", "last"]),
    ("Files", &["image", "batch", "upload"]),
    ("Serve", &["serve"]),
    ("Look", &["models", "sessions", "usage", "doctor"]),
    ("Setup", &["auth", "config", "completions", "man"]),
];

/// The commands that `qwen --help` leaves out; `qwen -h` lists all.
const RARE: &[&str] = &["upload", "usage", "completions", "man"];

/// The options that `qwen --help` shows; `qwen -h` shows all.
const USUAL: &[&str] = &["provider", "model"];

const ROOT: &str = "{about-with-newline}\n{usage-heading} {usage}\n\n{before-help}Options:\n{options}{after-help}";

/// The template of `qwen --help`, which fits a window of 24 lines together with the next prompt.
const SHORT: &str = "{about-with-newline}{usage-heading} {usage}\n\n{before-help}{options}{after-help}";

/// clap's own template, for commands.
const COMMAND: &str = "{about-with-newline}\n{usage-heading} {usage}\n\n{all-args}{after-help}";

/// The width of help at most, in columns.
const MAX_COLUMNS: usize = 80;

/// The indent of a text that stands below its option.
const BELOW_OPTION: usize = 10;

/// The help page of a command. `path` is the names of the commands down to it, separated by spaces.
pub fn page(path: &str) -> Option<&'static Page> {
    PAGES.iter().find(|page| page.path == path)
}

/// Lays out the help of all commands for a window of that many columns. `is_full` is for `--help`.
pub(super) fn dressed(command: clap::Command, is_full: bool, lang: Lang, columns: usize) -> clap::Command {
    let columns = columns.min(MAX_COLUMNS);
    let tasks = tasks(&command, if is_full { RARE } else { &[] }, lang, columns);
    let template = if is_full { SHORT } else { ROOT };
    let mut command = dress(command, "", is_full, lang).before_help(tasks);
    // clap ends lines at spaces alone: text without spaces is folded by `folded`.
    command = command.term_width(if lang == Lang::En { columns } else { 0 });
    // The global options are propagated to the commands by this.
    command.build();
    if is_full {
        command = command.mut_args(|arg| {
            let is_usual = USUAL.contains(&arg.get_id().as_str());
            arg.hide(!is_usual)
        });
    }
    command = finished(command, is_full);
    if lang == Lang::En {
        return command.help_template(template);
    }
    localized(command, lang).help_template(in_chinese(template))
}

/// A template with the words that clap has in English alone.
fn in_chinese(template: &str) -> String {
    template
        .replace("{usage-heading} ", "\x1b[1m\x1b[4m用法：\x1b[0m")
        .replace("Options:", "选项：")
}

/// The texts of a command and of those below it in a language.
fn localized(mut command: clap::Command, lang: Lang) -> clap::Command {
    if let Some(about) = command
        .get_about()
        .and_then(|about| help_text(&about.to_string(), lang))
    {
        command = command.about(about);
    }
    if let (Some(heading), Some(name)) = (help_text("Commands", lang), help_text("COMMAND", lang)) {
        command = command.subcommand_help_heading(heading).subcommand_value_name(name);
    }
    command = command.mut_args(|mut arg| {
        if let Some(help) = arg.get_help().and_then(|help| help_text(&help.to_string(), lang)) {
            arg = arg.help(help);
        }
        match arg.get_help_heading().and_then(|heading| help_text(heading, lang)) {
            Some(heading) => arg.help_heading(heading),
            None => arg,
        }
    });
    command.mut_subcommands(|below| localized(below, lang).help_template(in_chinese(COMMAND)))
}

/// Help that is not in English, in lines of at most so many columns: `plain` decides where they end, and `painted` has
/// the same lines with colours.
pub fn folded(plain: &str, painted: &str, lang: Lang, columns: usize) -> String {
    let columns = columns.min(MAX_COLUMNS);
    let mut text = String::with_capacity(painted.len() + 64);
    for (plain, painted) in plain.lines().zip(painted.lines()) {
        let line = match plain.strip_suffix(':').filter(|_| !plain.starts_with(' ')) {
            Some(heading) => {
                let said = help_text(heading, lang).unwrap_or(heading);
                painted.replace(plain, &format!("{said}："))
            }
            None => painted.replace("[OPTIONS]", "[选项]"),
        };
        let column = help_column(plain);
        match line
            .rsplit_once("  ")
            .filter(|_| column * 2 > columns && width::of(plain) > columns)
        {
            // As clap has it in a narrow window: the text below the option.
            Some((option, about)) => {
                let indent = BELOW_OPTION.min(columns / 4);
                text.push_str(&format!("{}\n", option.trim_end()));
                text.push_str(&fill_under(&format!("{}{about}", " ".repeat(indent)), columns, indent));
            }
            None => text.push_str(&fill_under(&line, columns, column)),
        }
        text.push('\n');
    }
    text
}

/// Where the text of an option or a command begins in its line; 0 in a line without one.
fn help_column(line: &str) -> usize {
    let body = line.trim_start();
    let begins = body.find("  ").map(|gap| body.len() - body[gap..].trim_start().len());
    match begins {
        Some(at) if line.starts_with(' ') => width::of(&line[..line.len() - body.len() + at]),
        _ => 0,
    }
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
fn dress(mut command: clap::Command, path: &str, is_full: bool, lang: Lang) -> clap::Command {
    if is_full {
        if let Some(page) = page(path) {
            command = command.about(page.about).after_help(examples(page, lang));
        }
        // The global options stay a line each, so that the command's own stand out.
        command = command.mut_args(|arg| match whole_help(&arg) {
            Some(help) if !arg.is_global_set() => arg.help(help),
            _ => arg,
        });
    }
    // The page says all of it.
    command = command.long_about(Resettable::Reset);
    // Clap's long form would spread each option over several lines.
    command = command.mut_args(|arg| arg.long_help(Resettable::Reset));
    command.mut_subcommands(|below| {
        let path = format!("{path} {}", below.get_name());
        dress(below, path.trim_start(), is_full, lang)
    })
}

/// The short and the long help of an option, as one paragraph.
pub fn whole_help(arg: &clap::Arg) -> Option<String> {
    let help = arg.get_long_help().or(arg.get_help())?.to_string();
    let help = help.replace("…\n\n", "… ").replace("\n\n", ". ");
    Some(help.trim_end_matches('.').to_owned())
}

fn examples(page: &Page, lang: Lang) -> String {
    let mut text = help_text("Examples:", lang).unwrap_or("Examples:").to_owned();
    for example in page.examples {
        text.push_str("\n  ");
        match example.split_once("# ") {
            Some((command, comment)) => {
                let comment = help_text(comment, lang).unwrap_or(comment);
                text.push_str(&format!("{command}# {comment}"));
            }
            None => text.push_str(example),
        }
    }
    if !page.after.is_empty() {
        // The program's own help has to fit a window.
        text.push_str(if page.path.is_empty() { "\n" } else { "\n\n" });
        text.push_str(help_text(page.after, lang).unwrap_or(page.after));
    }
    text
}

/// The commands by task, but for those `left_out`.
fn tasks(command: &clap::Command, left_out: &[&str], lang: Lang, columns: usize) -> String {
    let mut text = String::new();
    for (task, names) in TASKS {
        let names = names.iter().filter(|name| !left_out.contains(name));
        for (at, name) in names.enumerate() {
            let about = command.find_subcommand(name).and_then(clap::Command::get_about);
            let about = about.map(ToString::to_string).unwrap_or_default();
            let about = help_text(&about, lang).unwrap_or(&about);
            let task = if at == 0 {
                help_text(task, lang).unwrap_or(task)
            } else {
                ""
            };
            let gap = " ".repeat(7_usize.saturating_sub(width::of(task)));
            let head = format!("{task}{gap}{name:<11}  ");
            let room = width::of(&head);
            text.push_str(&match room * 2 > columns {
                true => format!("{}\n{}", head.trim_end(), fill_hanging("  ", about, columns, 2)),
                false => fill_hanging(&head, about, columns, room),
            });
            text.push('\n');
        }
    }
    text.truncate(text.trim_end().len());
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::CommandFactory;

    use super::*;
    use crate::cli::Cli;
    use crate::i18n::help_rows;

    /// The texts that `-h` and `--help` show of a command and those below it.
    fn texts(command: &clap::Command, shown: &mut BTreeSet<String>) {
        shown.extend(command.get_about().map(ToString::to_string));
        for arg in command.get_arguments() {
            shown.extend(arg.get_help().map(ToString::to_string));
            shown.extend(arg.get_help_heading().map(ToString::to_string));
        }
        command.get_subcommands().for_each(|below| texts(below, shown));
    }

    #[test]
    fn every_text_of_help_has_its_chinese() {
        let mut shown = BTreeSet::from(["Arguments", "Options", "Commands", "COMMAND", "Examples:"].map(str::to_owned));
        shown.extend(TASKS.iter().map(|(task, _)| (*task).to_owned()));
        for is_full in [false, true] {
            texts(&dressed(Cli::command(), is_full, Lang::En, 80), &mut shown);
        }
        for page in PAGES {
            shown.extend(
                [page.after]
                    .iter()
                    .filter(|after| !after.is_empty())
                    .map(ToString::to_string),
            );
            let comments = page.examples.iter().filter_map(|example| example.split_once("# "));
            shown.extend(comments.map(|(_, comment)| comment.to_owned()));
        }
        let rows: BTreeSet<String> = help_rows().iter().map(|(english, _)| (*english).to_owned()).collect();
        let missing: Vec<_> = shown.difference(&rows).collect();
        let unused: Vec<_> = rows.difference(&shown).collect();
        assert!(
            missing.is_empty() && unused.is_empty(),
            "missing: {missing:#?}, shown nowhere: {unused:#?}"
        );
        assert!(help_rows().is_sorted_by(|one, next| one.0 < next.0));
    }
}
