//! `/back`: an earlier question, edited and asked as a branch.

use stream_markdown::sanitize::safe_line;

use super::Repl;
use super::attachments::{AttachedContent, PromptAttachment};
use super::menu::{Menu, MenuRow, MenuStyle};
use super::picker::{PickList, Picked};
use crate::error::Failure;
use crate::text::file_block::{FileBlock, split_files};
use crate::{tr, tr_static};
use qwen_api::Message;

impl Repl<'_> {
    /// Lets the user choose a question. It stands at the prompt then, and what is sent next takes its place.
    pub(super) async fn go_back(&mut self) -> Result<(), Failure> {
        let mut questions = self.session.questions()?;
        // The newest first.
        questions.reverse();
        if questions.is_empty() {
            self.print(tr!("there is no question to go back to"));
            return Ok(());
        }
        let rows = questions.iter().map(|(at, question)| MenuRow {
            name: at.to_string(),
            cells: vec![first_line(question)],
            is_current: false,
        });
        let pick_list = PickList {
            what: tr_static!("question"),
            menu: Menu::new(rows.collect(), MenuStyle::of(self.app)),
            is_open: false,
            typed: None,
        };
        let Picked::Row(name) = self.pick(pick_list).await? else {
            return Ok(());
        };
        let chosen = questions.into_iter().find(|(at, _)| at.to_string() == name);
        if let Some((at, question)) = chosen {
            self.revise(at, question);
        }
        Ok(())
    }

    /// Puts a question to the prompt, with what was attached to it.
    fn revise(&mut self, at: usize, question: Message) {
        let text = question.plain_text();
        let (files, words) = split_files(&text);
        let words = words.trim_matches('\n');
        // What the words mention is read again when they are sent.
        let places = self.attachment_reader().mentioned(words, &mut Vec::new());
        let pictures = question
            .media()
            .filter(|media| !places.iter().any(|place| place.ends_with(&media.name)));
        let pictures = pictures.map(|media| PromptAttachment::media(media.clone()));
        let files = files
            .iter()
            .filter(|file| !places.iter().any(|place| is_of(file, place)));
        let files = files.map(|file| PromptAttachment {
            name: file.name.rsplit('/').next().unwrap_or(file.name).to_owned(),
            content: AttachedContent::Before(file.block.to_owned()),
        });
        self.attachments = pictures.chain(files).collect();
        self.initial = (words.to_owned(), String::new());
        self.note(tr!(
            "what you send now takes the place of this question, which stays as a branch; Ctrl-C leaves it as it is"
        ));
        self.revised = Some((at, question));
    }

    /// Goes back to the question that is being edited, right before another is asked in its place.
    pub(super) fn branch_off(&mut self) -> Result<(), Failure> {
        let Some((at, question)) = self.revised.take() else {
            return Ok(());
        };
        // Another conversation may have been opened meanwhile.
        if self.session.messages().nth(at) == Some(&question) {
            self.session.rewind(at)?;
        }
        Ok(())
    }

    /// Leaves the question that is being edited as it is.
    pub(super) fn drop_revision(&mut self) {
        if self.revised.take().is_some() {
            self.note(tr!("the conversation stays as it was"));
        }
    }
}

/// Whether a file is one of those that a mentioned place names.
fn is_of(file: &FileBlock<'_>, place: &str) -> bool {
    file.name == place || place.contains(['*', '?', '[', '{']) || place.ends_with('/') && file.name.starts_with(place)
}

fn first_line(question: &Message) -> String {
    let text = question.plain_text();
    let line = split_files(&text).1.lines().find(|line| !line.trim().is_empty());
    let media = || question.media().next().map(|media| media.name.as_str());
    safe_line(line.or_else(media).unwrap_or_default().trim())
}
