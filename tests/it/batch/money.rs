//! What a batch costs, and may cost.

use serde_json::json;

use super::jobs::{RUN, counted, qwen, succeeds};
use crate::server::BatchService;

#[test]
fn a_model_without_a_known_price_is_unpriced() {
    let service = BatchService::start();
    let qwen = qwen(&service, 2).env("QWEN_CLI_MODEL", "some-model");
    succeeds(&qwen.clone().args(RUN).run());
    assert_eq!(
        counted(&qwen),
        json!([{"model": "some-model", "requests": 2, "input_tokens": 10, "output_tokens": 14, "total_tokens": 24,
            "cost": {}, "unpriced": 2}])
    );
}

#[test]
fn the_limit_is_held_at_half_price() {
    let service = BatchService::start();
    // An answer of 1,000,000 tokens costs CNY 1, by the ordinary price 2.
    let config = format!(
        "[providers.lab]\nprotocol = \"openai\"\napi_key_env = \"DASHSCOPE_API_KEY\"\nbase_url = \"{}\"\n\
         [prices.qwen-plus]\ninput = 0.8\noutput = 2\ncurrency = \"CNY\"\n",
        service.base_url()
    );
    let qwen = qwen(&service, 1).without("QWEN_CLI_BASE_URL").config(&config);
    let run = |engine: &str, most: &str| {
        let limit = [
            "-p",
            "lab",
            "--engine",
            engine,
            "--max-cost",
            most,
            "--max-tokens",
            "1000000",
        ];
        qwen.clone()
            .args([&["batch", "run", "in.txt", "--again"], &limit[..]].concat())
            .run()
            .code
    };
    // The longest answer costs CNY 1, by the ordinary price 2.
    for (engine, codes) in [("batch", (4, 0)), ("batch-chat", (4, 0)), ("realtime", (4, 4))] {
        assert_eq!((run(engine, "0.9"), run(engine, "1.1")), codes, "{engine}");
    }
}

#[test]
fn two_currencies_are_shown_apart_and_neither_is_held_to_be_the_other() {
    let service = BatchService::start();
    let config = format!(
        "[providers.lab]\nprotocol = \"openai\"\napi_key_env = \"DASHSCOPE_API_KEY\"\nbase_url = \"{}\"\n\
         [prices.yuan]\ninput = 1\noutput = 2\ncurrency = \"CNY\"\n[prices.dollar]\ninput = 1\noutput = 3\ncurrency = \"USD\"\n",
        service.base_url()
    );
    let lines =
        ["yuan", "dollar"].map(|model| json!({"prompt": "a", "model": model, "max_tokens": 1_000_000}).to_string());
    let qwen = qwen(&service, 0)
        .without("QWEN_CLI_BASE_URL")
        .env("QWEN_CLI_PROVIDER", "lab")
        .config(&config)
        .file("in.jsonl", lines.join("\n"));
    let run = |more: &[&str]| {
        qwen.clone()
            .args([&["batch", "run", "in.jsonl", "-o", "out.jsonl"], more].concat())
            .run()
    };
    run(&["--max-cost", "100"]).expect(
        4,
        "",
        "error: the price of dollar is in USD, and --max-cost in CNY\nhint: set its prices in CNY\n",
    );
    assert_eq!(service.calls(), [""; 0]);
    // The budget counts what is in its currency.
    let poor = qwen.clone().config(&format!("budget = \"1/day\"\n{config}"));
    let outcome = poor.args(["batch", "run", "in.jsonl", "-o", "out.jsonl"]).run();
    assert_eq!((outcome.code, service.calls().len()), (4, 0), "{outcome:?}");
    assert!(
        outcome.stderr.starts_with("error: the batch can cost 2.0000"),
        "{outcome:?}"
    );
    let qwen = qwen.config(&config);
    succeeds(&qwen.clone().args(["batch", "run", "in.jsonl", "-o", "out.jsonl"]).run());
    let usage = qwen.clone().args(["usage", "--by", "provider", "--json"]).run().json();
    assert_eq!(usage[0]["cost"], json!({"CNY": 0.000019, "USD": 0.000026}));
    let table = qwen.clone().args(["usage", "--by", "provider"]).run();
    let cost = succeeds(&table);
    assert!(cost.contains("0.000019 CNY + 0.000026 USD"), "{cost}");
}
