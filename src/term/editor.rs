//! The user's editor, and what other programs on the terminal need: a shell, the keyboard, the screen, words for how they ended.

use std::path::Path;
use std::process::{Command, ExitStatus};

use crate::error::{Failure, io_reason};
use crate::host::Host;
use crate::i18n::{UiText, quoted};
use crate::tr;

/// Opens `$VISUAL` or `$EDITOR` on a file, and waits until it exits.
pub fn open(host: &Host, path: &Path) -> Result<ExitStatus, Failure> {
    let editor = name(host);
    let cannot_start = |why: UiText| {
        Failure::other(tr!("cannot start the editor {}: {}", quoted(editor), why))
            .hint(tr!("$VISUAL, or else $EDITOR, names the editor: `export EDITOR=nano`"))
    };
    let mut command = if cfg!(windows) {
        let mut command = Command::new("cmd");
        command.arg("/C").arg(format!("{editor} \"{}\"", path.display()));
        command
    } else {
        let mut command = Command::new("sh");
        // The shell splits the editor's own arguments, as git has it done.
        command.arg("-c").arg(format!("{editor} \"$@\"")).arg(editor).arg(path);
        command
    };
    keyboard(&mut command);
    let status = command.status().map_err(|error| cannot_start(io_reason(&error)))?;
    not_started(status).map_or(Ok(status), |why| Err(cannot_start(why)))
}

/// Why a shell did not start a command, by its exit status (POSIX, "Exit Status for Commands").
pub fn not_started(status: ExitStatus) -> Option<UiText> {
    match status.code() {
        Some(127) if cfg!(unix) => Some(tr!("the command was not found")),
        Some(126) if cfg!(unix) => Some(tr!("it is not a program that can be run")),
        _ => None,
    }
}

/// The shell's command that runs a line.
pub fn shell(line: &str) -> Command {
    let (shell, option) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
    let mut command = Command::new(shell);
    command.arg(option).arg(line);
    command
}

/// Lets a command write to the terminal even where stdout is a file.
pub fn screen(command: &mut Command) {
    #[cfg(unix)]
    if let Ok(tty) = std::fs::File::options().write(true).open("/dev/tty") {
        command.stdout(tty);
    }
    #[cfg(not(unix))]
    let _ = command;
}

/// The command of the user's editor, arguments included.
pub fn name(host: &Host) -> &str {
    let fallback = if cfg!(windows) { "notepad" } else { "vi" };
    host.env
        .get("VISUAL")
        .or_else(|| host.env.get("EDITOR"))
        .unwrap_or(fallback)
}

/// Lets a command read the keyboard even where stdin is a pipe.
pub fn keyboard(command: &mut Command) {
    #[cfg(unix)]
    if let Ok(tty) = std::fs::File::open("/dev/tty") {
        command.stdin(tty);
    }
    #[cfg(not(unix))]
    let _ = command;
}

/// How a command ended, in the words of a shell.
pub fn ending(status: ExitStatus) -> UiText {
    #[cfg(unix)]
    if let Some(number) = std::os::unix::process::ExitStatusExt::signal(&status) {
        let name = match number {
            1 => " (SIGHUP)",
            2 => " (SIGINT)",
            6 => " (SIGABRT)",
            9 => " (SIGKILL)",
            11 => " (SIGSEGV)",
            13 => " (SIGPIPE)",
            15 => " (SIGTERM)",
            _ => "",
        };
        return tr!("ended by signal {}{}", number, name);
    }
    tr!("exit status {}", status.code().unwrap_or_default())
}
