//! The scripts of `examples/`, run as a user would, on the demo provider.

use std::path::Path;

use crate::harness::Qwen;
use crate::outcome::Outcome;

/// A shell in which `qwen` is the program and answers from its script.
fn shell(script: &str) -> Qwen {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let bin = Path::new(env!("CARGO_BIN_EXE_qwen")).parent().unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    Qwen::shell(&script.replace("examples/", &format!("{}/examples/", root.display())))
        .env("PATH", &path)
        .env("QWEN_CLI_PROVIDER", "demo")
}

fn ends_well(outcome: &Outcome) -> &str {
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{}", outcome.text());
    outcome.text()
}

#[test]
fn a_commit_message_is_asked_for_what_is_staged() {
    let outcome = shell("git init -q . && echo hi > a.txt && git add a.txt && examples/commit-message.sh").run();
    let text = ends_well(&outcome);
    assert!(
        text.contains("commit message") && text.contains("new file mode"),
        "{text}"
    );
    let outcome = shell("git init -q . && examples/commit-message.sh").run();
    outcome.expect(1, "", "nothing is staged\n");
}

#[test]
fn a_failing_build_is_explained_and_still_fails() {
    let outcome = shell("examples/explain-build.sh sh -c 'echo no such type; exit 7'").run();
    assert_eq!((outcome.code, outcome.text()), (7, "no such type\n"));
    assert!(
        outcome.stderr.contains("what went wrong") && outcome.stderr.contains("status 7"),
        "{}",
        outcome.stderr
    );
    shell("examples/explain-build.sh echo fine")
        .run()
        .expect(0, "fine\n", "");
}

#[test]
fn a_folder_is_translated_file_by_file_and_only_once() {
    let qwen = shell(
        "examples/translate-folder.sh docs out French; cat out/*.md; examples/translate-folder.sh docs out French",
    )
    .file("docs/a.md", "# Hello\n")
    .file("docs/b.md", "# World\n");
    let outcome = qwen.run();
    let text = ends_well(&outcome);
    assert!(text.starts_with("out/a.md\nout/b.md\n"), "{text}");
    assert!(text.contains("Hello") && !text.ends_with("out/b.md\n"), "{text}");
}

#[test]
fn pictures_are_described_a_line_each() {
    // The smallest picture a model takes: 11 by 11 points.
    let mut png = Vec::new();
    png.extend_from_slice(include_bytes!("../fixtures/pictures/grey-16.png"));
    let outcome = shell("examples/describe-images.sh one.png two.png")
        .file("one.png", &png)
        .file("two.png", &png)
        .run();
    let text = ends_well(&outcome);
    let names: Vec<&str> = text.lines().map(|line| line.split('\t').next().unwrap()).collect();
    assert_eq!(names, ["one.png", "two.png"]);
    assert!(text.contains("16"), "{text}");
}

#[test]
fn json_fits_its_schema_and_goes_to_jq() {
    let outcome = shell("echo 'Ada is 36.' | examples/extract-json.sh").run();
    let text = ends_well(&outcome);
    assert_eq!(text.trim_end().split('\t').count(), 2, "{text}");
}

#[test]
fn names_with_spaces_and_leading_dashes_are_names() {
    let outcome = shell("examples/translate-folder.sh 'my docs' '-out put' French")
        .file("my docs/-a b.md", "# Hello\n")
        .run();
    assert_eq!(ends_well(&outcome), "-out put/-a b.md\n");
    let outcome = shell("examples/describe-images.sh './one two.png'")
        .file("one two.png", include_bytes!("../fixtures/pictures/grey-16.png"))
        .run();
    assert!(ends_well(&outcome).starts_with("./one two.png\t"), "{}", outcome.text());
}

#[test]
fn a_script_fails_with_the_request_and_names_the_missing_tool() {
    // The prompts are the scripts' own, so no word of theirs makes the demo refuse: another `qwen` does.
    let refuses =
        "mkdir stubs; printf '#!/bin/sh\\nexit 3\\n' > stubs/qwen; chmod +x stubs/qwen; PATH=$PWD/stubs:$PATH;";
    for (script, code) in [
        ("echo Ada | examples/extract-json.sh", 3),
        ("examples/describe-images.sh one.png", 3),
        ("echo > a.md; examples/translate-folder.sh . out French", 3),
        (
            "git init -q . && echo > a && git add a && examples/commit-message.sh",
            3,
        ),
        // The build's own.
        ("examples/explain-build.sh sh -c 'exit 7'", 7),
    ] {
        let outcome = shell(&format!("{refuses} {script}")).run();
        assert_eq!(
            (outcome.code, outcome.text()),
            (code, ""),
            "{script}: {}",
            outcome.stderr
        );
    }
    for (script, told) in [
        ("examples/describe-images.sh", "usage: describe-images.sh PICTURE...\n"),
        ("examples/explain-build.sh", "usage: explain-build.sh COMMAND [ARGS]\n"),
        (
            "examples/translate-folder.sh a",
            "usage: translate-folder.sh FROM TO LANGUAGE\n",
        ),
        (
            "mkdir b; ln -s /bin/sh b/sh; PATH=$PWD/b; examples/extract-json.sh",
            "jq is missing\n",
        ),
    ] {
        shell(script).run().expect(2, "", told);
    }
}
