//! What pictures cost: what is not sent because of it, and what is counted.

use serde_json::{Value, json};

use crate::harness::Qwen;
use crate::pictures::{MAKE, PNG, image, made, makes, storage};
use crate::server::{Connection, Server};

fn by_model(qwen: &Qwen) -> Value {
    qwen.clone().args(["usage", "--by", "model", "--json"]).run().json()
}

/// The row of a model in which so many requests are counted.
fn row(model: &str, requests: u32, cost: &Value, unpriced: u32) -> Value {
    json!({"model": model, "requests": requests, "input_tokens": 0, "output_tokens": 0, "total_tokens": 0,
        "cost": cost, "unpriced": unpriced})
}

#[test]
fn pictures_that_can_cost_more_are_not_asked_for() {
    let server = Server::plays([]);
    let ask = |config: &str, args: &[&str]| image(&server, args).config(config).run();
    ask("max_cost = 0.3\n", &["-m", "qwen-image-2.0-pro", "fox"]).expect(
        4,
        "",
        "error: the request can cost 0.5 CNY, more than max_cost 0.3\n\
         hint: -m NAME chooses another model, -n N makes fewer pictures\n",
    );
    ask("max_cost = 0.3\n", &["-m", "z-image-turbo", "-n", "4", "fox"]).expect(
        4,
        "",
        "error: the request can cost 0.4 CNY, more than max_cost 0.3\n\
         hint: -m NAME chooses another model, -n N makes fewer pictures\n",
    );
    ask("max_cost = 100\n", &["fox"]).expect(
        4,
        "",
        "error: what qwen-image-3.0 can cost is not known, and max_cost is set\n\
         hint: the price of qwen-image-2.0 is known: -m qwen-image-2.0\n",
    );
    // The table has no prices in dollars.
    ask("max_cost = 100\nregion = \"intl\"\n", &["-m", "qwen-image-2.0", "fox"]).expect(
        4,
        "",
        "error: what qwen-image-2.0 can cost is not known, and max_cost is set\n\
         hint: without this limit the request is sent\n",
    );
    server.finish();
}

#[test]
fn a_limit_of_the_command_line_wins_and_the_usage_is_told() {
    let server = Server::plays([]);
    let qwen = image(&server, &["--max-cost", "0.3", "-m", "qwen-image-2.0-pro", "fox"]).config("max_cost = 10\n");
    qwen.run().expect(
        4,
        "",
        "error: the request can cost 0.5 CNY, more than --max-cost 0.3\n\
         hint: -m NAME chooses another model, -n N makes fewer pictures\n",
    );
    server.finish();
    let tell = |args: &[&str], pictures: usize, told: &str| {
        let (_storage, urls) = storage(&vec![PNG; pictures]);
        let server = makes(&urls);
        let qwen = image(&server, args).config("max_cost = 0.1\n");
        let outcome = qwen.run().steady();
        assert_eq!((outcome.code, outcome.stderr.as_str()), (0, told));
    };
    let args = ["-q", "-u", "--max-cost", "1", "-m", "z-image-turbo", "-n", "2", "fox"];
    tell(&args, 2, "usage: 2 pictures, about ¥0.2; [time] in all\n");
    let (_storage, urls) = storage(&[PNG]);
    let server = makes(&urls);
    let outcome = image(&server, &["--usage", "fox"]).run().steady();
    let told = "usage: 1 picture, cost unknown; [time] in all\n";
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, told));
    let demo = Qwen::new()
        .args(["-p", "demo", "image", "-q", "-u", "fox"])
        .run()
        .steady();
    assert_eq!(demo.stderr, "usage: 1 picture; [time] in all\n");
}

#[test]
fn a_budget_holds_for_pictures() {
    let (_storage, urls) = storage(&[PNG]);
    let server = makes(&urls);
    let qwen = image(&server, &["-m", "wan2.6-t2i", "fox"]).config("budget = \"0.3/day\"\n");
    qwen.run().expect_answer("fox-1.png\n");
    qwen.run().expect(
        4,
        "",
        "error: the request can cost 0.2 CNY, and 0.2 of the budget of 0.3 for this day are spent\n\
         hint: -m NAME chooses another model, -n N makes fewer pictures; `qwen config set budget` raises the budget\n",
    );
    server.finish();
    assert_eq!(by_model(&qwen), json!([row("wan2.6-t2i", 1, &json!({"CNY": 0.2}), 0)]));
}

#[test]
fn a_budget_holds_for_the_successor_of_a_model_too() {
    let refusal = json!({"request_id": "r", "code": "ModelNotFound", "message": "m"});
    let server = Server::plays([Connection::new().expect("POST", MAKE).json(404, &refusal)]);
    let qwen = image(&server, &["-q", "fox"]).config("budget = \"0.1/day\"\n");
    let refused = qwen.run();
    assert_eq!(refused.code, 4, "{refused:?}");
    server.finish();
    assert_eq!(by_model(&qwen), json!([]));
}

#[test]
fn those_that_were_made_are_counted() {
    let (_storage, urls) = storage(&[PNG, PNG, PNG]);
    let refusal = json!({"request_id": "r", "code": "InvalidParameter", "message": "no"});
    let make = || Connection::new().expect("POST", MAKE);
    let server = Server::plays([
        // Three were asked for.
        make().json(200, &made(&urls[..2])),
        make().json(400, &refusal),
        make().json(200, &made(&urls[2..])),
    ]);
    let ask = ["-p", "dashscope", "image"];
    let qwen = image(&server, &["-m", "qwen-image-2.0-pro", "-n", "3", "fox"]).config("max_cost = 1.5\n");
    qwen.run().expect_answer("fox-1.png\nfox-2.png\n");
    assert_eq!(qwen.run().code, 7);
    // The price of the default model is not known.
    let unknown = qwen.clone().args([&ask[..], &["cat"]].concat()).config("");
    unknown.run().expect_answer("cat-1.png\n");
    server.finish();
    assert_eq!(
        by_model(&qwen),
        json!([
            row("qwen-image-2.0-pro", 1, &json!({"CNY": 1.0}), 0),
            row("qwen-image-3.0", 1, &json!({}), 1)
        ])
    );
}

#[test]
fn pictures_of_the_demo_are_free() {
    let qwen = Qwen::new()
        .args(["-p", "demo", "image", "-q", "fox"])
        .config("max_cost = 0\nbudget = \"0/day\"\n");
    qwen.run().expect_answer("fox-1.png\n");
    assert_eq!(by_model(&qwen), json!([row("demo", 1, &json!({"CNY": 0.0}), 0)]));
}

#[test]
fn chat_draws_within_the_limits_and_counts_what_it_drew() {
    let (_storage, urls) = storage(&[PNG]);
    let server = makes(&urls);
    let args = ["-p", "dashscope", "chat", "--max-cost", "0.2"];
    let qwen = Qwen::new().server(&server).args(args);
    let qwen = qwen.config("image_model = \"z-image-turbo\"\n");
    let mut terminal = qwen.pty(24, 100);
    terminal.wait_for("/help").type_keys("/draw a fox\r");
    terminal.wait_for("a-fox-1.png: png").type_keys("\x03\x04");
    assert_eq!(terminal.exit_code(), 0);
    server.finish();
    assert_eq!(
        by_model(&qwen),
        json!([row("z-image-turbo", 1, &json!({"CNY": 0.1}), 0)])
    );
    let mut terminal = qwen.config("image_model = \"wan2.7-image-pro\"\n").pty(24, 100);
    terminal.wait_for("/help").type_keys("/draw a fox\r");
    terminal.wait_for("what wan2.7-image-pro can cost is not known, and --max-cost is set");
    terminal.wait_for("the price of qwen-image-2.0 is known: `qwen config set image_model qwen-image-2.0`");
    terminal.type_keys("\x03\x04");
    assert_eq!(terminal.exit_code(), 0);
}
