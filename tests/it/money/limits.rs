//! What is not sent because it can cost too much.

use super::*;

const LOWER: &str = "hint: --max-tokens N and --think=N lower it, --no-think more so\n";

#[test]
fn what_can_cost_more_is_not_sent() {
    let server = Server::plays([answer(5, 2)]);
    let qwen = complete(&server, &["-m", "qwen-max", "--max-cost", "0.05", "hi"]);
    qwen.run().expect(
        4,
        "",
        &format!("error: the request can cost 0.0786552 CNY, more than --max-cost 0.05\n{LOWER}"),
    );
    let ask = |args: &[&str]| qwen.clone().args([&["complete", "-m", "qwen-max"], args].concat());
    ask(&["--max-cost", "0.05", "--max-tokens", "5000", "hi"])
        .run()
        .expect_answer("ok\n");
    let config = ask(&["hi"]).config("max_cost = 0.05\n");
    config.run().expect(
        4,
        "",
        &format!("error: the request can cost 0.0786552 CNY, more than max_cost 0.05\n{LOWER}"),
    );
    // Nothing was counted of what was not sent.
    let row = qwen.clone().args(["usage"]).run();
    assert_eq!(row.text().split('\t').nth(1), Some("1"));
    server.finish();
}

#[test]
fn an_unknown_price_is_refused_and_another_currency_said() {
    let server = Server::plays([answer(5, 2)]);
    let ask = |args: &[&str], config: &str| {
        let asked = [&["-m", "tomorrow", "--max-cost", "5", "hi"], args].concat();
        complete(&server, &asked).config(config)
    };
    ask(&[], "").run().expect(
        4,
        "",
        "error: what tomorrow can cost is not known, and --max-cost is set\n\
         hint: set its prices with `qwen config set prices.tomorrow.input` and `.output`, and the length of an answer with --max-tokens\n",
    );
    let priced = "[prices.tomorrow]\ninput = 1\noutput = 1\n";
    assert_eq!(ask(&[], priced).run().code, 4);
    ask(&["--max-tokens", "9"], &format!("{priced}currency = \"USD\"\n"))
        .run()
        .expect(
            4,
            "",
            "error: the price of tomorrow is in USD, and --max-cost in CNY\nhint: set its prices in CNY\n",
        );
    ask(&["--max-tokens", "9"], priced).run().expect_answer("ok\n");
    Qwen::new()
        .args(["-p", "demo", "complete", "--max-cost", "0", "-q", "hello"])
        .run();
    server.finish();
}

#[test]
fn the_server_is_asked_for_its_price_before_anything_is_sent() {
    let server = Server::plays([list().json(200, &listing(&[("Default", "12", "36", "1")]))]);
    let qwen = native(&server, &["-m", "qwen3.8-max", "--no-think", "--max-cost", "1", "hi"]);
    qwen.run().expect(
        4,
        "",
        &format!("error: the request can cost 4.718652 CNY, more than --max-cost 1\n{LOWER}"),
    );
    server.finish();
}

#[test]
fn a_budget_holds_for_all_that_was_spent_and_a_stored_answer_is_free() {
    let server = Server::plays([answer(1_000_000, 0), answer(5, 2)]);
    let ask = ["complete", "-m", "qwen-max", "--max-tokens", "1000", "hi"];
    let qwen = Qwen::new()
        .server(&server)
        .args(ask)
        .config("budget = \"2.4095/day\"\n");
    let first = qwen.clone().args([&ask[..], &["--cache"]].concat());
    first.run().expect_answer("ok\n");
    let refused = "error: the request can cost 0.009612 CNY, and 2.4 of the budget of 2.4095 for this day are spent\n\
        hint: --max-tokens N and --think=N lower it, --no-think more so; `qwen config set budget` raises the budget\n";
    qwen.clone()
        .args([&ask[..], &["--no-save", "-s", "other"]].concat())
        .run()
        .expect(4, "", &refused.replace("0.009612", "0.0096264"));
    assert_eq!(first.run().text(), "ok\n");
    for (budget, code) in [("2.40/week", 4), ("3/month", 0)] {
        let outcome = qwen.clone().config(&format!("budget = \"{budget}\"\n")).run();
        assert_eq!(outcome.code, code, "{budget}: {outcome:?}");
    }
    for wrong in ["5", "5/year", "much/day"] {
        let outcome = qwen.clone().config(&format!("budget = \"{wrong}\"\n")).run();
        assert_eq!(outcome.code, 2, "{wrong}");
        assert!(
            outcome
                .stderr
                .contains("must be an amount a day, week or month, as in 5/day"),
            "{}",
            outcome.stderr
        );
    }
    server.finish();
}

#[test]
fn chat_sends_nothing_either_and_says_what_to_type() {
    let server = Server::plays([answer(5, 2)]);
    let qwen = Qwen::new()
        .server(&server)
        .args(["chat", "-m", "qwen-max", "--max-cost", "0.05"]);
    let mut pty = qwen.pty(24, 120);
    pty.wait_for("❯").type_keys("hi\r");
    pty.wait_for("the request can cost 0.0786552 CNY, more than --max-cost 0.05");
    pty.wait_for("/set max_tokens N and /think N lower it");
    // The message stands at the next prompt.
    pty.wait_screen("the message", |screen| screen.trim_end().ends_with("❯ hi"));
    pty.type_keys("\x15/set max_tokens 1000\r");
    at_prompt(&mut pty);
    pty.type_keys("hi\r").wait_for("2 tokens");
    at_prompt(&mut pty);
    pty.type_keys("/exit\r");
    assert_eq!(pty.exit_code(), 0);
    server.finish();
}
