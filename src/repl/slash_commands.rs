//! The slash commands: one table for `/help`, completion, the manual page and what is run. A command is its row here and
//! its function.

use std::pin::Pin;

use stream_markdown::fill::fill_hanging;

use super::Repl;
use crate::error::Failure;
use crate::i18n::lang::Lang;
use crate::i18n::{StaticText, UiText};
use crate::tr_static;

/// The arguments of a slash command: what Tab completes, and whether they may have several lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArgKind {
    Nothing,
    /// Text of one line.
    Line,
    /// Text, of several lines too.
    Text,
    Model,
    Provider,
    Path,
    Conversation,
    Template,
    /// One of these words.
    OneOf(&'static [&'static str]),
}

/// A command of the prompt.
#[derive(Clone, Copy, Debug)]
pub struct SlashCommand {
    /// Without the slash.
    pub name: &'static str,
    pub aliases: &'static [&'static str],
    /// The arguments as `/help` shows them.
    pub args: &'static str,
    pub about: StaticText,
    pub takes: ArgKind,
    pub(super) run: CommandFunction,
}

/// The function of a command. It gets the arguments without blanks around them.
#[derive(Clone, Copy, Debug)]
pub(super) enum CommandFunction {
    Now(fn(&mut Repl<'_>, &str) -> Result<(), Failure>),
    Later(for<'r> fn(&'r mut Repl<'_>, &'r str) -> CommandFuture<'r>),
}

type CommandFuture<'r> = Pin<Box<dyn Future<Output = Result<(), Failure>> + 'r>>;

impl SlashCommand {
    /// Its name and its aliases.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        std::iter::once(self.name).chain(self.aliases.iter().copied())
    }

    /// Its names and arguments, as lists show them.
    pub(super) fn form(&self) -> String {
        let names: Vec<String> = self.names().map(|name| format!("/{name}")).collect();
        format!("{} {}", names.join(" "), self.args).trim_end().to_owned()
    }

    /// Whether it does nothing without an argument.
    pub(super) fn needs_argument(&self) -> bool {
        !self.args.is_empty() && !self.args.starts_with('[')
    }

    /// The first of its names that begins so.
    pub fn name_with_prefix(&self, word: &str) -> Option<&'static str> {
        let word = word.to_lowercase();
        self.names().find(|name| name.starts_with(&word))
    }

    /// The same under further names.
    const fn or(mut self, aliases: &'static [&'static str]) -> SlashCommand {
        self.aliases = aliases;
        self
    }
}

/// Two commands are the same where their names are.
impl PartialEq for SlashCommand {
    fn eq(&self, other: &SlashCommand) -> bool {
        self.name == other.name
    }
}

impl Eq for SlashCommand {}

const fn command(
    name: &'static str,
    args: &'static str,
    about: StaticText,
    takes: ArgKind,
    run: CommandFunction,
) -> SlashCommand {
    SlashCommand {
        name,
        aliases: &[],
        args,
        about,
        takes,
        run,
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
pub const COMMANDS: &[SlashCommand] = &[
    command(
        "help",
        "",
        tr_static!("the commands and keys"),
        ArgKind::Nothing,
        CommandFunction::Now(|repl, _| repl.help()),
    ),
    command(
        "new",
        "",
        tr_static!("start a new conversation; this one stays saved"),
        ArgKind::Nothing,
        CommandFunction::Now(|repl, _| repl.start_over()),
    ),
    command(
        "clear",
        "",
        tr_static!("clear the screen and start a new conversation"),
        ArgKind::Nothing,
        CommandFunction::Now(|repl, _| repl.clear()),
    ),
    command(
        "model",
        "[ID]",
        tr_static!("show or switch the model; the conversation stays"),
        ArgKind::Model,
        CommandFunction::Later(|repl, args| Box::pin(repl.model(args))),
    ),
    command(
        "provider",
        "[NAME]",
        tr_static!("show or switch the provider; the conversation stays"),
        ArgKind::Provider,
        CommandFunction::Later(|repl, args| Box::pin(repl.provider(args))),
    ),
    command(
        "system",
        "[TEXT]",
        tr_static!("show or set the system message; - removes it"),
        ArgKind::Text,
        CommandFunction::Now(|repl, args| repl.system(args)),
    ),
    command(
        "template",
        "[NAME]",
        tr_static!("use a template for the next message, and its options from then on"),
        ArgKind::Template,
        CommandFunction::Later(|repl, args| Box::pin(repl.template(args))),
    ),
    command(
        "image",
        "PATH|URL|clipboard",
        tr_static!("attach a picture to the next message"),
        ArgKind::Path,
        CommandFunction::Later(|repl, args| Box::pin(repl.attach_image(args))),
    ),
    command(
        "file",
        "PATH|URL",
        tr_static!("attach a text file, or those of a folder or pattern, to the next message"),
        ArgKind::Path,
        CommandFunction::Later(|repl, args| Box::pin(repl.attach_file(args))),
    ),
    command(
        "draw",
        "PROMPT",
        tr_static!("make a picture; the next message can ask about it"),
        ArgKind::Text,
        CommandFunction::Later(|repl, args| Box::pin(repl.draw(args))),
    ),
    command(
        "think",
        "[on|off|BUDGET]",
        tr_static!("let the model think first, at most BUDGET tokens"),
        ArgKind::OneOf(&["on", "off"]),
        CommandFunction::Now(|repl, args| repl.think(args)),
    ),
    command(
        "thoughts",
        "",
        tr_static!("the thoughts behind the last answer"),
        ArgKind::Nothing,
        CommandFunction::Now(|repl, _| repl.thoughts()),
    ),
    command(
        "search",
        "[on|off]",
        tr_static!("let the model search the web"),
        ArgKind::OneOf(&["on", "off"]),
        CommandFunction::Now(|repl, args| repl.search(args)),
    ),
    command(
        "set",
        "[KEY [VALUE]]",
        tr_static!("set temperature, top_p, …; without VALUE the server's default applies"),
        ArgKind::OneOf(SETTABLE),
        CommandFunction::Now(|repl, args| repl.set(args)),
    ),
    command(
        "retry",
        "[MODEL]",
        tr_static!("ask again, of MODEL this once; the old answer stays as a branch"),
        ArgKind::Model,
        CommandFunction::Later(|repl, args| Box::pin(repl.retry(args))),
    )
    .or(&["regenerate"]),
    command(
        "continue",
        "",
        tr_static!("finish an answer that was cut or stopped"),
        ArgKind::Nothing,
        CommandFunction::Later(|repl, _| Box::pin(repl.continue_answer())),
    ),
    command(
        "undo",
        "",
        tr_static!("undo the last exchange; it stays as a branch"),
        ArgKind::Nothing,
        CommandFunction::Now(|repl, _| repl.undo()),
    ),
    command(
        "back",
        "",
        tr_static!("edit an earlier question and ask it as a branch"),
        ArgKind::Nothing,
        CommandFunction::Later(|repl, _| Box::pin(repl.go_back())),
    ),
    command(
        "compact",
        "",
        tr_static!("continue from the model's summary; the whole stays as a branch"),
        ArgKind::Nothing,
        CommandFunction::Later(|repl, _| Box::pin(repl.compact())),
    ),
    command(
        "fork",
        "",
        tr_static!("continue in a copy"),
        ArgKind::Nothing,
        CommandFunction::Now(|repl, _| repl.fork()),
    ),
    command(
        "edit",
        "[TEXT]",
        tr_static!("compose the message in $VISUAL or $EDITOR"),
        ArgKind::Text,
        CommandFunction::Later(|repl, args| Box::pin(repl.compose(args))),
    ),
    command(
        "view",
        "",
        tr_static!("show the last answer in $PAGER"),
        ArgKind::Nothing,
        CommandFunction::Later(|repl, _| Box::pin(repl.view())),
    ),
    command(
        "copy",
        "[code [N]]",
        tr_static!("last answer, or its last or N-th code block, to the clipboard"),
        ArgKind::OneOf(&["code"]),
        CommandFunction::Now(|repl, args| repl.copy(args)),
    ),
    command(
        "save",
        "[NAME]",
        tr_static!("name this conversation"),
        ArgKind::Line,
        CommandFunction::Now(|repl, args| repl.save(args)),
    ),
    command(
        "sessions",
        "[TEXT]",
        tr_static!("list conversations, or search them"),
        ArgKind::Line,
        CommandFunction::Now(|repl, args| repl.sessions(args)),
    ),
    command(
        "open",
        "[NAME|ID]",
        tr_static!("open another conversation, or a branch (#N) of this one"),
        ArgKind::Conversation,
        CommandFunction::Later(|repl, args| Box::pin(repl.open(args))),
    ),
    command(
        "export",
        "[FILE]",
        tr_static!("write the conversation to a .md, .json or .html file"),
        ArgKind::Path,
        CommandFunction::Now(|repl, args| repl.export(args)),
    ),
    command(
        "usage",
        "",
        tr_static!("tokens of this conversation"),
        ArgKind::Nothing,
        CommandFunction::Now(|repl, _| repl.usage()),
    )
    .or(&["tokens"]),
    command(
        "exit",
        "",
        tr_static!("exit"),
        ArgKind::Nothing,
        CommandFunction::Now(|repl, _| repl.exit()),
    )
    .or(&["quit", "bye"]),
];

/// The command of that name or alias, or the only one that begins so; else the names of all that begin so.
pub fn find(word: &str) -> Result<&'static SlashCommand, Vec<&'static str>> {
    let word = word.to_lowercase();
    if let Some(exact) = COMMANDS.iter().find(|command| command.names().any(|name| name == word)) {
        return Ok(exact);
    }
    let begun: Vec<_> = COMMANDS
        .iter()
        .filter_map(|command| Some((command, command.name_with_prefix(&word)?)))
        .collect();
    match begun.as_slice() {
        [(only, _)] => Ok(only),
        several => Err(several.iter().map(|(_, name)| *name).collect()),
    }
}

impl Repl<'_> {
    fn help(&mut self) -> Result<(), Failure> {
        let text = help_text(usize::from(self.app.host.window().0), self.app.ui.lang);
        self.print(UiText::foreign(text));
        Ok(())
    }
}

/// `/help`: the table, and the keys.
fn help_text(columns: usize, lang: Lang) -> String {
    let forms: Vec<String> = COMMANDS.iter().map(SlashCommand::form).collect();
    let width = forms.iter().map(String::len).max().unwrap_or(0);
    let is_narrow = columns < width + 30;
    let mut text = String::new();
    for (command, form) in COMMANDS.iter().zip(&forms) {
        if is_narrow {
            text.push_str(&format!(
                "{form}\n{}\n",
                fill_hanging("  ", command.about.localize(lang), columns, 2)
            ));
        } else {
            let head = format!("{form:width$}  ");
            text.push_str(&format!(
                "{}\n",
                fill_hanging(&head, command.about.localize(lang), columns, width + 2)
            ));
        }
    }
    text.push('\n');
    for line in KEYS {
        text.push_str(&format!("{}\n", fill_hanging("", line.localize(lang), columns, 2)));
    }
    text.trim_end().to_owned()
}

const KEYS: &[StaticText] = &[
    tr_static!("Enter sends; Alt-Enter, Ctrl-J or \\ before Enter: a new line; \"\"\" opens and closes a block"),
    tr_static!(
        "Esc or Ctrl-C stops an answer; Esc Esc edits an earlier question; Ctrl-D leaves; Ctrl-R searches; Ctrl-G: your editor"
    ),
    tr_static!(
        "@path attaches a file or picture, @folder/ and @*.rs text files; !command runs it and offers its output; // begins with /"
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_commands_share_a_name() {
        let mut all: Vec<&str> = COMMANDS.iter().flat_map(SlashCommand::names).collect();
        all.sort_unstable();
        let count = all.len();
        all.dedup();
        assert_eq!(count, all.len());
    }
}
