//! Branches: answers given again, answers that were continued, copies of conversations, two writers at once.

use bytes::Bytes;
use qwen_api::{Block, Media, MediaKind, MediaSource};
use qwen_cli::error::{Failure, Kind};
use qwen_cli::i18n::UiText;
use qwen_cli::store::{MessageId, Outcome, Placement};

use crate::harness::{TARGET, hits, indexed, new, open, reply, rows, say, texts, user};

#[test]
fn an_answer_asked_again_is_a_branch() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(dir.path());
    let first = new(&mut store, "a joke", "knock knock");
    let mut again = store.begin_regeneration(first.question, &TARGET).unwrap();
    store
        .finish(&mut again, &reply("a horse"), &Outcome::default())
        .unwrap();
    assert_eq!(texts(&store, &first.conversation), ["a joke", "a horse"]);
    assert_eq!(store.siblings(again.id()).unwrap(), [first.answer.id(), again.id()]);

    let conversation = store.latest().unwrap().unwrap();
    let branches = store.branches(&conversation).unwrap();
    let ends: Vec<_> = branches
        .iter()
        .map(|branch| (branch.tip, branch.messages, branch.is_current))
        .collect();
    assert_eq!(ends, [(first.answer.id(), 2, false), (again.id(), 2, true)]);

    store.set_head(&first.conversation, Some(first.answer.id())).unwrap();
    assert_eq!(texts(&store, &first.conversation), ["a joke", "knock knock"]);
    store.set_head(&first.conversation, None).unwrap();
    assert_eq!(texts(&store, &first.conversation), Vec::<String>::new());
    let place = Placement::After {
        conversation: &first.conversation,
        parent: None,
    };
    say(&mut store, place, "another first", "yes");
    assert_eq!(texts(&store, &first.conversation), ["another first", "yes"]);
    assert_eq!(rows(dir.path(), "messages"), 5);
}

#[test]
fn a_retry_without_text_keeps_the_earlier_answer() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(dir.path());
    let first = new(&mut store, "a joke", "knock knock");
    let failure = Failure::new(Kind::RateLimit, UiText::foreign("too many requests"));
    let outcome = Outcome {
        failure: Some(&failure),
        ..Outcome::default()
    };
    let mut again = store.begin_regeneration(first.question, &TARGET).unwrap();
    let head = store.finish(&mut again, &reply(""), &outcome).unwrap();
    assert_eq!(head, first.answer.id());
    assert_eq!(texts(&store, &first.conversation), ["a joke", "knock knock"]);
    let mut again = store.begin_regeneration(first.question, &TARGET).unwrap();
    assert_eq!(store.finish(&mut again, &reply("who"), &outcome).unwrap(), again.id());
    assert_eq!(texts(&store, &first.conversation), ["a joke", "who"]);
    let mut alone = store
        .begin(Placement::New { cwd: None }, &TARGET, &user("hi"))
        .unwrap()
        .answer;
    assert_eq!(store.finish(&mut alone, &reply(""), &outcome).unwrap(), alone.id());
    assert!(store.message(alone.id()).unwrap().is_empty());
}

#[test]
fn a_message_of_another_conversation_is_no_head() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(dir.path());
    let (one, two) = (new(&mut store, "1", "one"), new(&mut store, "2", "two"));
    assert!(store.set_head(&one.conversation, Some(two.answer.id())).is_err());
    let place = Placement::After {
        conversation: &one.conversation,
        parent: Some(two.answer.id()),
    };
    assert!(store.begin(place, &TARGET, &user("3")).is_err());
    assert_eq!(texts(&store, &one.conversation), ["1", "one"]);
}

#[test]
fn a_cut_answer_is_continued_in_a_new_one() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(dir.path());
    let mut exchange = store
        .begin(Placement::New { cwd: None }, &TARGET, &user("abc?"))
        .unwrap();
    store.append(&mut exchange.answer, &reply("a b ")).unwrap();
    let mut whole = store.begin_continuation(exchange.answer.id(), &TARGET).unwrap();
    assert_eq!(texts(&store, &exchange.conversation), ["abc?", "a b "]);
    store.append(&mut whole, &reply("c")).unwrap();
    store.finish(&mut whole, &reply("c."), &Outcome::default()).unwrap();
    assert_eq!(texts(&store, &exchange.conversation), ["abc?", "a b c."]);
    assert_eq!(store.siblings(whole.id()).unwrap(), [whole.id()]);
    let conversation = store.latest().unwrap().unwrap();
    assert_eq!(store.branches(&conversation).unwrap().len(), 1);
    assert_eq!(
        store.message(exchange.answer.id()).unwrap().message.plain_text(),
        "a b "
    );
}

#[test]
fn a_fork_lives_on_its_own() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(dir.path());
    let mut question = user("look at this elephant");
    question.blocks.push(Block::Media(Media {
        kind: MediaKind::Image,
        source: MediaSource::Inline(Bytes::from_static(b"picture")),
        mime: "image/png".to_owned(),
        name: "e.png".to_owned(),
        upload: None,
    }));
    let mut first = store.begin(Placement::New { cwd: None }, &TARGET, &question).unwrap();
    store
        .finish(&mut first.answer, &reply("grey"), &Outcome::default())
        .unwrap();
    let original = store.latest().unwrap().unwrap();
    let copy = store.fork(&original).unwrap();
    assert_ne!(copy.id, original.id);
    assert_eq!((copy.messages, &copy.title), (2, &original.title));
    assert_eq!(rows(dir.path(), "blobs"), 1);

    store.remove(&original.id).unwrap();
    assert!(store.by_id(&original.id).unwrap().is_none());
    let branch = store.branch(&copy).unwrap();
    assert_eq!(branch[0].message, question);
    assert_eq!(hits(&store, "elephant"), [copy.id.as_str()]);
    store.remove(&copy.id).unwrap();
    for table in ["conversations", "messages", "pieces", "blobs", "uses", "unindexed"] {
        assert_eq!(rows(dir.path(), table), 0, "{table}");
    }
    assert_eq!(hits(&store, "elephant"), Vec::<String>::new());
    assert_eq!(indexed(dir.path()), 0);
}

#[test]
fn two_at_one_conversation_become_branches() {
    let dir = tempfile::tempdir().unwrap();
    let first = new(&mut open(dir.path()), "hello", "hi");
    let tips: Vec<MessageId> = std::thread::scope(|scope| {
        let (dir, first) = (dir.path(), &first);
        let threads = ["left", "right"].map(|side| {
            scope.spawn(move || {
                let mut store = open(dir);
                let mut last = first.answer.id();
                for n in 0..10 {
                    let place = Placement::After {
                        conversation: &first.conversation,
                        parent: Some(last),
                    };
                    let mut exchange = store.begin(place, &TARGET, &user(&format!("{side} {n}"))).unwrap();
                    store.append(&mut exchange.answer, &reply(side)).unwrap();
                    store
                        .finish(
                            &mut exchange.answer,
                            &reply(&format!("{side} {n}")),
                            &Outcome::default(),
                        )
                        .unwrap();
                    last = exchange.answer.id();
                }
                last
            })
        });
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let store = open(dir.path());
    let conversation = store.by_id(&first.conversation).unwrap().unwrap();
    let branches = store.branches(&conversation).unwrap();
    assert_eq!(branches.len(), 2);
    assert!(
        branches
            .iter()
            .all(|branch| branch.messages == 22 && tips.contains(&branch.tip))
    );
    assert_eq!(branches.iter().filter(|branch| branch.is_current).count(), 1);
    for (side, tip) in ["left", "right"].iter().zip(&tips) {
        let said = store.path(*tip).unwrap();
        let expected = (0..10).flat_map(|n| [format!("{side} {n}"), format!("{side} {n}")]);
        assert!(said[2..].iter().map(|stored| stored.message.plain_text()).eq(expected));
    }
}
