//! Conversations listed, looked up by id and name, and removed.

use qwen_cli::error::Kind;
use qwen_cli::store::{Exchange, FILE, Outcome, Placement};

use crate::harness::{TARGET, after, new, open, reply, say, sql, titles, user};

#[test]
fn what_was_removed_cannot_be_read_with_another_program() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(dir.path());
    let secret = new(&mut store, "my secret is HALLOWEEN42", "noted: HALLOWEEN42");
    new(&mut store, "something else", "fine");
    store.remove(&secret.conversation).unwrap();
    drop(store);
    let bytes = std::fs::read(dir.path().join(FILE)).unwrap();
    assert!(memchr::memmem::find(&bytes, b"HALLOWEEN42").is_none());
    assert!(memchr::memmem::find(&bytes, b"something else").is_some());
}

#[test]
fn writing_to_a_removed_conversation_fails() {
    let dir = tempfile::tempdir().unwrap();
    let (mut store, mut other) = (open(dir.path()), open(dir.path()));
    let mut exchange = store.begin(Placement::New { cwd: None }, &TARGET, &user("hi")).unwrap();
    other.remove(&exchange.conversation).unwrap();
    let told = store.append(&mut exchange.answer, &reply("text")).unwrap_err();
    assert_eq!(
        told.message,
        "cannot save the answer: the conversation has been removed"
    );
    assert!(
        store
            .finish(&mut exchange.answer, &reply("text"), &Outcome::default())
            .is_err()
    );
    assert!(store.begin(after(&exchange), &TARGET, &user("and?")).is_err());
    // The ids of removed messages are never used again.
    let next = new(&mut other, "new", "one");
    assert!(next.question > exchange.answer.id());
}

#[test]
fn conversations_are_found_by_id_name_and_their_beginnings() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(dir.path());
    let one = new(&mut store, "one", "1").conversation;
    let two = new(&mut store, "two", "2").conversation;
    store.rename(&one, Some("  Tax  2026 ")).unwrap();
    store.rename(&two, Some("税务")).unwrap();
    let id = |meant: &str| store.conversation(meant).map(|found| found.id);
    assert_eq!(id(&one).unwrap(), one);
    assert_eq!(id(&one.to_lowercase()).unwrap(), one);
    assert_eq!(id("tax 2026").unwrap(), one);
    assert_eq!(id("TAX").unwrap(), one);
    assert_eq!(id("税").unwrap(), two);
    let unique = one.bytes().zip(two.bytes()).position(|(a, b)| a != b).unwrap() + 1;
    assert_eq!(id(&one[..unique]).unwrap(), one);
    let told = id(&one[..3]).unwrap_err();
    assert_eq!(
        (told.kind, told.message.to_string().contains("more than one")),
        (Kind::Usage, true)
    );
    for nothing in ["", "zzz", "%", "Q9", "'; DROP TABLE messages"] {
        let told = id(nothing).unwrap_err();
        assert_eq!(told.kind, Kind::Usage, "{nothing}");
    }

    let taken = store.rename(&two, Some("TAX 2026")).unwrap_err();
    assert_eq!(
        (taken.kind, taken.message.to_string().as_str()),
        (Kind::Usage, "another conversation is named 'TAX 2026'")
    );
    store.rename(&one, Some("tax 2026")).unwrap();
    assert_eq!(store.rename(&one, Some(" ")).unwrap_err().kind, Kind::Usage);
    store.rename(&one, None).unwrap();
    store.rename(&two, Some("TAX 2026")).unwrap();
    assert_eq!(store.by_id(&two).unwrap().unwrap().label(), "TAX 2026");
    assert_eq!(store.by_id(&one).unwrap().unwrap().label(), "one");
}

#[test]
fn the_list_begins_with_the_conversation_continued_last() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(dir.path());
    assert!(store.latest().unwrap().is_none());
    assert!(store.last_answer().unwrap().is_none());
    let made: Vec<Exchange> = (0..3).map(|n| new(&mut store, &n.to_string(), "x")).collect();
    // The clock was ahead until now.
    sql(dir.path(), "UPDATE conversations SET updated = updated + 100000000");
    say(&mut store, after(&made[1]), "more", "y");
    assert_eq!(titles(&store, 10)[0], "1");
    assert_eq!(titles(&store, 10).len(), 3);
    assert_eq!(titles(&store, 1), ["1"]);
    assert_eq!(store.latest().unwrap().unwrap().title, "1");
    // Undoing and copying count as changes, too.
    store.set_head(&made[2].conversation, None).unwrap();
    assert_eq!(titles(&store, 10), ["2", "1", "0"]);
    let oldest = store.by_id(&made[0].conversation).unwrap().unwrap();
    let copy = store.fork(&oldest).unwrap();
    assert_eq!(store.latest().unwrap().unwrap().id, copy.id);
}

#[test]
fn conversations_are_listed_by_the_words_of_their_labels_and_the_ends_of_their_ids() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(dir.path());
    let made: Vec<String> = ["Cats and dogs", "Dogs", "猫与狗", "Birds"]
        .map(|title| new(&mut store, title, "x").conversation)
        .into();
    store.rename(&made[3], Some("Raben")).unwrap();
    let with = |words: &str, limit| {
        let listed = store.list_with(words, limit).unwrap();
        listed.iter().map(|one| one.label().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(with("dogs", 9), ["Dogs", "Cats and dogs"]);
    assert_eq!(with("dogs", 1), ["Dogs"]);
    assert_eq!(with("DOGS cats", 9), ["Cats and dogs"]);
    assert_eq!(with("狗", 9), ["猫与狗"]);
    // A name takes the place of the title.
    assert_eq!(with("rab", 9), ["Raben"]);
    assert_eq!(with("birds", 9), Vec::<String>::new());
    assert_eq!(with(" ", 2), ["Raben", "猫与狗"]);
    let end = made[0][22..].to_lowercase();
    assert_eq!(with(&end, 9), ["Cats and dogs"]);
    assert_eq!(with(&made[0][..4], 9), Vec::<String>::new());
}

/// Ids are made apart by their random end, so that the alike ones are written here.
#[test]
fn an_id_is_shown_by_an_end_that_no_other_has() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(dir.path());
    for number in 0..4 {
        new(&mut store, &number.to_string(), "x");
    }
    let ids = [
        "01AAAAAAAAAAAAAAAAAAAAWXYZ",
        "01AAAAAAAAAAAAAAAAAAABWXYZ",
        "01AAAAAAAAAAAAAAAAAAACWXYZ",
        "01AAAAAAAAAAAAAAAAAAAA0000",
    ];
    for (key, id) in (1..).zip(ids) {
        sql(
            dir.path(),
            &format!("UPDATE conversations SET id = '{id}' WHERE key = {key}"),
        );
    }
    let shown = |asked: &[&str]| {
        let ends = store.id_ends(asked).unwrap();
        asked.iter().map(|id| ends.of(id).to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(shown(&ids), ["AWXYZ", "BWXYZ", "CWXYZ", "0000"]);
    // The others are not asked for, and count.
    assert_eq!(shown(&ids[..1]), ["AWXYZ"]);
    assert_eq!(store.conversation("bwxyz").unwrap().id, ids[1]);
    assert_eq!(store.conversation("0000").unwrap().id, ids[3]);
    assert!(store.conversation("wxyz").is_err());
}
