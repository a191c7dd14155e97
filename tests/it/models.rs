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

#[test]
fn options_stand_before_and_after_show() {
    let shown = "qwen-turbo\n  retired   2026-10-10\n  successor qwen3.6-flash\n";
    for args in [
        ["-p", "dashscope", "show", "qwen-turbo"],
        ["show", "-p", "dashscope", "qwen-turbo"],
        ["show", "qwen-turbo", "-p", "dashscope"],
    ] {
        models(&args).run().expect(0, shown, TABLE);
    }
    let as_json = models(&["-p", "dashscope", "--json", "show", "qwen-turbo"]).run();
    assert_eq!((as_json.code, &as_json.json()["id"]), (0, &json!("qwen-turbo")));
    models(&["--capability", "vision", "show", "qwen-turbo"]).run().expect(
        2,
        "",
        "error: the argument '--capability' cannot be used with 'show'\n",
    );
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

fn gone() -> Connection {
    Connection::new()
        .expect("POST", CHAT)
        .refuse(404, "model_not_found", "The model `qwen-max` does not exist.")
}

fn answers(text: &str) -> Connection {
    Connection::new().expect("POST", CHAT).answer(&[text])
}

fn models_asked(server: Server) -> Vec<String> {
    let requests = server.finish().into_iter().filter(|request| request.method == "POST");
    requests
        .map(|request| request.json()["model"].as_str().unwrap().to_owned())
        .collect()
}

const REPLACED: &str = "notice: the server no longer has qwen-max; asking qwen3.8-flash instead \
    (`qwen config set model NAME` chooses another)\n";

#[test]
fn a_default_that_is_gone_is_succeeded() {
    let server = Server::plays([gone(), answers("hi"), gone(), answers("hi")]);
    let qwen = Qwen::new().server(&server);
    let complete = qwen.clone().args(["complete", "hello"]);
    complete.run().expect(0, "hi\n", REPLACED);
    let json = qwen.args(["complete", "--format", "json", "hello"]).run();
    assert_eq!(
        (json.code, &json.json()["model"], &json.json()["attempts"]),
        (0, &json!("qwen3.8-flash"), &json!(2))
    );
    let expected = ["qwen-max", "qwen3.8-flash", "qwen-max", "qwen3.8-flash"];
    assert_eq!(models_asked(server), expected);
}

#[test]
fn the_successor_of_a_default_stays_for_the_conversation() {
    let server = Server::plays([gone(), answers("one"), answers("two")]);
    let qwen = Qwen::new().server(&server).args(["chat"]).stdin("a\nb\n");
    qwen.run().expect(0, "one\ntwo\n", REPLACED);
    assert_eq!(models_asked(server), ["qwen-max", "qwen3.8-flash", "qwen3.8-flash"]);
    let server = Server::plays([gone(), answers("one"), answers("two")]);
    let mut pty = Qwen::new().server(&server).args(["chat"]).pty(30, 100);
    pty.wait_for("❯").type_keys("a\r").wait_for("one");
    pty.wait_for("asking qwen3.8-flash instead (/model chooses another)");
    pty.wait_for("qwen3.8-flash · ").type_keys("b\r").wait_for("two");
    pty.type_keys("\x04");
    assert_eq!(pty.exit_code(), 0);
    assert_eq!(models_asked(server), ["qwen-max", "qwen3.8-flash", "qwen3.8-flash"]);
}

#[test]
fn a_model_that_was_chosen_is_not_succeeded() {
    let base = || Qwen::new().args(["complete", "hello"]);
    let by_flag = Qwen::new().args(["complete", "-m", "qwen-max", "hello"]);
    let by_alias = Qwen::new()
        .args(["complete", "-m", "best", "hello"])
        .config("[aliases]\nbest = \"qwen-max\"\n");
    for qwen in [
        by_flag,
        by_alias,
        base().env("QWEN_CLI_MODEL", "qwen-max"),
        base().file(".env", "QWEN_CLI_MODEL=qwen-max\n"),
        base().config("model = \"qwen-max\"\n"),
        base().config("[providers.dashscope]\nmodel = \"qwen-max\"\n"),
    ] {
        let listed = json!({"object": "list", "data": [{"id": "qwen-plus"}]});
        let server = Server::plays([gone(), Connection::new().expect("GET", MODELS).json(200, &listed)]);
        let outcome = qwen.server(&server).run();
        assert_eq!((outcome.code, outcome.text()), (7, ""), "{outcome:?}");
        assert_eq!(models_asked(server), ["qwen-max"]);
    }
}

/// A model that is not to be had for another reason than that it is gone is not given up.
#[test]
fn a_default_that_is_refused_is_not_succeeded() {
    let server = Server::refuses(403, "access_denied", "Access denied.");
    let outcome = Qwen::new().server(&server).args(["complete", "hello"]).run();
    assert_eq!(outcome.code, 3, "{outcome:?}");
}
