//! Titles by the model, where the setting `titles` asks for them.

use super::Repl;
use crate::config::setting_values::TitleSource;
use crate::store::{Store, UsageEntry, shortened_title};
use qwen_api::{ChatRequest, Message, Params, Role, Thinking, catalog};

const REQUEST: &str = "Give this conversation a title of at most six words, in the conversation's language. \
    Answer with the title alone.";
/// The most characters of the question and of the answer that are sent.
const MAX_CHARS: usize = 2000;
/// The most tokens of a title.
const MAX_TOKENS: u32 = 60;

impl Repl<'_> {
    /// Asks for a title after the first answer of a conversation that is stored. The prompt does not wait for it: it is
    /// stored when it comes, and one that fails is in the log alone. A title that has not come when the user leaves is
    /// given up.
    pub(super) fn request_title(&mut self) {
        let exchange: Vec<&Message> = self.session.messages().take(3).collect();
        let (Some(id), [question, answer]) = (self.session.id(), exchange.as_slice()) else {
            return;
        };
        if self.app.settings.titles.value != TitleSource::Model || self.titled.as_deref() == Some(id) {
            return;
        }
        let id = id.to_owned();
        let request = request(&self.session.model, question, answer);
        let (client, folder) = (self.connection.client.clone(), self.app.settings.paths.data.clone());
        let (meter, context) = (self.connection.meter.clone(), self.connection.context.clone());
        let (provider, model) = (self.session.provider.clone(), self.session.model.clone());
        self.titled = Some(id.clone());
        tokio::spawn(async move {
            // A title is not worth an error.
            let Ok(reservation) = meter.allow(&request, &context).await else {
                return;
            };
            // The client logs a failure.
            let Ok(reply) = client.chat(request).send().await else {
                return;
            };
            if !reply.remote.is_empty() {
                let _ = client.forget(&reply.remote).await;
            }
            let price = meter.prices.known(&model);
            let cost = meter.cost(price.as_ref(), reply.usage.as_ref(), reply.has_reasoning(), false);
            let stored = move || {
                let mut store = Store::open(&folder)?.0;
                if let Some(title) = title(&reply.text) {
                    store.retitle(&id, &title)?;
                }
                store.count_usage(&[UsageEntry {
                    provider: &provider,
                    model: &model,
                    conversation: Some(&id),
                    usage: reply.usage.unwrap_or_default(),
                    cost,
                }])
            };
            let _ = tokio::task::spawn_blocking(stored).await;
            drop(reservation);
        });
    }
}

fn request(model: &str, question: &Message, answer: &Message) -> ChatRequest {
    let part = |message: &Message| message.plain_text().chars().take(MAX_CHARS).collect::<String>();
    let words = format!(
        "{REQUEST}\n\n<question>\n{}\n</question>\n\n<answer>\n{}\n</answer>",
        part(question),
        part(answer)
    );
    let thinks = catalog::find(model).and_then(|model| model.thinking) == Some(true);
    ChatRequest {
        model: model.to_owned(),
        messages: vec![Message::text(Role::User, words)],
        params: Params {
            max_tokens: Some(MAX_TOKENS),
            thinking: thinks.then_some(Thinking::Off),
            ..Params::default()
        },
        stream: true,
    }
}

/// The title in an answer: its first line, without marks around it.
fn title(answer: &str) -> Option<String> {
    let line = answer.lines().find(|line| line.contains(char::is_alphanumeric))?;
    let line: String = line.chars().filter(|c| !c.is_control()).collect();
    let mark = |c: char| c.is_whitespace() || "#*_`\"'“”‘’「」『』《》.。:：".contains(c);
    let title = shortened_title(line.trim_matches(mark));
    (!title.is_empty()).then_some(title)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_one_line_without_marks() {
        let of = |answer: &str| title(answer).unwrap_or_default();
        assert_eq!(of("\n**Why the sky is blue.**\nIt is"), "Why the sky is blue");
        assert_eq!(of("# “天空的颜色”"), "天空的颜色");
        assert_eq!(of("a\u{1b}[2J b"), "a[2J b");
        assert_eq!(of("word ".repeat(30).as_str()).len(), 62);
        assert_eq!(title(" \n--\n"), None);
    }
}
