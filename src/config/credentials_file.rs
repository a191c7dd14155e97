//! The file of stored credentials, which only its owner can read. The environment and `.env` come before it.
//!
//! It has a line for each credential, by the name of its variable, and the regions that keys belong to:
//!
//! ```toml
//! DASHSCOPE_API_KEY = "sk-…"
//! keyring = ["OPENAI_API_KEY"]
//!
//! [regions]
//! DASHSCOPE_API_KEY = "singapore"
//! ```
//!
//! Those listed under `keyring` are in the system's keyring; the file has only their names.

use std::path::{Path, PathBuf};

use toml_edit::{Array, DocumentMut, Item, Table, value};

use super::paths::Paths;
use super::private_file::write_private;
use crate::error::{Failure, io_reason};
use crate::host::Env;
use crate::i18n::UiText;
use crate::tr;
use qwen_api::Secret;

/// The table that says which region a key belongs to.
const REGIONS: &str = "regions";
/// The names of those that are in the system's keyring.
const KEYRING: &str = "keyring";

/// The content of the file.
#[derive(Clone, Debug, Default)]
pub struct StoredCredentials {
    /// The credentials in the file, by the names of their variables.
    pub values: Env,
    /// The names of those in the system's keyring.
    pub in_keyring: Vec<String>,
}

/// The file's path, beside the config file.
pub fn path(paths: &Paths) -> PathBuf {
    paths.config_file.with_file_name("credentials.toml")
}

/// Loads the credentials. A file that other users can read is not used, with a notice.
pub fn load(path: &Path, notices: &mut Vec<UiText>) -> StoredCredentials {
    match document(path) {
        Ok(document) => StoredCredentials {
            values: Env::from_pairs(
                document
                    .iter()
                    .filter_map(|(name, item)| Some((name.to_owned(), item.as_str()?.to_owned()))),
            ),
            in_keyring: in_keyring(&document),
        },
        Err(unusable) => {
            let message = tr!("{} {} and is not used", path.display(), unusable.what);
            notices.push(unusable.with_fix(message));
            StoredCredentials::default()
        }
    }
}

/// The region that the key of that name was stored with.
pub fn region(path: &Path, name: &str) -> Option<String> {
    let document = document(path).ok()?;
    Some(document.get(REGIONS)?.get(name)?.as_str()?.to_owned())
}

/// Stores a credential under the name of its variable.
pub fn keep(path: &Path, name: &str, secret: &Secret) -> Result<(), Failure> {
    keep_in_region(path, name, secret, None)
}

/// The same, with the region the key belongs to.
pub fn keep_in_region(path: &Path, name: &str, secret: &Secret, region: Option<&str>) -> Result<(), Failure> {
    let mut document = changeable(path)?;
    document[name] = value(secret.expose());
    forget_in_keyring(&mut document, name);
    put_region(&mut document, name, region);
    write_private(path, document.to_string().as_bytes())
}

/// Records that a credential is in the system's keyring, and removes it from the file.
pub fn note_in_keyring(path: &Path, name: &str, region: Option<&str>) -> Result<(), Failure> {
    let mut document = changeable(path)?;
    document.remove(name);
    let mut names = in_keyring(&document);
    if !names.iter().any(|noted| noted == name) {
        names.push(name.to_owned());
    }
    document[KEYRING] = value(names.into_iter().collect::<Array>());
    put_region(&mut document, name, region);
    write_private(path, document.to_string().as_bytes())
}

/// Fails if the file could not be changed, before a credential is stored anywhere.
pub fn check_changeable(path: &Path) -> Result<(), Failure> {
    changeable(path).map(drop)
}

/// Removes a credential, or the record of one in the keyring. Returns whether it was there.
pub fn remove(path: &Path, name: &str) -> Result<bool, Failure> {
    let mut document = changeable(path)?;
    let was_in_file = document.remove(name).is_some();
    if !forget_in_keyring(&mut document, name) && !was_in_file {
        return Ok(false);
    }
    forget_region(&mut document, name);
    if document.is_empty() {
        std::fs::remove_file(path).map_err(|error| Failure::io(tr!("remove {}", path.display()), &error))?;
    } else {
        write_private(path, document.to_string().as_bytes())?;
    }
    Ok(true)
}

/// The variables whose credentials are stored.
pub fn names(path: &Path) -> Result<Vec<String>, Failure> {
    let document = changeable(path)?;
    let names = document.iter().filter(|(_, item)| item.is_str());
    let mut names: Vec<String> = names.map(|(name, _)| name.to_owned()).collect();
    names.extend(in_keyring(&document));
    Ok(names)
}

fn in_keyring(document: &DocumentMut) -> Vec<String> {
    let names = document.get(KEYRING).and_then(Item::as_array);
    let names = names.into_iter().flatten().filter_map(|name| name.as_str());
    names.map(str::to_owned).collect()
}

/// Returns whether it was recorded.
fn forget_in_keyring(document: &mut DocumentMut, name: &str) -> bool {
    let before = in_keyring(document);
    let left: Array = before.iter().filter(|noted| *noted != name).collect();
    let was_noted = left.len() < before.len();
    if left.is_empty() {
        document.remove(KEYRING);
    } else {
        document[KEYRING] = value(left);
    }
    was_noted
}

fn put_region(document: &mut DocumentMut, name: &str, region: Option<&str>) {
    forget_region(document, name);
    if let Some(region) = region {
        let regions = document.entry(REGIONS).or_insert_with(|| Item::Table(Table::new()));
        regions[name] = value(region);
    }
}

fn forget_region(document: &mut DocumentMut, name: &str) {
    let Some(regions) = document.get_mut(REGIONS).and_then(Item::as_table_mut) else {
        return;
    };
    regions.remove(name);
    if regions.is_empty() {
        document.remove(REGIONS);
    }
}

/// The file's content, to be changed. A file that cannot be parsed is not overwritten: it may hold other keys.
fn changeable(path: &Path) -> Result<DocumentMut, Failure> {
    document(path).map_err(|unusable| {
        let message = tr!("{} {} and is not changed", path.display(), unusable.what);
        Failure::usage(unusable.with_fix(message)).hint(tr!("fix it, or delete it and log in again"))
    })
}

/// Why the file is not used.
struct UnusableFile {
    what: UiText,
    /// How to fix it.
    fix: Option<UiText>,
}

impl UnusableFile {
    fn new(what: UiText) -> UnusableFile {
        UnusableFile { what, fix: None }
    }

    fn with_fix(self, message: UiText) -> UiText {
        match self.fix {
            Some(fix) => tr!("{}; {}", message, fix),
            None => message,
        }
    }
}

/// The file's content, empty where there is no file.
fn document(path: &Path) -> Result<DocumentMut, UnusableFile> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(DocumentMut::new()),
        Err(error) => return Err(UnusableFile::new(tr!("cannot be read ({})", io_reason(&error)))),
    };
    if is_open_to_others(path) {
        return Err(UnusableFile {
            what: tr!("is readable by other users"),
            fix: Some(tr!("run chmod 600 on it and replace its keys")),
        });
    }
    // The parser's message would show the line, and the key in it.
    text.parse().map_err(|_| UnusableFile::new(tr!("is not valid TOML")))
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
        let found = load(&path, &mut notices).values;
        assert_eq!(found.get("A_KEY"), Some("sk-placeholder"));
        assert_eq!(found.get("B_KEY"), Some("other"));
        assert_eq!(notices, Vec::<UiText>::new());
    }

    #[test]
    fn a_key_has_its_region_until_it_is_replaced_or_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("credentials.toml");
        let key = Secret::new("sk-placeholder");
        keep_in_region(&path, "A_KEY", &key, Some("singapore")).unwrap();
        keep_in_region(&path, "B_KEY", &Secret::new("b=\"c\"; d"), Some("us")).unwrap();
        assert_eq!(region(&path, "A_KEY").as_deref(), Some("singapore"));
        keep(&path, "A_KEY", &key).unwrap();
        assert_eq!(region(&path, "A_KEY"), None);
        assert_eq!(names(&path).unwrap(), ["A_KEY", "B_KEY"]);
        assert_eq!((remove(&path, "A_KEY"), remove(&path, "A_KEY")), (Ok(true), Ok(false)));
        let found = load(&path, &mut Vec::new()).values;
        assert_eq!(found.get("B_KEY"), Some("b=\"c\"; d"));
        assert_eq!(remove(&path, "B_KEY"), Ok(true));
        assert!(!path.exists(), "{:?}", std::fs::read_to_string(&path));
    }

    #[test]
    fn a_credential_is_in_the_file_or_in_the_keyring() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("credentials.toml");
        let key = Secret::new("sk-placeholder");
        let text = || std::fs::read_to_string(&path).unwrap();
        keep_in_region(&path, "A_KEY", &key, Some("singapore")).unwrap();
        note_in_keyring(&path, "A_KEY", Some("us")).unwrap();
        note_in_keyring(&path, "B_KEY", None).unwrap();
        note_in_keyring(&path, "B_KEY", None).unwrap();
        assert_eq!(
            text(),
            "keyring = [\"A_KEY\", \"B_KEY\"]\n\n[regions]\nA_KEY = \"us\"\n"
        );
        let stored = load(&path, &mut Vec::new());
        assert_eq!((stored.values.get("A_KEY"), stored.in_keyring.len()), (None, 2));
        assert_eq!(names(&path).unwrap(), ["A_KEY", "B_KEY"]);
        keep(&path, "A_KEY", &key).unwrap();
        assert_eq!(text(), "keyring = [\"B_KEY\"]\nA_KEY = \"sk-placeholder\"\n");
        assert_eq!((remove(&path, "B_KEY"), remove(&path, "B_KEY")), (Ok(true), Ok(false)));
        assert_eq!(text(), "A_KEY = \"sk-placeholder\"\n");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_can_read_is_not_used() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("credentials.toml");
        keep(&path, "A_KEY", &Secret::new("sk-placeholder")).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        let mut notices = Vec::new();
        assert_eq!(load(&path, &mut notices).values.get("A_KEY"), None);
        assert!(
            notices[0].to_string().contains("is readable by other users"),
            "{notices:?}"
        );
        assert!(keep(&path, "A_KEY", &Secret::new("x")).is_err());
    }

    #[test]
    fn a_broken_file_is_told_without_its_words_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("credentials.toml");
        write_private(&path, b"A_KEY = sk-placeholder\n").unwrap();
        let mut notices = Vec::new();
        assert_eq!(load(&path, &mut notices).values.get("A_KEY"), None);
        assert!(
            notices[0].to_string().ends_with("is not valid TOML and is not used"),
            "{notices:?}"
        );
        let failure = keep(&path, "A_KEY", &Secret::new("x")).unwrap_err();
        assert!(!format!("{failure:?}").contains("placeholder"), "{failure:?}");
    }
}
