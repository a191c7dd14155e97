//! `qwen templates`.

use serde_json::json;

use super::{home, write};
use crate::harness::Qwen;

#[test]
fn each_name_is_listed_once_with_where_it_comes_from() {
    let qwen = home(&[
        ("standup", "+++\ndescription = \"what I did\"\n+++\n{{ day }}"),
        ("broken", "{{"),
    ]);
    write(&qwen, "commit", "+++\ndescription = \"my own\"\n+++\n");
    write(&qwen, ".hidden", "");
    let qwen = qwen.file(".qwen-cli/templates/commit.md", "theirs");
    let qwen = qwen.file(".qwen-cli/templates/release.md", "+++\ndescription = \"a\\tb\"\n+++\n");
    let list = qwen.clone().args(["templates", "list"]).run().steady();
    list.expect_answer(
        "broken\town\t[root]/qwen/templates/broken.md line 1: syntax error: unexpected end of input, expected expression\n\
         commit\town\tmy own\n\
         explain\tbuilt-in\twhat a text, a program or an error message means\n\
         release\tproject\ta b\n\
         review\tbuilt-in\ta review of a diff or a source file\n\
         shell\tbuilt-in\ta command for the shell, in words\n\
         standup\town\twhat I did\n\
         summarize\tbuilt-in\tthe main points of a text\n\
         translate\tbuilt-in\ta translation; to=French names the language\n",
    );
    let all = qwen.clone().args(["templates", "list", "--json"]).run().steady().json();
    assert_eq!(
        all[6],
        json!({"name": "standup", "source": "own", "path": "[root]/qwen/templates/standup.md",
            "description": "what I did", "vars": {"day": null}})
    );
    assert_eq!(all[5]["vars"], json!({"os": "Linux", "shell": "bash"}));
    assert_eq!(all[5]["path"], json!(null));
    assert_eq!(all[3]["path"], "[root]/cwd/.qwen-cli/templates/release.md");
    assert!(all[0]["error"].as_str().unwrap().contains("line 1"), "{all}");
    let mut pty = qwen.clone().args(["templates", "list"]).pty(24, 60);
    assert_eq!(pty.exit_code(), 0);
    let screen = pty.screen();
    assert!(screen.contains("commit     own       my own\n"), "{screen}");
    assert!(
        screen
            .contains("explain    built-in  what a text, a program or an error\n                     message means\n"),
        "{screen}"
    );
    let mut pty = qwen.env("LANG", "zh_CN.UTF-8").args(["templates", "list"]).pty(24, 60);
    assert_eq!(pty.exit_code(), 0);
    let screen = pty.screen();
    assert!(screen.contains("commit     自己的    my own\n"), "{screen}");
    assert!(screen.contains("summarize  内置      文字的要点\n"), "{screen}");
}

#[test]
fn show_prints_the_file_that_would_be_used() {
    let qwen = home(&[]);
    let show = |qwen: &Qwen| qwen.clone().args(["templates", "show", "commit"]).run();
    let text = include_str!("../../../src/template/built_in/commit.md");
    show(&qwen).expect_answer(text);
    // To be copied.
    let qwen = qwen.file(".qwen-cli/templates/commit.md", "theirs\n");
    show(&qwen).expect_answer(text);
    write(&qwen, "commit", "mine {{\n");
    show(&qwen).expect_answer("mine {{\n");
    let qwen = qwen.file(".qwen-cli/templates/theirs.md", "theirs\n");
    qwen.clone()
        .args(["templates", "show", "theirs"])
        .run()
        .expect_answer("theirs\n");
    let unknown = qwen.args(["templates", "show", "comit"]).run();
    unknown.expect(
        2,
        "",
        "error: there is no template \"comit\"\nhint: did you mean \"commit\"?\n",
    );
}

#[test]
fn path_is_that_of_the_users_own() {
    let qwen = home(&[]);
    let path = |args: &[&str]| {
        qwen.clone()
            .args([&["templates", "path"], args].concat())
            .run()
            .steady()
    };
    path(&[]).expect_answer("[root]/qwen/templates\n");
    path(&["commit"]).expect_answer("[root]/qwen/templates/commit.md\n");
    path(&["../x"]).expect(
        2,
        "",
        "error: \"../x\" is not a template name\nhint: a name is letters, digits, `-`, `_` and `.`, not a path\n",
    );
    // Beside another config file.
    let other = qwen.clone().file("other/config.toml", "");
    let args = ["--config", "other/config.toml", "templates", "path"];
    other.args(args).run().expect_answer("other/templates\n");
}

#[test]
fn edit_copies_begins_and_checks() {
    let qwen = home(&[]);
    let edit = |name: &str, editor: &str| {
        let run = qwen.clone().args(["templates", "edit", name]).env("EDITOR", editor);
        run.run().steady()
    };
    let file = |name: &str| qwen.qwen_home().join(format!("templates/{name}.md"));
    let append = "sh -c 'echo \"{{ date }}\" >> \"$1\"' -";
    edit("commit", append).expect_answer("");
    let text = std::fs::read_to_string(file("commit")).unwrap();
    assert_eq!(
        text,
        include_str!("../../../src/template/built_in/commit.md").to_owned() + "{{ date }}\n"
    );
    edit("standup", append).expect_answer("");
    let text = std::fs::read_to_string(file("standup")).unwrap();
    assert!(
        text.starts_with("+++\ndescription = \"\"\n") && text.ends_with("{{ date }}\n"),
        "{text}"
    );
    // What was not changed is not kept, but for what there was.
    edit("review", "true").expect_answer("");
    assert!(!file("review").exists());
    edit("commit", "true").expect_answer("");
    assert!(file("commit").exists());
    edit("commit", "sh -c 'echo \"{{\" > \"$1\"' -").expect(
        2,
        "",
        "error: [root]/qwen/templates/commit.md line 1: syntax error: unexpected end of input, expected expression\n\
         hint: `qwen templates edit commit` opens it\n",
    );
    edit("new", "false").expect(1, "", "error: the editor \"false\" failed: exit status 1\n");
    assert!(!file("new").exists());
}
