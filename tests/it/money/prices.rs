//! Where prices come from.

use serde_json::{Value, json};

use super::*;

/// The line of `--usage`, without times.
#[track_caller]
fn used(qwen: &Qwen) -> String {
    let outcome = qwen.run();
    assert_eq!((outcome.code, outcome.text()), (0, "ok\n"), "{outcome:?}");
    let (tokens, _) = outcome.stderr.split_once("; first token").unwrap();
    tokens.to_owned()
}

fn cost(qwen: &Qwen) -> Value {
    qwen.run().json()["cost"].clone()
}

#[test]
fn the_price_of_the_config_is_exact_and_wins() {
    let server = Server::plays([answer(1_234, 567), answer(1_234, 567)]);
    let config = "[prices.\"qwen3.8-max\"]\ninput = 0.7\noutput = \"3.000001\"\n";
    let qwen = complete(&server, &["-m", "qwen3.8-max", "-u", "hi"]).config(config);
    assert_eq!(used(&qwen), "usage: 1234 tokens in, 567 out, 1801 in all, ¥0.0026");
    let json = qwen.args(["complete", "-m", "qwen3.8-max", "--format", "json", "hi"]);
    assert_eq!(
        cost(&json),
        json!({"amount": 0.002564800567, "currency": "CNY", "estimated": false})
    );
    server.finish();
}

#[test]
fn a_price_of_another_currency_and_of_cached_tokens_is_taken_and_half_a_price_is_none() {
    let cached = || {
        let mut counted = usage(1_000_000, 0);
        counted["usage"]["prompt_tokens_details"] = json!({"cached_tokens": 400_000});
        let script = Connection::new().expect("POST", CHAT).stream_head();
        script.sse(text("ok")).sse(end("stop")).sse(counted).done()
    };
    for (prices, told) in [
        ("input = 1\noutput = 2\ncurrency = \"USD\"", "$1"),
        ("input = 1\noutput = 2\ncached = 0.25", "¥0.7"),
        ("input = 1", "cost unknown"),
    ] {
        let server = Server::plays([cached()]);
        let qwen = complete(&server, &["-m", "qwen-max", "-u", "hi"]);
        let line = used(&qwen.config(&format!("[prices.qwen-max]\n{prices}\n")));
        assert_eq!(line, format!("usage: 1000000 tokens in, 0 out, 1000000 in all, {told}"));
    }
}

#[test]
fn prices_are_set_and_shown_as_other_settings_are() {
    let qwen = Qwen::new();
    let config = |args: &[&str]| qwen.clone().args([&["config"], args].concat()).run();
    config(&["set", "prices.qwen3.8-max.input", "0.5"]).expect_answer("");
    config(&["set", "prices.qwen3.8-max.currency", "USD"]).expect_answer("");
    config(&["get", "prices.qwen3.8-max.input"]).expect_answer("0.5\n");
    assert_eq!(
        qwen.read("../qwen/config.toml"),
        b"[prices.\"qwen3.8-max\"]\ninput = 0.5\ncurrency = \"USD\"\n"
    );
    config(&["unset", "prices.qwen3.8-max"]).expect_answer("");
    assert_eq!(qwen.read("../qwen/config.toml"), b"");
    for (args, why) in [
        (
            ["set", "prices.m.input", "-1"],
            "error: prices.m.input must be an amount, such as 0.5, not \"-1\"\n",
        ),
        (
            ["set", "prices.m.currency", "EUR"],
            "error: prices.m.currency must be one of CNY, USD, not \"EUR\"\n",
        ),
    ] {
        config(&args).expect(2, "", why);
    }
    let unknown = config(&["set", "prices.m.colour", "1"]);
    assert_eq!(unknown.code, 2);
    assert!(
        unknown.stderr.starts_with("error: unknown setting \"prices.m.colour\""),
        "{}",
        unknown.stderr
    );
}

#[test]
fn the_server_is_asked_once_a_day_and_the_length_of_the_input_decides() {
    let prices = listing(&[("Input<=256k", "2", "8", "0.4"), ("256k<Input<=1m", "6", "24", "1.2")]);
    let server = Server::plays([
        native_answer(&million(100_000, 50_000)),
        list().json(200, &prices),
        native_answer(&million(100_000, 50_000)),
    ]);
    let qwen = native(&server, &["-m", "qwen3.8-max", "-u", "hi"]);
    let line = "usage: 100000 tokens in, 1000000 out, 1100000 in all, ¥8.12";
    assert_eq!(used(&qwen), line);
    let json = qwen.clone().args([
        "-p",
        "dashscope-native",
        "complete",
        "-m",
        "qwen3.8-max",
        "--format",
        "json",
        "hi",
    ]);
    assert_eq!(
        cost(&json),
        json!({"amount": 8.12, "currency": "CNY", "estimated": false})
    );
    let requests = server.finish();
    let long = Server::plays([native_answer(&million(300_000, 0)), list().json(200, &prices)]);
    let line = "usage: 300000 tokens in, 1000000 out, 1300000 in all, ¥25.8";
    assert_eq!(used(&native(&long, &["-m", "qwen3.8-max", "-u", "hi"])), line);
    // It is DashScope itself, and gets the key of the request.
    let keys: Vec<_> = requests.iter().map(|request| request.header("authorization")).collect();
    assert_eq!(keys[0], keys[1]);
    assert!(keys[0].is_some());
}

#[test]
fn the_currency_is_that_of_the_region() {
    let server = Server::plays([
        native_answer(&million(0, 0)),
        list().json(200, &listing(&[("Default", "1", "5", "1")])),
    ]);
    let qwen = native(&server, &["--region", "singapore", "-m", "qwen3.8-max", "-u", "hi"]);
    assert_eq!(used(&qwen), "usage: 0 tokens in, 1000000 out, 1000000 in all, $5");
    let gone = list().json(404, &json!({"code": "NotFound", "message": "no"}));
    let server = Server::plays([native_answer(&million(0, 0)), gone]);
    let table = native(&server, &["--region", "singapore", "-m", "qwen3.8-max", "-u", "hi"]);
    assert_eq!(
        used(&table),
        "usage: 0 tokens in, 1000000 out, 1000000 in all, about $6"
    );
}

#[test]
fn a_plain_answer_asks_for_no_price() {
    let server = Server::plays([native_answer(&million(0, 0))]);
    native(&server, &["-m", "qwen3.8-max", "hi"])
        .run()
        .expect_answer("ok\n");
    server.finish();
}

/// The table's price stands in, and the server is not asked again on that day.
#[test]
fn a_list_that_is_broken_absent_or_huge_spoils_nothing() {
    let filler = "x".repeat(20 << 20);
    let huge = json!({"output": {"models": [{"model": "qwen3.8-max", "description": filler}]}});
    for broken in [
        list().json(404, &json!({"code": "NotFound", "message": "no"})),
        list().json(500, &json!({"code": "InternalError", "message": "no"})),
        list().json(401, &json!({"code": "InvalidApiKey", "message": "no"})),
        list().json(200, &json!({"output": {"models": []}})),
        list().json(200, &listing(&[("at night", "1", "2", "3")])),
        list().body(
            200,
            &[("content-type", "text/html")],
            "<html>",
            crate::fixtures::Cut::Whole,
        ),
        list().reset(),
        list()
            .head(200, &[("content-type", "application/json")])
            .tail(huge.to_string()),
    ] {
        let server = Server::plays([native_answer(&million(0, 0)), broken, native_answer(&million(0, 0))]);
        let qwen = native(&server, &["-m", "qwen3.8-max", "-u", "hi"]);
        for _ in 0..2 {
            assert_eq!(
                used(&qwen),
                "usage: 0 tokens in, 1000000 out, 1000000 in all, about ¥36"
            );
        }
    }
}

/// The list never comes: the answer is there before it, and the program ends without it.
#[test]
fn a_slow_list_is_not_waited_for_long() {
    let server = Server::plays([
        native_answer(&million(0, 0)),
        list().stall(),
        native_answer(&million(0, 0)),
    ]);
    let qwen = native(&server, &["-m", "qwen3.8-max", "-u", "hi"]);
    let running = qwen.spawn();
    running.wait_stdout("ok");
    let told = "usage: 0 tokens in, 1000000 out, 1000000 in all, about ¥36";
    let outcome = running.outcome();
    assert_eq!((outcome.code, outcome.text()), (0, "ok\n"));
    assert!(outcome.stderr.starts_with(told), "{}", outcome.stderr);
    assert_eq!(used(&qwen), told);
}

#[test]
fn what_is_not_known_is_said_to_be_and_what_is_free_costs_nothing() {
    let own = |server: &Server| {
        format!(
            "[providers.own]\nprotocol = \"openai\"\nbase_url = \"{}\"\n",
            server.base_url()
        )
    };
    let free = json!({"amount": 0.0, "currency": "CNY", "estimated": false});
    for (provider, model, told, expected) in [
        ("dashscope", "a-model-of-tomorrow", ", cost unknown", Value::Null),
        // The table is of DashScope.
        ("own", "qwen-max", ", cost unknown", Value::Null),
        ("local", "qwen-max", "", free),
    ] {
        let server = Server::plays([answer(5, 2), answer(5, 2)]);
        let args = ["-p", provider, "complete", "-m", model];
        let mut qwen = Qwen::new().server(&server).config(&own(&server));
        if provider == "own" {
            qwen = qwen.without("QWEN_CLI_BASE_URL");
        }
        let line = used(&qwen.clone().args([&args[..], &["-u", "hi"]].concat()));
        assert_eq!(line, format!("usage: 5 tokens in, 2 out, 7 in all{told}"), "{provider}");
        let json = qwen.args([&args[..], &["--format", "json", "hi"]].concat());
        assert_eq!(cost(&json), expected, "{provider}");
    }
    // What is free is so where the server counts nothing, too.
    let silent = Connection::new().expect("POST", CHAT).stream_head().sse(text("ok"));
    let server = Server::plays([silent.sse(end("stop")).done()]);
    let local = ["-p", "local", "complete", "-m", "m", "--format", "json", "hi"];
    let found = Qwen::new().server(&server).args(local).run().json();
    assert_eq!((&found["usage"], &found["cost"]["amount"]), (&Value::Null, &json!(0.0)));
    let demo = Qwen::new()
        .args(["-p", "demo", "complete", "--format", "json", "hi"])
        .run()
        .json();
    assert_eq!(
        demo["cost"],
        json!({"amount": 0.0, "currency": "CNY", "estimated": false})
    );
    // A plan is paid by the month.
    let server = Server::plays([answer(5, 2)]);
    let plan = complete(&server, &["-m", "qwen-max", "-u", "-q", "hi"]).env("DASHSCOPE_API_KEY", "sk-sp-PLACEHOLDER");
    assert!(used(&plan).ends_with("7 in all, cost unknown"));
}
