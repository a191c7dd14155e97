//! `--dry-run`: the request, shown and not sent.

use serde_json::{Value, json};

use super::complete;
use crate::harness::{KEY, Qwen};
use crate::server::Server;

#[test]
fn the_request_is_shown_as_json_and_nothing_is_sent() {
    let server = Server::plays([]);
    let qwen = complete(&["--dry-run", "-t", "1", "hi"]).server(&server);
    let outcome = qwen.run();
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    assert_eq!(
        outcome.json(),
        json!({
            "method": "POST",
            "url": format!("{}/chat/completions", server.base_url()),
            "headers": {"Authorization": "Bearer ***", "Content-Type": "application/json"},
            "body": {
                "model": "qwen-max",
                "messages": [{"role": "user", "content": "hi"}],
                "stream": true,
                "stream_options": {"include_usage": true},
                "temperature": 1.0,
            },
        })
    );
    assert!(outcome.text().ends_with("}\n"));
    // Nothing was asked, so nothing is kept.
    assert!(!qwen.qwen_home().join("data").exists());
}

#[test]
fn json_can_be_asked_for_by_name_and_other_forms_are_refused() {
    let server = Server::plays([]);
    let run = |form: &str| complete(&[form, "hi"]).server(&server).run();
    assert_eq!(run("--dry-run").stdout, run("--dry-run=json").stdout);
    run("--dry-run=wget").expect(
        2,
        "",
        "error: invalid value 'wget' for '--dry-run[=<AS>]' [possible values: json, curl]\n\
         hint: `qwen complete --help` shows the usage\n",
    );
}

/// Runs the printed command in a shell, with curl, and compares its request with that of the program itself.
fn through_curl(qwen: &Qwen) {
    let server = Server::answers(&["from curl"]);
    let command = qwen.clone().server(&server).run();
    assert_eq!((command.code, command.stderr.as_str()), (0, ""));
    assert!(!command.text().contains(KEY), "{}", command.text());
    let shell = Qwen::shell(command.text()).env("DASHSCOPE_API_KEY", KEY);
    let outcome = shell.run();
    assert!(outcome.text().contains("from curl"), "{outcome:?}");
    let by_curl = server.request();
    server.finish();
    let (outcome, by_us) = super::run(
        &qwen.clone().args(
            qwen.command()
                .get_args()
                .map(|arg| arg.to_str().unwrap().to_owned())
                .filter(|arg| arg != "--dry-run=curl"),
        ),
    );
    outcome.expect_answer("ok\n");
    assert_eq!((&by_curl.method, &by_curl.path), (&by_us.method, &by_us.path));
    assert_eq!(by_curl.body, by_us.body);
    for name in ["authorization", "content-type", "x-dashscope-workspace"] {
        assert_eq!(by_curl.header(name), by_us.header(name), "{name}");
    }
}

#[test]
fn the_curl_command_can_be_pasted() {
    through_curl(&complete(&["--dry-run=curl", "hi"]));
    let nasty = "it's \"$HOME\" `id` \\ !! 中文\n%s @file & ; #";
    through_curl(&complete(&["--dry-run=curl", "-s", nasty, nasty]).stdin(nasty));
    through_curl(&complete(&["--dry-run=curl", "--workspace", "llm-1", "--no-stream", "--json", "hi"]).stdin(""));
}

#[test]
fn the_curl_command_names_the_variable_the_key_came_from() {
    let qwen = complete(&["--dry-run=curl", "hi"]).env("QWEN_API_KEY", KEY);
    qwen.run().expect_answer(
        "curl -sN -X POST 'https://dashscope.aliyuncs.com/compatible-mode/v1/chat/completions' \\\n\
        \x20 -H \"Authorization: Bearer $QWEN_API_KEY\" \\\n\
        \x20 -H 'Content-Type: application/json' \\\n\
        \x20 -d '{\"model\":\"qwen-max\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],\"stream\":true,\
        \"stream_options\":{\"include_usage\":true}}'\n",
    );
}

#[test]
fn a_request_without_a_key_is_shown_without_one() {
    let server = Server::plays([]);
    let args = ["-p", "local", "-m", "m", "--dry-run", "hi"];
    let outcome = complete(&args).env("QWEN_CLI_BASE_URL", &server.base_url()).run();
    assert_eq!(outcome.json()["headers"], json!({"Content-Type": "application/json"}));
    assert_eq!(outcome.json()["body"]["model"], Value::from("m"));
}

#[test]
fn a_dry_run_needs_a_prompt_too() {
    super::refused(
        &complete(&["--dry-run"]),
        "error: there is no prompt\nhint: qwen complete \"your question\", or pipe text in\n",
    );
}
