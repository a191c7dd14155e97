//! `/view`: the last answer in the user's pager.

use std::io::Write;
use std::process::Stdio;

use stream_markdown::Viewport;
use stream_markdown::sanitize::safe;

use super::Repl;
use crate::conversation::renderer::drawn;
use crate::error::{Failure, io_reason};
use crate::host::Host;
use crate::i18n::{UiText, quoted};
use crate::term::editor::{not_started, screen, shell};
use crate::tr;

impl Repl<'_> {
    /// Shows the last answer, drawn where the pager passes escape codes on to the terminal, else as it was written.
    pub(super) async fn view(&mut self) -> Result<(), Failure> {
        let Some(answer) = self.session.last_answer() else {
            return Err(Failure::usage(tr!("there is no answer to show")));
        };
        let viewport = Viewport {
            // Pagers know none.
            hyperlinks: false,
            ..self.app.look().viewport(true)
        };
        let pager = Pager::of(self.app.host);
        let text = match pager.takes_escapes && !self.is_raw {
            true => drawn(viewport, &answer),
            false => safe(&answer).into_owned(),
        };
        self.lend_terminal(move || pager.show(&text)).await
    }
}

/// The user's pager.
#[derive(Debug, PartialEq, Eq)]
struct Pager {
    /// A line for the shell.
    line: String,
    takes_escapes: bool,
    /// The value of `LESS`.
    options: String,
    /// Standard output is no terminal, so that the pager has to be given one.
    needs_screen: bool,
}

impl Pager {
    fn of(host: &Host) -> Pager {
        let fallback = if cfg!(windows) { "more" } else { "less" };
        let line = host.env.get("PAGER").unwrap_or(fallback);
        let program = line.split_whitespace().next().unwrap_or_default();
        let program = program.rsplit(['/', '\\']).next().unwrap_or_default();
        Pager {
            takes_escapes: matches!(program, "less" | "less.exe" | "bat" | "batcat" | "moar" | "moor" | "ov"),
            line: line.to_owned(),
            options: less_options(host.env.get("LESS").unwrap_or_default()),
            needs_screen: !host.ttys.stdout,
        }
    }

    /// Shows a text until the user leaves the pager.
    fn show(&self, text: &str) -> Result<(), Failure> {
        let cannot_start = |why: UiText| {
            Failure::other(tr!("cannot start the pager {}: {}", quoted(&self.line), why))
                .hint(tr!("$PAGER names the pager: `export PAGER=more`"))
        };
        let mut command = shell(&self.line);
        command.env("LESS", &self.options).stdin(Stdio::piped());
        if self.needs_screen {
            screen(&mut command);
        }
        let mut child = command.spawn().map_err(|error| cannot_start(io_reason(&error)))?;
        if let Some(mut input) = child.stdin.take() {
            // The user may leave before the end.
            let _ = input.write_all(text.as_bytes());
        }
        let status = child.wait().map_err(|error| cannot_start(io_reason(&error)))?;
        not_started(status).map_or(Ok(()), |why| Err(cannot_start(why)))
    }
}

/// The user's options for `less`, and `-R` before them, which passes colours on.
fn less_options(given: &str) -> String {
    match given {
        "" => "-R".to_owned(),
        given if given.starts_with('-') => format!("-R {given}"),
        // Their first minus may be left out ("less", section OPTIONS).
        given => format!("-R -{given}"),
    }
}

#[cfg(test)]
mod tests {

    use super::*;

    fn of(variables: &[(&str, &str)]) -> Pager {
        Pager::of(&Host::of_variables(variables, false))
    }

    #[test]
    fn answers_are_drawn_for_pagers_that_pass_colours_on() {
        for (pager, is_drawn) in [
            ("less", true),
            ("/usr/bin/less -F", true),
            ("more", false),
            ("cat", false),
            ("lessen", false),
        ] {
            assert_eq!(of(&[("PAGER", pager)]).takes_escapes, is_drawn, "{pager}");
        }
        #[cfg(unix)]
        assert!(of(&[]).takes_escapes);
    }

    #[test]
    fn the_options_of_less_are_kept() {
        assert_eq!(less_options(""), "-R");
        assert_eq!(less_options("-iX"), "-R -iX");
        assert_eq!(less_options("FRX"), "-R -FRX");
    }
}
