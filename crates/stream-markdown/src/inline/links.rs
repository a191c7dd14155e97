//! The links of a document: where labels lead, and the targets that are drawn.

use std::collections::{HashMap, HashSet};

/// What is known of the document's links.
#[derive(Debug, Default)]
pub(crate) struct Links {
    is_enabled: bool,
    /// The targets of the links drawn so far, by number. Stays empty where the terminal has no links.
    targets: Vec<String>,
    numbers: HashMap<String, u32>,
    /// Where the labels defined so far lead.
    defined: HashMap<String, String>,
    /// Labels that stand on the screen as they were written, because they were not defined then.
    missed: HashSet<String>,
}

impl Links {
    pub(crate) fn new(is_enabled: bool) -> Links {
        Links {
            is_enabled,
            ..Links::default()
        }
    }

    /// The number of a target from 1; 0 for one that is not to be a link: only the web is.
    pub(crate) fn number(&mut self, url: &str) -> u32 {
        let scheme = url.split(':').next().unwrap_or_default();
        let is_web = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
        if !self.is_enabled || !is_web || !url.contains("://") {
            return 0;
        }
        if let Some(number) = self.numbers.get(url) {
            return *number;
        }
        self.targets.push(escaped(url));
        let number = u32::try_from(self.targets.len()).unwrap_or(0);
        self.numbers.insert(url.to_owned(), number);
        number
    }

    /// For another reading of the same document: what it defines is known from the beginning.
    pub(crate) fn with_definitions_only(self) -> Links {
        Links {
            is_enabled: self.is_enabled,
            defined: self.defined,
            ..Links::default()
        }
    }

    pub(crate) fn targets(&self) -> &[String] {
        &self.targets
    }

    /// From here on `label` leads to `url`, unless it leads somewhere already. True when it was used before: the use
    /// cannot be changed any more.
    pub(crate) fn define(&mut self, label: String, url: String) -> bool {
        let is_missed = self.missed.remove(&label);
        self.defined.entry(label).or_insert(url);
        is_missed
    }

    /// Where a label leads.
    pub(crate) fn defined(&self, label: &str) -> Option<&str> {
        self.defined.get(label).map(String::as_str)
    }

    /// A label is used that leads nowhere yet.
    pub(crate) fn miss(&mut self, label: String) {
        self.missed.insert(label);
    }
}

/// A URL of printable ASCII only, as OSC 8 wants it.
fn escaped(url: &str) -> String {
    let mut out = String::with_capacity(url.len());
    for byte in url.bytes() {
        if byte.is_ascii_graphic() {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
