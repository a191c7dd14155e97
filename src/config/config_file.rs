//! The config file: read into flat entries that know their line, and changed without losing its comments.

use std::path::PathBuf;

use toml_edit::{Document, DocumentMut, Item, TableLike, Value};

use super::own_price;
use super::own_provider::field_type;
use super::paths::ConfigFile;
use super::private_file::write_private;
use super::setting_table::{SETTINGS, setting};
use super::setting_values::{ValueKind, ValueType};
use crate::error::{Failure, io_reason};
use crate::i18n::{UiText, quoted};
use crate::text::{line_at, nearest};
use crate::tr;

/// One value of the file.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// With dots: `providers.mine.base_url`.
    pub key: String,
    pub value: String,
    /// From 1.
    pub line: usize,
}

/// Reads and checks the file's values, in order. A missing file has none.
pub fn read(path: &ConfigFile) -> Result<Vec<Entry>, Failure> {
    let text = match std::fs::read(&**path) {
        Ok(bytes) => String::from_utf8(bytes).map_err(|error| {
            bad(
                path,
                line_at(error.as_bytes(), error.utf8_error().valid_up_to()),
                tr!("it is not UTF-8"),
            )
        })?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => {
            return Err(Failure::usage(tr!(
                "cannot read the config file {}: {}",
                path.display(),
                io_reason(&error)
            )));
        }
    };
    let document = Document::parse(text.as_str()).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        bad(
            path,
            line_at(text.as_bytes(), at),
            UiText::foreign(error.message().replace('\n', ", ")),
        )
    })?;
    let mut entries = Vec::new();
    flatten(path, &text, "", document.as_table(), &mut entries)?;
    for entry in &entries {
        check_entry(entry).map_err(|why| bad(path, entry.line, why))?;
    }
    Ok(entries)
}

fn bad(path: &ConfigFile, line: usize, why: UiText) -> Failure {
    Failure::usage(tr!("{} line {}: {}", path.display(), line, why)).hint(tr!("`{}` opens it", path.edit_command()))
}

fn flatten(
    path: &ConfigFile,
    text: &str,
    prefix: &str,
    table: &dyn TableLike,
    entries: &mut Vec<Entry>,
) -> Result<(), Failure> {
    for (name, item) in table.iter() {
        let key = if prefix.is_empty() {
            name.to_owned()
        } else {
            format!("{prefix}.{name}")
        };
        let line = line_at(text.as_bytes(), item.span().map_or(0, |span| span.start));
        if let Some(inner) = item.as_table_like() {
            flatten(path, text, &key, inner, entries)?;
            continue;
        }
        let value = match item {
            Item::Value(Value::String(value)) => value.value().trim().to_owned(),
            Item::Value(Value::Integer(value)) => value.value().to_string(),
            Item::Value(Value::Float(value)) => value.value().to_string(),
            Item::Value(Value::Boolean(value)) => value.value().to_string(),
            _ => return Err(bad(path, line, tr!("{} must be a single value", key))),
        };
        entries.push(Entry { key, value, line });
    }
    Ok(())
}

/// Whether the key is known and its value fits.
fn check_entry(entry: &Entry) -> Result<(), UiText> {
    type_of(&entry.key)?.check(&entry.key, &entry.value)
}

/// The names that a key consists of. Dots may be in that of a model alone.
pub(super) fn parts(key: &str) -> Vec<&str> {
    let Some(rest) = key.strip_prefix("prices.") else {
        return key.split('.').collect();
    };
    match rest.rsplit_once('.') {
        Some((model, field)) if own_price::field_type(field).is_some() => vec!["prices", model, field],
        _ => vec!["prices", rest],
    }
}

/// The type of the value of a key, also for aliases and own providers.
pub fn type_of(key: &str) -> Result<ValueType, UiText> {
    let known = match parts(key).as_slice() {
        ["aliases", _] => Some(ValueType::of::<String>()),
        ["prices", _, field] => own_price::field_type(field),
        ["providers", _, field @ ..] => field_type(field),
        _ => setting(key)
            .filter(|setting| setting.is_in_file)
            .map(|setting| setting.value),
    };
    known.ok_or_else(|| {
        let names = SETTINGS.iter().filter(|setting| setting.is_in_file);
        match nearest(key, names.map(|setting| setting.name)) {
            Some(near) => tr!("unknown setting {}; did you mean {}?", quoted(key), quoted(near)),
            None => tr!("unknown setting {}", quoted(key)),
        }
    })
}

/// The type of the value of a key that is to be changed.
fn changeable(key: &str) -> Result<ValueType, Failure> {
    type_of(key).map_err(|why| Failure::usage(why).hint(tr!("`qwen config show` lists the settings")))
}

/// The file that is written in place of `path`, and its text, which has been checked. A link is followed, so that a
/// config kept elsewhere stays a link.
fn checked_text(path: &ConfigFile) -> Result<(PathBuf, String), Failure> {
    read(path)?;
    let target = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    match std::fs::read_to_string(&target) {
        Ok(text) => Ok((target, text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok((target, String::new())),
        Err(error) => Err(Failure::io(tr!("read {}", target.display()), &error)),
    }
}

fn parsed(text: &str) -> Result<DocumentMut, Failure> {
    text.parse()
        .map_err(|error: toml_edit::TomlError| Failure::usage(UiText::foreign(error.message())))
}

/// Removes one value, or with `providers.NAME` or `prices.MODEL` all of it, and keeps everything else, comments included. What is not
/// set is no error. The file is replaced whole or not at all.
pub fn unset(path: &ConfigFile, key: &str) -> Result<(), Failure> {
    let parts = parts(key);
    if !matches!(parts.as_slice(), ["providers" | "prices", name] if !name.is_empty()) {
        changeable(key)?;
    }
    let (target, text) = checked_text(path)?;
    let left = without(text.clone(), &parts)?;
    if left == text {
        return Ok(());
    }
    write_private(&target, left.as_bytes())
}

/// A text parsed so that its parts know where they stand in it.
fn placed(text: &str) -> Result<Document<&str>, Failure> {
    Document::parse(text).map_err(|error| Failure::usage(UiText::foreign(error.message())))
}

/// The item of a key, and its name as the file has it.
fn find<'d>(table: &'d dyn TableLike, key: &[&str]) -> Option<(&'d toml_edit::Key, &'d Item)> {
    let (last, above) = key.split_last()?;
    let mut table = table;
    for part in above {
        table = table.get(part)?.as_table_like()?;
    }
    table.get_key_value(last)
}

/// The text without the value or the table of a key, and without the tables that are empty then.
fn without(text: String, key: &[&str]) -> Result<String, Failure> {
    let document = placed(&text)?;
    let Some((name, item)) = find(document.as_table(), key) else {
        return Ok(text);
    };
    let above = &key[..key.len() - 1];
    if let Some(table) = item.as_table() {
        let inner: Vec<String> = table.iter().map(|(name, _)| name.to_owned()).collect();
        if inner.is_empty() {
            return match header(table) {
                Some(at) => without_empty(without_header(&text, at, true), above),
                None => Ok(text),
            };
        }
        let mut left = text;
        for name in &inner {
            left = without(left, &[key, &[name.as_str()]].concat())?;
        }
        // Comments have kept its header.
        return without(left, key);
    }
    let is_inline = (1..key.len())
        .any(|end| find(document.as_table(), &key[..end]).is_some_and(|(_, item)| item.is_inline_table()));
    let left = if is_inline {
        let mut document = parsed(&text)?;
        let mut table: &mut dyn TableLike = document.as_table_mut();
        for part in above {
            match table.get_mut(part).and_then(Item::as_table_like_mut) {
                Some(inner) => table = inner,
                None => return Ok(text),
            }
        }
        table.remove(key[above.len()]);
        document.to_string()
    } else {
        // Removing the item would remove the comments above it too, so its lines are cut out of the text.
        let (Some(name), Some(value)) = (name.span(), item.span()) else {
            return Ok(text);
        };
        let from = line_start(&text, name.start);
        let to = line_end(&text, value.end);
        [&text[..from], &text[to..]].concat()
    };
    without_empty(left, above)
}

/// The text without the table of a key and those above it, as far as they are empty and have no comment.
fn without_empty(text: String, key: &[&str]) -> Result<String, Failure> {
    let Some((_, above)) = key.split_last() else {
        return Ok(text);
    };
    let document = placed(&text)?;
    // A table without a header goes with its last key.
    let Some((_, item)) = find(document.as_table(), key) else {
        return without_empty(text, above);
    };
    if item.as_table_like().is_none_or(|table| !table.is_empty()) {
        return Ok(text);
    }
    let Some(table) = item.as_table() else {
        return without(text, key);
    };
    match header(table).map(|at| without_header(&text, at, false)) {
        Some(left) if left != text => without_empty(left, above),
        _ => Ok(text),
    }
}

/// Where a table's header stands; `None` for one that its keys make.
fn header(table: &toml_edit::Table) -> Option<usize> {
    (!table.is_implicit() && !table.is_dotted()).then(|| table.span().map(|span| span.start))?
}

/// The text without the header of an empty table and the blank lines below it. Comments go with it, or keep it there. A
/// comment right above the next table belongs to that.
fn without_header(text: &str, header: usize, takes_comments: bool) -> String {
    let (from, below) = (line_start(text, header), line_end(text, header));
    let (mut end, mut to, mut is_last) = (below, below, true);
    for line in text[below..].split_inclusive('\n') {
        let said = line.trim();
        if !said.is_empty() && !said.starts_with('#') {
            is_last = false;
            break;
        }
        end += line.len();
        if said.is_empty() {
            to = end;
        }
    }
    if is_last {
        to = end;
    }
    if !takes_comments && text[header..to].contains('#') {
        return text.to_owned();
    }
    let mut head = &text[..from];
    if to == text.len() {
        // No blank lines are left at the end of the file.
        head = &head[..line_end(head, head.trim_end().len())];
    }
    [head, &text[to..]].concat()
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |end| end + 1)
}

fn line_end(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |end| at + end + 1)
}

/// Changes one value and keeps everything else, comments included. The file is replaced whole or not at all.
pub fn set(path: &ConfigFile, key: &str, value: &str) -> Result<(), Failure> {
    let value_type = changeable(key)?;
    value_type.check(key, value).map_err(Failure::usage)?;
    let (target, text) = checked_text(path)?;
    let mut document = parsed(&text)?;
    let mut table: &mut dyn TableLike = document.as_table_mut();
    let mut parts = parts(key);
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        let item = table.entry(part).or_insert_with(|| {
            let mut inner = toml_edit::Table::new();
            inner.set_implicit(true);
            Item::Table(inner)
        });
        table = match item.as_table_like_mut() {
            Some(inner) => inner,
            None => return Err(Failure::usage(tr!("{} in {} is not a table", part, target.display()))),
        };
    }
    let mut new = match value_type.kind {
        ValueKind::Bool => Value::from(value == "true"),
        ValueKind::Number => match value.parse::<i64>() {
            Ok(number) => Value::from(number),
            Err(_) => Value::from(value.parse::<f64>().unwrap_or_default()),
        },
        _ => Value::from(value),
    };
    // Taking the old value's place keeps the comments before and behind it.
    match table.get_mut(last) {
        Some(slot) => {
            if let Some(old) = slot.as_value() {
                *new.decor_mut() = old.decor().clone();
            }
            *slot = Item::Value(new);
        }
        None => {
            table.insert(last, Item::Value(new));
        }
    }
    write_private(&target, document.to_string().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> (tempfile::TempDir, ConfigFile) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        std::fs::write(&path, text).unwrap();
        (folder, path.into())
    }

    #[test]
    fn names_file_line_and_fault() {
        let cases = [
            ("model = \"a\"\ntimeout = 1 2\n", "line 2: "),
            (
                "\n\nmodle = \"a\"\n",
                "line 3: unknown setting \"modle\"; did you mean \"model\"?",
            ),
            ("timeout = \"soon\"\n", "line 1: timeout must be a number of seconds"),
            ("retries = [1]\n", "line 1: retries must be a single value"),
            (
                "[providers.x]\nprotocol = \"soap\"\n",
                "line 2: providers.x.protocol must be one of openai",
            ),
        ];
        for (text, fault) in cases {
            let (_folder, path) = file(text);
            let failure = read(&path).unwrap_err();
            assert!(
                failure.message.to_string().contains(fault),
                "{text:?}: {}",
                failure.message
            );
            assert!(
                failure.message.to_string().contains("config.toml"),
                "{}",
                failure.message
            );
        }
    }

    #[test]
    fn set_keeps_comments_and_order() {
        let (_folder, path) = file("# mine\nmodel = \"a\" # for work\n\n[aliases]\nfast = \"qwen-flash\"\n");
        set(&path, "model", "b").unwrap();
        set(&path, "timeout", "30").unwrap();
        set(&path, "save", "false").unwrap();
        set(&path, "providers.lab.base_url", "http://127.0.0.1:9/v1").unwrap();
        let text = std::fs::read_to_string(&*path).unwrap();
        insta::assert_snapshot!(text, @r#"
        # mine
        model = "b" # for work
        timeout = 30
        save = false

        [aliases]
        fast = "qwen-flash"

        [providers.lab]
        base_url = "http://127.0.0.1:9/v1"
        "#);
        assert!(read(&path).is_ok());
    }
}
