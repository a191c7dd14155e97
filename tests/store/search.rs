//! Search, and its index.

use qwen_api::Role;

use crate::harness::{after, hits, indexed, new, open, say, sql};

/// To split megabytes into trigrams takes seconds, in which nothing else is done.
#[test]
fn a_long_message_is_found_and_not_indexed() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(dir.path());
    let long = "0123456789abcde\n".repeat(64 * 1024);
    let question = new(&mut store, &(long.clone() + "the question"), "short").conversation;
    let answer = new(&mut store, "shorter", &(long + "the answer")).conversation;
    assert_eq!(indexed(dir.path()), 2);
    assert_eq!(hits(&store, "the question"), [question.as_str()]);
    assert_eq!(hits(&store, "the answer"), [answer.as_str()]);
    // Nor is it when the backlog is indexed.
    store.fork(&store.conversation(&question).unwrap()).unwrap();
    new(&mut store, "another", "one");
    assert_eq!((indexed(dir.path()), hits(&store, "the question").len()), (5, 2));
}

#[test]
fn words_are_found_in_chinese_and_english_long_and_short() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(dir.path());
    let zh = new(&mut store, "今天的天气怎么样？", "晴天，气温二十度。").conversation;
    let en = new(
        &mut store,
        "Explain LIFETIMES in Rust",
        "They say how long\na borrow lasts: 100% \"safe\".",
    )
    .conversation;
    let ru = new(&mut store, "Привет, мир", "ÉTÉ").conversation;
    new(&mut store, "noise", "nothing to see");
    for (query, expected) in [
        ("天气怎么样", &zh),
        ("天气", &zh),
        ("度", &zh),
        ("天气 今天的", &zh),
        ("lifetimes", &en),
        ("LIFE rust", &en),
        ("ru", &en),
        ("100%", &en),
        ("\"safe\"", &en),
        ("long", &en),
        ("привет", &ru),
        ("МИ", &ru),
        ("été", &ru),
    ] {
        assert_eq!(hits(&store, query), [expected.as_str()], "{query}");
    }
    for nowhere in ["", " ", "麒麟", "zzz", "qz", "rust 天气", "* OR a", "NEAR(a b)", "_a_"] {
        assert_eq!(hits(&store, nowhere), Vec::<String>::new(), "{nowhere}");
    }
    let found = store.search("BORROW", 10, 80).unwrap();
    let hit = &found[0].hits[0];
    assert_eq!(hit.snippet.line, "a borrow lasts: 100% \"safe\".");
    assert_eq!(&hit.snippet.line[hit.snippet.found.clone()], "borrow");
    assert_eq!(hit.role, Role::Assistant);

    store.rename(&ru, Some("noise abroad")).unwrap();
    let found = store.search("noise", 10, 80).unwrap();
    assert_eq!(
        (found.len(), found[0].conversation.id.as_str(), found[0].hits.len()),
        (2, ru.as_str(), 0)
    );
}

#[test]
fn a_search_gives_the_newest_and_no_more_than_was_asked() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(dir.path());
    let made: Vec<String> = (0..5)
        .map(|n| new(&mut store, &format!("apple {n}"), "pear").conversation)
        .collect();
    let ids = |query: &str| -> Vec<String> {
        let found = store.search(query, 2, 80).unwrap();
        found.into_iter().map(|found| found.conversation.id).collect()
    };
    assert_eq!(ids("apple"), [made[4].clone(), made[3].clone()]);
    assert_eq!(ids("pe"), [made[4].clone(), made[3].clone()]);
}

#[test]
fn a_damaged_index_is_made_again() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(dir.path());
    let first = new(&mut store, "platypus", "egg");
    drop(store);
    sql(dir.path(), "UPDATE message_text_data SET block = x'ffffffffffff'");
    let mut store = open(dir.path());
    assert_eq!(hits(&store, "platypus"), [first.conversation.as_str()]);
    drop(store);
    sql(dir.path(), "UPDATE message_text_data SET block = x'ffffffffffff'");
    store = open(dir.path());
    say(&mut store, after(&first), "wombat", "cube");
    assert_eq!(hits(&store, "platypus"), [first.conversation.as_str()]);
    assert_eq!(hits(&store, "wombat"), [first.conversation.as_str()]);
}
