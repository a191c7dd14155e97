//! The `.env` file nearest to the working directory.
//!
//! It belongs to whoever wrote the project at hand, who need not be the user: its values are kept apart from the
//! environment, so that a rule can be laid on them (see `config::provider`).

use std::path::{Path, PathBuf};

use crate::host::{Env, Host};
use crate::text::words::Words;
use crate::words;

/// The file's variables, those of this program only.
#[derive(Clone, Debug)]
pub struct DotEnv {
    pub path: PathBuf,
    pub vars: Env,
}

/// Stands for a dollar sign: a character that nobody uses.
const SIGN: &str = "\u{f8d0}";

/// Names this program reads from such a file.
fn is_ours(name: &str) -> bool {
    name.starts_with("QWEN_")
        || name.starts_with("DASHSCOPE_")
        || matches!(
            name,
            "OPENAI_API_KEY" | "SSL_CERT_FILE" | "HTTPS_PROXY" | "https_proxy" | "ALL_PROXY" | "all_proxy"
        )
}

/// Finds and reads the file. Only the working directory is looked at, and inside a repository or the home
/// folder the parents up to its root too. A file of another user is passed over with a notice.
pub fn load(host: &Host, notices: &mut Vec<Words>) -> Option<DotEnv> {
    let path = find(host)?;
    if !is_own(&path) {
        notices.push(words!("{} belongs to another user and is ignored", path.display()));
        return None;
    }
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) => {
            notices.push(words!(
                "cannot read {}: {}",
                path.display(),
                crate::error::io_reason(&error)
            ));
            return None;
        }
    };
    // The file's `$NAME` would be filled in from the user's environment, and could carry a secret of theirs to an
    // address of its own: the sign is kept out of the parser's sight.
    let text = text
        .trim_start_matches('\u{feff}')
        .replace("\\$", SIGN)
        .replace('$', SIGN);
    let mut ours = Vec::new();
    for pair in dotenvy::from_read_iter(text.as_bytes()) {
        match pair {
            Ok((name, value)) if is_ours(&name) => ours.push((name, value.replace(SIGN, "$"))),
            Ok(_) => {}
            Err(error) => {
                notices.push(words!("{}: {}", path.display(), reason(&error)));
                break;
            }
        }
    }
    Some(DotEnv {
        path,
        vars: Env::from_pairs(ours),
    })
}

/// What is wrong, without the line itself, which may hold a credential.
fn reason(error: &dotenvy::Error) -> Words {
    match error {
        dotenvy::Error::LineParse(_, at) => {
            words!(
                "a line cannot be read (at its byte {}); what comes after it is ignored",
                at
            )
        }
        dotenvy::Error::Io(error) => crate::error::io_reason(error),
        _ => words!("it cannot be read"),
    }
}

fn find(host: &Host) -> Option<PathBuf> {
    let cwd = host.cwd.as_deref()?;
    let root = cwd
        .ancestors()
        .find(|folder| folder.join(".git").exists())
        .map(Path::to_owned)
        .or_else(|| host.home().filter(|home| cwd.starts_with(home)));
    for folder in cwd.ancestors() {
        let path = folder.join(".env");
        if path.is_file() {
            return Some(path);
        }
        if root.as_deref().is_none_or(|root| folder == root) {
            return None;
        }
    }
    None
}

#[cfg(unix)]
fn is_own(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let user = rustix::process::geteuid().as_raw();
    std::fs::metadata(path).is_ok_and(|meta| meta.uid() == user || meta.uid() == 0)
}

#[cfg(not(unix))]
fn is_own(_: &Path) -> bool {
    true
}
