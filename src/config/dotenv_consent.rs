//! The user's consent to a `.env` file that says where messages go. What it says of addresses is what counts.

use super::consent::Consent;
use super::dotenv::DotEnv;
use qwen_api::provider::{COOKIE_VAR, TOKEN_VAR};

/// The variables that say where messages go, and who can read along.
const PLACES: &[&str] = &["QWEN_CLI_BASE_URL", "QWEN_CLI_PROVIDER", "SSL_CERT_FILE"];
/// Those that say in whose account they are kept.
const ACCOUNT: &[&str] = &[TOKEN_VAR, COOKIE_VAR];
/// What comes before `_proxy` in the name of a proxy's variable.
const PROXIED: &[&str] = &["http", "https", "all"];

/// What the user must allow before messages go where the file says.
pub fn consent(dotenv: &DotEnv) -> Consent {
    let mut content = Vec::new();
    let lower = PROXIED.iter().map(|what| format!("{what}_proxy"));
    let proxies = lower.flat_map(|name| [name.to_ascii_uppercase(), name]);
    for name in PLACES.iter().map(|name| (*name).to_owned()).chain(proxies) {
        content.push(0);
        content.extend(dotenv.vars.get(&name).unwrap_or_default().bytes());
    }
    // A token changes every few minutes: only whether there is one counts.
    let has_account = ACCOUNT.iter().any(|name| dotenv.vars.get(name).is_some());
    content.extend([0, u8::from(has_account)]);
    Consent::new("allowed-env", &dotenv.path, &content)
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
        let is_allowed = |dotenv: &DotEnv| consent(dotenv).is_given(folder.path());
        assert!(!is_allowed(&one));
        consent(&one).give(folder.path()).unwrap();
        consent(&other).give(folder.path()).unwrap();
        assert!(is_allowed(&one) && is_allowed(&other));
        let again = env("/a/.env", &[("QWEN_CLI_BASE_URL", "http://one"), ("QWEN_API_KEY", "x")]);
        assert!(is_allowed(&again));
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
            assert!(!is_allowed(&changed), "{changed:?}");
        }
    }
}
