//! `qwen models`: the server's list, the built-in table, and models that have ended.

use std::thread;

use qwen_api::catalog;
use serde_json::json;

use crate::harness::{KEY, Qwen};
use crate::server::{CHAT, Connection, MODELS, Server};

const TABLE: &str = "notice: there is no credential; this is the built-in table of models\n";

fn models(args: &[&str]) -> Qwen {
    Qwen::new().args([&["models"], args].concat())
}

/// An id that the row of a retired model means.
fn an_id_of(row: &str) -> String {
    row.replace('*', "2025-01-02")
}

#[test]
fn without_a_credential_the_table_is_listed() {
    let all = models(&["-p", "dashscope"]).run();
    assert_eq!((all.code, all.stderr.as_str()), (0, TABLE));
    let ids: Vec<&str> = all.text().lines().collect();
    assert!(ids.contains(&"qwen3.8-max") && ids.len() > 40, "{ids:?}");
    for (row, _) in catalog::retirements() {
        assert!(!ids.contains(&row), "{row} has ended");
    }
    models(&["-p", "dashscope", "qwen3.8-fl"])
        .run()
        .expect(0, "qwen3.8-flash\n", TABLE);
    models(&["-p", "dashscope-native", "-q", "8-flash"])
        .run()
        .expect_answer("qwen3.8-flash\n");
    // Another provider's credential does not help, nor is the table another provider's.
    let outcome = models(&["-p", "web"]).run();
    assert_eq!((outcome.code, outcome.text()), (3, ""), "{outcome:?}");
}

#[test]
fn where_nothing_is_set_up_the_table_is_listed_too() {
    let outcome = models(&["qwen3.8-fl", "--json"]).run();
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, TABLE));
    let list = outcome.json();
    let model = &list[0];
    assert_eq!(model["id"], "qwen3.8-flash");
    assert_eq!(
        (&model["thinking"], &model["thinks"]),
        (&json!(true), &json!("by_default"))
    );
    assert_eq!((&model["tools"], &model["json"]), (&json!(true), &json!("schema")));
    assert_eq!((&model["partial"], &model["batch"]), (&json!(true), &json!(true)));
    assert_eq!((&model["retired"], &model["successor"]), (&json!(null), &json!(null)));
    let price = json!([{"currency": "CNY", "date": "2026-08",
        "tiers": [{"up_to": null, "input": "0.8", "output": "2.7", "output_thinking": null, "cached": "0.1"}]}]);
    assert_eq!(model["price_lists"], price);
}

#[test]
fn a_key_that_a_dotenv_would_send_astray_is_no_missing_key() {
    let qwen = models(&["-p", "dashscope"]).env("DASHSCOPE_API_KEY", KEY);
    let outcome = qwen.file(".env", "QWEN_CLI_BASE_URL=http://127.0.0.1:9/v1\n").run();
    assert_eq!((outcome.code, outcome.text()), (3, ""), "{outcome:?}");
}

#[test]
fn what_the_server_lists_wins_over_the_table() {
    let list = json!({"object": "list", "data": [{"id": "qwen-turbo", "owned_by": "system"}, {"id": "qwen-plus"}]});
    let server = Server::plays([
        Connection::new().expect("GET", MODELS).json(200, &list),
        // Of the details that the native list would add the server has none.
        Connection::new()
            .expect("GET", "/api/v1/models?page_no=1&page_size=100")
            .json(404, &json!({})),
    ]);
    let outcome = models(&["--json"]).server(&server).run();
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let listed = outcome.json();
    // It is listed, so it lives.
    assert_eq!(
        (&listed[0]["id"], &listed[0]["retired"]),
        (&json!("qwen-turbo"), &json!(null))
    );
    assert_eq!(listed[0]["owned_by"], "system");
    assert_eq!(
        (&listed[1]["context_window"], &listed[1]["thinks"]),
        (&json!(1_000_000), &json!("on_request"))
    );
}

#[test]
fn a_model_whose_day_has_come_is_not_listed_and_one_whose_day_comes_is() {
    let ends = |id: &str, day: &str| json!({"model": id, "inference_offline_info": {"offline_time": format!("{day} 00:00:00")}});
    let list = json!({"output": {"total": 2, "page_size": 100, "models": [ends("old", "2020-01-01"), ends("new", "2999-01-01")]}});
    let server = Server::plays([Connection::new()
        .expect("GET", "/api/v1/models?page_no=1&page_size=100")
        .json(200, &list)]);
    let base = server.base_url().replace("compatible-mode", "api");
    let qwen = models(&["-p", "dashscope-native"])
        .env("QWEN_CLI_BASE_URL", &base)
        .env("DASHSCOPE_API_KEY", KEY);
    qwen.run().expect_answer("new\n");
    let show = |id: &str| qwen.clone().args(["-p", "dashscope-native", "models", "show", id]);
    show("old").run().expect_answer("old\n  retired 2020-01-01\n");
    show("new").run().expect_answer("new\n  retired 2999-01-01\n");
}

#[test]
fn show_tells_the_end_of_a_model_and_its_successor() {
    let show = |args: &[&str]| {
        models(&[&["show"], args].concat())
            .env("QWEN_CLI_PROVIDER", "dashscope")
            .run()
    };
    show(&["qwen-turbo"]).expect(
        0,
        "qwen-turbo\n  retired   2026-10-10\n  successor qwen3.6-flash\n",
        TABLE,
    );
    let outcome = show(&["qwen-max-latest", "--json"]);
    let model = outcome.json();
    assert_eq!(
        (outcome.code, &model["retired"], &model["successor"]),
        (0, &json!("2026-05-13"), &json!("qwen3.7-max"))
    );
    assert_eq!(show(&["qwen-novel"]).code, 2);
}

/// Each of them is asked all the same: the notices were postponed before.
#[test]
fn every_retired_model_is_tried_and_its_refusal_names_its_end_and_its_successor() {
    let all: Vec<_> = catalog::retirements().collect();
    assert!(all.len() > 80);
    thread::scope(|scope| {
        for some in all.chunks(all.len().div_ceil(4)) {
            scope.spawn(move || {
                let refuse = |_| {
                    let text = "The model does not exist or you do not have access to it.";
                    Connection::new()
                        .expect("POST", CHAT)
                        .refuse(404, "model_not_found", text)
                };
                let server = Server::plays(some.iter().map(refuse));
                let qwen = Qwen::new().server(&server);
                for (row, end) in some {
                    let id = an_id_of(row);
                    let outcome = qwen.clone().args(["complete", "--no-save", "-m", &id, "hi"]).run();
                    let hint = format!(
                        "hint: {id} was retired on {}; its successor is {}: -m {}\n",
                        end.date, end.successor, end.successor
                    );
                    assert_eq!((outcome.code, outcome.text()), (7, ""), "{outcome:?}");
                    assert!(outcome.stderr.contains(&hint), "{hint}\n{}", outcome.stderr);
                }
                let asked = server
                    .finish()
                    .into_iter()
                    .map(|request| request.json()["model"].clone());
                let expected: Vec<_> = some.iter().map(|(row, _)| json!(an_id_of(row))).collect();
                assert_eq!(asked.collect::<Vec<_>>(), expected);
            });
        }
    });
}
