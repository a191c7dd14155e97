//! `/template`: the next message goes through a template, and its front matter holds from now on.

use super::Repl;
use super::menu::{Menu, MenuRow, MenuStyle};
use super::picker::{PickList, Picked};
use crate::config::template_folders::TemplateFolders;
use crate::conversation::options::over;
use crate::conversation::template;
use crate::error::Failure;
use crate::template::ChosenTemplate;
use crate::{tr, tr_static};

impl Repl<'_> {
    /// `/template NAME KEY=VALUE…`, or a choice.
    pub(super) async fn template(&mut self, args: &str) -> Result<(), Failure> {
        let folders = TemplateFolders::new(&self.app.settings.paths, self.app.host.cwd.as_deref());
        let (name, vars) = args.split_once(char::is_whitespace).unwrap_or((args, ""));
        let name = match name {
            "" => match self.pick_template(&folders).await? {
                Some(name) => name,
                None => return Ok(()),
            },
            name => name.to_owned(),
        };
        let template = folders.find(&name)?;
        let given = assignments(vars)?;
        let vars = template.vars(given.iter().map(|(name, value)| (*name, value.as_str())))?;
        let chosen = ChosenTemplate { template, vars };
        template::begin(self.app, &chosen).await?;
        let front = &chosen.template.front;
        // What is typed at the prompt comes after the flags, as with `/set` and `/model`.
        self.options.params = over(front.params.clone(), &self.options.params);
        self.options.system = None;
        if let Some((model, _)) = &front.model {
            self.session.model = self.app.settings.model_of(model);
            self.is_model_chosen = true;
            self.note(tr!("switched to {}", self.session.model));
        }
        self.note(tr!("the next message uses the template {}", name));
        self.template = Some(chosen);
        Ok(())
    }

    async fn pick_template(&mut self, folders: &TemplateFolders) -> Result<Option<String>, Failure> {
        let lang = self.app.settings.lang();
        let rows = folders.all().into_iter().filter_map(|(name, source, template)| {
            let about = template.ok()?.description(lang).unwrap_or_default();
            Some(MenuRow {
                cells: vec![name.clone(), source.word().localize(lang).to_owned(), about],
                is_current: false,
                name,
            })
        });
        let pick_list = PickList {
            what: tr_static!("template"),
            menu: Menu::new(rows.collect(), MenuStyle::of(self.app)),
            is_open: false,
            typed: None,
        };
        Ok(match self.pick(pick_list).await? {
            Picked::Row(name) => Some(name),
            Picked::Typed(_) | Picked::Nothing => None,
        })
    }
}

/// The variables in `to=Brazilian Portuguese tone=formal`: a value goes on to the next name.
fn assignments(text: &str) -> Result<Vec<(&str, String)>, Failure> {
    let mut all: Vec<(&str, String)> = Vec::new();
    for word in text.split_whitespace() {
        match (word.split_once('='), all.last_mut()) {
            (Some((name, value)), _) => all.push((name, value.to_owned())),
            (None, Some((_, value))) => {
                value.push(' ');
                value.push_str(word);
            }
            (None, None) => return Err(Failure::usage(tr!("/template takes a name, then KEY=VALUE"))),
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_may_have_blanks() {
        let all = assignments("to=Brazilian Portuguese  tone=formal x=").unwrap();
        let expected = [("to", "Brazilian Portuguese"), ("tone", "formal"), ("x", "")];
        assert_eq!(all, expected.map(|(name, value)| (name, value.to_owned())));
        assert!(assignments("French").is_err());
    }
}
