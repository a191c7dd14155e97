//! `qwen completions SHELL`, and what the scripts of bash, zsh and fish ask at Tab.
//!
//! Those scripts know nothing of the command line. They run `qwen --complete SHELL …` with what is typed, and get a
//! line `words` with the words that can stand there below it, or the line `files`: then the shell completes a path
//! by its own rules. PowerShell and elvish get what clap_complete writes for them.
//!
//! It is an option and no command: another program is named `qwen` too, and it refuses an option it does not know,
//! but would send a word it does not know to its model.

mod bash_line;
mod cursor_place;
mod values;

use clap::CommandFactory;
use clap_complete::Shell;

use self::bash_line::BashLine;
use self::cursor_place::CursorPlace;
use self::values::{Completion, Word};
use crate::cli::Cli;
use crate::error::Failure;
use crate::host::Host;
use crate::term::out::write_out;

/// Prints a completion script.
pub(super) fn script(shell: Shell) -> Result<(), Failure> {
    match shell {
        Shell::Bash => write_out(include_str!("../../completions/qwen.bash")),
        Shell::Zsh => write_out(include_str!("../../completions/_qwen")),
        Shell::Fish => write_out(include_str!("../../completions/qwen.fish")),
        _ => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "qwen", &mut script);
            write_out(&String::from_utf8_lossy(&script))
        }
    }
}

/// The answer to a script at Tab, where the arguments are such a question. Whatever goes wrong on the way only makes
/// it shorter: the user is typing, and wants to see no error.
pub fn answer(host: &Host) -> Option<String> {
    let mut args = host.args.iter().skip(1);
    if args.next()? != "--complete" {
        return None;
    }
    let args: Vec<String> = args.map(|arg| arg.to_string_lossy().into_owned()).collect();
    let (shell, typed) = args.split_first()?;
    Some(answered(host, shell, typed).unwrap_or_default())
}

fn answered(host: &Host, shell: &str, typed: &[String]) -> Option<String> {
    let mut command = Cli::command();
    command.build();
    let mut text = String::new();
    if shell == "bash" {
        let [line, word] = typed else {
            return None;
        };
        let line = BashLine::of(line, word);
        let answer = match line.is_redirect {
            true => Completion::Files,
            false => answer_to(host, &command, &line.words, &line.typed),
        };
        put(&mut text, &answer, |word| line.completed(&word.value));
    } else {
        let (current, words) = typed.split_last()?;
        let answer = answer_to(host, &command, words, current);
        put(&mut text, &answer, |word| {
            Some(format!("{}\t{}", word.value, word.about))
        });
    }
    Some(text)
}

fn answer_to(host: &Host, command: &clap::Command, words: &[String], current: &str) -> Completion {
    let place = CursorPlace::find(command, words, current);
    values::at(host, command, &place)
}

fn put(text: &mut String, answer: &Completion, as_line: impl Fn(&Word) -> Option<String>) {
    let Completion::Words(words) = answer else {
        text.push_str("files\n");
        return;
    };
    text.push_str("words\n");
    for line in words.iter().filter_map(as_line) {
        text.push_str(&line);
        text.push('\n');
    }
}
