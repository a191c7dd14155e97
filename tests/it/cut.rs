//! A provider whose connections break at random, and that never repeats a word: it continues, byte for byte, the part of an
//! answer that it was given. And a thousand answers on each protocol that come whole through it all.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::Write;
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use qwen_api::Client;
use qwen_api::RetryPolicy;
use qwen_api::provider::{Dialect, Endpoint, Protocol};
use qwen_api::{ChatRequest, Event, Finish, Message, Params, Role};
use serde_json::{Value, json};
use socket2::SockRef;

use crate::server::{end, text, usage};
use crate::soak::{chunk, read_request, serve};

/// Numbers that look random and are the same in every run (splitmix64).
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) >> 1).unwrap() % limit
    }
}

/// The answer that the server means to give to a prompt: every second one repeats itself.
pub fn meant(seed: u64) -> String {
    let mut dice = Dice(seed);
    let times = 2 + dice.below(30);
    match seed % 16 {
        1 => "All work and no play makes a dull answer. ".repeat(times),
        3 => "- the same item\n".repeat(times),
        5 => (0..times).fold(String::new(), |poem, verse| {
            poem + &format!("Verse {} of it.\n", verse % 3) + "And the refrain, which comes again,\nand again!\n"
        }),
        7 => format!(
            "[{}]",
            ["{\"name\": \"x\", \"tags\": [], \"size\": 0}"; 12].join(",\n ")
        ),
        9 => (0..times).fold(String::new(), |sql, row| {
            sql + &format!("INSERT INTO t (a, b) VALUES ({}, 'same', NULL, NULL, NULL);\n", row / 4)
        }),
        11 => ["哈哈", "0", "----", "ha ", "=", "\n"][dice.below(6)].repeat(times * 3),
        13 => "| --- | --- | --- |\n".repeat(times),
        15 => "```\n\n\n\n    x += 1\n    x += 1\n```\n".repeat(1 + times / 4),
        _ => soup(&mut dice),
    }
}

fn soup(dice: &mut Dice) -> String {
    const WORDS: &[&str] = &[
        "river",
        "山",
        "—",
        "```rust\n",
        "let x = 1;",
        "\n\n",
        "| a | b |\n",
        "Ünï",
        "👩‍👩‍👧",
        "**bold**",
        "\t",
        "的是不了",
        "\"q\"",
        "\\n",
        "- item\n",
        "\u{1b}[1m",
        "\r\n",
        "۱۲۳",
        " ",
        "e\u{301}",
    ];
    let mut out = String::new();
    for number in 0..20 + dice.below(100) {
        out += WORDS[dice.below(WORDS.len())];
        if dice.below(3) == 0 {
            let _ = write!(out, " {number} ");
        }
    }
    out
}

/// How an answer is said.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Speaks {
    Compatible,
    /// DashScope's own protocol, each event what is new.
    Native,
    /// The same, each event all that was said in this reply.
    Cumulative,
}

/// How a connection ends before its time.
#[derive(Clone, Copy)]
enum Break {
    BeforeHead,
    InOrder,
    InMidPayload,
    Reset,
    Fault,
}

/// The provider.
pub struct Cuts {
    speaks: Speaks,
    /// Asks to come back at once, which a run of thousands does.
    is_hasty: bool,
    /// How many more connections of an answer are to break.
    left: Mutex<HashMap<u64, usize>>,
    pub broken: AtomicUsize,
}

impl Cuts {
    pub fn new(speaks: Speaks, is_hasty: bool) -> Arc<Cuts> {
        Arc::new(Cuts {
            speaks,
            is_hasty,
            left: Mutex::default(),
            broken: AtomicUsize::new(0),
        })
    }

    /// Answers one request, or a part of it.
    pub fn answer(&self, mut socket: TcpStream) -> Option<()> {
        let request = read_request(&mut socket)?;
        let messages = match self.speaks {
            Speaks::Compatible => request["messages"].as_array()?,
            Speaks::Native | Speaks::Cumulative => request["input"]["messages"].as_array()?,
        };
        let seed: u64 = messages[0]["content"].as_str()?.parse().ok()?;
        let whole = meant(seed);
        let so_far = messages
            .get(1)
            .map_or("", |message| message["content"].as_str().unwrap());
        // What the program takes for the answer so far is what was sent of it.
        let rest = whole.strip_prefix(so_far)?;
        let left = {
            let mut left = self.left.lock().unwrap();
            let left = left.entry(seed).or_insert(1 + Dice(seed).below(3));
            std::mem::replace(left, left.saturating_sub(1))
        };
        let mut dice = Dice(seed ^ (left as u64) << 40 ^ so_far.len() as u64);
        // A break before the head cannot ask for haste.
        let breaks = [
            Break::InOrder,
            Break::InMidPayload,
            Break::Reset,
            Break::Fault,
            Break::BeforeHead,
        ];
        let breaks = (left > 0).then(|| breaks[dice.below(breaks.len() - usize::from(self.is_hasty))]);
        if breaks.is_some() {
            self.broken.fetch_add(1, Ordering::Relaxed);
        }
        if let Some(Break::BeforeHead) = breaks {
            return Some(());
        }
        let haste = if self.is_hasty { "retry-after: 0\r\n" } else { "" };
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n{haste}connection: close\r\n\r\n"
        );
        let stop = match breaks {
            None => rest.len(),
            Some(_) => rest.floor_char_boundary(dice.below(rest.len() + 1)),
        };
        let mut out = head.into_bytes();
        let (mut at, mut tokens) = (0, 0);
        while at < stop {
            let from = at;
            at = rest.ceil_char_boundary((at + 1 + dice.below(40)).min(stop));
            tokens += 1;
            out.extend(chunk(&self.event(&rest[..at], from, None, tokens)).into_bytes());
        }
        match breaks {
            None => out.extend(self.end(rest, tokens).into_bytes()),
            Some(Break::InOrder) => out.extend(b"0\r\n\r\n"),
            Some(Break::InMidPayload) => {
                let next = format!("{}世界 never whole", &rest[..stop]);
                let next = chunk(&self.event(&next, stop, None, tokens + 1)).into_bytes();
                out.extend(&next[..1 + dice.below(next.len() - 6)]);
            }
            Some(Break::Fault) => {
                let fault = match self.speaks {
                    Speaks::Compatible => json!({"error": {"message": "oops", "code": "internal_error"}}),
                    _ => json!({"code": "InternalError", "message": "oops", "request_id": "r"}),
                };
                out.extend((chunk(&fault.to_string()) + "0\r\n\r\n").into_bytes());
            }
            Some(Break::Reset | Break::BeforeHead) => {}
        }
        socket.write_all(&out).ok()?;
        if let Some(Break::Reset) = breaks {
            // What was not read yet is lost with it.
            SockRef::from(&socket).set_linger(Some(Duration::ZERO)).ok()?;
        } else {
            socket.shutdown(Shutdown::Write).ok()?;
        }
        Some(())
    }

    /// An event that says what stands behind `from`.
    fn event(&self, said: &str, from: usize, why: Option<&str>, tokens: u64) -> String {
        match self.speaks {
            Speaks::Compatible => text(&said[from..]).to_string(),
            Speaks::Native => native(&said[from..], why, tokens),
            Speaks::Cumulative => native(said, why, tokens),
        }
    }

    fn end(&self, rest: &str, tokens: u64) -> String {
        let last = match self.speaks {
            Speaks::Compatible => vec![end("stop").to_string(), usage(5, 7).to_string(), "[DONE]".to_owned()],
            Speaks::Native | Speaks::Cumulative => vec![self.event(rest, rest.len(), Some("stop"), tokens)],
        };
        last.iter().map(|payload| chunk(payload)).collect::<String>() + "0\r\n\r\n"
    }
}

fn native(content: &str, why: Option<&str>, tokens: u64) -> String {
    let message = json!({"role": "assistant", "content": content, "reasoning_content": ""});
    let choice = json!({"message": message, "finish_reason": why.unwrap_or("null")});
    let usage = json!({"input_tokens": 5, "output_tokens": tokens, "total_tokens": 5 + tokens});
    json!({"output": {"choices": [choice]}, "usage": usage, "request_id": "r"}).to_string()
}

/// How many answers are asked for on each protocol.
const ANSWERS: u64 = 1_000;

#[test]
fn a_thousand_answers_cut_anywhere_come_whole_in_compatible_mode() {
    come_whole(Speaks::Compatible);
}

#[test]
fn a_thousand_answers_cut_anywhere_come_whole_on_the_native_protocol() {
    come_whole(Speaks::Native);
}

#[test]
fn a_thousand_answers_cut_anywhere_come_whole_from_cumulative_streams() {
    come_whole(Speaks::Cumulative);
}

fn come_whole(speaks: Speaks) {
    let cuts = Cuts::new(speaks, true);
    let playing = Arc::clone(&cuts);
    let address = serve(move |socket| {
        let _ = playing.answer(socket);
    });
    let (protocol, path) = match speaks {
        Speaks::Compatible => (Protocol::OpenAi(Dialect::DashScope), "compatible-mode/v1"),
        Speaks::Native | Speaks::Cumulative => (Protocol::DashScope, "api/v1"),
    };
    let builder = Client::builder()
        .endpoint(Endpoint::new("test", protocol, format!("http://{address}/{path}")))
        .retry_policy(RetryPolicy::at_most(5))
        .no_timeout();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let client = builder.build().unwrap();
        for seed in 0..ANSWERS {
            let said = answer(&client, seed).await;
            assert_eq!(said, meant(seed), "seed {seed}");
        }
    });
    assert!(cuts.broken.load(Ordering::Relaxed) as u64 >= ANSWERS);
}

async fn answer(client: &Client, seed: u64) -> String {
    let request = ChatRequest {
        model: "qwen-max".to_owned(),
        messages: vec![Message::text(Role::User, seed.to_string())],
        params: Params::default(),
        stream: true,
    };
    let mut answer = client.chat(request);
    let (mut said, mut finish) = (String::new(), None);
    while let Some(event) = answer.next().await {
        match event {
            Ok(Event::Text(text)) => said += &text,
            Ok(Event::Done(why)) => finish = Some(why),
            Ok(_) => {}
            Err(failure) => panic!("seed {seed}: {failure:?} behind {said:?}"),
        }
    }
    assert_eq!(finish, Some(Finish::Stop), "seed {seed}");
    said
}
