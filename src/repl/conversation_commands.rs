//! The commands about conversations: begin, undo, fork, name, list, open, export, count.

use std::path::PathBuf;

use jiff::tz::TimeZone;
use stream_markdown::sanitize::safe_line;

use super::Repl;
use super::conversation_rows::conversation_menu;
use super::menu::{MenuRow, MenuStyle};
use super::path_text::{resolve, unquoted};
use super::picker::{PickList, Picked};
use crate::conversation::transcript::Transcript;
use crate::error::Failure;
use crate::i18n::{UiText, quoted};
use crate::store::export::{ExportFormat, export};
use crate::store::listing;
use crate::store::{Conversation, IdEnds, MessageId, Store};
use crate::term::out::{WholeFile, is_stdout, write_out};
use crate::term::ui::Ui;
use crate::{tr, tr_static};
use qwen_api::Role;

/// The rows of a window that are not for the exchange drawn when a conversation is opened.
const OTHER_ROWS: usize = 7;
/// What `/sessions` shows.
const MAX_LISTED: usize = 20;

impl Repl<'_> {
    pub(super) fn start_over(&mut self) -> Result<(), Failure> {
        if let Some(id) = self.session.id() {
            self.note(tr!("new conversation; the previous one is {}", self.shown_id(id)));
        } else {
            self.note(tr!("new conversation"));
        }
        self.session.start_over();
        self.spent = Default::default();
        Ok(())
    }

    /// `/clear`: starts over on an empty screen. What was on it can still be scrolled to.
    pub(super) fn clear(&mut self) -> Result<(), Failure> {
        let host = self.app.host;
        if host.ttys.stderr && !host.is_dumb_terminal() && !host.is_accessible() {
            Ui::put("\x1b[H\x1b[2J");
        }
        self.start_over()
    }

    pub(super) fn undo(&mut self) -> Result<(), Failure> {
        match self.session.undo()? {
            Some(message) => {
                let text = message.plain_text();
                let line = safe_line(text.lines().next().unwrap_or_default());
                self.note(tr!("undone: {}", line));
            }
            None => self.print(tr!("nothing to undo")),
        }
        Ok(())
    }

    pub(super) fn fork(&mut self) -> Result<(), Failure> {
        let mut store = self.reading()?;
        let conversation = self.stored(&store)?;
        let copy = store.fork(&conversation)?;
        self.session.open(&store, &copy)?;
        self.note(tr!("continuing in a copy: {}", self.shown_id(&copy.id)));
        Ok(())
    }

    pub(super) fn save(&mut self, name: &str) -> Result<(), Failure> {
        let mut store = self.reading()?;
        let conversation = self.stored(&store)?;
        if name.is_empty() {
            self.print(tr!(
                "{} is saved automatically: {}",
                self.shown_id(&conversation.id),
                safe_line(conversation.label())
            ));
            return Ok(());
        }
        store.rename(&conversation.id, Some(name))?;
        self.note(tr!("saved as {}; to resume it: qwen chat -r {}", name, quoted(name)));
        Ok(())
    }

    pub(super) fn sessions(&mut self, words: &str) -> Result<(), Failure> {
        let store = self.reading()?;
        let mut look = listing::ListStyle {
            columns: self.app.ui.line_columns(self.app.host.window().0.into()),
            is_colored: self.app.ui.is_styled,
            now: crate::host::now(),
            zone: TimeZone::system(),
            lang: self.app.ui.lang,
            ends: IdEnds::default(),
        };
        // One more than is shown, to know whether there are more.
        let (text, found) = if words.is_empty() {
            let all = store.list(MAX_LISTED + 1)?;
            look.ends = store.id_ends(all.iter().map(|one| &one.id))?;
            (listing::list(&all[..all.len().min(MAX_LISTED)], &look), all.len())
        } else {
            let all = store.search(words, MAX_LISTED + 1, look.columns.saturating_sub(4))?;
            look.ends = store.id_ends(all.iter().map(|one| &one.conversation.id))?;
            (listing::found(&all[..all.len().min(MAX_LISTED)], &look), all.len())
        };
        if found == 0 {
            self.print(tr!("no conversations found"));
            return Ok(());
        }
        Ui::put(&self.app.ui.with_marks(text));
        if found > MAX_LISTED {
            self.note(tr!(
                "only the latest {} are listed; /sessions TEXT searches all",
                MAX_LISTED
            ));
        }
        Ok(())
    }

    /// `/open`: another conversation, or with `#N` a branch of this one. A part of a title narrows the list.
    pub(super) async fn open(&mut self, args: &str) -> Result<(), Failure> {
        let mut store = self.reading()?;
        let branches = match self.stored(&store) {
            Ok(conversation) => self.branches(&store, &conversation)?,
            Err(_) => Vec::new(),
        };
        let meant = match store.conversation(args) {
            Ok(conversation) => conversation.id,
            Err(_) if args.starts_with('#') => args.to_owned(),
            Err(failure) => {
                let before = branches.iter().map(|(_, row)| row.clone()).collect();
                let menu = conversation_menu(&store, before, self.session.id(), MenuStyle::of(self.app))?;
                let pick_list = PickList {
                    what: tr_static!("open"),
                    menu,
                    is_open: false,
                    typed: Some(args).filter(|args| !args.is_empty()),
                };
                match self.pick(pick_list).await? {
                    Picked::Row(meant) => meant,
                    Picked::Typed(_) => return Err(failure),
                    Picked::Nothing => return Ok(()),
                }
            }
        };
        if meant.starts_with('#') {
            let Some((tip, _)) = branches.iter().find(|(_, row)| row.name == meant) else {
                return Err(Failure::usage(tr!("this conversation has no branch {}", meant))
                    .hint(tr!("/open without a name lists them")));
            };
            let conversation = self.stored(&store)?;
            store.set_head(&conversation.id, Some(*tip))?;
            return self.go_to(&store, &conversation.id);
        }
        self.go_to(&store, &meant)
    }

    fn go_to(&mut self, store: &Store, id: &str) -> Result<(), Failure> {
        let conversation = store
            .by_id(id)?
            .ok_or_else(|| Failure::usage(tr!("the conversation has been removed")))?;
        self.session.open(store, &conversation)?;
        self.spent = Default::default();
        self.show_end(&conversation);
        Ok(())
    }

    /// Prints the first lines: the end of a resumed conversation, or how to get help.
    pub fn greet(&mut self) {
        self.note(tr!(
            "qwen {} · {} · {}",
            env!("CARGO_PKG_VERSION"),
            self.session.model,
            self.session.provider
        ));
        let id = self.session.id().map(str::to_owned);
        let stored = id.map(|id| self.reading().and_then(|store| store.by_id(&id)));
        match stored {
            Some(Ok(Some(conversation))) => self.show_end(&conversation),
            _ => self.note(tr!("/help lists the commands, Ctrl-D leaves")),
        }
    }

    /// Prints a conversation's name and its last exchange in short.
    fn show_end(&self, conversation: &Conversation) {
        self.note(tr!(
            "{}: {} messages, {}",
            conversation.label(),
            conversation.messages,
            date(conversation.updated)
        ));
        if self.app.host.ttys.stdout {
            self.draw_end();
            return;
        }
        let last: Vec<_> = self.session.messages().rev().take(2).collect();
        for message in last.into_iter().rev() {
            let text = message.plain_text();
            let mut lines = text.lines().filter(|line| !line.trim().is_empty());
            let (first, more) = (lines.next().unwrap_or_default(), lines.next().is_some());
            let who = if message.role == Role::User { "> " } else { "" };
            self.note(UiText::foreign(format!("{who}{first}{}", if more { " …" } else { "" })));
        }
    }

    /// Draws the last exchange as it looked, in about a window.
    fn draw_end(&self) {
        if self.app.ui.is_quiet {
            return;
        }
        let transcript = Transcript {
            look: self.app.look(),
            is_terminal: self.app.host.ttys.stderr,
            is_raw: self.is_raw,
        };
        // The lines above and below it, and the prompt.
        let rows = usize::from(self.app.host.window().1).saturating_sub(OTHER_ROWS);
        let last = transcript.last_exchange(self.session.messages(), rows);
        if !last.question.is_empty() {
            Ui::put(&format!("\n{}", last.question));
        }
        if last.hidden > 0 {
            self.app.ui.note_drawn("");
            self.note(match last.hidden {
                1 => tr!("… one line more; /view shows the whole answer"),
                more => tr!("… {} lines more; /view shows the whole answer", more),
            });
            Ui::put(&last.answer);
        } else if !last.answer.is_empty() {
            Ui::put(&format!("\n{}", last.answer));
        }
    }

    /// The branches of this conversation, each with its last message; none where there is only one.
    fn branches(&self, store: &Store, conversation: &Conversation) -> Result<Vec<(MessageId, MenuRow)>, Failure> {
        let branches = store.branches(conversation)?;
        if branches.iter().all(|branch| branch.is_current) {
            return Ok(Vec::new());
        }
        let mut rows = Vec::new();
        for (number, branch) in branches.iter().enumerate() {
            let tip = store.message(branch.tip)?.message.plain_text();
            let line = tip
                .lines()
                .find(|line| !line.trim().is_empty())
                .map_or_else(|| tr!("(no answer)"), |line| UiText::foreign(safe_line(line)));
            let label = match branch.is_current {
                true => tr!("#{} branch of this conversation (current): {}", number + 1, line),
                false => tr!("#{} branch of this conversation: {}", number + 1, line),
            };
            let row = MenuRow {
                name: format!("#{}", number + 1),
                cells: vec![label.localize(self.app.ui.lang)],
                is_current: false,
            };
            rows.push((branch.tip, row));
        }
        Ok(rows)
    }

    pub(super) fn export(&mut self, args: &str) -> Result<(), Failure> {
        let store = self.reading()?;
        let conversation = self.stored(&store)?;
        let path = match unquoted(args) {
            path if path.is_empty() => PathBuf::from(format!("qwen-{}.md", conversation.id)),
            path => resolve(std::path::Path::new(""), self.app.host.home().as_deref(), &path),
        };
        let format = ExportFormat::from_path(&path);
        // A name without an ending is a Markdown file, as is standard output.
        let has_ending = path.extension().is_some() || args.contains(char::is_whitespace);
        if format.is_none() && has_ending {
            return Err(Failure::usage(tr!("/export writes a .md, .json or .html file")));
        }
        let whole = match &self.app.host.cwd {
            Some(cwd) => cwd.join(&path),
            None => path.clone(),
        };
        let to_stdout = is_stdout(&path);
        if whole.exists() && !to_stdout {
            return Err(Failure::usage(tr!("{} already exists", path.display())).hint(tr!("name another file")));
        }
        let text = export(
            format.unwrap_or(ExportFormat::Markdown),
            &conversation,
            &store.branch(&conversation)?,
            &TimeZone::system(),
        );
        if to_stdout {
            return write_out(&text);
        }
        WholeFile::write(&whole, &text)?;
        self.note(tr!("written to {}", path.display()));
        Ok(())
    }

    pub(super) fn usage(&mut self) -> Result<(), Failure> {
        let stored = self.reading().and_then(|store| {
            let conversation = self.stored(&store)?;
            let (usage, answers) = store.usage(&conversation)?;
            let counted = store.conversation_usage(&conversation.id)?;
            // Those of before this was counted.
            let uncounted = answers.saturating_sub(counted.requests);
            let mut costs = counted.costs;
            costs.unpriced += uncounted;
            Ok((usage, answers, costs))
        });
        let (usage, answers, costs) = stored.unwrap_or_else(|_| {
            let super::Spent { usage, answers, costs } = &self.spent;
            (*usage, *answers, costs.clone())
        });
        let (input, output, total) = (usage.input_tokens, usage.output_tokens, usage.total_tokens);
        let tokens = match answers {
            1 => tr!("{} tokens in, {} out, {} in all, for one answer", input, output, total),
            _ => tr!(
                "{} tokens in, {} out, {} in all, over {} answers",
                input,
                output,
                total,
                answers
            ),
        };
        let paid = match (costs.amounts(), costs.is_estimated) {
            (paid, _) if paid.is_empty() => tokens,
            (paid, true) => tr!("{}; about {}", tokens, paid),
            (paid, false) => tr!("{}; {}", tokens, paid),
        };
        self.print(match costs.unpriced {
            0 => paid,
            1 => tr!("{}; the cost of one request is unknown", paid),
            count => tr!("{}; the cost of {} requests is unknown", paid, count),
        });
        Ok(())
    }

    /// Makes sure that the conversation is in the store that the next run opens.
    pub fn settle(&mut self) {
        let mut notices = Vec::new();
        self.session.settle(&mut notices);
        self.app.notices(&notices);
    }

    /// The end by which the conversation of this id is shown; all of it where the store cannot be read.
    pub(super) fn shown_id(&self, id: &str) -> String {
        let store = Store::glance(&self.app.settings.paths.data);
        let ends = store.and_then(|store| store.id_ends([id]).ok());
        ends.map_or(id, |ends| ends.of(id)).to_owned()
    }

    /// A second connection to the store, for reading.
    pub(super) fn reading(&mut self) -> Result<Store, Failure> {
        let (store, mut notices) = Store::open(&self.app.settings.paths.data)?;
        self.session.settle(&mut notices);
        self.app.notices(&notices);
        Ok(store)
    }

    /// This conversation as it is stored.
    pub(super) fn stored(&self, store: &Store) -> Result<Conversation, Failure> {
        let Some(id) = self.session.id() else {
            return Err(if self.session.has_question() {
                Failure::usage(tr!("this conversation is not saved"))
            } else {
                Failure::usage(tr!("this conversation is empty"))
            });
        };
        store
            .by_id(id)?
            .ok_or_else(|| Failure::usage(tr!("the conversation has been removed")))
    }
}

fn date(millis: i64) -> UiText {
    let now = crate::host::now();
    crate::store::ago(millis, now, &TimeZone::system())
}
