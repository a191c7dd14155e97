//! The Chinese README is the same page: what is no prose is equal.

use super::page::{Page, read};

fn both() -> (Page, Page) {
    (read("README.md"), read("README.zh-CN.md"))
}

#[test]
fn its_command_lines_and_settings_are_the_same() {
    let (english, chinese) = both();
    assert_eq!(english.commands(), chinese.commands());
    assert_eq!(english.blocks("toml"), chinese.blocks("toml"));
}

#[test]
fn the_translation_has_the_same_parts_in_the_same_order() {
    let (english, chinese) = both();
    let (english, chinese) = (english.shape(), chinese.shape());
    let same = english
        .iter()
        .zip(&chinese)
        .take_while(|(one, other)| one == other)
        .count();
    assert_eq!(english[same..], chinese[same..], "after {:?}", &english[..same]);
}

/// What the README quotes of the program's messages is what the program says.
#[test]
fn the_messages_it_quotes_are_those_of_the_program() {
    let table = std::fs::read_to_string(super::page::root().join("src/i18n/zh_cn.rs")).unwrap();
    let mut quoted = 0;
    for (file, heading, open, close) in [
        ("README.md", "\n## When something is wrong\n", '`', '`'),
        ("README.zh-CN.md", "\n## 出了问题\n", '「', '」'),
    ] {
        let page = std::fs::read_to_string(super::page::root().join(file)).unwrap();
        let (_, section) = page.split_once(heading).unwrap();
        let rows = section.lines().skip_while(|line| !line.starts_with("|---")).skip(1);
        for row in rows.take_while(|line| line.starts_with('|')) {
            let first = row.split('|').nth(1).unwrap();
            let quotes = first.split([open, close]).skip(1).step_by(2);
            for quote in quotes {
                // A name in the message is quoted as dots.
                let parts: Vec<&str> = quote.split('…').map(|part| part.trim_matches([' ', '：'])).collect();
                let is_message = parts.iter().any(|part| part.split(' ').count() > 2 || open == '「');
                if is_message {
                    quoted += 1;
                    assert!(parts.iter().all(|part| table.contains(part)), "{file}: {quote}");
                }
            }
        }
    }
    assert!(quoted >= 12, "{quoted}");
}

#[test]
fn its_tables_name_the_same_things() {
    let (english, chinese) = both();
    let (english, chinese) = (english.tables(), chinese.tables());
    assert_eq!(english.len(), chinese.len());
    for (english, chinese) in english.iter().zip(&chinese) {
        assert_eq!(english.len(), chinese.len(), "{english:?}");
        for (english, chinese) in english.iter().zip(chinese) {
            let columns = |row: &[Vec<String>]| row.len();
            assert_eq!(columns(english), columns(chinese), "{english:?}");
            // The last column of a table is its prose.
            let names = |row: &[Vec<String>]| row.split_last().map(|(_, names)| names.to_vec());
            assert_eq!(names(english), names(chinese));
        }
    }
}

#[test]
fn each_links_to_the_other() {
    let (english, chinese) = both();
    assert!(english.links().contains(&"README.zh-CN.md".to_owned()));
    assert!(chinese.links().contains(&"README.md".to_owned()));
    assert!(chinese.links().contains(&".github/recording.svg".to_owned()));
}
