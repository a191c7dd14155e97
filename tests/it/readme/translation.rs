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
fn it_has_the_same_headings() {
    let (english, chinese) = both();
    assert_eq!(english.headings(), chinese.headings());
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
