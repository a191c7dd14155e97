//! The commands there are: one table for what is run, `/help`, completion and the manual. Pure.

use crate::sentence;
use crate::text::nearest;
use crate::text::words::Sentence;

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
    Text,
    Model,
    Provider,
    Path,
    Conversation,
    Words(&'static [&'static str]),
}

/// A command of the prompt.
#[derive(Clone, Copy, Debug)]
pub struct Command {
    /// Without the slash.
    pub name: &'static str,
    pub aliases: &'static [&'static str],
    /// What it takes, as `/help` shows it.
    pub args: &'static str,
    pub about: Sentence,
    pub does: Does,
    pub takes: Takes,
}

const fn command(does: Does, name: &'static str, args: &'static str, about: Sentence, takes: Takes) -> Command {
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
        sentence!("the commands and keys"),
        Takes::Nothing,
    ),
    Command {
        aliases: &["clear"],
        ..command(
            Does::New,
            "new",
            "",
            sentence!("start over; the conversation so far stays saved"),
            Takes::Nothing,
        )
    },
    command(
        Does::Model,
        "model",
        "[ID]",
        sentence!("show or switch the model; the conversation stays"),
        Takes::Model,
    ),
    command(
        Does::Provider,
        "provider",
        "[NAME]",
        sentence!("show or switch who answers; the conversation stays"),
        Takes::Provider,
    ),
    command(
        Does::System,
        "system",
        "[TEXT]",
        sentence!("show or set the system message; `/system -` takes it away"),
        Takes::Text,
    ),
    command(
        Does::Image,
        "image",
        "PATH|URL|clipboard",
        sentence!("attach a picture to the next message"),
        Takes::Path,
    ),
    command(
        Does::File,
        "file",
        "PATH|URL",
        sentence!("attach a text file to the next message"),
        Takes::Path,
    ),
    command(
        Does::Think,
        "think",
        "[on|off|BUDGET]",
        sentence!("let the model think first, at most BUDGET tokens"),
        Takes::Words(&["on", "off"]),
    ),
    command(
        Does::Search,
        "search",
        "[on|off]",
        sentence!("let the model search the web"),
        Takes::Words(&["on", "off"]),
    ),
    command(
        Does::Set,
        "set",
        "[KEY [VALUE]]",
        sentence!("temperature, top_p, …; without VALUE back to the server's own"),
        Takes::Words(SETTABLE),
    ),
    Command {
        aliases: &["regenerate"],
        ..command(
            Does::Retry,
            "retry",
            "",
            sentence!("ask the last message again; the old answer stays as a branch"),
            Takes::Nothing,
        )
    },
    command(
        Does::Continue,
        "continue",
        "",
        sentence!("finish an answer that was cut or stopped"),
        Takes::Nothing,
    ),
    command(
        Does::Undo,
        "undo",
        "",
        sentence!("take back the last exchange; it stays as a branch"),
        Takes::Nothing,
    ),
    command(Does::Fork, "fork", "", sentence!("go on in a copy"), Takes::Nothing),
    command(
        Does::Edit,
        "edit",
        "[TEXT]",
        sentence!("compose the message in $VISUAL or $EDITOR"),
        Takes::Text,
    ),
    command(
        Does::Copy,
        "copy",
        "[code [N]]",
        sentence!("last answer, or its last or N-th code block, to the clipboard"),
        Takes::Words(&["code"]),
    ),
    command(
        Does::Save,
        "save",
        "[NAME]",
        sentence!("name this conversation"),
        Takes::Text,
    ),
    command(
        Does::Sessions,
        "sessions",
        "[TEXT]",
        sentence!("list conversations, or search them"),
        Takes::Text,
    ),
    command(
        Does::Open,
        "open",
        "[NAME|ID]",
        sentence!("go on with another conversation, or a branch (#N) of this one"),
        Takes::Conversation,
    ),
    command(
        Does::Export,
        "export",
        "[FILE]",
        sentence!("write the conversation to a .md, .json or .html file"),
        Takes::Path,
    ),
    command(
        Does::Usage,
        "usage",
        "",
        sentence!("tokens of this conversation"),
        Takes::Nothing,
    ),
    Command {
        aliases: &["quit", "bye"],
        ..command(Does::Exit, "exit", "", sentence!("leave"), Takes::Nothing)
    },
];

/// What a line is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// To be sent as it is.
    Message(String),
    Command(Does, String),
    /// To be run in the shell.
    Shell(String),
    /// Looks like a command and is none: the word, and the command it may have been meant for.
    Unknown(String, Option<&'static str>),
    /// The beginning of more than one command.
    Ambiguous(String, Vec<&'static str>),
}

/// Tells what a line is.
pub fn parse(line: &str) -> Line {
    let message = line.trim_matches(['\n', '\r']).trim_end();
    let line = line.trim();
    if let Some(command) = strip_sign(line, '!', '！') {
        let command = command.trim();
        // More than one line is no command but a text that was pasted.
        if !command.is_empty() && !command.contains('\n') {
            return Line::Shell(command.to_owned());
        }
    }
    let Some(rest) = strip_sign(line, '/', '／') else {
        return Line::Message(message.to_owned());
    };
    if strip_sign(rest, '/', '／').is_some() {
        return Line::Message(rest.to_owned());
    }
    // Who types the sign alone wants to see what there is.
    if rest.is_empty() {
        return Line::Command(Does::Help, String::new());
    }
    let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
    let (word, args) = rest.split_at(end);
    // `/home/me/a.png` and `/etc` are paths, `/ 2` is nothing, and neither is any command's name.
    if word.is_empty()
        || word.contains(['/', '.', '\\'])
        || std::path::Path::new("/").join(word).exists() && !is_known(word)
    {
        return Line::Message(line.to_owned());
    }
    match find(word) {
        Ok(command) => Line::Command(command.does, args.trim().to_owned()),
        Err(named) if named.is_empty() => Line::Unknown(
            word.to_owned(),
            nearest(&word.to_lowercase(), COMMANDS.iter().flat_map(names)),
        ),
        Err(named) => Line::Ambiguous(word.to_owned(), named),
    }
}

fn is_known(word: &str) -> bool {
    find(word).is_ok()
}

/// The command of that name or alias, or the only one that begins so; else all that begin so.
pub fn find(word: &str) -> Result<&'static Command, Vec<&'static str>> {
    let word = word.to_lowercase();
    if let Some(exact) = COMMANDS.iter().find(|command| names(command).any(|name| name == word)) {
        return Ok(exact);
    }
    let begun: Vec<&Command> = COMMANDS
        .iter()
        .filter(|command| names(command).any(|name| name.starts_with(&word)))
        .collect();
    match begun.as_slice() {
        [only] => Ok(only),
        several => Err(several
            .iter()
            .flat_map(|command| names(command).filter(|name| name.starts_with(&word)).take(1))
            .collect()),
    }
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

    #[test]
    fn commands_are_told_from_messages_and_paths() {
        let command = |does, args: &str| Line::Command(does, args.to_owned());
        assert_eq!(parse("/help"), command(Does::Help, ""));
        assert_eq!(parse(" ／model  qwen-max "), command(Does::Model, "qwen-max"));
        assert_eq!(parse("/mo x"), command(Does::Model, "x"));
        assert_eq!(parse("/CLEAR"), command(Does::New, ""));
        assert_eq!(parse("/q"), command(Does::Exit, ""));
        assert_eq!(parse("//etc is a folder"), message("/etc is a folder"));
        assert_eq!(parse("／／x"), message("／x"));
        assert_eq!(parse("/home/me/a.png"), message("/home/me/a.png"));
        assert_eq!(parse("/tmp"), message("/tmp"));
        assert_eq!(parse("/"), command(Does::Help, ""));
        assert_eq!(parse("//"), message("/"));
        assert_eq!(parse("!ls -l"), Line::Shell("ls -l".to_owned()));
        assert_eq!(parse("！ls"), Line::Shell("ls".to_owned()));
        assert_eq!(parse("!"), message("!"));
        assert_eq!(parse("!important\nx"), message("!important\nx"));
        assert_eq!(parse("\n  fn a\n"), message("  fn a"));
        assert_eq!(parse("/halp"), Line::Unknown("halp".to_owned(), Some("help")));
        assert_eq!(parse("/xyzzy"), Line::Unknown("xyzzy".to_owned(), None));
        assert_eq!(
            parse("/s"),
            Line::Ambiguous("s".to_owned(), vec!["system", "search", "set", "save", "sessions"])
        );
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
