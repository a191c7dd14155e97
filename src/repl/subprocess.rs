//! Other programs: the user's editor (`/edit`, Ctrl-G), and commands of the shell (`!command`).

use std::io::{Read, Write};
use std::process::{ExitStatus, Stdio};

use stream_markdown::sanitize::Sanitizer;

use super::Repl;
use super::attachments;
use super::line_parser::{ParsedLine, parse};
use super::multiline::as_block;
use crate::error::{Failure, io_reason};
use crate::host::Host;
use crate::i18n::UiText;
use crate::term::editor;
use crate::term::ui::Ui;
use crate::tr;

/// The most output of a command that is attached.
const MAX_OUTPUT_BYTES: usize = 1024 * 1024;

impl Repl<'_> {
    /// Runs another program that has the terminal meanwhile. A Ctrl-C there was meant for that program.
    pub(super) async fn lend_terminal<T: Send + 'static>(
        &mut self,
        work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        self.tty.restore();
        let done = tokio::task::spawn_blocking(work).await;
        self.tty.hush();
        self.cancel.reset();
        done.unwrap_or_else(|_| Err(Failure::no_thread()))
    }

    /// `/edit`: lets the user write in their editor, and sends that.
    pub(super) async fn compose(&mut self, text: &str) -> Result<(), Failure> {
        let (host, begun) = (self.app.host.clone(), text.to_owned());
        match self.lend_terminal(move || edit(&host, &begun)).await {
            Ok(Some(written)) if !written.trim().is_empty() => {
                // As a line it might be a command.
                let line = match parse(&written, false) {
                    ParsedLine::Message(message) if message == written => written.clone(),
                    _ => as_block(&written),
                };
                self.editor.remember(&line);
                self.print(UiText::foreign(written.as_str()));
                self.send(written, &line, false).await?;
            }
            Ok(Some(_)) => self.note(tr!("the message is empty; nothing was sent")),
            Ok(None) => {
                self.note(tr!("the editor exited with an error; nothing was sent"));
                self.initial = (text.to_owned(), String::new());
            }
            Err(failure) => {
                self.initial = (text.to_owned(), String::new());
                return Err(failure);
            }
        }
        Ok(())
    }

    /// `!command`: runs it and attaches its output to the next message.
    pub(super) async fn shell(&mut self, command: String) -> Result<(), Failure> {
        let line = command.clone();
        let ran = self.lend_terminal(move || run(&line)).await?;
        if !ran.status.success() {
            self.note(tr!("{}: {}", command, editor::ending(ran.status)));
        }
        if ran.output.trim().is_empty() {
            self.note(tr!("no output to attach"));
            return Ok(());
        }
        if ran.is_cut {
            self.note(tr!("the output was cut at 1 MiB"));
        }
        self.attachments.push(attachments::output(&command, &ran.output));
        self.note(tr!(
            "the output is sent with the next message; Ctrl-C on an empty line removes it"
        ));
        Ok(())
    }
}

/// Opens the editor on `text` and gives what was written. `None`: the editor exited with an error.
fn edit(host: &Host, text: &str) -> Result<Option<String>, Failure> {
    let failed = |why: std::io::Error| Failure::io(tr!("write a file for the editor"), &why);
    // Only its owner can read it, and it goes when this is done.
    let mut file = tempfile::Builder::new()
        .prefix("qwen-")
        .suffix(".md")
        .tempfile()
        .map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    if !editor::open(host, file.path())?.success() {
        return Ok(None);
    }
    // Read by its name: editors like to put a new file in the place of the old one.
    let written = std::fs::read_to_string(file.path());
    let written = written.map_err(|why| Failure::io(tr!("read the file of the editor"), &why))?;
    Ok(Some(written.trim_end().to_owned()))
}

/// A command that has ended, and the output of both its streams in the order it came.
#[derive(Debug)]
struct Ran {
    output: String,
    status: ExitStatus,
    is_cut: bool,
}

/// Runs a command in the shell and shows its output as it comes, made safe for the terminal.
fn run(command: &str) -> Result<Ran, Failure> {
    let failed = |error: &std::io::Error| Failure::other(tr!("cannot run the shell: {}", io_reason(error)));
    let (mut reader, writer) = std::io::pipe().map_err(|error| failed(&error))?;
    let mut shell = editor::shell(command);
    editor::keyboard(&mut shell);
    let also = writer.try_clone().map_err(|error| failed(&error))?;
    shell.stdout(Stdio::from(writer)).stderr(Stdio::from(also));
    let mut child = shell.spawn().map_err(|error| failed(&error))?;
    // It holds the pipe's other ends: while they are open the reading does not end.
    drop(shell);
    let mut kept = Vec::new();
    let mut open = Vec::new();
    let mut is_cut = false;
    let mut safe = Sanitizer::default();
    let mut buffer = [0; 8192];
    while let Ok(count @ 1..) = reader.read(&mut buffer) {
        let room = MAX_OUTPUT_BYTES.saturating_sub(kept.len());
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
    // Output in no known encoding is attached as it was shown.
    let shown = String::from_utf8_lossy(&kept).into_owned();
    let output = crate::text::decode::decode(kept, None).map_or(shown, |decoded| decoded.text);
    if !output.is_empty() && !output.ends_with('\n') {
        show(&mut safe, "\n");
    }
    Ok(Ran { output, status, is_cut })
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
