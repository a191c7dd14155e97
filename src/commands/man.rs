//! `qwen man [COMMAND]`: pages made from the definition of the command line, one for the program and one a command.

use clap::{Arg, Command, CommandFactory};
use clap_mangen::Man;
use clap_mangen::roff::{Inline, Roff, bold, italic, roman};

use crate::cli::{Cli, help};
use crate::config::setting_table::SETTINGS;
use crate::error::Failure;
use crate::i18n::lang::Lang;
use crate::i18n::quoted;
use crate::term::out::write_out;
use crate::text::nearest;
use crate::tr;

/// When the pages were last changed: a page without a date is refused by some readers.
const DATE: &str = "2026-11-25";

/// The exit codes and what each means.
const EXITS: &[(u8, &str)] = &[
    (0, "done"),
    (1, "any other failure"),
    (2, "usage: an unknown option, a bad value, a file that cannot be read"),
    (3, "authentication: no credential, or one that is refused"),
    (
        4,
        "rate limit, quota or bill; more than --max-cost or the budget allows",
    ),
    (5, "network: no connection, a timeout, an answer that was cut"),
    (6, "the server failed, or its response could not be parsed"),
    (7, "the request was refused: unknown model, too long, content filter"),
    (8, "some lines of a batch failed"),
    (129, "the terminal was closed (SIGHUP)"),
    (130, "interrupted by Ctrl-C"),
    (143, "ended by SIGTERM"),
];

/// The variables that are no settings.
const VARIABLES: &[(&str, &str)] = &[
    (
        "DASHSCOPE_API_KEY, QWEN_API_KEY",
        "the key of dashscope and dashscope-native",
    ),
    ("QWEN_AUTH_TOKEN, QWEN_COOKIE", "the credentials of web"),
    ("OPENAI_API_KEY", "the key of local, where it wants one"),
    ("QWEN_CLI_HOME", "the one folder for all files of the program"),
    ("QWEN_CLI_CONFIG", "another config file"),
    ("QWEN_CLI_LOG", "1: requests are logged to stderr, 2: events too"),
    ("NO_COLOR", "no colours"),
    ("ACCESSIBLE", "no spinner, no redrawing, text in whole lines"),
    ("VISUAL, EDITOR", "the editor"),
    ("PAGER, LESS", "the pager of /view, and its options"),
];

pub(super) fn run(command: Option<&str>) -> Result<(), Failure> {
    let mut root = Cli::command();
    root.build();
    let page = match command {
        None => program(&root),
        Some(name) => {
            let found = root.find_subcommand(name).ok_or_else(|| unknown(&root, name))?;
            one(found)
        }
    };
    let page = page.map_err(|error| Failure::io(tr!("make the manual page"), &error))?;
    write_out(&short_lined(&page))
}

/// The bytes of a word as readers count them: they spell out what is not ASCII, `\[u2026]`.
fn source_len(word: &str) -> usize {
    word.chars().map(|c| if c.is_ascii() { 1 } else { 8 }).sum()
}

/// The same page in lines of at most 80 bytes where it is text that is filled: what its readers' checks want.
fn short_lined(page: &str) -> String {
    let mut out = String::with_capacity(page.len() + 64);
    let mut is_filled = true;
    for line in page.lines() {
        match line {
            ".nf" => is_filled = false,
            ".fi" => is_filled = true,
            _ => {}
        }
        let mut used = 0;
        for word in line.split_inclusive(' ') {
            let length = source_len(word.trim_end());
            // A word that begins like a roff request, in the middle of a line, stays as it is.
            let can_begin = is_filled && !line.starts_with(['.', '\'']) && !word.starts_with(['.', '\'', ' ']);
            if can_begin && used > 0 && used + length > 80 {
                out.truncate(out.trim_end().len());
                out.push('\n');
                used = 0;
            }
            out.push_str(word);
            used += source_len(word);
        }
        out.push('\n');
    }
    out
}

fn unknown(root: &Command, name: &str) -> Failure {
    let failure = Failure::usage(tr!("there is no command {}", quoted(name)));
    let names = || root.get_subcommands().map(Command::get_name);
    match nearest(name, names()) {
        Some(near) => failure.hint(tr!("did you mean {}?", quoted(near))),
        None => failure.hint(tr!("available commands: {}", names().collect::<Vec<_>>().join(", "))),
    }
}

/// `qwen(1)`.
fn program(root: &Command) -> std::io::Result<String> {
    let mut page = head(root, "", std::slice::from_ref(root))?;
    let mut roff = Roff::new();
    roff.control("SH", ["OPTIONS"]);
    roff.text([roman("They are taken before and after the command.")]);
    options(&mut roff, root, |_| true);
    roff.control("SH", ["COMMANDS"]);
    for command in root.get_subcommands() {
        let name = format!("qwen-{}", command.get_name());
        item(&mut roff, vec![bold(name), roman("(1)")], &about(command));
    }
    roff.control("SH", ["EXIT STATUS"]);
    for (code, meaning) in EXITS {
        item(&mut roff, vec![bold(code.to_string())], meaning);
    }
    roff.control("SH", ["ENVIRONMENT"]);
    let settings = SETTINGS
        .iter()
        .filter_map(|setting| Some((setting.env?, setting.about.localize(Lang::En))));
    for (name, meaning) in VARIABLES.iter().copied().chain(settings) {
        item(&mut roff, vec![bold(name)], meaning);
    }
    roff.control("SH", ["FILES"]);
    roff.text([
        roman("What "),
        bold("qwen config path"),
        roman(" prints is the config file; conversations and model lists are kept where the system wants such files."),
    ]);
    examples(&mut roff, "");
    page.push_str(&roff.to_roff());
    Ok(page)
}

/// `qwen-COMMAND(1)`.
fn one(command: &Command) -> std::io::Result<String> {
    let path = command.get_name();
    let below: Vec<Command> = command.get_subcommands().cloned().collect();
    let mut forms = below.clone();
    if !command.is_subcommand_required_set() {
        forms.insert(0, command.clone());
    }
    let mut page = head(command, path, &forms)?;
    let mut roff = Roff::new();
    if command.get_arguments().any(is_own) {
        roff.control("SH", ["OPTIONS"]);
        options(&mut roff, command, is_own);
    }
    if !below.is_empty() {
        roff.control("SH", ["COMMANDS"]);
    }
    for below in &below {
        let path = format!("{path} {}", below.get_name());
        roff.control("SS", [usage(below, &path).as_str()]);
        roff.text([roman(described(below, &path))]);
        options(&mut roff, below, is_own);
    }
    examples(&mut roff, path);
    roff.control("SH", ["SEE ALSO"]);
    roff.text([
        bold("qwen"),
        roman("(1), for the options of every command, the environment and the exit codes"),
    ]);
    page.push_str(&roff.to_roff());
    Ok(page)
}

/// Title, name, synopsis and description. `forms` are the commands whose usage is shown.
fn head(command: &Command, path: &str, forms: &[Command]) -> std::io::Result<String> {
    let is_below = |form: &Command| form.get_name() != command.get_name();
    let lines: Vec<String> = forms
        .iter()
        .map(|form| match is_below(form) {
            true => usage(form, &format!("{path} {}", form.get_name())),
            false => usage(form, path),
        })
        .collect();
    let name = format!("qwen-{path}").trim_end_matches('-').to_owned();
    let command = command
        .clone()
        .display_name(&name)
        .bin_name(format!("qwen {path}").trim_end())
        .long_about(described(command, path))
        .override_usage(lines.join("\n"));
    let man = Man::new(command)
        .title(name.to_uppercase())
        .date(DATE)
        .source(format!("qwen {}", env!("CARGO_PKG_VERSION")))
        .manual("User Commands");
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    Ok(String::from_utf8_lossy(&page).into_owned())
}

/// `qwen sessions show [OPTIONS] [ID|NAME]`.
fn usage(command: &Command, path: &str) -> String {
    let mut command = command.clone().bin_name(format!("qwen {path}").trim_end());
    let usage = command.render_usage().to_string();
    // The list of commands may follow, one a line.
    let first = usage.lines().next().unwrap_or_default();
    first.trim_start_matches("Usage: ").to_owned()
}

fn about(command: &Command) -> String {
    command.get_about().map(ToString::to_string).unwrap_or_default()
}

fn described(command: &Command, path: &str) -> String {
    help::page(path).map_or_else(|| about(command), |page| page.about.to_owned())
}

fn examples(roff: &mut Roff, path: &str) {
    let Some(page) = help::page(path) else {
        return;
    };
    roff.control("SH", ["EXAMPLES"]);
    roff.control("nf", []);
    for example in page.examples {
        roff.text([roman(*example)]);
    }
    roff.control("fi", []);
    if !page.after.is_empty() && !path.is_empty() {
        roff.control("PP", []);
        roff.text([roman(page.after)]);
    }
}

/// Whether an argument is not taken by every command: those are on the program's page.
fn is_own(arg: &Arg) -> bool {
    !arg.is_global_set() && arg.get_id() != "help"
}

fn options(roff: &mut Roff, command: &Command, fits: fn(&Arg) -> bool) {
    let (places, flags): (Vec<&Arg>, Vec<&Arg>) = command
        .get_arguments()
        .filter(|arg| !arg.is_hide_set() && fits(arg))
        .partition(|arg| arg.is_positional());
    for arg in places.into_iter().chain(flags) {
        // Its own way of saying what it takes is that of the usage: `-m, --model <ID>`.
        let shown = arg.to_string();
        let Some(long) = arg.get_long() else {
            item(roff, vec![italic(shown)], &help::whole_help(arg).unwrap_or_default());
            continue;
        };
        let short = arg.get_short().map(|short| format!("-{short}, ")).unwrap_or_default();
        let name = format!("--{long}");
        let value = shown.strip_prefix(&name).unwrap_or_default().to_owned();
        let inlines = vec![bold(short + &name), italic(value)];
        item(roff, inlines, &help::whole_help(arg).unwrap_or_default());
    }
}

/// A term, and its description.
fn item(roff: &mut Roff, term: Vec<Inline>, meaning: &str) {
    roff.control("TP", []);
    roff.text(term);
    roff.text([roman(meaning)]);
}
