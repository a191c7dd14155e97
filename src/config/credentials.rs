//! Stored credentials: a file that only its owner can read, asked after the environment and `.env`.

use std::path::{Path, PathBuf};

use toml_edit::{DocumentMut, value};

use super::file::write_private;
use super::paths::Paths;
use crate::error::{Failure, io_reason};
use crate::host::Env;
use crate::secret::Secret;

/// Beside the config file.
pub fn path(paths: &Paths) -> PathBuf {
    paths.config_file.with_file_name("credentials.toml")
}

/// The credentials by the names of their variables. A file that others can read is not used, and that is told.
pub fn load(path: &Path, notices: &mut Vec<String>) -> Env {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Env::default(),
        Err(error) => {
            notices.push(format!("cannot read {}: {}", path.display(), io_reason(&error)));
            return Env::default();
        }
    };
    if is_open_to_others(path) {
        notices.push(format!(
            "{} can be read by others and is not used; chmod 600 mends that, and its keys should be replaced",
            path.display()
        ));
        return Env::default();
    }
    match text.parse::<DocumentMut>() {
        Ok(document) => Env::from_pairs(
            document
                .iter()
                .filter_map(|(name, item)| Some((name.to_owned(), item.as_str()?.to_owned()))),
        ),
        Err(_) => {
            // The parser's own words would show the line, and the key in it.
            notices.push(format!("{} is no TOML and is not used", path.display()));
            Env::default()
        }
    }
}

/// Keeps a credential under the name of its variable, beside those that are there.
pub fn keep(path: &Path, name: &str, secret: &Secret) -> Result<(), Failure> {
    let mut document = std::fs::read_to_string(path)
        .ok()
        .filter(|_| !is_open_to_others(path))
        .and_then(|text| text.parse::<DocumentMut>().ok())
        .unwrap_or_default();
    document[name] = value(secret.expose());
    write_private(path, document.to_string().as_bytes())
}

#[cfg(unix)]
fn is_open_to_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|meta| meta.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_open_to_others(_: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_and_finds_keys_in_a_private_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sub/credentials.toml");
        keep(&path, "A_KEY", &Secret::new("sk-placeholder")).unwrap();
        keep(&path, "B_KEY", &Secret::new("other")).unwrap();
        let mut notices = Vec::new();
        let found = load(&path, &mut notices);
        assert_eq!(found.get("A_KEY"), Some("sk-placeholder"));
        assert_eq!(found.get("B_KEY"), Some("other"));
        assert_eq!(notices, Vec::<String>::new());
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_can_read_is_not_used() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("credentials.toml");
        keep(&path, "A_KEY", &Secret::new("sk-placeholder")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        let mut notices = Vec::new();
        assert_eq!(load(&path, &mut notices).get("A_KEY"), None);
        assert!(notices[0].contains("can be read by others"), "{notices:?}");
    }
}
