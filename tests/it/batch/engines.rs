//! Which engine asks the lines, and the lines that only one of them answers.

use serde_json::{Value, json};

use super::jobs::{all, answers, counted, qwen, succeeds};
use crate::harness::{KEY, Qwen};
use crate::server::{BatchService, Call, Fault};

#[test]
fn a_file_holds_one_model_and_one_thinking_mode() {
    let service = BatchService::start();
    for second in [
        r#"{"prompt": "b", "model": "qwen-flash"}"#,
        r#"{"prompt": "b", "enable_thinking": true}"#,
        r#"{"custom_id": "b", "url": "/v1/embeddings", "body": {"model": "qwen-plus", "input": "b"}}"#,
    ] {
        let input = format!("{{\"prompt\": \"a\"}}\n\n{second}\n");
        let qwen = qwen(&service, 0).file("in.jsonl", input);
        let outcome = qwen.args(["batch", "run", "in.jsonl", "--engine", "batch"]).run();
        let hint = match second.contains("embeddings") {
            true => "give each kind of line a file of its own",
            false => "`qwen batch run --engine realtime` asks the lines one by one",
        };
        outcome.expect(
            2,
            "",
            &format!(
                "error: line 3 has another model, thinking mode or url than the lines before it, and a batch file takes \
                 one of each\nhint: {hint}\n"
            ),
        );
    }
    assert_eq!(service.calls(), [""; 0]);
}

#[test]
fn only_the_service_takes_a_line_that_is_no_chat_wherever_it_stands() {
    let service = BatchService::start();
    let chat = r#"{"prompt": "a"}"#;
    let embedding = r#"{"custom_id": "b", "url": "/v1/embeddings", "body": {"model": "qwen-plus", "input": "b"}}"#;
    for (input, line) in [
        (format!("{chat}\n{embedding}\n"), 2),
        (format!("{embedding}\n{chat}\n"), 1),
    ] {
        for engine in ["realtime", "auto", "batch-chat"] {
            let qwen = qwen(&service, 0).file("in.jsonl", &input);
            qwen.args(["batch", "run", "in.jsonl", "--engine", engine])
                .run()
                .expect(
                    2,
                    "",
                    &format!(
                        "error: line {line}: only the batch service answers /v1/embeddings\nhint: add --engine batch\n"
                    ),
                );
        }
    }
    assert_eq!(service.calls(), [""; 0]);
}

#[test]
fn several_answers_to_a_line_are_for_the_service_alone() {
    let service = BatchService::start();
    let line = json!({"prompt": "a", "n": 2}).to_string();
    let qwen = qwen(&service, 0).file("in.jsonl", &line);
    let run = |qwen: &Qwen, engine: &str| {
        qwen.clone()
            .args(["batch", "run", "in.jsonl", "--engine", engine])
            .run()
    };
    run(&qwen, "realtime").expect(
        2,
        "",
        "error: line 1: only the batch service answers \"n\": 2\nhint: add --engine batch\n",
    );
    succeeds(&run(&qwen, "batch"));
    assert_eq!(service.input_files()[0][0]["body"]["n"], json!(2));
    let demo = Qwen::new().env("QWEN_CLI_PROVIDER", "demo").file("in.jsonl", &line);
    run(&demo, "auto").expect(
        2,
        "",
        "error: line 1: only a batch service answers \"n\": 2, and demo has none\n",
    );
    run(&demo, "batch").expect(2, "", "error: demo has no batch service\n");
}

#[test]
fn embeddings_and_the_test_model_go_where_their_lines_say() {
    let service = BatchService::start();
    let line =
        |url: &str, body: &Value| json!({"custom_id": "1", "method": "POST", "url": url, "body": body}).to_string();
    let embedding = json!({"model": "text-embedding-v4", "input": "hello", "dimensions": 2});
    let test = json!({"model": "batch-test-model", "messages": [{"role": "user", "content": "hello"}]});
    for (url, body, pointer, answer) in [
        ("/v1/embeddings", &embedding, "/data/0/embedding", json!([0.5, -0.5])),
        (
            "/v1/chat/ds-test",
            &test,
            "/choices/0/message/content",
            json!("This is a test result."),
        ),
    ] {
        let qwen = qwen(&service, 0).file("in.jsonl", line(url, body));
        let outcome = qwen
            .clone()
            .args(["batch", "run", "in.jsonl", "--engine", "batch"])
            .run();
        let result: Value = serde_json::from_str(&succeeds(&outcome)).unwrap();
        assert_eq!(result["response"]["body"].pointer(pointer), Some(&answer));
        let sent = service.input_files().pop().unwrap();
        assert_eq!((&sent[0]["url"], &sent[0]["body"]), (&json!(url), body));
        let realtime = qwen.args(["batch", "run", "in.jsonl", "--engine", "realtime"]).run();
        assert_eq!((realtime.code, service.count("POST /chat/completions")), (0, 0));
    }
}

#[test]
fn held_requests_go_to_the_host_for_them_and_do_not_stream() {
    let service = BatchService::start();
    let own = |setting: &str, url: &str| {
        format!("[providers.lab]\nprotocol = \"openai\"\napi_key_env = \"LAB_KEY\"\n{setting} = \"{url}\"\n")
    };
    let qwen = qwen(&service, 2)
        .without("QWEN_CLI_BASE_URL")
        .env("LAB_KEY", KEY)
        .args([
            "batch",
            "run",
            "in.txt",
            "--engine",
            "batch-chat",
            "-p",
            "lab",
            "-o",
            "out.jsonl",
        ]);
    // Nothing listens at its ordinary address.
    let config = own("batch_base_url", &service.base_url()) + "base_url = \"http://127.0.0.1:9/v1\"\n";
    succeeds(&qwen.clone().config(&config).run());
    assert_eq!(answers(&qwen), all(2));
    let bodies: Vec<Value> = service.requests().iter().map(|request| request.json()).collect();
    assert!(bodies.iter().all(|body| body["stream"] != json!(true)), "{bodies:#?}");
    assert_eq!(service.count("POST /chat/completions"), 2);
    let price = "[prices.qwen-plus]\ninput = 0.8\noutput = 2\ncurrency = \"CNY\"\n";
    assert_eq!(counted(&qwen)[0]["unpriced"], json!(2));
    let again = [
        "batch",
        "run",
        "in.txt",
        "--again",
        "--engine",
        "batch-chat",
        "-p",
        "lab",
    ];
    succeeds(&qwen.clone().config(&(config + price)).args(again).run());
    let row = &counted(&qwen)[0];
    assert_eq!((&row["requests"], &row["cost"]), (&json!(4), &json!({"CNY": 0.000018})));
    // The same address serves both where only that is given.
    succeeds(&qwen.clone().config(&own("base_url", &service.base_url())).run());
    assert_eq!(service.count("POST /chat/completions"), 6);
}

#[test]
fn the_engine_is_chosen_by_the_number_of_lines() {
    let service = BatchService::start();
    let prompts = |count: usize| (0..count).map(|number| format!("{number}\n")).collect::<String>();
    let qwen = qwen(&service, 0);
    let run = |count: usize, model: &str| {
        let args = ["batch", "run", "in.txt", "-m", model, "-o", "out.jsonl"];
        let jobs = service.jobs().len();
        let outcome = qwen.clone().file("in.txt", prompts(count)).args(args).run();
        succeeds(&outcome);
        (service.jobs().len() - jobs, outcome.stderr)
    };
    let notice = "notice: asking 100 lines by the batch service, at half price, about ¥3.28 at most; it takes minutes to hours (--engine realtime \
                  asks at once)\n";
    assert_eq!(run(100, "qwen-plus"), (1, notice.to_owned()));
    assert_eq!(run(99, "qwen-plus"), (0, String::new()));
    assert_eq!(run(100, "some-model"), (0, String::new()));
}

#[test]
fn an_engine_that_the_provider_lacks_is_refused() {
    let text = "hello\n";
    let run = |qwen: Qwen, engine: &str| {
        let args = ["batch", "run", "in.txt", "--engine", engine];
        qwen.file("in.txt", text).args(args).run()
    };
    let hint = "hint: `qwen batch run --engine realtime` asks the lines one by one\n";
    let demo = Qwen::new().env("QWEN_CLI_PROVIDER", "demo");
    run(demo.clone(), "batch").expect(2, "", &format!("error: demo has no batch service\n{hint}"));
    run(demo, "batch-chat").expect(2, "", &format!("error: demo has no batch chat\n{hint}"));
    let web = Qwen::new()
        .env("QWEN_CLI_PROVIDER", "web")
        .env("QWEN_AUTH_TOKEN", "token-placeholder")
        .env("QWEN_CLI_MODEL", "qwen-max-latest");
    run(web, "batch").expect(2, "", &format!("error: web has no batch service\n{hint}"));
    let tokyo = Qwen::new().env("DASHSCOPE_API_KEY", KEY).env("QWEN_CLI_REGION", "us");
    run(tokyo.clone(), "batch").expect(2, "", &format!("error: dashscope has no batch service\n{hint}"));
    run(tokyo, "batch-chat").expect(2, "", &format!("error: dashscope has no batch chat\n{hint}"));
    let service = BatchService::start();
    service.fault(Call::Upload, Fault::Refused(404, "not_found", "Not Found"));
    let lacking = qwen(&service, 1);
    run(lacking.clone(), "batch").expect(2, "", &format!("error: dashscope has no batch service\n{hint}"));
    // The lines are not lost to another engine.
    succeeds(&run(lacking, "realtime"));
}
