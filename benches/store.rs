//! What a large store costs: 10,000 conversations of 20 messages, and one of 2,000.
//!
//! `cargo bench --bench store` prints the median of each figure, `-- --conversations 100000` with another number; what the
//! program takes with that store comes first, of the binary `-- --bin PATH`. The store is rebuilt each time, in bulk.
// A program for developers: it stops and says why.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

#[path = "support/measure.rs"]
#[allow(dead_code)] // the other benchmarks use more of it
mod measure;
#[path = "support/server.rs"]
mod server;
#[path = "support/terminal.rs"]
#[allow(dead_code)] // the other benchmarks use more of it
mod terminal;

use std::hint::black_box;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use qwen_api::{Event, Message, Reply, Role};
use qwen_cli::store::{FILE, Outcome, Placement, Store, Target};

use measure::{median, run};
use terminal::Terminal;

const CONVERSATIONS: usize = 10_000;
const MESSAGES: i64 = 20;
const TARGET: Target<'_> = Target {
    provider: "demo",
    model: "demo-1",
    system: None,
};

fn main() {
    // `cargo test --all-targets` starts this too, with a binary that was not built for speed.
    if !std::env::args().any(|arg| arg == "--bench") {
        println!("only `cargo bench` measures");
        return;
    }
    let given = |name: &str| std::env::args().skip_while(|arg| arg != name).nth(1);
    let conversations = given("--conversations").map_or(CONVERSATIONS, |number| number.parse().unwrap());
    let binary = given("--bin").map_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_qwen")), PathBuf::from);
    let scratch = tempfile::tempdir().unwrap();
    let [empty, full] = ["empty", "full"].map(|home| scratch.path().join(home).join("data"));
    Store::open(&empty).unwrap();
    let begun = Instant::now();
    build(&full, conversations);
    let size = std::fs::metadata(full.join(FILE)).unwrap().len();
    println!(
        "built {conversations} conversations of {MESSAGES} messages in {:?}, {} MB",
        begun.elapsed(),
        size >> 20
    );

    measure_program(&binary, &empty, &full).unwrap();

    let open_latest = |dir: &Path| {
        let (store, _) = Store::open(dir).unwrap();
        black_box(store.latest().unwrap());
        store
    };
    measure("open, empty store", 200, || Store::open(&empty).unwrap());
    measure("open, full store", 200, || Store::open(&full).unwrap());
    measure("open + latest, empty store", 200, || open_latest(&empty));
    measure("open + latest, full store", 200, || open_latest(&full));
    measure("open + latest + its branch of 20, full store", 200, || {
        let store = open_latest(&full);
        let latest = store.latest().unwrap().unwrap();
        (store.branch(&latest).unwrap(), store)
    });

    let (mut store, _) = Store::open(&full).unwrap();
    measure("list 50", 50, || store.list(50).unwrap());
    measure("list all", 20, || store.list(usize::MAX).unwrap());
    measure("open + list all", 20, || {
        Store::open(&full).unwrap().0.list(usize::MAX).unwrap()
    });
    // What Tab reads of a store.
    measure("open + list 200", 50, || {
        Store::open(&full).unwrap().0.list(200).unwrap()
    });
    let latest = store.list(20).unwrap();
    measure("the ends of 20 ids", 50, || {
        store.id_ends(latest.iter().map(|one| &one.id)).unwrap()
    });
    for (what, query) in [
        ("a common word", "the"),
        ("a rare word", "zanzibar"),
        ("a word that is nowhere", "xylophones"),
        ("two words", "zanzibar harbour"),
        ("a rare Chinese phrase", "珊瑚礁石"),
        ("a rare word of 2 characters", "珊瑚"),
        ("a common word of 2 characters", "天气"),
        ("2 characters that are nowhere", "麒麟"),
        ("2 letters that are nowhere", "qj"),
        ("1 rare character", "珊"),
    ] {
        let found = store.search(query, 50, 80).unwrap().len();
        measure(&format!("search {what} ({found} found)"), 10, || {
            store.search(query, 50, 80).unwrap()
        });
    }

    let long = long_conversation(&mut store, 1_000);
    let conversation = store.by_id(&long).unwrap().unwrap();
    assert_eq!(conversation.messages, 2_000);
    measure("branch of 2,000 messages", 20, || store.branch(&conversation).unwrap());
    measure("one exchange, begin + finish (1 kB answer)", 100, || {
        exchange(&mut store, &"word ".repeat(200))
    });
    measure("200,000 pieces of 5 bytes, a commit every 60, and finish", 3, || {
        pieces(&mut store)
    });
    measure("fork of 2,000 messages", 3, || store.fork(&conversation).unwrap());
    measure("the last answer", 50, || store.last_answer().unwrap());
    let mut old = store.list(usize::MAX).unwrap().into_iter().skip(conversations / 2);
    measure("remove a conversation of 20", 20, || {
        store.remove(&old.next().unwrap().id).unwrap()
    });
    let mut killed = left_by_a_kill(scratch.path(), 5).into_iter();
    measure("open + latest after a kill, 3 MB of log to read", 5, || {
        open_latest(&killed.next().unwrap())
    });
    measure("close after writing", 5, || {
        let (mut store, _) = Store::open(&empty).unwrap();
        exchange(&mut store, "short");
        store
    });
}

/// Prints how long the program takes in a home with this store, or with an empty one.
fn measure_program(binary: &Path, empty: &Path, full: &Path) -> io::Result<()> {
    const RUNS: usize = 15;
    let server = server::start(Instant::now())?;
    let qwen = |data: &Path, args: &[&str]| {
        let home = data.parent().unwrap();
        let mut command = Command::new(binary);
        command
            .args(args)
            .env_clear()
            .env("HOME", home)
            .env("QWEN_CLI_HOME", home)
            .env("DASHSCOPE_API_KEY", "sk-placeholder")
            .current_dir(home);
        command
    };
    let prompt = |data: &Path, args: &[&str]| {
        let started = Instant::now();
        let mut terminal = Terminal::start(&qwen(data, &[&["chat", "-p", "demo"], args].concat()))?;
        let shown = terminal.wait_for("❯") - started;
        Ok((terminal, shown))
    };
    let first_prompt = |data: &Path, args: &[&str]| prompt(data, args).map(|(_, shown)| shown);
    let tab = |words: &str, shown: &str| {
        let (mut terminal, _) = prompt(full, &[])?;
        terminal.type_keys(words)?;
        std::thread::sleep(Duration::from_millis(100));
        let typed = Instant::now();
        terminal.type_keys("\t")?;
        Ok(terminal.wait_for(shown) - typed)
    };
    let complete = |args: &[&str]| {
        let base = format!("http://{server}/v1");
        let model = ["-p", "dashscope", "--base-url", &base, "-m", "bench-1-5-0", "hi"];
        let mut command = qwen(full, &[&["complete"], args, &model].concat());
        run(&mut command).map(|run| run.wall)
    };
    let (mut store, _) = Store::open(full).unwrap();
    let mut listed = store.list(usize::MAX).unwrap();
    let middle = listed.swap_remove(listed.len() / 2);
    store.retitle(&middle.id, "a needle in a stack").unwrap();
    let end = store.id_ends([&middle.id]).unwrap().of(&middle.id).to_owned();
    drop(store);
    let complete = |args: &[&str]| {
        // It is the latest then, and has the messages that it was built with.
        let (mut store, _) = Store::open(full).unwrap();
        store.set_head(&middle.id, middle.head).unwrap();
        drop(store);
        complete(args)
    };
    let shell = |line: &str| run(&mut qwen(full, &["--complete", "bash", line, ""])).map(|run| run.wall);

    // In turns, so that the machine's moods meet all.
    type Measured<'a> = (&'a str, Box<dyn Fn() -> io::Result<Duration> + 'a>, &'a str);
    let rows: Vec<Measured<'_>> = vec![
        (
            "chat, start to prompt, empty store",
            Box::new(|| first_prompt(empty, &[])),
            "",
        ),
        (
            "chat, start to prompt",
            Box::new(|| first_prompt(full, &[])),
            "at most 20 ms",
        ),
        (
            "chat -c, start to prompt",
            Box::new(|| first_prompt(full, &["-c"])),
            "at most 5 ms more",
        ),
        ("Tab after /open", Box::new(|| tab("/open ", "of 200")), "at most 30 ms"),
        (
            "Tab after /open and a word",
            Box::new(|| tab("/open needle", &end)),
            "at most 30 ms",
        ),
        (
            "Tab after `qwen chat -r ` in a shell",
            Box::new(|| shell("qwen chat -r ")),
            "at most 30 ms",
        ),
        ("complete", Box::new(|| complete(&[])), ""),
        ("complete -c", Box::new(|| complete(&["-c"])), "at most 5 ms more"),
        (
            "complete -r ID",
            Box::new(|| complete(&["-r", &middle.id])),
            "at most 5 ms more",
        ),
        (
            "complete -r END",
            Box::new(|| complete(&["-r", &end])),
            "at most 5 ms more",
        ),
    ];
    let mut times = vec![Vec::new(); rows.len()];
    for turn in 0..=RUNS {
        for ((_, measured, _), times) in rows.iter().zip(&mut times) {
            let time = measured()?;
            if turn > 0 {
                times.push(time);
            }
        }
    }
    for ((name, _, target), times) in rows.iter().zip(times) {
        println!("{:>9.3} ms  {name}   {target}", ms(median(&times)));
    }
    Ok(())
}

/// Prints the median time of `work`, what it gives being dropped outside of it.
fn measure<T>(what: &str, times: usize, mut work: impl FnMut() -> T) {
    let mut spent: Vec<(Duration, Duration)> = (0..times)
        .map(|_| {
            let begun = Instant::now();
            let value = black_box(work());
            let worked = begun.elapsed();
            drop(value);
            (worked, begun.elapsed() - worked)
        })
        .collect();
    spent.sort();
    let (worked, dropped) = spent[times / 2];
    println!(
        "{:>9.3} ms  {what}  (worst {:.3}, drop {:.3})",
        ms(worked),
        ms(spent[times - 1].0),
        ms(dropped)
    );
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

/// Through SQL in one transaction: through the store it would be 200,000 of them.
fn build(dir: &Path, conversations: usize) {
    Store::open(dir).unwrap();
    let mut connection = rusqlite::Connection::open(dir.join(FILE)).unwrap();
    let tx = connection.transaction().unwrap();
    let mut words = UiText(7);
    for key in 1..=i64::try_from(conversations).unwrap() {
        let head = key * MESSAGES;
        let time = 1_700_000_000_000 + key * 60_000;
        tx.prepare_cached(
            "INSERT INTO conversations (key, id, title, created, updated, provider, model, head, messages)
             VALUES (?1, ?2, ?3, ?4, ?4, 'dashscope', 'qwen-max', ?5, ?6)",
        )
        .unwrap()
        .execute((key, format!("01J{key:023}"), words.text(8), time, head, MESSAGES))
        .unwrap();
        for depth in 1..=MESSAGES {
            let (id, is_answer) = (head - MESSAGES + depth, depth % 2 == 0);
            let mut text = words.text(if is_answer { 100 } else { 15 });
            if id % 20_011 == 7 {
                text.push_str(" zanzibar harbour 珊瑚礁石 the end");
            }
            let role = if is_answer { "assistant" } else { "user" };
            tx.prepare_cached(
                "INSERT INTO messages (id, conversation, parent, depth, role, state, created, text)
                 VALUES (?1, ?2, ?3, ?4, ?5, 'complete', ?6, ?7)",
            )
            .unwrap()
            .execute((id, key, (depth > 1).then_some(id - 1), depth, role, time, &text))
            .unwrap();
            tx.prepare_cached("INSERT INTO message_text (rowid, text) VALUES (?1, ?2)")
                .unwrap()
                .execute((id, &text))
                .unwrap();
        }
    }
    tx.commit().unwrap();
}

/// Text that looks like speech: a few words often, many seldom, one in three Chinese.
struct UiText(u64);

impl UiText {
    fn text(&mut self, count: usize) -> String {
        const OFTEN: [&str; 8] = ["the", "and", "of", "model", "天气", "因为", "我们", "这个"];
        let mut text = String::new();
        for _ in 0..count {
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let random = self.0 >> 33;
            match random % 6 {
                0 | 1 => text.push_str(OFTEN[(random / 6 % 8) as usize]),
                2 | 3 => {
                    for place in 0..4 + random / 6 % 4 {
                        let letter = random >> (place * 3 + 4) & 15;
                        text.push(char::from(b"etaoinshrdlucmwf"[letter as usize]));
                    }
                }
                _ => {
                    for place in 0..2 {
                        let offset = random >> (place * 9 + 4) & 511;
                        text.extend(char::from_u32(0x4e00 + offset as u32 * 8));
                    }
                }
            }
            text.push(if random.is_multiple_of(13) { '\n' } else { ' ' });
        }
        text
    }
}

fn long_conversation(store: &mut Store, exchanges: usize) -> String {
    let mut words = UiText(3);
    let mut last: Option<(String, qwen_cli::store::MessageId)> = None;
    for _ in 0..exchanges {
        let place = match &last {
            None => Placement::New { cwd: None },
            Some((conversation, parent)) => Placement::After {
                conversation,
                parent: Some(*parent),
            },
        };
        let question = Message::text(Role::User, words.text(15));
        let mut begun = store.begin(place, &TARGET, &question).unwrap();
        let reply = Reply {
            text: words.text(100),
            ..Reply::default()
        };
        store.finish(&mut begun.answer, &reply, &Outcome::default()).unwrap();
        last = Some((begun.conversation, begun.answer.id()));
    }
    last.unwrap().0
}

/// Copies of a store whose writer never closed it.
fn left_by_a_kill(scratch: &Path, copies: usize) -> Vec<std::path::PathBuf> {
    let writer = scratch.join("writer");
    let (mut store, _) = Store::open(&writer).unwrap();
    let log = writer.join(format!("{FILE}-wal"));
    while std::fs::metadata(&log).unwrap().len() < 3 << 20 {
        exchange(&mut store, &"word ".repeat(200));
    }
    let copy = |number: usize| {
        let to = scratch.join(format!("killed-{number}"));
        std::fs::create_dir(&to).unwrap();
        for suffix in ["", "-wal"] {
            let name = format!("{FILE}{suffix}");
            std::fs::copy(writer.join(&name), to.join(&name)).unwrap();
        }
        to
    };
    (0..copies).map(copy).collect()
}

fn exchange(store: &mut Store, answer: &str) {
    let question = Message::text(Role::User, "what is it?");
    let mut begun = store.begin(Placement::New { cwd: None }, &TARGET, &question).unwrap();
    let reply = Reply {
        text: answer.to_owned(),
        ..Reply::default()
    };
    store.finish(&mut begun.answer, &reply, &Outcome::default()).unwrap();
}

fn pieces(store: &mut Store) {
    let question = Message::text(Role::User, "count");
    let mut begun = store.begin(Placement::New { cwd: None }, &TARGET, &question).unwrap();
    let mut reply = Reply::default();
    for number in 0..200_000 {
        reply.add(&Event::Text(format!("{:04} ", number % 10_000)));
        if number % 60 == 59 {
            store.append(&mut begun.answer, &reply).unwrap();
        }
    }
    store.finish(&mut begun.answer, &reply, &Outcome::default()).unwrap();
}
