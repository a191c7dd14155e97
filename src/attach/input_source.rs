//! The source of an input: a path, a URL or standard input.

use std::ffi::OsStr;
use std::path::PathBuf;

use url::Url;

use crate::error::Failure;
use crate::i18n::UiText;
use crate::tr;
use qwen_api::without_password;

/// The names of standard input: the usual one, and those of the system.
const STDIN: &[&str] = if cfg!(unix) {
    &["-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"]
} else {
    &["-"]
};

/// Where the bytes of an input are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum InputSource {
    Stdin,
    Url(Url),
    File(PathBuf),
}

/// An input, and its name in messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NamedInput {
    pub(super) source: InputSource,
    pub(super) name: String,
}

impl NamedInput {
    pub(super) fn parse(given: &OsStr) -> Result<NamedInput, Failure> {
        if is_stdin(given) {
            return Ok(NamedInput {
                source: InputSource::Stdin,
                name: "stdin".to_owned(),
            });
        }
        let text = given.to_string_lossy();
        if let Some(path) = file_url(&text).transpose()? {
            return Ok(NamedInput {
                name: path.to_string_lossy().into_owned(),
                source: InputSource::File(path),
            });
        }
        let address = Url::parse(&text)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https"));
        Ok(match address {
            Some(url) => NamedInput {
                source: InputSource::Url(url),
                name: without_password(&text),
            },
            None => NamedInput {
                source: InputSource::File(given.into()),
                name: text.into_owned(),
            },
        })
    }
}

/// Whether the argument names standard input.
pub fn is_stdin(given: &OsStr) -> bool {
    STDIN.iter().any(|name| given == *name)
}

/// Whether one of the arguments, each beside its option, is standard input; a usage failure when two are, since it can
/// be read only once.
pub fn takes_stdin<'a>(named: impl IntoIterator<Item = (UiText, &'a OsStr)>) -> Result<bool, Failure> {
    let mut takers = named.into_iter().filter(|(_, place)| is_stdin(place));
    match (takers.next(), takers.next()) {
        (Some((first, _)), Some((second, _))) => Err(Failure::usage(tr!(
            "stdin can be read only once, and both {} and {} name it",
            first,
            second
        ))),
        (first, _) => Ok(first.is_some()),
    }
}

/// The path of a `file:` URL ("RFC 8089", section 2); `None` for anything else.
pub fn file_url(place: &str) -> Option<Result<PathBuf, Failure>> {
    let scheme = place.get(..6)?;
    if !scheme.eq_ignore_ascii_case("file:/") {
        return None;
    }
    // Such a URL has neither query nor fragment: these characters belong to the name, escaped or not.
    let escaped = place.replace('?', "%3F").replace('#', "%23");
    let path = Url::parse(&escaped).ok().and_then(|url| url.to_file_path().ok());
    Some(path.ok_or_else(|| {
        let why = tr!("it does not name a local file");
        Failure::usage(tr!("cannot read {}: {}", place, why)).hint(tr!("file:///path has three slashes"))
    }))
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::ffi::OsStrExt;

    use super::*;

    #[test]
    fn a_file_url_is_a_path() {
        let path = |url| file_url(url).unwrap().unwrap();
        for url in [
            "file:///tmp/a%20b.png",
            "file://localhost/tmp/a%20b.png",
            "FILE://LocalHost/tmp/a b.png",
            "file:/tmp/a%20b.png",
        ] {
            assert_eq!(path(url), PathBuf::from("/tmp/a b.png"), "{url}");
        }
        assert_eq!(path("file:///100%25.txt"), PathBuf::from("/100%.txt"));
        assert_eq!(path("file:///100%.txt"), PathBuf::from("/100%.txt"));
        assert_eq!(path("file:///what?%23.txt#1"), PathBuf::from("/what?#.txt#1"));
        assert_eq!(path("file:///%E7%8C%AB.png"), PathBuf::from("/猫.png"));
        assert_eq!(path("file:///%ff").as_os_str().as_bytes(), b"/\xff");
        for other in ["file://etc/passwd", "file://example.com/a"] {
            let failure = file_url(other).unwrap().unwrap_err();
            assert_eq!(
                failure.message,
                format!("cannot read {other}: it does not name a local file").as_str()
            );
        }
        for none in ["file", "file:a", "files:/a", "/file:/a", "https://a.b/c", "猫猫猫"] {
            assert!(file_url(none).is_none(), "{none}");
        }
    }

    #[test]
    fn stdin_has_several_names_and_one_reader() {
        for name in ["-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"] {
            assert_eq!(NamedInput::parse(OsStr::new(name)).unwrap().source, InputSource::Stdin);
        }
        for name in ["./-", "--", "/dev/fd/10", "stdin"] {
            assert!(!is_stdin(OsStr::new(name)), "{name}");
        }
        let takes = |named: &[(&'static str, &'static str)]| {
            takes_stdin(
                named
                    .iter()
                    .map(|(what, place)| (UiText::foreign(*what), OsStr::new(place))),
            )
        };
        assert_eq!(takes(&[("--file", "a"), ("--image", "b")]), Ok(false));
        assert_eq!(takes(&[("--file", "a"), ("--image", "-")]), Ok(true));
        assert_eq!(
            takes(&[("--file", "-"), ("--image", "/dev/stdin")])
                .unwrap_err()
                .message,
            "stdin can be read only once, and both --file and --image name it"
        );
    }
}
