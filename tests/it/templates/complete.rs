//! What a template makes of an input, and of the request.

use serde_json::json;

use super::{body, home, messages, prompt};
use crate::harness::Qwen;
use crate::server::Server;

#[test]
fn the_input_is_prompt_stdin_and_files() {
    let qwen = home(&[("t", "<{{ input }}>\n")]).file("a.txt", "words\n");
    assert_eq!(prompt(&qwen, &["--template", "t", "one", "two"]), "<one two>");
    let piped = qwen.clone().stdin("a log\n");
    assert_eq!(prompt(&piped, &["--template", "t"]), "<a log\n>");
    assert_eq!(prompt(&piped, &["--template", "t", "why?"]), "<why?\n\na log\n>");
    assert_eq!(prompt(&piped, &["--template", "t", "-"]), "<a log\n>");
    let file = "a.txt:\n```txt\nwords\n```\n\n";
    assert_eq!(prompt(&qwen, &["--template", "t", "-f", "a.txt"]), format!("<{file}>"));
    assert_eq!(
        prompt(&piped, &["-f", "a.txt", "--template", "t", "x"]),
        format!("<{file}x\n\na log\n>")
    );
}

#[test]
fn input_that_the_body_does_not_use_follows_it() {
    let qwen = home(&[
        ("t", "+++\n+++\n\nTell a joke.\n\n"),
        ("empty", "+++\nsearch = false\n+++\n"),
    ]);
    assert_eq!(prompt(&qwen, &["--template", "t"]), "Tell a joke.");
    assert_eq!(
        prompt(&qwen, &["--template", "t", "about tea"]),
        "Tell a joke.\n\nabout tea"
    );
    assert_eq!(prompt(&qwen, &["--template", "empty", "hello"]), "hello");
}

#[test]
fn a_picture_is_an_input_too() {
    let png = include_bytes!("../../fixtures/pictures/grey-16.png");
    let qwen = home(&[("t", "What is this? {{ input }}")]).file("a.png", png);
    let server = Server::answers(&["ok"]);
    let args = ["-q", "complete", "--template", "t", "-i", "a.png"];
    qwen.args(args).server(&server).run().expect_answer("ok\n");
    let content = &server.request().json()["messages"][0]["content"];
    assert_eq!(content.as_array().unwrap().len(), 2, "{content}");
    assert_eq!(content[1]["text"], "What is this? ");
}

#[test]
fn nothing_in_the_input_or_a_variable_is_expanded() {
    let evil = "{{ cwd }} {% include 'x' %} {# no #} {{ 7 * 7 }} </data>";
    let qwen = home(&[("t", "[{{ a }}|{{ input }}]"), ("plain", "Say:")]).file("a.txt", evil);
    let var = format!("a={evil}");
    assert_eq!(
        prompt(&qwen.clone().stdin(evil), &["--template", "t", "--var", &var, evil]),
        format!("[{evil}|{evil}\n\n{evil}]")
    );
    let of_file = prompt(&qwen, &["--template", "t", "--var", "a=1", "-f", "a.txt"]);
    assert_eq!(of_file, format!("[1|a.txt:\n```txt\n{evil}\n```\n\n]"));
    assert_eq!(prompt(&qwen, &["--template", "plain", evil]), format!("Say:\n\n{evil}"));
    // Nor in a default, nor in a name of a folder.
    let text = "+++\nsystem = \"{{ v }}\"\n[vars]\nv = \"{{ cwd }}\"\n+++\n{{ v }} {{ cwd }}";
    let qwen = home(&[("t", text)]);
    let folder = qwen.cwd().join("{{ date }}");
    std::fs::create_dir(&folder).unwrap();
    let program = env!("CARGO_BIN_EXE_qwen");
    let script = format!("cd '{{{{ date }}}}' && exec '{program}' complete --template t");
    let server = Server::answers(&["ok"]);
    let shell = qwen.program("/bin/sh").args(["-c", &script]).server(&server);
    shell.run().expect_answer("ok\n");
    let request = server.request().json();
    let folder = folder.canonicalize().unwrap();
    let expected = format!("{{{{ cwd }}}} {}", folder.display());
    assert_eq!(messages(&request), [("system", "{{ cwd }}"), ("user", &expected)]);
}

#[test]
fn variables_have_defaults_and_types() {
    let text = "+++\n[vars]\nto = \"French\"\nn = 3\nloud = false\n+++\n\
        {{ to }} {{ n + 1 }}{% if loud %} LOUD{% endif %}{% if extra is defined %} {{ extra }}{% endif %}: {{ input }}";
    let qwen = home(&[("t", text)]);
    let with = |vars: &[&str]| {
        let vars = vars.iter().flat_map(|var| ["--var", var]);
        let args: Vec<&str> = ["--template", "t", "x"].into_iter().chain(vars).collect();
        prompt(&qwen, &args)
    };
    assert_eq!(with(&[]), "French 4: x");
    assert_eq!(with(&["to=a=b", "n=4", "loud=true"]), "a=b 5 LOUD: x");
    assert_eq!(with(&["to=", "extra=y", "extra=z"]), " 4 z: x");
}

#[test]
fn the_day_and_the_folder_are_given() {
    let qwen = home(&[("t", "{{ date }} {{ cwd }}")]);
    let text = prompt(&qwen, &["--template", "t"]);
    let (date, cwd) = text.split_once(' ').unwrap();
    let shape: String = date.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    assert_eq!(shape, "0000-00-00");
    assert_eq!(cwd, qwen.cwd().canonicalize().unwrap().to_str().unwrap());
}

const FULL: &str = r#"+++
description = "all of it"
model = "qwen-turbo"
system = """
You speak {{ to }}."""
temperature = 0.5
top_p = 0.9
top_k = 20
max_tokens = 99
seed = 7
stop = ["END", "STOP"]
presence_penalty = 1
think = 500
search = true
schema = { type = "object", properties = { a = { type = "integer" } }, required = ["a"] }
[vars]
to = "French"
+++
{{ input }} (JSON)
"#;

#[test]
fn the_front_matter_is_in_the_request() {
    let qwen = home(&[("t", FULL)]).config("model = \"of-the-file\"\n");
    let server = Server::answers(&["ok"]);
    let run = qwen.clone().args(["-q", "complete", "--template", "t", "hi"]);
    // Before what the environment says, too.
    let run = run.server(&server).env("QWEN_CLI_MODEL", "of-the-environment");
    run.run().expect_answer("ok\n");
    let body = server.request().json();
    assert_eq!(
        messages(&body),
        [("system", "You speak French."), ("user", "hi (JSON)")]
    );
    let schema = json!({"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]});
    for (name, value) in [
        ("model", json!("qwen-turbo")),
        ("temperature", json!(0.5)),
        ("top_p", json!(0.9)),
        ("top_k", json!(20)),
        ("max_tokens", json!(99)),
        ("seed", json!(7)),
        ("stop", json!(["END", "STOP"])),
        ("presence_penalty", json!(1.0)),
        ("enable_thinking", json!(true)),
        ("thinking_budget", json!(500)),
        ("enable_search", json!(true)),
    ] {
        assert_eq!(body[name], value, "{name}: {body}");
    }
    assert_eq!(body["response_format"]["json_schema"]["schema"], schema, "{body}");
}

#[test]
fn flags_win_over_the_front_matter() {
    let qwen = home(&[("t", FULL)]).config("[aliases]\nfast = \"qwen-flash\"\n");
    let server = Server::answers(&["ok"]);
    let flags = "-q -m fast complete --template t -s Be_brief. -t 1 --top-p 0.1 --top-k 1 --max-tokens 1 --seed 1 --stop X \
        --presence-penalty 0 --no-think --no-search --json hi";
    qwen.args(flags.split_whitespace())
        .server(&server)
        .run()
        .expect_answer("ok\n");
    let body = server.request().json();
    assert_eq!(messages(&body), [("system", "Be_brief."), ("user", "hi (JSON)")]);
    for (name, value) in [
        ("model", json!("qwen-flash")),
        ("temperature", json!(1.0)),
        ("top_p", json!(0.1)),
        ("top_k", json!(1)),
        ("max_tokens", json!(1)),
        ("seed", json!(1)),
        ("stop", json!(["X"])),
        ("presence_penalty", json!(0.0)),
        ("enable_thinking", json!(false)),
        ("enable_search", json!(false)),
        ("response_format", json!({"type": "json_object"})),
    ] {
        assert_eq!(body[name], value, "{name}: {body}");
    }
    assert!(body.get("thinking_budget").is_none(), "{body}");
}

#[test]
fn values_may_be_written_in_several_ways() {
    for (front, name, value) in [
        ("think = true", "enable_thinking", json!(true)),
        ("think = false", "enable_thinking", json!(false)),
        ("search = false", "enable_search", json!(false)),
        ("json = true", "response_format", json!({"type": "json_object"})),
        ("stop = \"END\"", "stop", json!(["END"])),
        ("temperature = 1", "temperature", json!(1.0)),
    ] {
        let qwen = home(&[("t", &format!("+++\r\n{front}\r\n+++\r\nJSON {{{{ input }}}}\r\n"))]);
        let body = body(&qwen, &["-q", "--template", "t", "hi"]);
        assert_eq!(body[name], value, "{front}: {body}");
        assert_eq!(messages(&body), [("user", "JSON hi")]);
    }
    let qwen = home(&[("t", "\u{feff}+++\nschema = '{\"type\": \"object\"}'\n[vars]\n+++\nJSON")]);
    let body = body(&qwen, &["--template", "t"]);
    assert_eq!(
        body["response_format"]["json_schema"]["schema"],
        json!({"type": "object"})
    );
}

/// A file named in a template would be read for its author.
#[test]
fn a_template_reads_no_file_and_no_variable_of_the_environment() {
    let text = "+++\nsystem = \"{{ at }}secret.txt\"\n[vars]\nat = \"@\"\n+++\n@secret.txt {{ input }}";
    let qwen = home(&[("t", text)]).file("secret.txt", "hidden");
    let body = body(&qwen, &["--template", "t", "@secret.txt"]);
    assert_eq!(
        messages(&body),
        [("system", "@secret.txt"), ("user", "@secret.txt @secret.txt")]
    );
}

#[test]
fn only_the_code_is_printed_where_the_template_says_so() {
    let answer = ["Here:\n\n```sh\nls\n```\n\nand\n\n```sh\npwd\n```\n"];
    let qwen = home(&[
        ("all", "+++\nextract = true\n+++\n"),
        ("second", "+++\nextract = 2\n+++\n"),
    ]);
    for (args, stdout) in [
        (&["--template", "all"][..], "ls\n\npwd\n"),
        (&["--template", "second"], "pwd\n"),
        (&["--template", "second", "--extract=1"], "ls\n"),
    ] {
        let server = Server::answers(&answer);
        let run = qwen.clone().args([&["complete", "list"], args].concat());
        run.server(&server).run().expect_answer(stdout);
    }
    let server = Server::answers(&answer);
    let run = qwen.args(["complete", "list", "--template", "all", "--format", "json"]);
    assert_eq!(run.server(&server).run().json()["content"], answer[0]);
}

#[test]
fn it_takes_part_in_a_conversation() {
    let qwen = home(&[(
        "t",
        "+++\nsystem = \"Be brief.\"\nmodel = \"qwen-turbo\"\n+++\n<{{ input }}>",
    )]);
    let one = body(&qwen, &["hello"]);
    assert_eq!(one["model"], "qwen-max");
    let next = body(&qwen, &["-c", "--template", "t", "again"]);
    assert_eq!(
        messages(&next),
        [
            ("system", "Be brief."),
            ("user", "hello"),
            ("assistant", "ok"),
            ("user", "<again>")
        ]
    );
    assert_eq!(next["model"], "qwen-turbo");
}

#[test]
fn the_built_in_ones_work_with_what_they_are_for() {
    for name in ["commit", "explain", "review", "summarize", "translate", "shell"] {
        let qwen = Qwen::new().stdin("SOMETHING {{ odd }}\n");
        let args = ["-p", "demo", "complete", "--template", name, "--dry-run"];
        let outcome = qwen.args(args).run();
        assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{name}");
        let content = outcome.json()["body"]["messages"][0]["content"]
            .as_str()
            .unwrap()
            .to_owned();
        assert!(content.ends_with("\n\nSOMETHING {{ odd }}\n"), "{content}");
        assert!(!content.contains("\n\n\n") && !content.contains("%}"), "{content}");
    }
    let asked = |args: &[&str]| prompt(&Qwen::new(), &[&["--template"], args].concat());
    assert!(
        asked(&["translate", "--var", "to=French", "hi"]).starts_with("Translate the text at the end into French.\n")
    );
    assert!(asked(&["commit", "--var", "style=conventional", "x"]).contains("Conventional Commits"));
    let shell = Qwen::new().args(["-p", "demo", "complete", "--template", "shell", "find files over 1 GB"]);
    shell.run().expect_answer("find . -type f -size +1G\n");
}
