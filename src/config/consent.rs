//! The user's consent to a file that came with a project.
//!
//! A project's files are written by its author, who need not be trusted. A consent is for a path and a content, so that the
//! user is asked again when either changes.

use std::path::{Path, PathBuf};

use super::private_file::write_private;
use crate::error::Failure;
use crate::text::sha256_hex;

/// What the user is to allow: a file with its present content.
#[derive(Clone, Debug)]
pub struct Consent {
    /// The name of the list of what was allowed.
    list: &'static str,
    path: PathBuf,
    /// A hash of the path and the content.
    mark: String,
}

impl Consent {
    /// `content` is as much of the file as counts: another one has to be allowed anew.
    pub(super) fn new(list: &'static str, path: &Path, content: &[u8]) -> Consent {
        let path_bytes = path.as_os_str().as_encoded_bytes();
        Consent {
            list,
            path: path.to_owned(),
            mark: sha256_hex(&[path_bytes, content].concat()),
        }
    }

    /// Whether the user gave it. `data` is the folder of the lists.
    pub fn is_given(&self, data: &Path) -> bool {
        // A list that cannot be read allows nothing.
        let known = std::fs::read(data.join(self.list)).unwrap_or_default();
        let mut lines = known.split(|byte| *byte == b'\n');
        lines.any(|line| line.starts_with(self.mark.as_bytes()))
    }

    /// Remembers it: a line for each file, with its hash and its path.
    pub fn give(&self, data: &Path) -> Result<(), Failure> {
        let list = data.join(self.list);
        let mut known = std::fs::read(&list).unwrap_or_default();
        let name = self.path.display().to_string().replace('\n', " ");
        known.extend(format!("{} {name}\n", self.mark).into_bytes());
        write_private(&list, &known)
    }
}
