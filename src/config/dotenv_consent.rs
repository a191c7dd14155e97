//! The user's consent to a `.env` file that says where messages go.
//!
//! A project's `.env` is written by the project's author, who need not be trusted. The file's path and a hash of what it
//! says of addresses are remembered, so that the user is asked again when either changes.

use std::path::{Path, PathBuf};

use super::dotenv::DotEnv;
use super::private_file::write_private;
use crate::error::Failure;
use crate::text::sha256_hex;
use qwen_api::provider::{COOKIE_VAR, TOKEN_VAR};

/// The variables that say where messages go, and who can read along.
const PLACES: &[&str] = &["QWEN_CLI_BASE_URL", "QWEN_CLI_PROVIDER", "SSL_CERT_FILE"];
/// Those that say in whose account they are kept.
const ACCOUNT: &[&str] = &[TOKEN_VAR, COOKIE_VAR];
/// What comes before `_proxy` in the name of a proxy's variable.
const PROXIED: &[&str] = &["http", "https", "all"];

/// The file of consents: a line for each `.env` file, its hash and its path.
fn file(data: &Path) -> PathBuf {
    data.join("allowed-env")
}

/// Whether the user allowed this file with its present content.
pub fn is_allowed(data: &Path, dotenv: &DotEnv) -> bool {
    let mark = mark(dotenv);
    // A file that cannot be read allows nothing.
    let known = std::fs::read(file(data)).unwrap_or_default();
    known
        .split(|byte| *byte == b'\n')
        .any(|line| line.starts_with(mark.as_bytes()))
}

/// Remembers that the user allowed it.
pub fn allow(data: &Path, dotenv: &DotEnv) -> Result<(), Failure> {
    let path = file(data);
    let mut known = std::fs::read(&path).unwrap_or_default();
    let name = dotenv.path.display().to_string().replace('\n', " ");
    known.extend(format!("{} {name}\n", mark(dotenv)).into_bytes());
    write_private(&path, &known)
}

fn mark(dotenv: &DotEnv) -> String {
    let mut marked = dotenv.path.as_os_str().as_encoded_bytes().to_vec();
    let lower = PROXIED.iter().map(|what| format!("{what}_proxy"));
    let proxies = lower.flat_map(|name| [name.to_ascii_uppercase(), name]);
    for name in PLACES.iter().map(|name| (*name).to_owned()).chain(proxies) {
        marked.push(0);
        marked.extend(dotenv.vars.get(&name).unwrap_or_default().bytes());
    }
    // A token changes every few minutes: only whether there is one counts.
    let has_account = ACCOUNT.iter().any(|name| dotenv.vars.get(name).is_some());
    marked.extend([0, u8::from(has_account)]);
    sha256_hex(&marked)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Env;

    #[test]
    fn a_file_is_allowed_what_it_said_and_where_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let env = |path: &str, pairs: &[(&str, &str)]| DotEnv {
            path: path.into(),
            vars: Env::from_pairs(pairs.iter().copied()),
        };
        let one = env("/a/.env", &[("QWEN_CLI_BASE_URL", "http://one")]);
        let other = env("/b/.env", &[("HTTPS_PROXY", "http://one")]);
        assert!(!is_allowed(folder.path(), &one));
        allow(folder.path(), &one).unwrap();
        allow(folder.path(), &other).unwrap();
        assert!(is_allowed(folder.path(), &one) && is_allowed(folder.path(), &other));
        let again = env("/a/.env", &[("QWEN_CLI_BASE_URL", "http://one"), ("QWEN_API_KEY", "x")]);
        assert!(is_allowed(folder.path(), &again));
        for changed in [
            env("/c/.env", &[("QWEN_CLI_BASE_URL", "http://one")]),
            env("/a/.env", &[("QWEN_CLI_BASE_URL", "http://two")]),
            env(
                "/a/.env",
                &[("QWEN_CLI_BASE_URL", "http://one"), ("ALL_PROXY", "http://two")],
            ),
            env("/b/.env", &[("QWEN_CLI_BASE_URL", "http://one")]),
            env("/a/.env", &[("QWEN_CLI_BASE_URL", "http://one"), ("QWEN_COOKIE", "x")]),
        ] {
            assert!(!is_allowed(folder.path(), &changed), "{changed:?}");
        }
    }
}
