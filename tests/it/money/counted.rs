//! What is counted, and how it is shown.

use serde_json::{Value, json};

use super::*;
use crate::running::Signal;
use crate::serve::gateway::Gateway;

fn rows(qwen: &Qwen, args: &[&str]) -> Value {
    qwen.clone().args([&["usage", "--json"], args].concat()).run().json()
}

#[test]
fn answers_are_counted_kept_or_not_and_given_again_they_are_not() {
    let server = Server::plays([answer(100, 10), answer(1_000, 0), answer(5, 2)]);
    let qwen = complete(&server, &["-m", "qwen-max", "hi"]);
    qwen.run().expect_answer("ok\n");
    let again = |args: &[&str]| {
        qwen.clone()
            .args([&["complete", "-m", "qwen-max"], args].concat())
            .run()
    };
    again(&["--no-save", "hi"]).expect_answer("ok\n");
    again(&["--cache", "-q", "other"]).expect_answer("ok\n");
    again(&["--cache", "-q", "other"]).expect_answer("ok\n");
    server.finish();
    assert_eq!(
        rows(&qwen, &["--by", "model"]),
        json!([{"model": "qwen-max", "requests": 3, "input_tokens": 1_105, "output_tokens": 12, "total_tokens": 1_117,
            "cost": {"CNY": 0.0027672}, "unpriced": 0}])
    );
    // Kept: two of them.
    let by_conversation = rows(&qwen, &["--by", "conversation"]);
    let ids: Vec<&Value> = by_conversation
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["conversation"])
        .collect();
    assert_eq!((ids.len(), ids[0]), (3, &Value::Null));
    let of = rows(&qwen, &["--by", "conversation"])[1]["conversation"]
        .as_str()
        .unwrap()
        .to_owned();
    qwen.clone().args(["sessions", "rm", "--yes", &of]).run();
    assert_eq!(rows(&qwen, &["--by", "conversation"]), by_conversation);
}

#[test]
fn cut_and_failed_answers_count_what_the_server_counted() {
    let cut = |counted: bool| {
        let script = Connection::new().expect("POST", CHAT).stream_head().sse(text("half"));
        if counted {
            script.sse(usage(50, 5)).close()
        } else {
            script.close()
        }
    };
    let refused = Connection::new()
        .expect("POST", CHAT)
        .refuse(400, "invalid_parameter_error", "no");
    let server = Server::plays([cut(true), cut(false), refused]);
    let qwen = complete(&server, &["-m", "qwen-max", "--retries", "0", "hi"]);
    for code in [5, 5, 7] {
        assert_eq!(qwen.run().code, code);
    }
    let row = &rows(&qwen, &[])[0];
    assert_eq!((&row["requests"], &row["total_tokens"]), (&json!(1), &json!(55)));
}

#[test]
fn rows_for_people_scripts_and_spreadsheets() {
    let server = Server::plays([answer(1_500, 10), answer(5, 2), answer(1_000_000, 0)]);
    let config = "[prices.\"a \\\"b\\\", c\"]\ninput = 1\noutput = 1\ncurrency = \"USD\"\n";
    let qwen = complete(&server, &["-m", "qwen-max", "hi"]).config(config);
    qwen.run().expect_answer("ok\n");
    let ask = |model: &str| {
        qwen.clone()
            .args(["complete", "-m", model, "hi"])
            .run()
            .expect_answer("ok\n")
            .code
    };
    ask("tomorrow");
    ask("a \"b\", c");
    let show = |args: &[&str]| qwen.clone().args([&["usage", "--by", "model"], args].concat());
    show(&["--csv"]).run().expect_answer(
        "model,requests,input_tokens,output_tokens,total_tokens,cost_cny,cost_usd,unpriced\n\
         \"a \"\"b\"\", c\",1,1000000,0,1000000,,1,0\n\
         qwen-max,1,1500,10,1510,0.003696,,0\n\
         tomorrow,1,5,2,7,,,1\n",
    );
    show(&[]).run().expect_answer(
        "a \"b\", c\t1\t1000000\t0\t1000000\t1 USD\t0\n\
         qwen-max\t1\t1500\t10\t1510\t0.003696 CNY\t0\n\
         tomorrow\t1\t5\t2\t7\t\t1\n",
    );
    let mut pty = show(&[]).pty(24, 80);
    assert_eq!(pty.exit_code(), 0);
    assert_eq!(
        pty.screen().trim_end(),
        "MODEL     REQUESTS  TOKENS IN  OUT     IN ALL  COST\n\
         a \"b\", c         1  1,000,000    0  1,000,000  $1\n\
         qwen-max         1      1,500   10      1,510  about ¥0.0037\n\
         tomorrow         1          5    2          7  1 unknown\n\
         in all           3  1,001,505   12  1,001,517  about ¥0.0037 + $1, 1 unknown"
    );
    show(&["--csv", "--json"]).run().expect(
        2,
        "",
        "error: the argument '--csv' cannot be used with '--json'\nhint: `qwen usage --help` shows the usage\n",
    );
}

#[test]
fn a_cost_of_nothing_is_0_and_not_empty() {
    let qwen = Qwen::new();
    let demo = qwen.clone().args(["-p", "demo", "complete", "-q", "hi"]).run();
    assert_eq!(demo.code, 0);
    let show = qwen.args(["usage", "--by", "provider"]);
    assert!(show.run().text().ends_with("\t0 CNY\t0\n"));
    let mut pty = show.pty(24, 80);
    assert_eq!(pty.exit_code(), 0);
    let screen = pty.screen();
    let columns: Vec<&str> = screen
        .lines()
        .map(|line| line.split_whitespace().last().unwrap_or_default())
        .collect();
    assert_eq!(columns[..2], ["COST", "0"], "{screen}");
}

#[test]
fn days_are_local_and_since_is_one() {
    let server = Server::plays([answer(5, 2)]);
    let qwen = complete(&server, &["-m", "qwen-max", "hi"]);
    qwen.run().expect_answer("ok\n");
    let show = |zone: &str, args: &[&str]| {
        let asked = qwen.clone().env("TZ", zone).args([&["usage"], args].concat());
        asked.run()
    };
    let day = |zone: &str| show(zone, &["--json"]).json()[0]["day"].as_str().unwrap().to_owned();
    // Twenty-six hours apart.
    let (west, east) = (day("WST+12"), day("EST-14"));
    assert!(west < east, "{west} {east}");
    let count = |zone: &str, since: &str| {
        let rows = show(zone, &["--json", "--since", since]).json();
        rows.as_array().unwrap().len()
    };
    assert_eq!((count("WST+12", &west), count("EST-14", &east)), (1, 1));
    assert_eq!(count("WST+12", &east), 0);
    show("UTC0", &["--since", "2999-01-01"]).expect(0, "", "notice: nothing has been counted\n");
    show("UTC0", &["--since", "yesterday"]).expect(
        2,
        "",
        "error: invalid value 'yesterday' for '--since <DATE>': must be a date, such as 2026-11-28\n\
         hint: `qwen usage --help` shows the usage\n",
    );
}

#[test]
fn a_store_that_cannot_be_written_to_spoils_no_answer() {
    let server = Server::plays([answer(5, 2), answer(5, 2)]);
    let qwen = complete(&server, &["-m", "qwen-max", "--no-save", "hi"]);
    std::fs::write(qwen.qwen_home().join("data"), "in the way").unwrap();
    qwen.run().expect_answer("ok\n");
    // A budget cannot be held then, which is said.
    let qwen = qwen.config("budget = \"5/day\"\n");
    let outcome = qwen.run();
    assert_eq!((outcome.code, outcome.text()), (0, "ok\n"));
    assert!(
        outcome.stderr.ends_with("; the budget does not count this answer\n"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn a_damaged_store_is_replaced_and_counts_again() {
    let server = Server::plays([answer(5, 2)]);
    let qwen = complete(&server, &["-m", "qwen-max", "--no-save", "hi"]);
    std::fs::create_dir(qwen.qwen_home().join("data")).unwrap();
    std::fs::write(
        qwen.qwen_home().join("data/conversations.db"),
        "no database".repeat(900),
    )
    .unwrap();
    let outcome = qwen.run();
    assert_eq!((outcome.code, outcome.text()), (0, "ok\n"));
    assert!(
        outcome
            .stderr
            .starts_with("notice: the saved conversations were damaged"),
        "{}",
        outcome.stderr
    );
    assert_eq!(rows(&qwen, &[])[0]["total_tokens"], 7);
}

#[test]
fn chat_shows_the_cost_of_an_answer_and_of_the_conversation() {
    let server = Server::plays([answer(1_000, 100), answer(1_000, 100), answer(1_000, 100)]);
    let qwen = Qwen::new().server(&server).args(["chat", "-m", "qwen-max"]);
    let mut pty = qwen.pty(30, 140);
    pty.wait_for("❯").type_keys("hi\r").wait_for("100 tokens · ");
    pty.wait_for("~¥0.0034");
    at_prompt(&mut pty);
    pty.type_keys("/usage\r")
        .wait_for("1000 tokens in, 100 out, 1100 in all, for one answer; about ¥0.0034");
    at_prompt(&mut pty);
    pty.type_keys("/model tomorrow\r").wait_for("switched to tomorrow");
    at_prompt(&mut pty);
    pty.type_keys("more\r");
    pty.wait_screen("two statuses", |screen| screen.matches("100 tokens").count() == 2);
    at_prompt(&mut pty);
    pty.type_keys("/usage\r").wait_for(
        "2000 tokens in, 200 out, 2200 in all, over 2 answers; about ¥0.0034; the cost of one request is unknown",
    );
    at_prompt(&mut pty);
    // What a summary took is the conversation's too.
    pty.type_keys("/compact\r").wait_for("continues from this summary");
    at_prompt(&mut pty);
    pty.type_keys("/exit\r");
    assert_eq!(pty.exit_code(), 0);
    let row = &rows(&qwen, &["--by", "conversation"])[0];
    assert_eq!((&row["requests"], &row["unpriced"]), (&json!(3), &json!(2)));
}

#[test]
fn the_gateway_counts_too() {
    let server = Server::plays([answer(10, 1), answer(20, 2)]);
    let qwen = Qwen::new().server(&server);
    let gateway = Gateway::start(qwen.clone(), &[]);
    for stream in [false, true] {
        let body = json!({"model": "qwen-max", "stream": stream, "messages": [{"role": "user", "content": "hi"}]});
        assert_eq!(gateway.chat(body).status, 200);
    }
    // What has come is written before the end.
    gateway.running.signal(Signal::TERM);
    assert_eq!(gateway.running.outcome().code, 0);
    let row = &rows(&qwen, &["--by", "provider"])[0];
    assert_eq!(
        *row,
        json!({"provider": "dashscope", "requests": 2, "input_tokens": 30, "output_tokens": 3, "total_tokens": 33,
            "cost": {"CNY": 0.0001008}, "unpriced": 0})
    );
}
