//! Other programs: the user's editor, and commands of the shell.

use std::io::{Read, Write};
use std::process::{Command, ExitStatus, Stdio};

use stream_markdown::sanitize::Sanitizer;

use crate::error::{Failure, io_reason};
use crate::host::Host;
use crate::i18n::quoted;
use crate::term::ui::Ui;
use crate::tr;

/// The most output of a command that is kept.
const MOST_OUTPUT: usize = 1024 * 1024;

/// Lets the user write in `$VISUAL` or `$EDITOR`, beginning with `text`. `None`: the editor failed or was left so.
pub(super) fn compose(host: &Host, text: &str) -> Result<Option<String>, Failure> {
    let fallback = if cfg!(windows) { "notepad" } else { "vi" };
    let editor = host
        .env
        .get("VISUAL")
        .or_else(|| host.env.get("EDITOR"))
        .unwrap_or(fallback);
    let failed =
        |why: &std::io::Error| Failure::other(tr!("cannot start the editor {}: {}", quoted(editor), io_reason(why)));
    // Only its owner can read it, and it goes when this is done.
    let mut file = tempfile::Builder::new()
        .prefix("qwen-")
        .suffix(".md")
        .tempfile()
        .map_err(|error| failed(&error))?;
    file.write_all(text.as_bytes()).map_err(|error| failed(&error))?;
    let mut command = if cfg!(windows) {
        let mut command = Command::new("cmd");
        command.arg("/C").arg(format!("{editor} \"{}\"", file.path().display()));
        command
    } else {
        let mut command = Command::new("sh");
        // The shell splits the editor's own arguments, as git has it done.
        command
            .arg("-c")
            .arg(format!("{editor} \"$@\""))
            .arg(editor)
            .arg(file.path());
        command
    };
    keyboard(&mut command);
    let status = command.status().map_err(|error| failed(&error))?;
    if !status.success() {
        return Ok(None);
    }
    // Read by its name: editors like to put a new file in the place of the old one.
    let written = std::fs::read_to_string(file.path()).map_err(|error| failed(&error))?;
    Ok(Some(written.trim_end().to_owned()))
}

/// A child reads the keyboard even where stdin was a pipe.
fn keyboard(command: &mut Command) {
    #[cfg(unix)]
    if let Ok(tty) = std::fs::File::open("/dev/tty") {
        command.stdin(tty);
    }
    #[cfg(not(unix))]
    let _ = command;
}

/// What a command of the shell said, both its streams in the order they came.
#[derive(Debug)]
pub(super) struct IntoArg {
    pub(super) output: String,
    pub(super) status: ExitStatus,
    pub(super) is_cut: bool,
}

/// Runs a command in the shell and shows what it says as it says it, made safe for the terminal.
pub(super) fn run(command: &str) -> Result<IntoArg, Failure> {
    let failed = |error: &std::io::Error| Failure::other(tr!("cannot run the shell: {}", io_reason(error)));
    let (mut reader, writer) = std::io::pipe().map_err(|error| failed(&error))?;
    let mut shell = if cfg!(windows) {
        let mut shell = Command::new("cmd");
        shell.arg("/C").arg(command);
        shell
    } else {
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(command);
        shell
    };
    keyboard(&mut shell);
    let also = writer.try_clone().map_err(|error| failed(&error))?;
    shell.stdout(Stdio::from(writer)).stderr(Stdio::from(also));
    let mut child = shell.spawn().map_err(|error| failed(&error))?;
    // It holds the ends that are written to: without them the reading would never end.
    drop(shell);
    let mut kept = Vec::new();
    let mut open = Vec::new();
    let mut is_cut = false;
    let mut safe = Sanitizer::default();
    let mut buffer = [0; 8192];
    while let Ok(count @ 1..) = reader.read(&mut buffer) {
        let room = MOST_OUTPUT.saturating_sub(kept.len());
        kept.extend_from_slice(&buffer[..count.min(room)]);
        is_cut |= count > room;
        open.extend_from_slice(&buffer[..count]);
        let whole = whole_characters(&open);
        show(&mut safe, &String::from_utf8_lossy(&open[..whole]));
        open.drain(..whole);
    }
    show(&mut safe, &String::from_utf8_lossy(&open));
    let status = child.wait().map_err(|error| failed(&error))?;
    if is_cut {
        kept.truncate(whole_characters(&kept));
    }
    // What is in no encoding that can be told goes along as it was shown.
    let shown = String::from_utf8_lossy(&kept).into_owned();
    let output = crate::text::decode::decode(kept, None).map_or(shown, |decoded| decoded.text);
    if !output.is_empty() && !output.ends_with('\n') {
        show(&mut safe, "\n");
    }
    Ok(IntoArg { output, status, is_cut })
}

/// How many bytes make up whole characters, so that none is shown in halves.
fn whole_characters(bytes: &[u8]) -> usize {
    let length = bytes.len();
    for back in 1..=length.min(3) {
        let takes = match bytes[length - back] {
            0xc0..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xff => 4,
            0x80..=0xbf => continue,
            _ => 1,
        };
        return if takes > back { length - back } else { length };
    }
    length
}

fn show(safe: &mut Sanitizer, text: &str) {
    Ui::put(&safe.clean(&text.replace("\r\n", "\n")));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_not_shown_in_halves() {
        let text = "a中".as_bytes();
        assert_eq!(whole_characters(text), 4);
        assert_eq!(whole_characters(&text[..3]), 1);
        assert_eq!(whole_characters(&text[..2]), 1);
        assert_eq!(whole_characters(b"a"), 1);
        assert_eq!(whole_characters(b""), 0);
    }
}
