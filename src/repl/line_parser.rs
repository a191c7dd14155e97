//! A line of the prompt: a message, a command, or something for the shell. Pure, but for a look whether a path is there.

use super::input::strip_sign;
use super::slash_commands::{ArgKind, COMMANDS, SlashCommand, find};
use crate::text::nearest;

/// A line of the prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ParsedLine {
    /// To be sent as it is.
    Message(String),
    /// A command and its arguments.
    Command(&'static SlashCommand, String),
    /// A command that takes nothing and was given something: its name.
    TakesNothing(&'static str),
    /// To be run in the shell.
    Shell(String),
    /// An unknown command: the word, and the command it may have been meant for.
    Unknown(String, Option<&'static str>),
    /// The beginning of more than one command.
    Ambiguous(String, Vec<&'static str>),
}

/// Tells commands from messages. Pasted text was not written for this prompt: it is a command only where it is one line
/// that begins with the whole name of one.
pub(super) fn parse(line: &str, is_pasted: bool) -> ParsedLine {
    let message = || ParsedLine::Message(line.trim_matches(['\n', '\r']).trim_end().to_owned());
    let trimmed = line.trim();
    let is_one_line = !trimmed.contains('\n');
    if let Some(command) = strip_sign(trimmed, '!', '！') {
        let command = command.trim();
        return match command {
            "" => message(),
            _ if is_pasted || !is_one_line => message(),
            _ => ParsedLine::Shell(command.to_owned()),
        };
    }
    let Some(rest) = strip_sign(trimmed, '/', '／') else {
        return message();
    };
    if let Some(behind) = strip_sign(rest, '/', '／') {
        // Anything else would be no command with one sign less either: a comment in code, say.
        let needs_sign = behind.is_empty() || behind.starts_with(char::is_alphabetic);
        return match is_one_line && needs_sign {
            true => ParsedLine::Message(rest.to_owned()),
            false => message(),
        };
    }
    // A slash alone shows the commands.
    if rest.is_empty() && !is_pasted {
        return find("help").map_or_else(|_| message(), |help| ParsedLine::Command(help, String::new()));
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
        Ok(command) if is_pasted && (!is_one_line || !command.names().any(|name| name == word)) => message(),
        Ok(command) if !is_one_line && command.takes != ArgKind::Text => message(),
        Ok(command) if command.takes == ArgKind::Nothing && !args.is_empty() => {
            ParsedLine::TakesNothing(command.name_with_prefix(word).unwrap_or(command.name))
        }
        Ok(command) => ParsedLine::Command(command, args.to_owned()),
        Err(_) if is_pasted || !is_one_line => message(),
        Err(named) if named.is_empty() => ParsedLine::Unknown(
            word.to_owned(),
            nearest(&word.to_lowercase(), COMMANDS.iter().flat_map(SlashCommand::names)),
        ),
        Err(named) => ParsedLine::Ambiguous(word.to_owned(), named),
    }
}

/// Whether an unfinished line can only become a message. Most that begin with a sign become something else.
pub(super) fn begins_message(line: &str) -> bool {
    line.trim_start()
        .chars()
        .next()
        .is_some_and(|first| !"!！/／".contains(first))
}

/// Whether a message is what leaves a shell or an editor, so that it may have been meant for this program.
pub(super) fn is_farewell(message: &str) -> bool {
    matches!(message.trim(), "exit" | "quit" | ":q")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pasted(line: &str) -> ParsedLine {
        parse(line, true)
    }

    fn message(line: &str) -> ParsedLine {
        ParsedLine::Message(line.to_owned())
    }

    fn command(name: &str, args: &str) -> ParsedLine {
        ParsedLine::Command(find(name).unwrap(), args.to_owned())
    }

    fn typed(line: &str) -> ParsedLine {
        parse(line, false)
    }

    #[test]
    fn commands_are_told_from_messages_and_paths() {
        assert_eq!(typed("/help"), command("help", ""));
        assert_eq!(typed(" ／model  qwen-max "), command("model", "qwen-max"));
        assert_eq!(typed("/mo x"), command("model", "x"));
        assert_eq!(typed("/CLEAR"), command("clear", ""));
        assert_eq!(typed("/q"), command("exit", ""));
        assert_eq!(typed("//etc is a folder"), message("/etc is a folder"));
        assert_eq!(typed("／／x"), message("／x"));
        assert_eq!(typed("/home/me/a.png"), message("/home/me/a.png"));
        assert_eq!(typed("/tmp"), message("/tmp"));
        assert_eq!(typed("/"), command("help", ""));
        assert_eq!(typed("//"), message("/"));
        assert_eq!(typed("!ls -l"), ParsedLine::Shell("ls -l".to_owned()));
        assert_eq!(typed("！ls"), ParsedLine::Shell("ls".to_owned()));
        assert_eq!(typed("!"), message("!"));
        assert_eq!(typed("!important\nx"), message("!important\nx"));
        assert_eq!(typed("\n  fn a\n"), message("  fn a"));
        assert_eq!(typed("/halp"), ParsedLine::Unknown("halp".to_owned(), Some("help")));
        assert_eq!(typed("/xyzzy"), ParsedLine::Unknown("xyzzy".to_owned(), None));
        assert_eq!(
            typed("/s"),
            ParsedLine::Ambiguous("s".to_owned(), vec!["system", "search", "set", "save", "sessions"])
        );
    }

    #[test]
    fn a_command_that_takes_nothing_is_given_nothing() {
        for (line, name) in [
            ("/exit code 1 means what?", "exit"),
            ("/q x", "quit"),
            ("/new features in Rust?", "new"),
            ("/clear all", "clear"),
            ("/compact now", "compact"),
            ("/undo 2", "undo"),
            ("/help me", "help"),
            ("/usage x", "usage"),
            ("/fork x", "fork"),
            ("／continue with the second part", "continue"),
        ] {
            assert_eq!(typed(line), ParsedLine::TakesNothing(name), "{line}");
        }
        assert_eq!(typed("/exit "), command("exit", ""));
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
            assert_eq!(pasted(line), message(line), "{line}");
        }
    }

    #[test]
    fn several_lines_are_a_command_only_where_text_is_taken() {
        assert_eq!(typed("/system a\n\n b"), command("system", "a\n\n b"));
        assert_eq!(typed("/edit\na"), command("edit", "a"));
        for line in ["/exit\nx", "/model a\nb", "/modle\nx", "/save a\nb"] {
            assert_eq!(typed(line), message(line), "{line}");
        }
    }

    #[test]
    fn what_was_pasted_is_a_command_only_where_it_names_one() {
        assert_eq!(pasted("/model qwen-max\n"), command("model", "qwen-max"));
        for line in [
            "/mod x",
            "/xyzzy",
            "/s",
            "/",
            "!ls",
            "! [rejected] main",
            "/system a\nb",
        ] {
            assert_eq!(pasted(line), message(line), "{line}");
        }
    }
}
