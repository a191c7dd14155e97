//! A Markdown page of the tree, taken apart: its headings, tables, code blocks and links.

use std::path::{Path, PathBuf};

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

pub struct Page(String);

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

pub fn read(name: &str) -> Page {
    Page(std::fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}")))
}

impl Page {
    pub fn new(text: &str) -> Page {
        Page(text.to_owned())
    }

    fn events(&self) -> impl Iterator<Item = Event<'_>> {
        Parser::new_ext(&self.0, Options::ENABLE_TABLES)
    }

    /// The code blocks of a language.
    pub fn blocks(&self, language: &str) -> Vec<String> {
        let blocks = self.all_blocks().into_iter();
        blocks
            .filter(|(name, _)| name == language)
            .map(|(_, text)| text)
            .collect()
    }

    /// Language and text of every code block.
    pub fn all_blocks(&self) -> Vec<(String, String)> {
        let mut blocks: Vec<(String, String)> = Vec::new();
        let mut is_inside = false;
        for event in self.events() {
            match event {
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))) => {
                    blocks.push((language.to_string(), String::new()));
                    is_inside = true;
                }
                Event::End(TagEnd::CodeBlock) => is_inside = false,
                Event::Text(text) if is_inside => blocks.last_mut().unwrap().1.push_str(&text),
                _ => {}
            }
        }
        blocks
    }

    /// Every command line, without its comment.
    pub fn commands(&self) -> Vec<String> {
        let blocks = self.blocks("sh");
        let lines = blocks.iter().flat_map(|block| block.lines());
        lines
            .map(|line| line.split_once("  #").map_or(line, |(line, _)| line).trim().to_owned())
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .collect()
    }

    /// What stands on the page, one below the other: headings with their level, paragraphs, items of lists, tables and
    /// code.
    pub fn shape(&self) -> Vec<String> {
        self.events()
            .filter_map(|event| match event {
                Event::Start(Tag::Heading { level, .. }) => Some(format!("{level}")),
                Event::Start(Tag::Paragraph) => Some("paragraph".to_owned()),
                Event::Start(Tag::Item) => Some("item".to_owned()),
                Event::Start(Tag::Table(_)) => Some("table".to_owned()),
                Event::Start(Tag::CodeBlock(_)) => Some("code".to_owned()),
                _ => None,
            })
            .collect()
    }

    /// What a link to each heading is called.
    pub fn anchors(&self) -> Vec<String> {
        let titles = self.0.lines().filter_map(|line| line.strip_prefix('#'));
        titles
            .map(|title| {
                let title = title.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
                title.chars().filter(|c| c.is_alphanumeric() || *c == '-').collect()
            })
            .collect()
    }

    pub fn links(&self) -> Vec<String> {
        self.events()
            .filter_map(|event| match event {
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => Some(dest_url.to_string()),
                _ => None,
            })
            .collect()
    }

    /// Each table: its rows, each cell as the code in it.
    pub fn tables(&self) -> Vec<Vec<Vec<Vec<String>>>> {
        let mut tables = Vec::new();
        let mut is_inside = false;
        for event in self.events() {
            match event {
                Event::Start(Tag::Table(_)) => {
                    tables.push(Vec::new());
                    is_inside = true;
                }
                Event::End(TagEnd::Table) => is_inside = false,
                Event::Start(Tag::TableHead | Tag::TableRow) => tables.last_mut().unwrap().push(Vec::new()),
                Event::Start(Tag::TableCell) => row(&mut tables).push(Vec::new()),
                Event::Code(code) if is_inside => row(&mut tables).last_mut().unwrap().push(code.to_string()),
                _ => {}
            }
        }
        tables
    }
}

fn row(tables: &mut [Vec<Vec<Vec<String>>>]) -> &mut Vec<Vec<String>> {
    tables.last_mut().unwrap().last_mut().unwrap()
}
