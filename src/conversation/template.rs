//! A template on its way into a conversation: allowed by the user, rendered, put in the place of what was typed.

use crate::app::App;
use crate::app::consent::{self, ConsentAnswer};
use crate::config::template_folders;
use crate::error::Failure;
use crate::i18n::quoted;
use crate::template::{ChosenTemplate, RenderInput, RenderedPrompt, Template};
use crate::tr;
use qwen_api::{Block, Message};

/// Asks the user for a template that came with a project, after the whole file was shown; once for its content.
pub async fn ask_once(app: &App<'_>, template: &Template) -> Result<(), Failure> {
    let Some(consent) = template_folders::consent(template) else {
        return Ok(());
    };
    let shown = tr!("{}:\n\n{}", template.source, template.text);
    let question = tr!(
        "The template {} belongs to the project. Use it? [y/N]",
        quoted(&template.name)
    );
    match consent::ask_once(app, &consent, Some(shown), &question).await? {
        ConsentAnswer::Yes => Ok(()),
        ConsentAnswer::No => Err(Failure::usage(tr!("the template {} was not allowed", template.source))),
        ConsentAnswer::Unasked => {
            let failure = Failure::usage(tr!(
                "the template {} belongs to the project and is not allowed yet",
                template.source
            ));
            Err(failure.hint(tr!(
                "use it once in a terminal to look at it and allow it; `qwen templates show {}` prints it",
                template.name
            )))
        }
    }
}

/// Renders it with this input.
pub fn render(app: &App<'_>, chosen: &ChosenTemplate, input: Option<&str>) -> Result<RenderedPrompt, Failure> {
    let date = jiff::Zoned::now().date().to_string();
    let cwd = app.host.cwd.as_ref().map(|cwd| cwd.to_string_lossy());
    let given = RenderInput {
        input,
        date: &date,
        cwd: cwd.as_deref().unwrap_or_default(),
    };
    chosen.template.render(&chosen.vars, given)
}

/// Prepares it for a chat, whose first message is typed later: what is wrong with it is found before.
pub async fn begin(app: &App<'_>, chosen: &ChosenTemplate) -> Result<(), Failure> {
    ask_once(app, &chosen.template).await?;
    render(app, chosen, Some("")).map(drop)
}

/// Puts what the template makes of a message's text in its place. Returns the system message: `system`, that of the command
/// line, else the template's.
pub fn fill(
    app: &App<'_>,
    chosen: &ChosenTemplate,
    system: Option<String>,
    message: &mut Message,
) -> Result<Option<String>, Failure> {
    let texts = message.blocks.iter().filter_map(|block| match block {
        Block::Text(text) => Some(text.as_str()),
        _ => None,
    });
    let input: String = texts.collect();
    // A picture or a document is an input, too.
    let is_given = !input.is_empty() || !message.blocks.is_empty();
    let rendered = render(app, chosen, is_given.then_some(input.as_str()))?;
    message.blocks.retain(|block| !matches!(block, Block::Text(_)));
    message.blocks.push(Block::Text(rendered.prompt));
    Ok(system.or(rendered.system))
}
