//! The links of a document: where labels lead, and the targets that are drawn.

use std::collections::{HashMap, HashSet};

/// The definitions and the link targets of a document.
#[derive(Debug, Default)]
pub(crate) struct Links {
    is_enabled: bool,
    /// The targets of the links drawn so far, by number. Stays empty where the terminal has no links.
    targets: Vec<String>,
    numbers: HashMap<String, u32>,
    /// Where the labels defined so far lead.
    defined: HashMap<String, String>,
    /// Labels that are shown as written, since they were not defined when they were used.
    unresolved: HashSet<String>,
}

impl Links {
    pub(crate) fn new(is_enabled: bool) -> Links {
        Links {
            is_enabled,
            ..Links::default()
        }
    }

    /// The number of a target from 1; 0 for one that is no link, since it does not lead to the web.
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

    /// The same for reading the document again, with all of its definitions known from the beginning.
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

    /// Defines a label, unless it is defined already. Returns whether it was used before, which is final then.
    pub(crate) fn define(&mut self, label: String, url: String) -> bool {
        let is_missed = self.unresolved.remove(&label);
        self.defined.entry(label).or_insert(url);
        is_missed
    }

    /// The URL that a label is defined to lead to.
    pub(crate) fn defined(&self, label: &str) -> Option<&str> {
        self.defined.get(label).map(String::as_str)
    }

    /// Notes that a label is used and not defined yet.
    pub(crate) fn add_unresolved(&mut self, label: String) {
        self.unresolved.insert(label);
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
