//! What is wrong with a template or its use: exit 2, nothing sent, and the line counted from the file's first.

use super::{home, write};
use crate::harness::Qwen;
use crate::server::Server;

/// Runs `complete` and `chat`; `COMMAND` in what is expected stands for the one that ran.
#[track_caller]
fn refused(qwen: &Qwen, args: &[&str], stderr: &str) {
    let server = Server::without_requests();
    for command in ["complete", "chat"] {
        // The prompt is `complete`'s alone.
        let args: Vec<&str> = args
            .iter()
            .filter(|arg| command == "complete" || **arg != "hi")
            .copied()
            .collect();
        let run = qwen.clone().args([&[command], &args[..]].concat()).server(&server);
        run.run().steady().expect(2, "", &stderr.replace("COMMAND", command));
    }
    assert!(server.finish().is_empty());
}

#[test]
fn a_fault_is_told_with_its_line() {
    let hint = "hint: `qwen templates edit t` opens it\n";
    for (text, line, told) in [
        (
            "+++\nmodel = \"x\"\ntemprature = 1\n+++\n",
            3,
            "unknown key \"temprature\"; did you mean \"temperature\"?",
        ),
        (
            "+++\ntemperature = 3\n+++\n",
            2,
            "temperature must be a number from 0 to 2",
        ),
        (
            "+++\n\nthink = \"hard\"\n+++\n",
            3,
            "think must be a whole number from 1 to 2147483647",
        ),
        ("+++\nsystem = 1\n+++\n", 2, "system must be a text in quotes"),
        ("+++\nmodel = \"\"\n+++\n", 2, "model must not be empty"),
        ("+++\nsearch = 1\n+++\n", 2, "search must be true or false"),
        (
            "+++\nextract = 0\n+++\n",
            2,
            "extract must be a whole number from 1 to 65535",
        ),
        ("+++\nschema = \"[]\"\n+++\n", 2, "schema must be a JSON object"),
        (
            "+++\njson = true\nschema = \"{}\"\n+++\n",
            3,
            "schema cannot be used together with json or schema",
        ),
        ("+++\nstop = [1]\n+++\n", 2, "stop must be a text in quotes"),
        ("+++\nvars = 1\n+++\n", 2, "vars must be a table: name = default"),
        (
            "+++\n[vars]\na = 1\ninput = 1\n+++\n",
            4,
            "input is set by qwen and cannot be a variable",
        ),
        (
            "+++\n[vars]\n\"a b\" = 1\n+++\n",
            3,
            "\"a b\" is not a variable name: letters, digits and _",
        ),
        ("+++\n[vars]\na = [1]\n+++\n", 3, "a must be a single value"),
        ("+++\nmodel = 'a\n+++\n", 2, "invalid literal string, expected `'`"),
        (
            "+++\nmodel = 'a'\n",
            1,
            "the front matter is not closed: a second line +++ is missing",
        ),
        (
            "+++\n+++\n\none\n{{ input\n",
            5,
            "syntax error: unexpected end of input, expected end of variable block",
        ),
        (
            "one\n\n{% if x %}\n",
            3,
            "syntax error: unexpected end of input, expected end of block",
        ),
        ("a\n{% include 'b' %}", 2, "syntax error: unknown statement include"),
        (
            "+++\nsystem = \"\"\"\nfine\n{{ nope | }}\"\"\"\n+++\n",
            4,
            "syntax error: unexpected end of variable block, expected identifier",
        ),
        (
            "+++\nsystem = \"{{ missing }}\"\n+++\n",
            2,
            "the variable \"missing\" is not set (--var missing=VALUE)",
        ),
        (
            "+++\n+++\nin\n{{ missing }} {{ input }}",
            4,
            "the variable \"missing\" is not set (--var missing=VALUE)",
        ),
        (
            "{% if missing %}{% endif %}",
            1,
            "the variable \"missing\" is not set (--var missing=VALUE)",
        ),
        ("a\n{{ input.x }}", 2, "input.x is not set"),
        ("a\n{{ input | nope }}", 2, "filter nope is unknown"),
        ("a\n{{ env('HOME') }}", 2, "env is unknown"),
        ("a\n{{ debug() }}", 2, "debug is unknown"),
    ] {
        let qwen = home(&[("t", text)]);
        let stderr = format!("error: [root]/qwen/templates/t.md line {line}: {told}\n{hint}");
        refused(&qwen, &["--template", "t", "hi"], &stderr);
    }
    let qwen = home(&[]);
    std::fs::create_dir(qwen.qwen_home().join("templates")).unwrap();
    std::fs::write(qwen.qwen_home().join("templates/t.md"), b"+++\n+++\n\xff").unwrap();
    refused(
        &qwen,
        &["--template", "t", "hi"],
        "error: [root]/qwen/templates/t.md line 3: it is not UTF-8\n",
    );
}

#[test]
fn a_variable_that_the_template_does_not_have_is_refused() {
    let text = "+++\nsearch = true\n[vars]\nto = \"x\"\n+++\n{{ to }} {{ n }} {{ input }}";
    let qwen = home(&[("t", text), ("none", "{{ input }}")]);
    let file = "error: [root]/qwen/templates/t.md";
    let hint = "hint: `qwen templates edit t` opens it\n";
    let with = |var| ["--template", "t", "--var", "n=1", "--var", var, "hi"];
    for (var, told) in [
        ("tp=1", "there is no variable \"tp\"; did you mean \"to\"?"),
        (
            "language=1",
            "there is no variable \"language\"; the template has n, to",
        ),
        ("input=1", "there is no variable \"input\"; the template has n, to"),
    ] {
        refused(&qwen, &with(var), &format!("{file} line 3: {told}\n{hint}"));
    }
    refused(
        &qwen,
        &["--template", "none", "--var", "a=1", "hi"],
        "error: [root]/qwen/templates/none.md line 1: there is no variable \"a\"\n\
         hint: `qwen templates edit none` opens it\n",
    );
    let typed = home(&[("t", "+++\n[vars]\nn = 1\nb = true\n+++\n")]);
    for (var, told) in [
        ("n=x", "n must be a number, not \"x\""),
        ("b=1", "b must be true or false, not \"1\""),
    ] {
        refused(
            &typed,
            &["--template", "t", "--var", var, "hi"],
            &format!("{file} line 2: {told}\n{hint}"),
        );
    }
    refused(
        &typed,
        &["--template", "t", "--var", "n", "hi"],
        "error: invalid value 'n' for '--var <KEY=VALUE>': must be KEY=VALUE\nhint: `qwen COMMAND --help` shows the usage\n",
    );
}

#[test]
fn a_template_that_uses_the_input_needs_one() {
    let server = Server::without_requests();
    let qwen = home(&[
        ("t", "{{ input }}"),
        ("system", "+++\nsystem = \"{{ input }}\"\n+++\nGo."),
    ]);
    for name in ["t", "system"] {
        let stderr = format!(
            "error: the template \"{name}\" needs an input\n\
             hint: qwen complete --template {name} \"your text\", or pipe text in\n"
        );
        for stdin in [None, Some("")] {
            let run = qwen.clone().args(["complete", "--template", name]).server(&server);
            let run = stdin.map_or(run.clone(), |stdin| run.stdin(stdin));
            run.run().expect(2, "", &stderr);
        }
    }
    assert!(server.finish().is_empty());
}

#[test]
fn a_name_is_a_template_and_no_path() {
    let qwen = home(&[("mine", "{{ input }}")]).file("secret.md", "secret");
    for (name, stderr) in [
        (
            "mien",
            "error: there is no template \"mien\"\nhint: did you mean \"mine\"?\n",
        ),
        (
            "nothing-like-it",
            "error: there is no template \"nothing-like-it\"\nhint: commit, explain, mine, review, shell, summarize, translate\n",
        ),
    ] {
        refused(&qwen, &["--template", name, "hi"], stderr);
    }
    for name in [
        "../../cwd/secret",
        "/etc/passwd",
        "a/b",
        "..",
        ".hidden",
        "",
        "a\\b",
        "a\nb",
    ] {
        let stderr = format!(
            "error: {name:?} is not a template name\nhint: a name is letters, digits, `-`, `_` and `.`, not a path\n"
        );
        refused(&qwen, &["--template", name, "hi"], &stderr);
    }
    write(&qwen, "日报.v2", "写日报：{{ input }}");
    assert_eq!(super::prompt(&qwen, &["--template", "日报.v2", "x"]), "写日报：x");
}

#[test]
fn a_render_is_bounded() {
    let told = "rendering was stopped: the template takes too much time or memory";
    for text in [
        "\n{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}",
        "\n{{ 'x' * 100000000 }}",
        "\n{% set a = 'xxxxxxxxxxxxxxxx' * 1000 %}{% set b = [a] * 100000 %}{{ b | join }}",
        "\n{{ input | list | join(input * 1000) }}",
    ] {
        let qwen = home(&[("t", text)]);
        let stderr =
            format!("error: [root]/qwen/templates/t.md line 2: {told}\nhint: `qwen templates edit t` opens it\n");
        let run = qwen.args(["complete", "--template", "t", &"x".repeat(10_000)]);
        run.run().steady().expect(2, "", &stderr);
    }
    let doubling = "{% set a = a ~ a %}".repeat(60);
    let qwen = home(&[("t", &format!("{{% set a = input %}}{doubling}{{{{ a }}}}"))]);
    let run = qwen.args(["complete", "--template", "t", "x"]).run();
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(run.stderr.contains(told), "{}", run.stderr);
    // A long input is not limited as the template's own output is.
    let qwen = home(&[("t", "{{ input | trim | upper }}")]);
    let text = "long text ".repeat(300_000);
    let upper = super::prompt(&qwen.stdin(&text), &["--template", "t"]);
    assert_eq!(upper, text.trim().to_uppercase());
}

#[test]
fn a_variable_without_a_template_is_refused() {
    let told = "error: the following required arguments were not provided: --template <NAME>\n\
        hint: `qwen COMMAND --help` shows the usage\n";
    refused(&Qwen::new(), &["--var", "a=1", "hi"], told);
}
