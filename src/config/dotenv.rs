//! The `.env` file nearest to the working directory.
//!
//! It is written by the project's author, who need not be trusted: its values are kept apart from the environment, so that
//! they decide less (see `config::destination`).

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::host::{Env, Host};
use crate::i18n::UiText;
use crate::text::decode::decode;
use crate::tr;
use qwen_api::network::{HTTP_PROXY_VARS, HTTPS_PROXY_VARS};

/// The size of the largest file that is read, in bytes.
const MAX_BYTES: u64 = 1 << 20;

/// A private-use character that replaces `$` while a value is parsed.
const SIGN: &str = "\u{e000}";

/// The file's variables, those of this program only.
#[derive(Clone, Debug)]
pub struct DotEnv {
    pub path: PathBuf,
    pub vars: Env,
}

/// Whether the program reads a variable of this name from such a file.
pub(super) fn is_ours(name: &str) -> bool {
    name.starts_with("QWEN_")
        || name.starts_with("DASHSCOPE_")
        || matches!(name, "OPENAI_API_KEY" | "SSL_CERT_FILE")
        || HTTP_PROXY_VARS.contains(&name)
        || HTTPS_PROXY_VARS.contains(&name)
}

/// Finds and reads the file. Only the working directory is looked at, and inside a repository or the home
/// folder the parents up to its root too. A file of another user is passed over with a notice.
pub fn load(host: &Host, notices: &mut Vec<UiText>) -> Option<DotEnv> {
    let path = find(host)?;
    if !is_own(&path) {
        notices.push(tr!("{} belongs to another user and is ignored", path.display()));
        return None;
    }
    read(path, notices)
}

/// Reads the file: each line on its own, so that what another program wrote there spoils no more than its line.
pub fn read(path: PathBuf, notices: &mut Vec<UiText>) -> Option<DotEnv> {
    let mut bytes = Vec::new();
    let read = File::open(&path).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes));
    match read {
        Ok(_) if bytes.len() as u64 > MAX_BYTES => {
            notices.push(tr!("{} is over 1 MiB and is ignored", path.display()));
            return None;
        }
        Ok(_) => {}
        Err(error) => {
            let reason = crate::error::io_reason(&error);
            notices.push(tr!("cannot read {}: {}", path.display(), reason));
            return None;
        }
    };
    let mut ours = Vec::new();
    for (number, line) in (1..).zip(utf8(bytes).split(|byte| *byte == b'\n')) {
        match variable(&String::from_utf8_lossy(line)) {
            DotEnvLine::Ours(name, value) => ours.push((name, value)),
            // The line may hold a credential, so it is not shown.
            DotEnvLine::Bad => notices.push(tr!(
                "{} line {} cannot be parsed and is ignored",
                path.display(),
                number
            )),
            DotEnvLine::Foreign => {}
        }
    }
    Some(DotEnv {
        path,
        vars: Env::from_pairs(ours),
    })
}

/// PowerShell writes UTF-16, and editors put a byte-order mark before UTF-8.
fn utf8(bytes: Vec<u8>) -> Vec<u8> {
    let is_marked = [b"\xff\xfe".as_slice(), b"\xfe\xff", b"\xef\xbb\xbf"];
    match is_marked.iter().any(|mark| bytes.starts_with(mark)) {
        true => decode(bytes.clone(), None).map_or(bytes, |decoded| decoded.text.into_bytes()),
        false => bytes,
    }
}

/// A line of the file.
#[derive(Debug, PartialEq)]
enum DotEnvLine {
    Ours(String, String),
    /// A variable of ours without a value that can be parsed.
    Bad,
    Foreign,
}

/// Reads `NAME=value`, `export NAME='value' # why`, and the like. `$NAME` is not expanded: the user's environment
/// may hold a secret, and the file an address to carry it to.
fn variable(line: &str) -> DotEnvLine {
    let line = line.trim();
    let line = match line.strip_prefix("export") {
        Some(rest) if rest.starts_with(char::is_whitespace) => rest.trim_start(),
        _ => line,
    };
    let end = line.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let (name, rest) = line.split_at(end.unwrap_or(line.len()));
    if !is_ours(name) {
        return DotEnvLine::Foreign;
    }
    let value = rest.trim_start().strip_prefix('=').map(str::trim_start).and_then(value);
    match value.filter(|value| !value.contains('\u{fffd}')) {
        Some(value) => DotEnvLine::Ours(name.to_owned(), value),
        None => DotEnvLine::Bad,
    }
}

/// The value after the equals sign: up to a comment, or in quotes. `None` if the quotes are not closed.
fn value(text: &str) -> Option<String> {
    if text.starts_with(['"', '\'']) {
        // The library expands `$NAME`: the sign is kept from it.
        let line = format!("X={}", text.replace("\\$", SIGN).replace('$', SIGN));
        let (_, value) = dotenvy::from_read_iter(line.as_bytes()).next()?.ok()?;
        return Some(value.replace(SIGN, "$"));
    }
    // Unquoted, a cookie has blanks and a path backslashes, which the library does not take.
    let is_comment = |at: &usize| text[..*at].is_empty() || text[..*at].ends_with(char::is_whitespace);
    let end = text.match_indices('#').map(|(at, _)| at).find(is_comment);
    Some(text[..end.unwrap_or(text.len())].trim_end().to_owned())
}

/// The root of the repository that a folder is in.
pub(super) fn repository(folder: &Path) -> Option<&Path> {
    folder.ancestors().find(|folder| folder.join(".git").exists())
}

fn find(host: &Host) -> Option<PathBuf> {
    let cwd = host.cwd.as_deref()?;
    let root = repository(cwd)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_sets_a_variable() {
        for (line, value) in [
            ("QWEN_X=a", Some("a")),
            (" export\tQWEN_X = a b  # why\r", Some("a b")),
            ("QWEN_X=a#b", Some("a#b")),
            ("QWEN_X=", Some("")),
            ("QWEN_X= # nothing", Some("")),
            ("QWEN_X='a # $b \\n' # why", Some("a # $b \\n")),
            (r#"QWEN_X="a \"b\" \$c \\ \n""#, Some("a \"b\" $c \\ \n")),
            (r#"QWEN_X="C:\certs""#, None),
            (r"QWEN_X=C:\certs\ca.pem", Some(r"C:\certs\ca.pem")),
            ("QWEN_X=a=b; c=d", Some("a=b; c=d")),
            ("QWEN_X", None),
            ("QWEN_X: a", None),
            ("QWEN_X=\"a", None),
            ("QWEN_X='a'b", Some("ab")),
            ("QWEN_X=\u{fffd}", None),
        ] {
            let expected = value.map_or(DotEnvLine::Bad, |value| {
                DotEnvLine::Ours("QWEN_X".to_owned(), value.to_owned())
            });
            assert_eq!(variable(line), expected, "{line}");
        }
        for line in [
            "",
            "# QWEN_X=a",
            "PATH=a",
            "not right",
            "exportQWEN_X=a",
            "X='QWEN_X=a",
            "\u{fffd}=1",
            "=a",
        ] {
            assert_eq!(variable(line), DotEnvLine::Foreign, "{line}");
        }
    }
}
