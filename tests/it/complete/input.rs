//! What the message is made of: words and stdin.

use super::{complete, message, refused, run};
use crate::harness::Qwen;
use crate::server::Server;

const NO_PROMPT: &str = "error: there is no prompt\nhint: qwen complete \"your question\", or pipe text in\n";

#[test]
fn words_are_joined_with_spaces() {
    assert_eq!(message(&complete(&["what", "is", "a  cat?"])), "what is a  cat?");
}

#[test]
fn words_may_begin_with_a_dash_behind_two_of_them() {
    assert_eq!(message(&complete(&["--", "-5", "plus", "-x"])), "-5 plus -x");
}

#[test]
fn stdin_alone_is_the_message_whole() {
    let text = "line 1\r\n\n  line 2\t\n".repeat(40_000);
    assert_eq!(message(&complete(&[]).stdin(&text)), text);
}

#[test]
fn a_prompt_stands_before_stdin_with_a_blank_line_between() {
    assert_eq!(
        message(&complete(&["explain", "this"]).stdin("a log\n")),
        "explain this\n\na log\n"
    );
}

#[test]
fn a_dash_is_stdin_alone() {
    assert_eq!(message(&complete(&["-"]).stdin("a log")), "a log");
}

#[test]
fn a_prompt_with_an_empty_stdin_is_fine() {
    assert_eq!(message(&complete(&["hi"]).stdin("")), "hi");
    assert_eq!(message(&complete(&["hi"])), "hi");
}

#[test]
fn options_alone_are_those_of_complete_in_a_pipe() {
    let server = Server::answers(&["```\nls\n```"]);
    let outcome = Qwen::new()
        .args(["-x", "-s", "Be brief."])
        .stdin("a log")
        .server(&server)
        .run();
    outcome.expect_answer("ls\n");
    let messages = &server.request().json()["messages"];
    assert_eq!(
        (&messages[0]["content"], &messages[1]["content"]),
        (&"Be brief.".into(), &"a log".into())
    );
    refused(&Qwen::new().args(["-t", "1"]), NO_PROMPT);
    let range = "error: invalid value '9' for '--temperature <X>': must be a number from 0 to 2\n\
         hint: `qwen --help` shows the usage\n";
    refused(&Qwen::new().args(["-t", "9"]), range);
}

#[test]
fn stdin_that_comes_piece_by_piece_is_waited_for() {
    let server = Server::answers(&["ok"]);
    let running = complete(&["sum up"]).server(&server).spawn_open();
    running.write_stdin("one ");
    running.write_stdin("two");
    running.close_stdin();
    running.outcome().expect_answer("ok\n");
    assert_eq!(server.request().json()["messages"][0]["content"], "sum up\n\none two");
}

#[test]
fn no_prompt_and_nothing_on_stdin_is_refused() {
    refused(&complete(&[]), NO_PROMPT);
    refused(&complete(&[]).stdin(""), NO_PROMPT);
    refused(&complete(&["-"]), NO_PROMPT);
    refused(&complete(&[""]), NO_PROMPT);
    refused(&Qwen::new().stdin(""), NO_PROMPT);
}

#[test]
fn a_bare_qwen_with_a_pipe_completes() {
    assert_eq!(message(&Qwen::new().stdin("hello")), "hello");
    let (outcome, request) = run(&Qwen::new().args(["-m", "qwen-plus", "-q"]).stdin("hello"));
    outcome.expect_answer("ok\n");
    assert_eq!(request.json()["model"], "qwen-plus");
}

#[test]
fn a_question_needs_no_command() {
    for (args, asked) in [
        (&["why is the sky blue?"][..], "why is the sky blue?"),
        (&["tell", "me"], "tell me"),
        (&["天空为什么是蓝色的"], "天空为什么是蓝色的"),
        (&["为什么？"], "为什么？"),
        (&["what is", "chat", "for?"], "what is chat for?"),
        (&["-q", "tell", "me", "--max-tokens", "9", "a tale"], "tell me a tale"),
        (&["-t", "1", "--no-save", "tell", "me"], "tell me"),
        (&["--", "tell", "-v", "me"], "tell -v me"),
        (&["tell", "me", "--", "--why"], "tell me --why"),
        (&["-m", "tell", "tell", "me"], "tell me"),
    ] {
        assert_eq!(message(&Qwen::new().args(args.to_vec())), asked, "{args:?}");
    }
    assert_eq!(
        message(&Qwen::new().args(["sum", "up"]).stdin("a log\n")),
        "sum up\n\na log\n"
    );
    let (outcome, request) = run(&Qwen::new().args(["-m", "qwen-plus", "tell", "me", "-t", "0.5", "-x"]));
    assert_eq!((outcome.code, request.json()["model"].as_str()), (1, Some("qwen-plus")));
    assert_eq!(request.json()["temperature"], 0.5);
}

#[test]
fn a_question_whose_options_are_wrong_is_told_so() {
    refused(
        &Qwen::new().args(["tell", "me", "--temprature", "1"]),
        "error: unexpected argument '--temprature' found\nhint: a similar argument exists: '--temperature'\n",
    );
    let help = Qwen::new().args(["complete", "--help"]).run();
    Qwen::new()
        .args(["tell", "me", "--help"])
        .run()
        .expect_answer(help.text());
}

#[test]
fn a_single_word_that_is_no_command_is_taken_for_a_slip() {
    for (args, error, hint) in [
        (
            &["complte"][..],
            "\"complte\"",
            "did you mean qwen complete? To ask: qwen complete \"complte\"",
        ),
        (
            &["chta", "-p", "demo"],
            "\"chta\"",
            "did you mean qwen chat? To ask: qwen complete \"chta\"",
        ),
        (&["-m", "x", "why?"], "\"why?\"", "qwen complete \"why?\""),
        (
            &["--", "chta"],
            "\"chta\"",
            "did you mean qwen chat? To ask: qwen complete \"chta\"",
        ),
        (&["$x"], "\"$x\"", "qwen complete '$x'"),
        (&["help", "me", "write"], "\"me\"", "qwen complete \"me write\""),
        (&["sessions", "lst"], "\"lst\"", "did you mean qwen sessions list?"),
        (
            &["sessions", "of", "mine"],
            "\"of\"",
            "`qwen sessions --help` lists its commands",
        ),
    ] {
        let stderr = format!("error: there is no command {error}\nhint: {hint}\n");
        refused(&Qwen::new().args(args.to_vec()), &stderr);
    }
    refused(
        &Qwen::new().args(["chta"]).stdin("a log"),
        "error: there is no command \"chta\"\nhint: did you mean qwen chat? To ask: qwen complete \"chta\"\n",
    );
}

#[test]
fn a_question_that_begins_with_a_command_is_that_commands() {
    refused(
        &Qwen::new().args(["chat", "about", "it"]),
        "error: unexpected argument 'about' found\nhint: `qwen chat --help` shows the usage\n",
    );
    refused(
        &Qwen::new().args(["-t", "1", "doctor", "my", "text"]),
        "error: unexpected argument '-t' found\nhint: `qwen doctor --help` shows the usage\n",
    );
}

#[test]
fn an_unknown_option_is_reported_with_the_nearest() {
    refused(
        &complete(&["--temprature", "1", "hi"]),
        "error: unexpected argument '--temprature' found\nhint: a similar argument exists: '--temperature'\n",
    );
}
