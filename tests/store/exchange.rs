//! An exchange: what is stored of it, while the answer grows and after its end.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use bytes::Bytes;
use qwen_api::{
    Block, Event, Finish, Media, MediaKind, MediaSource, Message, Remote, Reply, Role, SearchResult, Usage,
};
use qwen_cli::error::{Failure, Kind};
use qwen_cli::i18n::UiText;
use qwen_cli::store::{MessageState, Outcome, PendingAnswer, Placement, Store, Target};

use crate::harness::{TARGET, after, hits, indexed, new, number, open, reply, rows, say, texts, user};

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
            upload: None,
        })
    };
    let question = Message::new(
        Role::User,
        vec![
            Block::Text("first".to_owned()),
            picture(MediaSource::Inline(Bytes::from_static(b"\x89PNG\0"))),
            picture(MediaSource::Url("https://example.com/cat.png".to_owned())),
            Block::Text(String::new()),
        ],
    );
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
            audio_tokens: 6,
            image_tokens: 7,
            video_tokens: 8,
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
    // From here on the writing process is dead.
    let mut other = open(dir.path());
    let answer = other.message(exchange.answer.id()).unwrap();
    assert_eq!(answer.message, so_far.message());
    assert_eq!((answer.state, answer.cut), (MessageState::Cut, None));
    assert_eq!(other.last_answer().unwrap().unwrap().message, so_far.message());
    assert_eq!(hits(&other, "two, 三三"), [exchange.conversation.as_str()]);

    // The next message makes it a cut answer, and its text is found as any other.
    say(&mut other, after(&exchange), "and then?", "four");
    assert_eq!(
        texts(&other, &exchange.conversation),
        ["count", "one, two, 三三, ", "and then?", "four"]
    );
    assert_eq!(hits(&other, "two, 三三"), [exchange.conversation.as_str()]);
    assert_eq!(rows(dir.path(), "pieces"), 0);
    assert_eq!(rows(dir.path(), "unindexed"), 0);

    // The writing process lives after all: the rest of its answer is stored, once.
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

/// Streams an answer as a turn does: the reply evicts what is stored.
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
    // Its row has the beginning; the rest stays in pieces.
    assert!(number(dir.path(), "SELECT max(length(text)) FROM messages") < 2 * 1024 * 1024);
    let pieces_of_one = rows(dir.path(), "pieces");
    assert!(pieces_of_one > 10, "{pieces_of_one}");

    // It is found by words of its beginning and of its end, and nothing else stays unindexed.
    assert_eq!(hits(&store, "piece 19 end"), [exchange.conversation.as_str()]);
    assert_eq!(hits(&store, "piece 0"), [exchange.conversation.as_str()]);
    say(&mut store, after(&exchange), "and a letter?", "dear you");
    assert_eq!(indexed(dir.path()), 3);

    // A copy is as long, and so is the continuation of a cut answer.
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

    // A process that was taken for killed adds the end of its answer.
    store.finish(&mut cut.answer, &so_far, &Outcome::default()).unwrap();
    assert!(store.message(cut.answer.id()).unwrap().message.plain_text() == pieces.concat());
    store.remove(&cut.conversation).unwrap();
    store.remove(&exchange.conversation).unwrap();
    assert_eq!((rows(dir.path(), "pieces"), rows(dir.path(), "unindexed")), (0, 0));
}

/// Where a child process of the next test writes; unset in an ordinary run.
const CHILD: &str = "STORE_TEST_CHILD";

/// Not a test itself: the program that is killed. It commits a line, then prints it, and never ends by itself.
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
                "exchange::child_that_streams_until_it_is_killed",
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
