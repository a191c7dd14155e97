//! The store of conversations, through its public face.
#![allow(clippy::unwrap_used)] // helpers of tests are tests

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use bytes::Bytes;
use qwen_api::{
    Block, Event, Finish, Media, MediaKind, MediaSource, Message, Remote, Reply, Role, SearchResult, Usage,
};
use qwen_cli::error::{Failure, Kind};
use qwen_cli::i18n::UiText;
use qwen_cli::store::{
    DAMAGED, Exchange, FILE, MessageId, MessageState, Outcome, PendingAnswer, Placement, Store, Target,
};
use rusqlite::Connection;

const TARGET: Target<'_> = Target {
    provider: "demo",
    model: "demo-1",
    system: None,
};

fn open(dir: &Path) -> Store {
    let (store, notices) = Store::open(dir).unwrap();
    assert_eq!(notices, Vec::<String>::new());
    store
}

fn user(text: &str) -> Message {
    Message::text(Role::User, text)
}

fn reply(text: &str) -> Reply {
    Reply {
        text: text.to_owned(),
        ..Reply::default()
    }
}

fn say(store: &mut Store, place: Placement<'_>, question: &str, answer: &str) -> Exchange {
    let mut exchange = store.begin(place, &TARGET, &user(question)).unwrap();
    store
        .finish(&mut exchange.answer, &reply(answer), &Outcome::default())
        .unwrap();
    exchange
}

fn new(store: &mut Store, question: &str, answer: &str) -> Exchange {
    say(store, Placement::New { cwd: None }, question, answer)
}

fn after<'a>(exchange: &'a Exchange) -> Placement<'a> {
    Placement::After {
        conversation: &exchange.conversation,
        parent: Some(exchange.answer.id()),
    }
}

/// The titles of the list, as it begins.
fn titles(store: &Store, limit: usize) -> Vec<String> {
    let listed = store.list(limit).unwrap();
    listed.into_iter().map(|one| one.title).collect()
}

/// The texts of a conversation's branch.
fn texts(store: &Store, conversation: &str) -> Vec<String> {
    let found = store.conversation(conversation).unwrap();
    let branch = store.branch(&found).unwrap();
    assert_eq!(found.messages, branch.len() as u64);
    branch.iter().map(|stored| stored.message.plain_text()).collect()
}

#[test]
fn a_conversation_is_there_after_opening_again() {
    let dir = tempfile::tempdir().unwrap();
    let first = {
        let mut store = open(dir.path());
        let first = new(&mut store, "why is the sky blue?", "Rayleigh scattering.");
        say(&mut store, after(&first), "and red?", "More air.");
        first
    };
    let store = open(dir.path());
    assert_eq!(
        texts(&store, &first.conversation),
        ["why is the sky blue?", "Rayleigh scattering.", "and red?", "More air."]
    );
    let latest = store.latest().unwrap().unwrap();
    assert_eq!(
        (latest.id.as_str(), latest.title.as_str()),
        (first.conversation.as_str(), "why is the sky blue?")
    );
}

#[test]
fn all_that_is_known_of_an_exchange_comes_back() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(dir.path());
    let picture = |source| {
        Block::Media(Media {
            kind: MediaKind::Image,
            source,
            mime: "image/png".to_owned(),
            name: "cat.png".to_owned(),
        })
    };
    let question = Message {
        role: Role::User,
        blocks: vec![
            Block::Text("first".to_owned()),
            picture(MediaSource::Inline(Bytes::from_static(b"\x89PNG\0"))),
            picture(MediaSource::Url("https://example.com/cat.png".to_owned())),
            Block::Text(String::new()),
        ],
    };
    let target = Target {
        provider: "web",
        model: "asked-for",
        system: Some("be brief"),
    };
    let place = Placement::New { cwd: Some("/home/me") };
    let mut exchange = store.begin(place, &target, &question).unwrap();
    let reply = Reply {
        text: "a \0 cat".to_owned(),
        reasoning: "hm".to_owned(),
        search: vec![SearchResult {
            title: "Cats".to_owned(),
            url: "https://cats.example".to_owned(),
            index: 1,
            site: "cats".to_owned(),
        }],
        usage: Some(Usage {
            input_tokens: 1,
            output_tokens: 2,
            total_tokens: 3,
            reasoning_tokens: 4,
            cached_tokens: 5,
        }),
        model: Some("answered".to_owned()),
        request_id: Some("req-1".to_owned()),
        remote: Remote {
            chat_id: Some("chat".to_owned()),
            parent_id: Some("parent".to_owned()),
        },
        finish: Some(Finish::Unstated),
        ..Reply::default()
    };
    let outcome = Outcome {
        failure: None,
        time_to_first_token: Some(Duration::from_millis(12)),
        duration: Duration::from_millis(345),
        forgets_handle: false,
    };
    store.finish(&mut exchange.answer, &reply, &outcome).unwrap();

    let conversation = store.latest().unwrap().unwrap();
    assert_eq!(conversation.system.as_deref(), Some("be brief"));
    assert_eq!(conversation.cwd.as_deref(), Some("/home/me"));
    let branch = store.branch(&conversation).unwrap();
    assert_eq!(branch[0].message, question);
    let answer = &branch[1];
    assert_eq!(answer.message, reply.message());
    assert_eq!((answer.state, &answer.cut), (MessageState::Complete, &None));
    assert_eq!(
        (answer.provider.as_deref(), answer.model.as_deref()),
        (Some("web"), Some("answered"))
    );
    assert_eq!((&answer.finish, answer.usage), (&reply.finish, reply.usage));
    assert_eq!((&answer.remote, &answer.search), (&reply.remote, &reply.search));
    assert_eq!(answer.request_id, reply.request_id);
    assert_eq!(
        (answer.time_to_first_token_ms, answer.duration_ms),
        (Some(12), Some(345))
    );
    assert_eq!(store.usage(&conversation).unwrap(), (reply.usage.unwrap(), 1));
    assert_eq!(store.last_answer().unwrap().as_ref(), Some(answer));
}

#[test]
fn a_failed_answer_keeps_its_part_and_the_reason() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(dir.path());
    let mut exchange = store.begin(Placement::New { cwd: None }, &TARGET, &user("hi")).unwrap();
    let failure = Failure::new(Kind::Network, UiText::foreign("the connection was cut"));
    let outcome = Outcome {
        failure: Some(&failure),
        ..Outcome::default()
    };
    store.finish(&mut exchange.answer, &reply("Hel"), &outcome).unwrap();
    let answer = store.message(exchange.answer.id()).unwrap();
    let cut = answer.cut.unwrap();
    assert_eq!(
        (cut.kind.as_str(), cut.message.as_str()),
        ("network", "the connection was cut")
    );
    assert_eq!(
        (answer.state, answer.message.plain_text().as_str()),
        (MessageState::Cut, "Hel")
    );
}

#[test]
fn pieces_of_an_answer_are_read_before_it_is_finished() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(dir.path());
    let mut exchange = store
        .begin(Placement::New { cwd: None }, &TARGET, &user("count"))
        .unwrap();
    let mut so_far = Reply::default();
    for part in ["one, ", "two, 三", "三, "] {
        so_far.reasoning.push('.');
        so_far.text.push_str(part);
        store.append(&mut exchange.answer, &so_far).unwrap();
    }
    // The writer is gone from here on.
    let mut other = open(dir.path());
    let answer = other.message(exchange.answer.id()).unwrap();
    assert_eq!(answer.message, so_far.message());
    assert_eq!((answer.state, answer.cut), (MessageState::Cut, None));
    assert_eq!(other.last_answer().unwrap().unwrap().message, so_far.message());
    assert_eq!(hits(&other, "two, 三三"), [exchange.conversation.as_str()]);

    // Going on from it settles it, and its text is found as any other.
    say(&mut other, after(&exchange), "and then?", "four");
    assert_eq!(
        texts(&other, &exchange.conversation),
        ["count", "one, two, 三三, ", "and then?", "four"]
    );
    assert_eq!(hits(&other, "two, 三三"), [exchange.conversation.as_str()]);
    assert_eq!(rows(dir.path(), "pieces"), 0);
    assert_eq!(rows(dir.path(), "unindexed"), 0);

    // The writer lives after all: what it still has to say is kept, once.
    so_far.text.push_str("four");
    store.append(&mut exchange.answer, &so_far).unwrap();
    so_far.text.push_str(", five zebras");
    store
        .finish(&mut exchange.answer, &so_far, &Outcome::default())
        .unwrap();
    let answer = other.message(exchange.answer.id()).unwrap();
    assert_eq!(
        (answer.state, answer.message),
        (MessageState::Complete, so_far.message())
    );
    assert_eq!(hits(&other, "zebras"), [exchange.conversation.as_str()]);
}

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
fn a_retry_that_says_nothing_leaves_the_answer_there_was() {
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

/// Streams an answer the way a turn does: what the store has, the reply lets go of.
fn stream(store: &mut Store, answer: &mut PendingAnswer, pieces: &[String]) {
    let mut so_far = Reply::default();
    for piece in pieces {
        so_far.add(&Event::Thinking("hm ".to_owned()));
        so_far.add(&Event::Text(piece.clone()));
        store.append(answer, &so_far).unwrap();
        so_far.evict();
    }
    so_far.add(&Event::Text("the end".to_owned()));
    store.finish(answer, &so_far, &Outcome::default()).unwrap();
}

/// Five megabytes: no row is rewritten that long, and nothing of it is lost.
#[test]
fn a_very_long_answer_is_whole_wherever_it_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(dir.path());
    let pieces: Vec<String> = (0..20)
        .map(|number| format!("piece {number}\n") + &"0123456789abcde\n".repeat(16 * 1024))
        .collect();
    let whole = pieces.concat() + "the end";
    let mut exchange = store
        .begin(Placement::New { cwd: None }, &TARGET, &user("a book?"))
        .unwrap();
    stream(&mut store, &mut exchange.answer, &pieces);

    let stored = store.message(exchange.answer.id()).unwrap();
    assert!(stored.message.plain_text() == whole);
    assert!(matches!(&stored.message.blocks[0], Block::Thinking(text) if *text == "hm ".repeat(20)));
    assert_eq!(stored.state, MessageState::Complete);
    assert!(store.last_answer().unwrap().unwrap().message.plain_text() == whole);
    assert!(texts(&store, &exchange.conversation)[1] == whole);
    // Its row holds the beginning; the rest was left where it was.
    assert!(number(dir.path(), "SELECT max(length(text)) FROM messages") < 2 * 1024 * 1024);
    let pieces_of_one = rows(dir.path(), "pieces");
    assert!(pieces_of_one > 10, "{pieces_of_one}");

    // It is found by words of its beginning and of its end, and nothing else stays unindexed.
    assert_eq!(hits(&store, "piece 19 end"), [exchange.conversation.as_str()]);
    assert_eq!(hits(&store, "piece 0"), [exchange.conversation.as_str()]);
    say(&mut store, after(&exchange), "and a letter?", "dear you");
    assert_eq!(indexed(dir.path()), 3);

    // A copy is as long, also of an answer that was cut and gone on with.
    let conversation = store.conversation(&exchange.conversation).unwrap();
    let copy = store.fork(&conversation).unwrap();
    assert!(texts(&store, &copy.id)[1] == whole);
    store.remove(&copy.id).unwrap();
    assert_eq!(rows(dir.path(), "pieces"), pieces_of_one);
    let mut cut = store
        .begin(Placement::New { cwd: None }, &TARGET, &user("another?"))
        .unwrap();
    let mut so_far = Reply::default();
    for piece in &pieces {
        so_far.add(&Event::Text(piece.clone()));
        store.append(&mut cut.answer, &so_far).unwrap();
    }
    let mut rest = store.begin_continuation(cut.answer.id(), &TARGET).unwrap();
    stream(&mut store, &mut rest, &["and then ".to_owned()]);
    assert!(texts(&store, &cut.conversation)[1] == pieces.concat() + "and then the end");

    // The dead may speak: a writer that was taken for killed adds its end.
    store.finish(&mut cut.answer, &so_far, &Outcome::default()).unwrap();
    assert!(store.message(cut.answer.id()).unwrap().message.plain_text() == pieces.concat());
    store.remove(&cut.conversation).unwrap();
    store.remove(&exchange.conversation).unwrap();
    assert_eq!((rows(dir.path(), "pieces"), rows(dir.path(), "unindexed")), (0, 0));
}

/// To make trigrams of megabytes takes seconds, in which nothing else is done.
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
    // Nor is it when others are that were left.
    store.fork(&store.conversation(&question).unwrap()).unwrap();
    new(&mut store, "another", "one");
    assert_eq!((indexed(dir.path()), hits(&store, "the question").len()), (5, 2));
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
fn writing_to_a_removed_conversation_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let (mut store, mut other) = (open(dir.path()), open(dir.path()));
    let mut exchange = store.begin(Placement::New { cwd: None }, &TARGET, &user("hi")).unwrap();
    other.remove(&exchange.conversation).unwrap();
    let told = store.append(&mut exchange.answer, &reply("text")).unwrap_err();
    assert_eq!(
        told.message,
        "cannot save the answer: the conversation was removed meanwhile"
    );
    assert!(
        store
            .finish(&mut exchange.answer, &reply("text"), &Outcome::default())
            .is_err()
    );
    assert!(store.begin(after(&exchange), &TARGET, &user("and?")).is_err());
    // The ids of what was removed are not given to others.
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
fn the_list_begins_with_what_was_last_gone_on_with() {
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
    // What is taken back or copied is gone on with, too.
    store.set_head(&made[2].conversation, None).unwrap();
    assert_eq!(titles(&store, 10), ["2", "1", "0"]);
    let oldest = store.by_id(&made[0].conversation).unwrap().unwrap();
    let copy = store.fork(&oldest).unwrap();
    assert_eq!(store.latest().unwrap().unwrap().id, copy.id);
}

#[test]
fn a_store_of_the_first_version_gets_its_order_from_its_messages() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(dir.path());
    let made: Vec<Exchange> = (0..3).map(|n| new(&mut store, &n.to_string(), "x")).collect();
    say(&mut store, after(&made[0]), "more", "y");
    drop(store);
    // As the first version made it, with a clock that ran backwards.
    sql(
        dir.path(),
        "DROP INDEX conversations_by_changed; ALTER TABLE conversations DROP COLUMN changed;
         CREATE INDEX conversations_by_updated ON conversations (updated);
         UPDATE conversations SET updated = -key; PRAGMA user_version = 1",
    );
    let mut store = open(dir.path());
    assert_eq!(titles(&store, 9), ["0", "2", "1"]);
    new(&mut store, "3", "x");
    assert_eq!(titles(&store, 9), ["3", "0", "2", "1"]);
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

#[test]
fn a_store_of_a_newer_version_is_not_touched() {
    let dir = tempfile::tempdir().unwrap();
    drop(open(dir.path()));
    sql(dir.path(), "PRAGMA user_version = 99; CREATE TABLE future (x)");
    let before = std::fs::read(dir.path().join(FILE)).unwrap();
    let told = Store::open(dir.path()).unwrap_err();
    assert_eq!((told.kind, told.code), (Kind::Other, None));
    assert!(told.message.to_string().contains("newer version"), "{}", told.message);
    assert!(told.hint.is_some());
    assert!(std::fs::read(dir.path().join(FILE)).unwrap() == before);
    assert_eq!(set_aside(dir.path()), Vec::<PathBuf>::new());
}

#[test]
fn a_damaged_store_is_set_aside_and_a_fresh_one_begun() {
    for damage in [damage_all, damage_the_header, cut_off_the_end] {
        let dir = tempfile::tempdir().unwrap();
        let mut store = open(dir.path());
        for n in 0..20 {
            new(&mut store, &format!("question {n}"), &"answer ".repeat(500));
        }
        drop(store);
        let file = dir.path().join(FILE);
        damage(&file);
        let broken = std::fs::read(&file).unwrap();

        let (mut store, notices) = Store::open(dir.path()).unwrap();
        let aside = set_aside(dir.path());
        assert_eq!(aside.len(), 1);
        assert_eq!(notices.len(), 1);
        assert!(
            notices[0].to_string().contains(aside[0].to_str().unwrap()),
            "{}",
            notices[0]
        );
        assert!(std::fs::read(&aside[0]).unwrap() == broken);
        assert!(store.latest().unwrap().is_none());
        new(&mut store, "fresh", "start");
        drop(store);
        assert_eq!(open(dir.path()).list(9).unwrap().len(), 1);
    }
}

fn damage_all(file: &Path) {
    std::fs::write(
        file,
        "this is no database, but it is long enough to be mistaken for one. ".repeat(100),
    )
    .unwrap();
}

fn damage_the_header(file: &Path) {
    let mut bytes = std::fs::read(file).unwrap();
    bytes[..16].fill(0xff);
    std::fs::write(file, bytes).unwrap();
}

fn cut_off_the_end(file: &Path) {
    let bytes = std::fs::read(file).unwrap();
    std::fs::write(file, &bytes[..bytes.len() / 3]).unwrap();
}

#[test]
fn damage_met_while_the_store_is_used_has_a_code_and_a_way_out() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(dir.path());
    for n in 0..50 {
        new(&mut store, &format!("question {n}"), &"answer ".repeat(500));
    }
    drop(store);
    // Pages that are not read on opening.
    damage_the_messages(dir.path());
    let store = open(dir.path());
    let told = store
        .latest()
        .and_then(|found| store.branch(&found.unwrap()))
        .unwrap_err();
    assert_eq!(told.code.as_deref(), Some(DAMAGED));
    drop(store);
    let (store, notices) = Store::replace(dir.path()).unwrap();
    assert_eq!((notices.len(), set_aside(dir.path()).len()), (1, 1));
    assert!(store.latest().unwrap().is_none());
    drop(store);
    // A second process that met the same damage finds the fresh store sound.
    let (_store, notices) = Store::replace(dir.path()).unwrap();
    assert_eq!((notices.len(), set_aside(dir.path()).len()), (0, 1));
}

#[test]
fn what_is_done_in_a_damaged_store_is_done_in_a_fresh_one() {
    for damage in [damage_the_messages, damage_the_schema, lose_a_table] {
        let dir = tempfile::tempdir().unwrap();
        let mut store = open(dir.path());
        for n in 0..50 {
            new(&mut store, &format!("question {n}"), &"answer ".repeat(500));
        }
        drop(store);
        damage(dir.path());
        let told = std::cell::RefCell::new(Vec::new());
        let read = |store: Store| {
            let latest = store.latest()?;
            latest.map(|found| store.branch(&found)).transpose()
        };
        let found = Store::with(dir.path(), |notice| told.borrow_mut().push(notice.to_string()), read).unwrap();
        assert_eq!(found, None);
        let aside = set_aside(dir.path());
        assert_eq!((aside.len(), told.borrow().len()), (1, 1), "{told:?}");
        assert!(told.borrow()[0].contains(aside[0].to_str().unwrap()), "{told:?}");
        // A look at all of it finds the fresh one sound.
        let (mut store, notices) = Store::check(dir.path()).unwrap();
        assert_eq!((notices.len(), set_aside(dir.path()).len()), (0, 1));
        new(&mut store, "fresh", "start");
    }
}

fn damage_the_messages(dir: &Path) {
    let page = first_page(dir, "messages");
    let mut bytes = std::fs::read(dir.join(FILE)).unwrap();
    bytes[(page - 1) * 4096..page * 4096].fill(0xa5);
    std::fs::write(dir.join(FILE), bytes).unwrap();
}

fn damage_the_schema(dir: &Path) {
    let sql = "PRAGMA writable_schema = on; UPDATE sqlite_schema SET sql = 'CREATE TABLE' WHERE name = 'messages'";
    let connection = Connection::open(dir.join(FILE)).unwrap();
    connection
        .set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_DEFENSIVE, false)
        .unwrap();
    connection.execute_batch(sql).unwrap();
}

fn lose_a_table(dir: &Path) {
    sql(dir, "PRAGMA foreign_keys = off; DROP TABLE conversations");
}

#[test]
fn a_look_at_all_of_it_sets_a_damaged_store_aside_and_no_other() {
    let dir = tempfile::tempdir().unwrap();
    new(&mut open(dir.path()), "platypus", "egg");
    // An index can be made again.
    sql(dir.path(), "UPDATE message_text_data SET block = x'ffffffffffff'");
    let (store, notices) = Store::check(dir.path()).unwrap();
    assert_eq!((hits(&store, "platypus").len(), notices.len()), (1, 0));
    drop(store);
    damage_the_messages(dir.path());
    let (store, notices) = Store::check(dir.path()).unwrap();
    assert_eq!((store.list(9).unwrap().len(), notices.len()), (0, 1));
    assert_eq!(set_aside(dir.path()).len(), 1);
}

#[test]
fn bytes_that_a_disk_has_changed_cost_no_more_than_themselves() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(dir.path());
    let first = new(&mut store, "what is it?", "a text with a hole");
    drop(store);
    let mut bytes = std::fs::read(dir.path().join(FILE)).unwrap();
    let text = b"with a hole";
    let places: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at..].starts_with(text)).collect();
    for at in places {
        bytes[at] = 0xff;
    }
    std::fs::write(dir.path().join(FILE), bytes).unwrap();
    let store = open(dir.path());
    assert_eq!(
        texts(&store, &first.conversation),
        ["what is it?", "a text \u{fffd}ith a hole"]
    );
    assert_eq!(hits(&store, "hole"), [first.conversation.as_str()]);
}

#[test]
fn many_at_once_meet_the_same_damage_and_set_it_aside_once() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(dir.path());
    for n in 0..50 {
        new(&mut store, &format!("question {n}"), &"answer ".repeat(500));
    }
    drop(store);
    damage_the_messages(dir.path());
    let told: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|thread| {
                let dir = dir.path();
                scope.spawn(move || {
                    let told = std::cell::Cell::new(0);
                    let ask = |mut store: Store| {
                        let question = user(&format!("thread {thread}"));
                        let mut exchange = store.begin(Placement::New { cwd: None }, &TARGET, &question)?;
                        store.finish(&mut exchange.answer, &reply("answer"), &Outcome::default())
                    };
                    Store::with(dir, |_| told.set(told.get() + 1), ask).unwrap();
                    told.get()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!((told, set_aside(dir.path()).len()), (1, 1));
    assert_eq!(open(dir.path()).list(100).unwrap().len(), 8);
}

#[test]
fn a_store_that_was_set_aside_by_another_is_known_as_such() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    assert!(!store.has_moved());
    std::fs::rename(dir.path().join(FILE), dir.path().join("elsewhere")).unwrap();
    assert!(store.has_moved());
    let fresh = open(dir.path());
    assert_eq!((store.has_moved(), fresh.has_moved()), (cfg!(unix), false));
}

#[test]
fn a_sound_store_is_not_replaced() {
    let dir = tempfile::tempdir().unwrap();
    new(&mut open(dir.path()), "keep", "me");
    let (store, notices) = Store::replace(dir.path()).unwrap();
    assert_eq!(notices, Vec::<String>::new());
    assert_eq!(store.latest().unwrap().unwrap().title, "keep");
}

#[test]
fn many_at_once_begin_the_store_and_lose_nothing() {
    let dir = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let dir = dir.path();
            scope.spawn(move || {
                let mut store = open(dir);
                for n in 0..10 {
                    new(&mut store, &format!("thread {thread} question {n}"), "answer");
                }
            });
        }
    });
    let store = open(dir.path());
    assert_eq!(store.list(1000).unwrap().len(), 80);
    assert_eq!(store.search("thread", 1000, 80).unwrap().len(), 80);
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

#[cfg(unix)]
#[test]
fn folder_and_files_are_for_the_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().join("a/b");
    let mut store = open(&home);
    new(&mut store, "hi", "ho");
    assert_eq!(mode(&home), 0o700);
    for file in std::fs::read_dir(&home).unwrap() {
        let path = file.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
    assert!(home.join(format!("{FILE}-wal")).exists());
    drop(store);

    // What another program made wider is narrowed again.
    std::fs::set_permissions(&home, std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::set_permissions(home.join(FILE), std::fs::Permissions::from_mode(0o644)).unwrap();
    let _store = open(&home);
    assert_eq!((mode(&home), mode(&home.join(FILE))), (0o700, 0o600));
}

#[test]
fn a_place_that_cannot_be_used_is_a_failure_in_words() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    std::fs::write(&file, "x").unwrap();
    for place in [file.clone(), file.join("below")] {
        let told = Store::open(&place).unwrap_err();
        assert_eq!(told.kind, Kind::Other);
        assert!(
            told.message.to_string().starts_with("cannot make the folder"),
            "{}",
            told.message
        );
    }
    std::fs::create_dir(dir.path().join(FILE)).unwrap();
    let told = Store::open(dir.path()).unwrap_err();
    assert_eq!(
        told.message,
        "cannot open the saved conversations: the store of conversations cannot be opened"
    );
    assert!(told.hint.is_some());
}

/// Where a child process of the next test writes; unset in an ordinary run.
const CHILD: &str = "STORE_TEST_CHILD";

/// Not a test of its own: the program that is killed. It commits a line, then prints it, and never ends by itself.
#[test]
fn child_that_streams_until_it_is_killed() {
    let Some(dir) = std::env::var_os(CHILD) else {
        return;
    };
    let mut store = open(Path::new(&dir));
    let mut stdout = std::io::stdout();
    loop {
        let mut exchange = store
            .begin(Placement::New { cwd: None }, &TARGET, &user("count"))
            .unwrap();
        let mut so_far = Reply::default();
        for line in 0..40 {
            so_far.text.push_str(&format!("line {line}\n"));
            store.append(&mut exchange.answer, &so_far).unwrap();
            writeln!(stdout, "seen {} {line}", exchange.conversation).unwrap();
            stdout.flush().unwrap();
        }
        store
            .finish(&mut exchange.answer, &so_far, &Outcome::default())
            .unwrap();
        writeln!(stdout, "seen {} 39", exchange.conversation).unwrap();
    }
}

#[test]
fn a_line_that_was_shown_survives_kill_9() {
    let dir = tempfile::tempdir().unwrap();
    drop(open(dir.path()));
    let mut seed = std::process::id() as usize;
    for _ in 0..100 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "child_that_streams_until_it_is_killed",
                "--exact",
                "--nocapture",
                "--test-threads=1",
            ])
            .env(CHILD, dir.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        // The first line stands behind the name of the test.
        let mut lines = BufReader::new(child.stdout.take().unwrap())
            .lines()
            .map_while(Result::ok)
            .filter_map(|line| line.find("seen ").map(|at| line[at..].to_owned()));
        let mut shown: Vec<String> = lines.by_ref().take(1 + (seed >> 33) % 120).collect();
        child.kill().unwrap();
        // What it had printed before it died counts too.
        shown.extend(lines);
        child.wait().unwrap();

        let store = open(dir.path());
        // A line is written whole or not at all, the last one too: a pipe takes short writes in one piece.
        let last: Vec<&str> = shown.last().unwrap().split(' ').collect();
        let expected: String = (0..=last[2].parse::<usize>().unwrap())
            .map(|n| format!("line {n}\n"))
            .collect();
        let said = &texts(&store, last[1])[1];
        assert!(said.starts_with(&expected), "{said:?} after {last:?}");
        let latest = store.latest().unwrap().unwrap();
        assert!(latest.id.as_str() >= last[1]);
        assert!(store.branch(&latest).unwrap().len() == 2);
    }
}

/// The ids of the conversations a search finds.
fn hits(store: &Store, query: &str) -> Vec<String> {
    let found = store.search(query, 10, 80).unwrap();
    found.into_iter().map(|found| found.conversation.id).collect()
}

/// Runs statements of the test's own on the file.
fn sql(dir: &Path, statements: &str) {
    let connection = Connection::open(dir.join(FILE)).unwrap();
    connection.execute_batch(statements).unwrap();
}

fn rows(dir: &Path, table: &str) -> i64 {
    number(dir, &format!("SELECT count(*) FROM {table}"))
}

fn number(dir: &Path, query: &str) -> i64 {
    let connection = Connection::open(dir.join(FILE)).unwrap();
    connection.query_row(query, [], |row| row.get(0)).unwrap()
}

/// The number of a table's first page, from 1.
fn first_page(dir: &Path, table: &str) -> usize {
    let connection = Connection::open(dir.join(FILE)).unwrap();
    let query = "SELECT rootpage FROM sqlite_schema WHERE name = ?1";
    let page: i64 = connection.query_row(query, [table], |row| row.get(0)).unwrap();
    usize::try_from(page).unwrap()
}

/// How many messages the search index holds.
fn indexed(dir: &Path) -> i64 {
    rows(dir, "message_text_docsize")
}

/// The damaged stores in a folder, without their logs.
fn set_aside(dir: &Path) -> Vec<PathBuf> {
    let paths = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    let mut aside: Vec<PathBuf> = paths
        .filter(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            name.contains("damaged") && !name.ends_with("-wal") && !name.ends_with("-shm")
        })
        .collect();
    aside.sort();
    aside
}
