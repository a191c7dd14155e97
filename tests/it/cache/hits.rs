//! The same request gets its answer again.

use serde_json::{Value, json};

use super::*;
use crate::fixtures::{Cut, Fixture};
use crate::harness::KEY;
use crate::server::{chunk, end, usage};

fn events(text: &str) -> Vec<Value> {
    let parsed = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    parsed
        .map(|mut event| {
            if event.get("session").is_some() {
                event["session"] = "[id]".into();
            }
            event
        })
        .collect()
}

/// The server is gone by then.
#[test]
fn an_answer_is_given_again_without_the_network() {
    let server = Server::answers(&["Hel", "lo"]);
    let qwen = complete(&server, &["hi"]);
    qwen.run().expect_answer("Hello\n");
    server.finish();
    qwen.run().expect(0, "Hello\n", HIT);
    qwen.clone()
        .args(with_cache(&["-q", "hi"]))
        .run()
        .expect_answer("Hello\n");
    let counted = qwen.clone().args(with_cache(&["-u", "hi"])).run();
    counted.steady().expect(
        0,
        "Hello\n",
        &format!("{HIT}usage: 0 tokens in, 0 out, 0 in all; first token after [time], [time] in all\n"),
    );
}

#[test]
fn its_thinking_is_given_again_and_programs_are_told() {
    let thought = Connection::new()
        .expect("POST", CHAT)
        .stream_head()
        .sse(chunk(json!({"content": null, "reasoning_content": "Hm."}), None))
        .sse(chunk(json!({"content": "Yes."}), None))
        .sse(end("stop"))
        .sse(usage(9, 2))
        .done();
    let server = Server::plays([thought]);
    let qwen = complete(&server, &["--format", "jsonl", "hi"]);
    let first = qwen.run();
    assert_eq!(events(first.text())[0].get("cached"), None);
    server.finish();
    let again = qwen.run();
    assert_eq!((again.code, again.stderr.as_str()), (0, HIT));
    let notice = HIT.trim_end().strip_prefix("notice: ").unwrap();
    assert_eq!(
        events(again.text()),
        [
            json!({"type": "start", "provider": "dashscope", "model": "qwen-max", "session": "[id]", "cached": true}),
            json!({"type": "notice", "message": notice}),
            json!({"type": "thinking", "text": "Hm."}),
            json!({"type": "text", "text": "Yes."}),
            json!({"type": "usage", "input_tokens": 0, "output_tokens": 0, "total_tokens": 0, "reasoning_tokens": 0,
                "cached_tokens": 0, "cost": {"amount": 0.0, "currency": "CNY", "estimated": false}}),
            json!({"type": "done", "finish_reason": "stop"}),
        ]
    );
    let mut whole = qwen.clone().args(with_cache(&["--format", "json", "hi"])).run().json();
    for name in ["session", "time_to_first_token_ms", "duration_ms"] {
        assert!(!whole.as_object_mut().unwrap().shift_remove(name).unwrap().is_null());
    }
    assert_eq!(
        whole,
        json!({"provider": "dashscope", "model": "qwen-max", "content": "Yes.", "reasoning": "Hm.",
            "search_results": [], "finish_reason": "stop",
            "usage": {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0, "reasoning_tokens": 0,
                "cached_tokens": 0},
            "cost": {"amount": 0.0, "currency": "CNY", "estimated": false},
            "request_id": null, "attempts": 0, "resumed": 0, "cached": true})
    );
}

#[test]
fn it_is_off_until_it_is_asked_for() {
    let server = Server::plays([answers("one"), answers("two")]);
    let qwen = complete(&server, &[]).args(["complete", "hi"]);
    qwen.run().expect_answer("one\n");
    qwen.run().expect_answer("two\n");
    assert!(!file(&qwen).exists());
    server.finish();
}

#[test]
fn what_decides_the_answer_decides_what_is_given_again() {
    let others: &[&[&str]] = &[
        &["hi there"],
        &["-s", "Be brief.", "hi"],
        &["-t", "0.5", "hi"],
        &["-m", "qwen-plus", "hi"],
        &["--seed", "7", "hi"],
        &["--json", "hi"],
        &["-p", "dashscope-like", "-m", "qwen-max", "hi"],
    ];
    let server = Server::plays((0..=others.len()).map(|n| answers(&format!("answer {n}"))));
    let own = format!(
        "[providers.dashscope-like]\nprotocol = \"openai\"\nbase_url = \"{}\"\n",
        server.base_url()
    );
    let qwen = complete(&server, &["hi"]).config(&own);
    qwen.run().expect_answer("answer 0\n");
    for (n, args) in (1..).zip(others) {
        qwen.clone()
            .args(with_cache(args))
            .run()
            .expect_answer(format!("answer {n}\n"));
    }
    server.finish();
    // How it comes does not.
    qwen.clone()
        .args(with_cache(&["--no-stream", "hi"]))
        .run()
        .expect(0, "answer 0\n", HIT);
    for (n, args) in (1..).zip(others) {
        qwen.clone()
            .args(with_cache(args))
            .run()
            .expect(0, format!("answer {n}\n"), HIT);
    }
}

/// Another server under the same name and path.
#[test]
fn another_address_has_answers_of_its_own() {
    let one = Server::answers(&["one"]);
    let qwen = complete(&one, &["hi"]);
    qwen.run().expect_answer("one\n");
    let two = Server::answers(&["two"]);
    qwen.clone().server(&two).run().expect_answer("two\n");
    qwen.run().expect(0, "one\n", HIT);
}

#[test]
fn a_picture_counts_by_its_bytes() {
    let picture = |shade: u8| {
        let mut bytes = std::io::Cursor::new(Vec::new());
        let pixels = image::RgbImage::from_pixel(64, 64, image::Rgb([shade; 3]));
        pixels.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
        bytes.into_inner()
    };
    let server = Server::plays([answers("grey"), answers("white")]);
    let qwen = complete(&server, &["-q", "-i", "a.png", "what?"]).file("a.png", picture(90));
    qwen.run().expect_answer("grey\n");
    let other = qwen.clone().args(with_cache(&["-q", "-i", "b.png", "what?"]));
    other.clone().file("b.png", picture(90)).run().expect_answer("grey\n");
    other.file("b.png", picture(255)).run().expect_answer("white\n");
    server.finish();
}

#[test]
fn the_run_that_asks_says_how_old_an_answer_may_be() {
    let server = Server::plays([answers("old"), answers("new")]);
    let qwen = complete(&server, &[]);
    let asked = |age: &str| qwen.clone().args(["complete", &format!("--cache{age}"), "hi"]).run();
    // What this one allows is of no matter later.
    asked("=90s").expect_answer("old\n");
    age(&qwen, 7_100);
    let hit = "notice: the answer is from the cache (1 h ago); --refresh asks anew\n";
    for allowed in ["=2h", "=3h", "=1d", "=2w", ""] {
        asked(allowed).expect(0, "old\n", hit);
    }
    let configured = |age: &str, args: &[&str]| {
        qwen.clone()
            .config(&format!("cache = \"{age}\"\n"))
            .args(args.to_vec())
            .run()
    };
    configured("2h", &["complete", "hi"]).expect(0, "old\n", hit);
    // The option alone takes the age of the config file.
    configured("1h", &["complete", "--cache=2h", "hi"]).expect(0, "old\n", hit);
    configured("1h", &["complete", "--cache", "hi"]).expect_answer("new\n");
    server.finish();
    asked("=90s").expect(0, "new\n", HIT);
}

#[test]
fn what_is_no_age_is_refused() {
    let qwen = Qwen::new().env("DASHSCOPE_API_KEY", KEY);
    for bad in ["0s", "5", "1y", "-1d", "1.5h", "soon"] {
        let outcome = qwen.clone().args(["complete", &format!("--cache={bad}"), "hi"]).run();
        assert_eq!((outcome.code, outcome.text()), (2, ""), "{outcome:?}");
        assert!(
            outcome.stderr.contains("must be an age, as in 90s, 5m, 1h, 1d or 2w"),
            "{outcome:?}"
        );
        let configured = qwen.clone().config(&format!("cache = \"{bad}\"\n"));
        let outcome = configured.args(["complete", "hi"]).run();
        assert_eq!((outcome.code, outcome.text()), (2, ""), "{outcome:?}");
        assert!(
            outcome.stderr.contains("must be an age, as in 90s, 5m, 1h, 1d or 2w"),
            "{outcome:?}"
        );
        std::fs::remove_file(qwen.qwen_home().join("config.toml")).unwrap();
    }
}

#[test]
fn refresh_asks_anew_and_a_failure_leaves_the_old_answer() {
    let refused = Connection::new()
        .expect("POST", CHAT)
        .refuse(400, "invalid_parameter_error", "no");
    let server = Server::plays([answers("one"), answers("two"), refused]);
    let qwen = complete(&server, &["hi"]);
    let refresh = qwen.clone().args(["complete", "--refresh", "hi"]);
    qwen.run().expect_answer("one\n");
    refresh.run().expect_answer("two\n");
    qwen.run().expect(0, "two\n", HIT);
    assert_eq!(refresh.run().code, 7);
    server.finish();
    qwen.run().expect(0, "two\n", HIT);
}

#[test]
fn no_save_neither_reads_nor_writes() {
    let server = Server::plays([answers("one"), answers("two"), answers("three")]);
    let off = "notice: nothing is saved, so the cache is not used\n";
    let unsaved = complete(&server, &["--no-save", "hi"]);
    unsaved.run().expect(0, "one\n", off);
    assert!(!file(&unsaved).exists());
    let qwen = unsaved.clone().args(with_cache(&["hi"]));
    qwen.run().expect_answer("two\n");
    unsaved.run().expect(0, "three\n", off);
    server.finish();
    qwen.run().expect(0, "two\n", HIT);
}

#[test]
fn a_dry_run_prints_the_request_all_the_same() {
    let server = Server::answers(&["Hello"]);
    let qwen = complete(&server, &["hi"]);
    qwen.run().expect_answer("Hello\n");
    let sent = server.request().json();
    server.finish();
    let shown = qwen.clone().args(with_cache(&["--dry-run", "hi"])).run();
    assert_eq!((shown.json()["body"].clone(), shown.stderr.as_str()), (sent, ""));
}

#[test]
fn a_cached_answer_is_a_conversation_like_any_other() {
    let server = Server::plays([answers("Hello"), answers("Because.")]);
    let qwen = complete(&server, &["hi"]);
    qwen.run().expect_answer("Hello\n");
    qwen.run().expect(0, "Hello\n", HIT);
    let listed = qwen.clone().args(["sessions", "list", "--json"]).run();
    assert_eq!(listed.json().as_array().unwrap().len(), 2);
    qwen.clone().args(["last"]).run().expect_answer("Hello\n");
    qwen.clone()
        .args(["complete", "-c", "why?"])
        .run()
        .expect_answer("Because.\n");
    let messages = server.finish()[1].json()["messages"].clone();
    assert_eq!(messages[1], json!({"role": "assistant", "content": "Hello"}));
}

#[test]
fn a_healed_answer_is_kept_whole() {
    let cut = Connection::new()
        .expect("POST", CHAT)
        .stream_head()
        .deltas(&["Spring", " is\n"])
        .end_chunks();
    let rest = Connection::new().expect("POST", CHAT).answer(&["here."]);
    let server = Server::plays([cut, rest]);
    let qwen = complete(&server, &["hi"]);
    assert_eq!(qwen.run().text(), "Spring is\nhere.\n");
    server.finish();
    qwen.run().expect(0, "Spring is\nhere.\n", HIT);
}

/// Text that is stored and shown is not held in memory otherwise.
#[test]
fn a_long_answer_is_kept_whole() {
    let text: String = (0..60_000).map(|n| format!("line {n}\n")).collect();
    let pieces: Vec<&str> = text
        .as_bytes()
        .chunks(30_000)
        .map(|piece| std::str::from_utf8(piece).unwrap())
        .collect();
    let server = Server::answers(&pieces);
    let qwen = complete(&server, &["hi"]);
    qwen.run().expect_answer(&text);
    server.finish();
    qwen.run().expect(0, &text, HIT);
}

#[test]
fn each_protocol_is_cached() {
    let generation = "/api/v1/services/aigc/text-generation/generation";
    let native = |text: &str| {
        json!({"output": {"choices": [{"message": {"role": "assistant", "content": text}, "finish_reason": "stop"}]},
            "usage": {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}, "request_id": "r"})
    };
    let server = Server::plays([
        Connection::new()
            .expect("POST", generation)
            .json(200, &native("native")),
        Connection::new()
            .expect("POST", "/v1/chat/completions")
            .answer(&["local"]),
    ]);
    let qwen = Qwen::new().env("DASHSCOPE_API_KEY", KEY);
    let base = |path: &str| format!("http://{}{path}", server.address());
    let (api, v1) = (base("/api/v1"), base("/v1"));
    let native = |args: &[&str]| {
        let args = [&["-p", "dashscope-native", "--base-url", &api], args].concat();
        qwen.clone().args(args)
    };
    let local = |args: &[&str]| {
        let args = [&["-p", "local", "-m", "m", "--base-url", &v1], args].concat();
        qwen.clone().args(args)
    };
    native(&["complete", "--no-stream", "--cache", "hi"])
        .run()
        .expect_answer("native\n");
    local(&["complete", "--cache", "hi"]).run().expect_answer("local\n");
    // What says that the answer comes as a stream is no part of the request here, too.
    native(&["complete", "--cache", "hi"]).run().expect(0, "native\n", HIT);
    local(&["complete", "--cache", "hi"]).run().expect(0, "local\n", HIT);
    server.finish();
}

/// It is another server in each run.
#[test]
fn the_demo_s_answers_are_cached() {
    let qwen = Qwen::new().args(["-p", "demo", "complete", "--cache", "table"]);
    let first = qwen.run();
    qwen.run().expect(0, &first.stdout, HIT);
}

#[test]
fn chat_has_no_cache() {
    let server = Server::plays([answers("one"), answers("two")]);
    let qwen = complete(&server, &["hi"]).config("cache = \"1d\"\n");
    qwen.run().expect_answer("one\n");
    let chat = qwen.clone().args(["chat", "-q"]).stdin("hi\n").run();
    assert_eq!((chat.code, chat.text()), (0, "two\n"), "{chat:?}");
    server.finish();
    qwen.run().expect(0, "one\n", HIT);
}
