//! Which model a web site is asked for: what it lists changes every few weeks.

use super::asking;
use super::model_list::{kept, list};
use crate::app::App;
use crate::error::Kind;
use crate::report;
use qwen_api::Client;
use qwen_api::Model;
use qwen_api::Sense;
use qwen_api::provider::provider;

/// The model for a message when the user chose none; `None` where the provider is no web site, or the config file
/// names the model. Nothing is asked for a request that is only shown.
pub async fn model(app: &App<'_>, client: &Client, sense: Sense) -> anyhow::Result<Option<String>> {
    let endpoint = client.endpoint();
    let usual = provider("web").and_then(|web| web.default_model).unwrap_or_default();
    let is_chosen = endpoint.default_model.as_deref().is_some_and(|model| model != usual);
    if !endpoint.protocol.has_account() || is_chosen || endpoint.model_for(sense).is_some() {
        return Ok(None);
    }
    let listed = if app.sends {
        match list(app, client, false).await {
            Ok(listed) => listed,
            // A refused credential or a limit holds for the chat too; after another failure the chat may still work.
            Err(error) if matches!(report::describe(&error).kind, Kind::Auth | Kind::RateLimit) => return Err(error),
            Err(_) => Vec::new(),
        }
    } else {
        kept(app, client).unwrap_or_default()
    };
    let model = choice(&listed, usual, sense);
    if model != choice(&listed, usual, Sense::Reading) {
        app.notice(asking(sense, model));
    }
    Ok(Some(model.to_owned()))
}

/// The usual model while it is listed, else the first; for a picture the first that sees, for sound and video the first
/// that hears, where one is known to.
fn choice<'a>(listed: &'a [Model], usual: &'a str, sense: Sense) -> &'a str {
    let input = match sense {
        Sense::Reading => "text",
        Sense::Sight => "image",
        Sense::Hearing => "audio",
    };
    let takes = |model: &&Model| model.inputs.iter().any(|known| known == input);
    let plain = listed.iter().find(|model| model.id == usual).or(listed.first());
    let able = plain.filter(takes).or_else(|| listed.iter().find(takes));
    let chosen = able.filter(|_| sense != Sense::Reading).or(plain);
    chosen.map_or(usual, |model| model.id.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(id: &str, inputs: &[&str]) -> Model {
        Model {
            id: id.to_owned(),
            inputs: inputs.iter().map(|input| (*input).to_owned()).collect(),
            ..Model::default()
        }
    }

    #[test]
    fn the_usual_model_is_asked_while_it_is_there_and_can_do_it() {
        let listed = [
            model("first", &["text"]),
            model("sees", &["text", "image"]),
            model("hears", &["text", "image", "audio", "video"]),
            model("usual", &["text"]),
        ];
        assert_eq!(choice(&listed, "usual", Sense::Reading), "usual");
        assert_eq!(choice(&listed, "usual", Sense::Sight), "sees");
        assert_eq!(choice(&listed, "usual", Sense::Hearing), "hears");
        assert_eq!(choice(&listed[..2], "usual", Sense::Reading), "first");
        assert_eq!(choice(&listed[..2], "usual", Sense::Hearing), "first");
        assert_eq!(choice(&listed[..1], "usual", Sense::Sight), "first");
        assert_eq!(choice(&[], "usual", Sense::Sight), "usual");
    }
}
