//! The request: what the user gave, and nothing else.

use serde_json::{Value, json};

use super::{body, complete, refused, run};

#[test]
fn a_plain_request_holds_nothing_that_was_not_given() {
    let (outcome, request) = run(&complete(&["hi"]));
    outcome.expect_answer("ok\n");
    let expected = json!({
        "model": "qwen-max",
        "messages": [{"role": "user", "content": "hi"}],
        "stream": true,
        "stream_options": {"include_usage": true},
    });
    assert_eq!(request.json(), expected);
    assert!(request.body.len() < 300, "{} bytes", request.body.len());
    let length = request.body.len().to_string();
    let host = request.header("host").unwrap().to_owned();
    let agent = format!("qwen-cli/{}", env!("CARGO_PKG_VERSION"));
    let mut headers: Vec<(&str, &str)> = request
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    headers.sort_unstable();
    assert_eq!(
        headers,
        [
            ("accept", "*/*"),
            ("accept-encoding", "gzip"),
            ("authorization", "Bearer sk-placeholder"),
            ("content-length", length.as_str()),
            ("content-type", "application/json"),
            ("host", host.as_str()),
            ("user-agent", agent.as_str()),
        ]
    );
}

/// What an option adds to the body of `complete hi`.
fn added(args: &[&str]) -> Value {
    let mut body = body(&complete(&[args, &["-m", "qwen-plus", "hi"]].concat()));
    for name in ["model", "messages", "stream", "stream_options"] {
        body.as_object_mut().unwrap().remove(name);
    }
    body
}

#[test]
fn every_option_is_sent_under_the_apis_own_name() {
    let schema = r#"{"type":"object","properties":{"a":{"type":"integer"}}}"#;
    let as_schema = json!({"response_format": {"type": "json_schema", "json_schema": {
        "name": "answer", "strict": true, "schema": serde_json::from_str::<Value>(schema).unwrap()}}});
    let cases: Vec<(Vec<&str>, Value)> = vec![
        (vec!["-t", "0.25"], json!({"temperature": 0.25})),
        (vec!["--temperature", "0"], json!({"temperature": 0.0})),
        (vec!["-t", "2"], json!({"temperature": 2.0})),
        (vec!["--top-p", "1"], json!({"top_p": 1.0})),
        (vec!["--top-k", "0"], json!({"top_k": 0})),
        (vec!["--max-tokens", "1"], json!({"max_tokens": 1})),
        (vec!["--seed", "2147483647"], json!({"seed": 2_147_483_647})),
        (vec!["--stop", "END"], json!({"stop": ["END"]})),
        (vec!["--stop", "-", "--stop", "\n"], json!({"stop": ["-", "\n"]})),
        (vec!["--presence-penalty", "-2"], json!({"presence_penalty": -2.0})),
        (vec!["--think"], json!({"enable_thinking": true})),
        (
            vec!["--think=512"],
            json!({"enable_thinking": true, "thinking_budget": 512}),
        ),
        (vec!["--no-think"], json!({"enable_thinking": false})),
        (vec!["--think=512", "--no-think"], json!({"enable_thinking": false})),
        (vec!["--no-think", "--think"], json!({"enable_thinking": true})),
        (vec!["-q", "--search"], json!({"enable_search": true})),
        (vec!["--no-search"], json!({"enable_search": false})),
        (vec!["-q", "--search", "--no-search"], json!({"enable_search": false})),
        (vec!["--json"], json!({"response_format": {"type": "json_object"}})),
        (vec!["--schema", schema], as_schema),
    ];
    for (args, expected) in cases {
        assert_eq!(added(&args), expected, "{args:?}");
    }
}

#[test]
fn a_schema_may_come_from_a_file_and_keeps_its_order() {
    let qwen = complete(&["--schema", "@s.json", "hi"]).file("s.json", "{\"z\": 1,\n \"a\": {}}\n");
    let schema = body(&qwen)["response_format"]["json_schema"]["schema"].to_string();
    assert_eq!(schema, r#"{"z":1,"a":{}}"#);
}

#[test]
fn the_model_is_the_flag_and_no_stream_asks_for_one_reply() {
    let sent = body(&complete(&["-m", "qwen-flash", "hi"]));
    assert_eq!(sent["model"], "qwen-flash");
    let server = crate::server::Server::replays_fixture(
        &crate::fixtures::Fixture::read("openai", "chat"),
        crate::fixtures::Cut::Random(5),
    );
    let outcome = complete(&["--no-stream", "hi"]).server(&server).run();
    let sent = server.request().json();
    assert_eq!(
        sent,
        json!({"model": "qwen-max", "messages": [{"role": "user", "content": "hi"}]})
    );
    let text = crate::fixtures::Fixture::read("openai", "chat").expected["text"]
        .as_str()
        .unwrap()
        .to_owned();
    outcome.expect_answer(format!("{text}\n"));
}

#[test]
fn values_out_of_range_are_refused_and_the_range_is_named() {
    let whole = |least: u32| format!("a whole number from {least} to 2147483647");
    let cases: Vec<(&str, &str, &[&str], String)> = vec![
        (
            "--temperature",
            "X",
            &["2.01", "-0.1", "NaN", "inf", "warm", ""],
            "a number from 0 to 2".into(),
        ),
        (
            "--top-p",
            "X",
            &["0", "1.01", "-1", "nan"],
            "a number above 0 and at most 1".into(),
        ),
        ("--top-k", "N", &["-1", "1.5", "4294967296", "x"], whole(0)),
        ("--max-tokens", "N", &["0", "-1", "2147483648", "many"], whole(1)),
        ("--seed", "N", &["-1", "2147483648", "0x10"], whole(0)),
        (
            "--presence-penalty",
            "X",
            &["2.1", "-2.1", "nan"],
            "a number from -2 to 2".into(),
        ),
        ("--max-cost", "AMOUNT", &["-1", "much"], "an amount, such as 0.5".into()),
    ];
    for (option, name, values, range) in cases {
        for value in values {
            let stderr = format!(
                "error: invalid value '{value}' for '{option} <{name}>': must be {range}\n\
                 hint: `qwen complete --help` shows the usage\n"
            );
            refused(&complete(&[option, value, "hi"]), &stderr);
        }
    }
    for value in ["0", "-1", "lots"] {
        let stderr = format!(
            "error: invalid value '{value}' for '--think[=<BUDGET>]': must be {}\n\
             hint: `qwen complete --help` shows the usage\n",
            whole(1)
        );
        refused(&complete(&[&format!("--think={value}"), "hi"]), &stderr);
    }
    refused(
        &complete(&["--stop", "", "hi"]),
        "error: invalid value '' for '--stop <TEXT>': must not be empty\nhint: `qwen complete --help` shows the usage\n",
    );
}

#[test]
fn a_bad_schema_is_refused() {
    refused(
        &complete(&["--schema", "{\"a\":", "hi"]),
        "error: --schema is not JSON: EOF while parsing a value at line 1 column 5\nhint: give JSON, or @FILE\n",
    );
    refused(
        &complete(&["--schema", "[1]", "hi"]),
        "error: --schema must be a JSON object\n",
    );
    refused(
        &complete(&["--json", "--schema", "{}", "hi"]),
        "error: the argument '--json' cannot be used with '--schema <JSON|@FILE>'\n\
         hint: `qwen complete --help` shows the usage\n",
    );
}

#[test]
fn timeout_and_retries_have_their_ranges() {
    for (option, value, must) in [
        ("--timeout", "-1", "a number of seconds from 0 (never) to 86400"),
        ("--timeout", "soon", "a number of seconds from 0 (never) to 86400"),
        ("--retries", "21", "a whole number from 0 to 20"),
        ("--retries", "-1", "a whole number from 0 to 20"),
        (
            "--region",
            "mars",
            "one of beijing, singapore, us, hongkong, frankfurt, tokyo",
        ),
        ("--color", "red", "one of auto, always, never"),
    ] {
        let stderr = format!("error: {option} must be {must}, not {value:?}\n");
        refused(&complete(&[option, value, "hi"]), &stderr);
    }
}
