//! What the finish reason of an answer means for the user.

use super::Turn;
use crate::error::{Failure, Kind};
use crate::i18n::UiText;
use crate::tr;
use qwen_api::Finish;

impl Turn<'_> {
    /// The notices at the end of a whole answer, or the failure that its finish reason is.
    pub(super) fn verdict(&self, notices: &mut Vec<UiText>) -> Option<Failure> {
        match self.partial.reply.finish.as_ref()? {
            Finish::ContentFilter => {
                return Some(
                    Failure::new(Kind::Refused, tr!("the content filter stopped the answer"))
                        .hint(tr!("reword the prompt")),
                );
            }
            Finish::Length => notices.push(tr!(
                "the answer was cut off at the token limit; raise it with {}",
                self.context.choose("--max-tokens", "/set max_tokens")
            )),
            Finish::Other(word) => notices.push(tr!("the server ended the answer for an unknown reason: {}", word)),
            _ => {}
        }
        if self.has_left_out_call {
            notices.push(tr!(
                "the model tried to call a tool; no tools are available, so the call was ignored"
            ));
        }
        if !self.partial.reply.has_text() {
            notices.push(match (self.partial.reply.has_reasoning(), &self.partial.reply.finish) {
                (true, _) => self.context.choose(
                    tr!(
                        "the model sent thinking and no answer; --show-thinking always shows it, --no-think turns it off"
                    ),
                    tr!("the model sent thinking and no answer; /think off turns it off"),
                ),
                (false, Some(Finish::ToolCalls)) => tr!("the answer contains only a tool call"),
                (false, _) => tr!("the model's answer is empty"),
            });
        }
        None
    }
}
