//! The folders of templates: the user's own, beside the config file, and the project's.
//!
//! The user's own comes before a built-in one of the same name, and that before the project's, so that a project changes
//! nothing about a name that the user knows.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::consent::Consent;
use super::dotenv::repository;
use super::paths::Paths;
use crate::error::{Failure, io_reason};
use crate::i18n::{UiText, quoted};
use crate::template::{BUILT_IN, Template, TemplateSource};
use crate::text::{line_at, nearest};
use crate::tr;

/// The size of the largest file that is read, in bytes.
const MAX_BYTES: u64 = 1 << 20;

/// Where templates are looked for.
#[derive(Clone, Debug)]
pub struct TemplateFolders {
    /// The user's own.
    pub own: PathBuf,
    /// The project's: the nearest first.
    project: Vec<PathBuf>,
}

impl TemplateFolders {
    /// `cwd` is the working directory. Its parents count up to the root of its repository.
    pub fn new(paths: &Paths, cwd: Option<&Path>) -> TemplateFolders {
        let below = |folder: &Path| folder.join(".qwen-cli").join("templates");
        let project = cwd.into_iter().flat_map(|cwd| {
            let root = repository(cwd).unwrap_or(cwd);
            cwd.ancestors().take_while(move |folder| folder.starts_with(root))
        });
        TemplateFolders {
            own: paths.config_file.with_file_name("templates"),
            project: project.map(below).collect(),
        }
    }

    /// The user's own file of that name, whether it exists or not.
    pub fn own_file(&self, name: &str) -> Result<PathBuf, Failure> {
        if !is_name(name) {
            return Err(Failure::usage(tr!("{} is not a template name", quoted(name)))
                .hint(tr!("a name is letters, digits, `-`, `_` and `.`, not a path")));
        }
        Ok(self.own.join(format!("{name}.md")))
    }

    /// Reads and checks the template of that name.
    pub fn find(&self, name: &str) -> Result<Template, Failure> {
        let (source, text) = self.text(name)?;
        Template::parse(name, source, &text)
    }

    /// Reads the file of that name.
    pub fn text(&self, name: &str) -> Result<(TemplateSource, String), Failure> {
        self.own_file(name)?;
        let mut sources = self.sources();
        if let Some(source) = sources.remove(name) {
            let text = read(name, &source)?;
            return Ok((source, text));
        }
        let failure = Failure::usage(tr!("there is no template {}", quoted(name)));
        Err(match nearest(name, sources.keys().map(String::as_str)) {
            Some(near) => failure.hint(tr!("did you mean {}?", quoted(near))),
            None => {
                let names: Vec<&str> = sources.keys().map(String::as_str).collect();
                failure.hint(UiText::foreign(names.join(", ")))
            }
        })
    }

    /// Every template that can be used, by name: read, or the failure to do so.
    pub fn all(&self) -> Vec<(String, TemplateSource, Result<Template, Failure>)> {
        let all = self.sources().into_iter().map(|(name, source)| {
            let text = read(&name, &source);
            let template = text.and_then(|text| Template::parse(&name, source.clone(), &text));
            (name, source, template)
        });
        all.collect()
    }

    fn sources(&self) -> BTreeMap<String, TemplateSource> {
        let mut sources = BTreeMap::new();
        for folder in self.project.iter().rev() {
            for (name, path) in files(folder) {
                sources.insert(name, TemplateSource::Project(path));
            }
        }
        for (name, ..) in BUILT_IN {
            sources.insert((*name).to_owned(), TemplateSource::BuiltIn);
        }
        for (name, path) in files(&self.own) {
            sources.insert(name, TemplateSource::Own(path));
        }
        sources
    }
}

/// What the user must allow before the template is used; `None` for one that did not come with a project.
pub fn consent(template: &Template) -> Option<Consent> {
    match &template.source {
        TemplateSource::Project(path) => Some(Consent::new("allowed-templates", path, template.text.as_bytes())),
        TemplateSource::Own(_) | TemplateSource::BuiltIn => None,
    }
}

/// Whether a name is that of a template: it can name no file in another folder.
fn is_name(name: &str) -> bool {
    let is_inner = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    name.chars().all(is_inner) && name.starts_with(|c: char| c.is_alphanumeric() || c == '_')
}

/// The templates in a folder, by name.
fn files(folder: &Path) -> Vec<(String, PathBuf)> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let named = entries.filter_map(|entry| {
        let path = entry.path();
        let name = path.file_name()?.to_str()?.strip_suffix(".md")?.to_owned();
        (is_name(&name) && path.is_file()).then_some((name, path))
    });
    named.collect()
}

fn read(name: &str, source: &TemplateSource) -> Result<String, Failure> {
    let Some(path) = source.path() else {
        let text = BUILT_IN.iter().find(|(known, ..)| *known == name);
        return Ok(text.map_or("", |(_, text, _)| text).to_owned());
    };
    let cannot_read = |why| Failure::usage(tr!("cannot read {}: {}", path.display(), why));
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes));
    read.map_err(|error| cannot_read(io_reason(&error)))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(cannot_read(tr!("it is over 1 MiB")));
    }
    String::from_utf8(bytes).map_err(|error| {
        let line = line_at(error.as_bytes(), error.utf8_error().valid_up_to());
        Failure::usage(tr!("{} line {}: {}", path.display(), line, tr!("it is not UTF-8")))
    })
}
