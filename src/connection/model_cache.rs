//! The model list of the last day, a file a base URL. It holds no credential.

use std::borrow::Cow;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use crate::config::private_file::write_private;
use crate::error::Failure;
use qwen_api::Model;

/// How long a list is good for.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[derive(Deserialize, Serialize)]
struct Kept<'a> {
    base_url: Cow<'a, str>,
    models: Cow<'a, [Model]>,
}

fn file(folder: &Path, base_url: &str) -> PathBuf {
    let mut hasher = DefaultHasher::new();
    base_url.hash(&mut hasher);
    folder.join(format!("models-{:016x}.json", hasher.finish()))
}

/// The list of this address, if one is cached and fresh. A file that cannot be read counts as none.
pub fn read(folder: &Path, base_url: &str) -> Option<Vec<Model>> {
    let modified = std::fs::metadata(file(folder, base_url)).ok()?.modified().ok()?;
    let age = SystemTime::now().duration_since(modified);
    if age.ok()? > DAY {
        return None;
    }
    last(folder, base_url)
}

/// The list, however old.
pub fn last(folder: &Path, base_url: &str) -> Option<Vec<Model>> {
    let kept: Kept<'_> = serde_json::from_slice(&std::fs::read(file(folder, base_url)).ok()?).ok()?;
    (kept.base_url == base_url).then(|| kept.models.into_owned())
}

pub fn write(folder: &Path, base_url: &str, models: &[Model]) -> Result<(), Failure> {
    let kept = Kept {
        base_url: base_url.into(),
        models: models.into(),
    };
    let text = serde_json::to_vec(&kept).unwrap_or_default();
    write_private(&file(folder, base_url), &text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_survives_the_cache() {
        let folder = tempfile::tempdir().unwrap();
        let models = qwen_api::catalog::models();
        write(folder.path(), "https://models.example/v1", &models).unwrap();
        assert_eq!(last(folder.path(), "https://models.example/v1"), Some(models));
    }

    #[test]
    fn a_list_is_good_for_a_day_and_one_from_the_future_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let url = "https://models.example/v1";
        write(folder.path(), url, &[]).unwrap();
        let set = |time| {
            let list = std::fs::File::options().write(true).open(file(folder.path(), url));
            list.unwrap().set_modified(time).unwrap();
        };
        assert_eq!(read(folder.path(), url).map(|list| list.len()), Some(0));
        set(SystemTime::now() - DAY * 2);
        assert!(read(folder.path(), url).is_none());
        // The clock was set back.
        set(SystemTime::now() + DAY);
        assert!(read(folder.path(), url).is_none());
    }
}
