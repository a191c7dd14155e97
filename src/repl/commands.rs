//! The commands there are: one table for what is run, `/help`, completion and the manual. Pure.

use crate::i18n::StaticText;
use crate::text::nearest;
use crate::tr_static;

/// What a command does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Does {
    Help,
    New,
    Model,
    Provider,
    System,
    Image,
    File,
    Think,
    Search,
    Set,
    Retry,
    Continue,
    Undo,
    Fork,
    Edit,
    Copy,
    Save,
    Sessions,
    Open,
    Export,
    Usage,
    Exit,
}

/// What Tab completes after a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    Nothing,
    /// UiText of one line.
    Line,
    /// Text, of several lines too.
    Text,
    Model,
    Provider,
    Path,
    Conversation,
    UiText(&'static [&'static str]),
}

/// A command of the prompt.
#[derive(Clone, Copy, Debug)]
pub struct Command {
    /// Without the slash.
    pub name: &'static str,
    pub aliases: &'static [&'static str],
    /// What it takes, as `/help` shows it.
    pub args: &'static str,
    pub about: StaticText,
    pub does: Does,
    pub takes: Takes,
}

const fn command(does: Does, name: &'static str, args: &'static str, about: StaticText, takes: Takes) -> Command {
    Command {
        name,
        aliases: &[],
        args,
        about,
        does,
        takes,
    }
}

/// The settings `/set` knows.
pub const SETTABLE: &[&str] = &[
    "temperature",
    "top_p",
    "top_k",
    "max_tokens",
    "seed",
    "stop",
    "presence_penalty",
];

/// In the order `/help` shows them.
pub const COMMANDS: &[Command] = &[
    command(
        Does::Help,
        "help",
        "",
        tr_static!("the commands and keys"),
        Takes::Nothing,
    ),
    Command {
        aliases: &["clear"],
        ..command(
            Does::New,
            "new",
            "",
            tr_static!("start over; the conversation so far stays saved"),
            Takes::Nothing,
        )
    },
    command(
        Does::Model,
        "model",
        "[ID]",
        tr_static!("show or switch the model; the conversation stays"),
        Takes::Model,
    ),
    command(
        Does::Provider,
        "provider",
        "[NAME]",
        tr_static!("show or switch who answers; the conversation stays"),
        Takes::Provider,
    ),
    command(
        Does::System,
        "system",
        "[TEXT]",
        tr_static!("show or set the system message; `/system -` takes it away"),
        Takes::Text,
    ),
    command(
        Does::Image,
        "image",
        "PATH|URL|clipboard",
        tr_static!("attach a picture to the next message"),
        Takes::Path,
    ),
    command(
        Does::File,
        "file",
        "PATH|URL",
        tr_static!("attach a text file to the next message"),
        Takes::Path,
    ),
    command(
        Does::Think,
        "think",
        "[on|off|BUDGET]",
        tr_static!("let the model think first, at most BUDGET tokens"),
        Takes::UiText(&["on", "off"]),
    ),
    command(
        Does::Search,
        "search",
        "[on|off]",
        tr_static!("let the model search the web"),
        Takes::UiText(&["on", "off"]),
    ),
    command(
        Does::Set,
        "set",
        "[KEY [VALUE]]",
        tr_static!("temperature, top_p, …; without VALUE back to the server's own"),
        Takes::UiText(SETTABLE),
    ),
    Command {
        aliases: &["regenerate"],
        ..command(
            Does::Retry,
            "retry",
            "",
            tr_static!("ask the last message again; the old answer stays as a branch"),
            Takes::Nothing,
        )
    },
    command(
        Does::Continue,
        "continue",
        "",
        tr_static!("finish an answer that was cut or stopped"),
        Takes::Nothing,
    ),
    command(
        Does::Undo,
        "undo",
        "",
        tr_static!("take back the last exchange; it stays as a branch"),
        Takes::Nothing,
    ),
    command(Does::Fork, "fork", "", tr_static!("go on in a copy"), Takes::Nothing),
    command(
        Does::Edit,
        "edit",
        "[TEXT]",
        tr_static!("compose the message in $VISUAL or $EDITOR"),
        Takes::Text,
    ),
    command(
        Does::Copy,
        "copy",
        "[code [N]]",
        tr_static!("last answer, or its last or N-th code block, to the clipboard"),
        Takes::UiText(&["code"]),
    ),
    command(
        Does::Save,
        "save",
        "[NAME]",
        tr_static!("name this conversation"),
        Takes::Line,
    ),
    command(
        Does::Sessions,
        "sessions",
        "[TEXT]",
        tr_static!("list conversations, or search them"),
        Takes::Line,
    ),
    command(
        Does::Open,
        "open",
        "[NAME|ID]",
        tr_static!("go on with another conversation, or a branch (#N) of this one"),
        Takes::Conversation,
    ),
    command(
        Does::Export,
        "export",
        "[FILE]",
        tr_static!("write the conversation to a .md, .json or .html file"),
        Takes::Path,
    ),
    command(
        Does::Usage,
        "usage",
        "",
        tr_static!("tokens of this conversation"),
        Takes::Nothing,
    ),
    Command {
        aliases: &["quit", "bye"],
        ..command(Does::Exit, "exit", "", tr_static!("leave"), Takes::Nothing)
    },
];

/// What a line is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// To be sent as it is.
    Message(String),
    Command(Does, String),
    /// A command that takes nothing and was given something: its name.
    TakesNothing(&'static str),
    /// To be run in the shell.
    Shell(String),
    /// Looks like a command and is none: the word, and the command it may have been meant for.
    Unknown(String, Option<&'static str>),
    /// The beginning of more than one command.
    Ambiguous(String, Vec<&'static str>),
}

/// Tells what a line is. What was pasted was not written for this prompt: it is a command only where it is a line that
/// begins with the whole name of one.
pub fn parse(line: &str, is_pasted: bool) -> Line {
    let message = || Line::Message(line.trim_matches(['\n', '\r']).trim_end().to_owned());
    let trimmed = line.trim();
    let is_one_line = !trimmed.contains('\n');
    if let Some(command) = strip_sign(trimmed, '!', '！') {
        let command = command.trim();
        return match command {
            "" => message(),
            _ if is_pasted || !is_one_line => message(),
            _ => Line::Shell(command.to_owned()),
        };
    }
    let Some(rest) = strip_sign(trimmed, '/', '／') else {
        return message();
    };
    if let Some(behind) = strip_sign(rest, '/', '／') {
        // Anything else is no command with one sign less either: it is a comment, say, and stays one.
        let needs_sign = behind.is_empty() || behind.starts_with(char::is_alphabetic);
        return match is_one_line && needs_sign {
            true => Line::Message(rest.to_owned()),
            false => message(),
        };
    }
    // The sign alone, typed, wants to see what there is.
    if rest.is_empty() && !is_pasted {
        return Line::Command(Does::Help, String::new());
    }
    let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
    let (word, args) = (&rest[..end], rest[end..].trim());
    let found = find(word);
    // `/home/me/a.png` and `/etc` are paths, `/*` begins a comment, `/2` is the end of a sum.
    let is_name = word.starts_with(char::is_alphabetic) && word.chars().all(|c| c.is_alphanumeric() || c == '-');
    let is_path = found.is_err() && std::path::Path::new("/").join(word).exists();
    if !is_name || is_path {
        return message();
    }
    match found {
        Ok(command) if is_pasted && (!is_one_line || !names(command).any(|name| name == word)) => message(),
        Ok(command) if !is_one_line && command.takes != Takes::Text => message(),
        Ok(command) if command.takes == Takes::Nothing && !args.is_empty() => {
            Line::TakesNothing(begun(command, word).unwrap_or(command.name))
        }
        Ok(command) => Line::Command(command.does, args.to_owned()),
        Err(_) if is_pasted || !is_one_line => message(),
        Err(named) if named.is_empty() => Line::Unknown(
            word.to_owned(),
            nearest(&word.to_lowercase(), COMMANDS.iter().flat_map(names)),
        ),
        Err(named) => Line::Ambiguous(word.to_owned(), named),
    }
}

/// The command of that name or alias, or the only one that begins so; else all that begin so.
pub fn find(word: &str) -> Result<&'static Command, Vec<&'static str>> {
    let word = word.to_lowercase();
    if let Some(exact) = COMMANDS.iter().find(|command| names(command).any(|name| name == word)) {
        return Ok(exact);
    }
    let several: Vec<&Command> = COMMANDS
        .iter()
        .filter(|command| begun(command, &word).is_some())
        .collect();
    match several.as_slice() {
        [only] => Ok(only),
        several => Err(several.iter().filter_map(|command| begun(command, &word)).collect()),
    }
}

/// The first of a command's names that begins so.
fn begun(command: &Command, word: &str) -> Option<&'static str> {
    let word = word.to_lowercase();
    names(command).find(|name| name.starts_with(&word))
}

fn names(command: &Command) -> impl Iterator<Item = &'static str> + use<> {
    let aliases = command.aliases;
    std::iter::once(command.name).chain(aliases.iter().copied())
}

/// The line behind a sign, in its narrow or its full-width form.
pub fn strip_sign(line: &str, sign: char, wide: char) -> Option<&str> {
    line.strip_prefix(sign).or_else(|| line.strip_prefix(wide))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(line: &str) -> Line {
        Line::Message(line.to_owned())
    }

    fn command(does: Does, args: &str) -> Line {
        Line::Command(does, args.to_owned())
    }

    fn typed(line: &str) -> Line {
        parse(line, false)
    }

    #[test]
    fn commands_are_told_from_messages_and_paths() {
        assert_eq!(typed("/help"), command(Does::Help, ""));
        assert_eq!(typed(" ／model  qwen-max "), command(Does::Model, "qwen-max"));
        assert_eq!(typed("/mo x"), command(Does::Model, "x"));
        assert_eq!(typed("/CLEAR"), command(Does::New, ""));
        assert_eq!(typed("/q"), command(Does::Exit, ""));
        assert_eq!(typed("//etc is a folder"), message("/etc is a folder"));
        assert_eq!(typed("／／x"), message("／x"));
        assert_eq!(typed("/home/me/a.png"), message("/home/me/a.png"));
        assert_eq!(typed("/tmp"), message("/tmp"));
        assert_eq!(typed("/"), command(Does::Help, ""));
        assert_eq!(typed("//"), message("/"));
        assert_eq!(typed("!ls -l"), Line::Shell("ls -l".to_owned()));
        assert_eq!(typed("！ls"), Line::Shell("ls".to_owned()));
        assert_eq!(typed("!"), message("!"));
        assert_eq!(typed("!important\nx"), message("!important\nx"));
        assert_eq!(typed("\n  fn a\n"), message("  fn a"));
        assert_eq!(typed("/halp"), Line::Unknown("halp".to_owned(), Some("help")));
        assert_eq!(typed("/xyzzy"), Line::Unknown("xyzzy".to_owned(), None));
        assert_eq!(
            typed("/s"),
            Line::Ambiguous("s".to_owned(), vec!["system", "search", "set", "save", "sessions"])
        );
    }

    #[test]
    fn a_command_that_takes_nothing_is_given_nothing() {
        for (line, name) in [
            ("/exit code 1 means what?", "exit"),
            ("/q x", "quit"),
            ("/new features in Rust?", "new"),
            ("/clear all", "clear"),
            ("/retry shorter please", "retry"),
            ("/undo 2", "undo"),
            ("/help me", "help"),
            ("/usage x", "usage"),
            ("/fork x", "fork"),
            ("／continue with the second part", "continue"),
        ] {
            assert_eq!(typed(line), Line::TakesNothing(name), "{line}");
        }
        assert_eq!(typed("/exit "), command(Does::Exit, ""));
    }

    #[test]
    fn a_word_with_other_signs_is_no_command() {
        for line in [
            "/* A */",
            "/** doc */",
            "/-",
            "/=",
            "/2 of it",
            "/ 2",
            "/exit; x",
            "/^a/",
            "／*",
            "/-help",
            "/?",
            "// a comment",
            "/// a doc comment",
            "//* x",
            "// a\nint x;",
            "//etc\nx",
        ] {
            assert_eq!(typed(line), message(line), "{line}");
            assert_eq!(parse(line, true), message(line), "{line}");
        }
    }

    #[test]
    fn several_lines_are_a_command_only_where_text_is_taken() {
        assert_eq!(typed("/system a\n\n b"), command(Does::System, "a\n\n b"));
        assert_eq!(typed("/edit\na"), command(Does::Edit, "a"));
        for line in ["/exit\nx", "/model a\nb", "/modle\nx", "/save a\nb"] {
            assert_eq!(typed(line), message(line), "{line}");
        }
    }

    #[test]
    fn what_was_pasted_is_a_command_only_where_it_names_one() {
        assert_eq!(parse("/model qwen-max\n", true), command(Does::Model, "qwen-max"));
        for line in [
            "/mod x",
            "/xyzzy",
            "/s",
            "/",
            "!ls",
            "! [rejected] main",
            "/system a\nb",
        ] {
            assert_eq!(parse(line, true), message(line), "{line}");
        }
    }

    #[test]
    fn no_two_commands_share_a_name() {
        let mut all: Vec<&str> = COMMANDS.iter().flat_map(names).collect();
        all.sort_unstable();
        let count = all.len();
        all.dedup();
        assert_eq!(count, all.len());
    }
}
