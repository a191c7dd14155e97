//! Prompts kept under a name: front matter, a body, and the prompt that they make of an input.
//!
//! Pure: text in, prompt out. What a template is given (input, variables) is data: nothing in it is expanded.

mod built_in;
mod front_matter;
mod rendering;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use minijinja::Value;

pub use self::built_in::BUILT_IN;
pub use self::front_matter::FrontMatter;
use self::front_matter::{GIVEN, LineFault};
use crate::error::Failure;
use crate::i18n::lang::Lang;
use crate::i18n::{IntoArg, StaticText, TextArg, UiText, quoted};
use crate::text::nearest;
use crate::{tr, tr_static};

/// A template that was read and checked.
#[derive(Clone, Debug)]
pub struct Template {
    pub name: String,
    pub source: TemplateSource,
    /// The whole file.
    pub text: String,
    pub front: FrontMatter,
    body: Passage,
    /// The variables that the body and the system message use.
    names: BTreeSet<String>,
    /// Whether the body has a place for the input.
    places_input: bool,
}

/// Where a template comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TemplateSource {
    /// The user's own file.
    Own(PathBuf),
    BuiltIn,
    /// A file of the project in whose folder the program was started.
    Project(PathBuf),
}

/// A part of a file, and the number of its first line there.
#[derive(Clone, Debug)]
struct Passage {
    text: String,
    line: usize,
}

/// A template and the values of its variables.
#[derive(Clone, Debug)]
pub struct ChosenTemplate {
    pub template: Template,
    pub vars: TemplateVars,
}

/// The values of a template's variables, checked by [`Template::vars`].
#[derive(Clone, Debug)]
pub struct TemplateVars(BTreeMap<String, Value>);

/// What a template is rendered with, beside its variables.
#[derive(Clone, Copy, Debug)]
pub struct RenderInput<'a> {
    /// The user's prompt, stdin and files; `None` where there are none.
    pub input: Option<&'a str>,
    /// The day, as in 2026-11-28.
    pub date: &'a str,
    /// The working directory.
    pub cwd: &'a str,
}

/// What a template makes of an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderedPrompt {
    pub system: Option<String>,
    pub prompt: String,
}

impl Passage {
    /// A text without the blank lines before it and the white space behind it.
    fn trimmed(text: &str, mut line: usize) -> Passage {
        let mut rest = text;
        while let Some((first, below)) = rest.split_once('\n')
            && first.trim().is_empty()
        {
            rest = below;
            line += 1;
        }
        Passage {
            text: rest.trim_end().to_owned(),
            line,
        }
    }
}

impl IntoArg for TemplateSource {
    fn arg(&self) -> TextArg {
        match self {
            TemplateSource::Own(path) | TemplateSource::Project(path) => path.display().arg(),
            TemplateSource::BuiltIn => tr!("built in").arg(),
        }
    }
}

impl TemplateSource {
    /// The word for it; programs read the English one.
    pub fn word(&self) -> StaticText {
        match self {
            TemplateSource::Own(_) => tr_static!("own"),
            TemplateSource::BuiltIn => tr_static!("built-in"),
            TemplateSource::Project(_) => tr_static!("project"),
        }
    }

    pub fn path(&self) -> Option<&PathBuf> {
        match self {
            TemplateSource::Own(path) | TemplateSource::Project(path) => Some(path),
            TemplateSource::BuiltIn => None,
        }
    }
}

impl Template {
    /// Reads and checks a template. The error names the line, counted from the file's first.
    pub fn parse(name: &str, source: TemplateSource, text: &str) -> Result<Template, Failure> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let wrong = |fault| wrong(name, &source, fault);
        let (front, body) = FrontMatter::split(text).map_err(wrong)?;
        let mut names = rendering::names(&body).map_err(wrong)?;
        let places_input = names.contains("input");
        if let Some(system) = &front.system {
            names.extend(rendering::names(system).map_err(wrong)?);
        }
        Ok(Template {
            name: name.to_owned(),
            text: text.to_owned(),
            source,
            front,
            body,
            names,
            places_input,
        })
    }

    /// What its front matter says that it is for; the translation if it is built in.
    pub fn description(&self, lang: Lang) -> Option<String> {
        let built_in = BUILT_IN.iter().find(|(name, ..)| *name == self.name);
        match (&self.source, built_in) {
            (TemplateSource::BuiltIn, Some((_, _, description))) => Some(description.localize(lang).to_owned()),
            _ => self.front.description.clone(),
        }
    }

    /// The names of its variables, those without a default too, and the defaults.
    pub fn variables(&self) -> impl Iterator<Item = (&str, Option<String>)> {
        let used = self.names.iter().map(String::as_str);
        let declared = self.front.vars.keys().map(String::as_str);
        let names: BTreeSet<&str> = used.chain(declared).filter(|name| !GIVEN.contains(name)).collect();
        let default = |name| self.front.vars.get(name).map(ToString::to_string);
        names.into_iter().map(move |name| (name, default(name)))
    }

    /// The values of its variables: the given ones, else their defaults. One that it does not have is an error.
    pub fn vars<'v>(&self, given: impl IntoIterator<Item = (&'v str, &'v str)>) -> Result<TemplateVars, Failure> {
        self.vars_over(&TemplateVars(self.front.vars.clone()), given)
    }

    /// The same over other values than the defaults.
    pub fn vars_over<'v>(
        &self,
        below: &TemplateVars,
        given: impl IntoIterator<Item = (&'v str, &'v str)>,
    ) -> Result<TemplateVars, Failure> {
        let mut vars = below.0.clone();
        for (name, text) in given {
            let refused = |why| wrong(&self.name, &self.source, (self.front.vars_line, why));
            if !self.variables().any(|(known, _)| known == name) {
                let known: Vec<&str> = self.variables().map(|(known, _)| known).collect();
                return Err(refused(match nearest(name, known.iter().copied()) {
                    Some(near) => tr!("there is no variable {}; did you mean {}?", quoted(name), quoted(near)),
                    None if known.is_empty() => tr!("there is no variable {}", quoted(name)),
                    None => tr!(
                        "there is no variable {}; the template has {}",
                        quoted(name),
                        known.join(", ")
                    ),
                }));
            }
            let value = typed(self.front.vars.get(name), text);
            let value = value.map_err(|why| refused(tr!("{} {}, not {}", name, why, quoted(text))))?;
            vars.insert(name.to_owned(), value);
        }
        Ok(TemplateVars(vars))
    }

    /// Renders it. The error names the line, counted from the file's first.
    pub fn render(&self, vars: &TemplateVars, given: RenderInput<'_>) -> Result<RenderedPrompt, Failure> {
        if given.input.is_none() && self.names.contains("input") {
            return Err(
                Failure::usage(tr!("the template {} needs an input", quoted(&self.name))).hint(tr!(
                    "qwen complete --template {} \"your text\", or pipe text in",
                    self.name
                )),
            );
        }
        let input = given.input.unwrap_or_default();
        let mut all = vars.0.clone();
        all.insert("input".to_owned(), input.into());
        all.insert("date".to_owned(), given.date.into());
        all.insert("cwd".to_owned(), given.cwd.into());
        let sizes = all.values().map(|value| value.as_str().map_or(0, str::len));
        let size = sizes.sum();
        let all = Value::from(all);
        let render = |passage| {
            rendering::rendered(passage, all.clone(), size).map_err(|fault| wrong(&self.name, &self.source, fault))
        };
        let system = self.front.system.as_ref().map(render).transpose()?;
        let mut prompt = render(&self.body)?;
        if !self.places_input && !input.is_empty() {
            if !prompt.is_empty() {
                prompt.push_str("\n\n");
            }
            prompt.push_str(input);
        }
        Ok(RenderedPrompt { system, prompt })
    }
}

/// A text as a value of the default's type.
fn typed(default: Option<&Value>, text: &str) -> Result<Value, UiText> {
    use minijinja::value::ValueKind;
    match default.map(Value::kind) {
        Some(ValueKind::Bool) => text
            .parse::<bool>()
            .map(Value::from)
            .map_err(|_| tr!("must be true or false")),
        Some(ValueKind::Number) => match (text.parse::<i64>(), text.parse::<f64>()) {
            (Ok(whole), _) => Ok(Value::from(whole)),
            (_, Ok(number)) if number.is_finite() => Ok(Value::from(number)),
            _ => Err(tr!("must be a number")),
        },
        _ => Ok(Value::from(text)),
    }
}

fn wrong(name: &str, source: &TemplateSource, (line, why): LineFault) -> Failure {
    let place = match source {
        TemplateSource::BuiltIn => tr!("the built-in template {}", name),
        other => tr!("{}", other),
    };
    Failure::usage(tr!("{} line {}: {}", place, line, why)).hint(match source {
        TemplateSource::Own(_) => tr!("`qwen templates edit {}` opens it", name),
        _ => tr!("`qwen templates show {}` prints it", name),
    })
}
