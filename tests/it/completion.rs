//! Tab in bash, zsh and fish: the shells themselves, with the scripts that `qwen completions` prints.

use std::path::Path;

use qwen_cli::store::{FILE, Store};

use crate::harness::{Qwen, tool};
use crate::pty::Pty;
use crate::server::{CHAT, Connection, MODELS, Server};

/// A name that does something in every shell that reads anything into it.
const HOSTILE: &str = "my \"chat\" $(touch pwned) `touch pwned` it's; ~ \\ {a,b} *!";

const CONFIG: &str = "[aliases]\nfast = \"qwen-flash\"\n[providers.lab]\n\
    base_url = \"http://127.0.0.1:9/v1\"\nmodel = \"lab-model:7b\"\n";

/// A home with settings, a template and no conversations.
fn home() -> Qwen {
    let qwen = Qwen::new().config(CONFIG);
    let folder = qwen.qwen_home().join("templates");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("mine.md"), "{{ day }}").unwrap();
    qwen
}

/// The same with a conversation of each of these names.
fn with_conversations(names: &[&str]) -> Qwen {
    let qwen = home();
    for name in names {
        let asked = qwen
            .clone()
            .args(["-p", "demo", "-q", "complete", "--", "what about", name])
            .run();
        assert_eq!(asked.code, 0, "{}", asked.stderr);
        let id = store(&qwen).latest().unwrap().unwrap().id;
        store(&qwen).rename(&id, Some(name)).unwrap();
    }
    qwen
}

fn store(qwen: &Qwen) -> Store {
    Store::open(&qwen.qwen_home().join("data")).unwrap().0
}

/// What the program answers a shell.
#[track_caller]
fn answer(qwen: &Qwen, words: &[&str]) -> Vec<String> {
    let outcome = qwen.clone().args([&["--complete", "fish"], words].concat()).run();
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{words:?}");
    outcome.text().lines().map(str::to_owned).collect()
}

/// The words alone, without what they are.
#[track_caller]
fn words(qwen: &Qwen, typed: &[&str]) -> Vec<String> {
    let lines = answer(qwen, typed);
    assert_eq!(lines.first().map(String::as_str), Some("words"), "{typed:?}");
    let word = |line: &String| line.split('\t').next().unwrap().to_owned();
    lines[1..].iter().map(word).collect()
}

#[test]
fn each_place_has_its_words() {
    let qwen = home();
    for (typed, expected) in [
        (&["--color", ""][..], &["auto", "always", "never"][..]),
        (
            &["--region", ""],
            &["beijing", "singapore", "us", "hongkong", "frankfurt", "tokyo"],
        ),
        (
            &["-p", ""],
            &["dashscope", "dashscope-native", "web", "local", "demo", "lab"],
        ),
        (&["-p", "lab", "-m", ""], &["fast", "lab-model:7b"]),
        (
            &["-plab", "chat", "--model="],
            &["--model=fast", "--model=lab-model:7b"],
        ),
        (&["chat", "-m", "x", "--provider=demo", "-m", ""], &["fast", "demo"]),
        (&["complete", "--format", ""], &["text", "json", "jsonl"]),
        (&["complete", "--dry-run="], &["--dry-run=json", "--dry-run=curl"]),
        (&["upload", "--format", ""], &["text", "json"]),
        (&["sessions", "export", "--format", ""], &["md", "json", "html"]),
        (&["sessions", ""], &["list", "show", "search", "export", "rename", "rm"]),
        (
            &["models", "--capability", ""],
            &["text", "vision", "audio", "video", "image-out", "thinking", "search"],
        ),
        (&["config", "set", "theme", ""], &["auto", "dark", "light", "none"]),
        (&["config", "set", "save", ""], &["true", "false"]),
        (
            &["config", "set", "providers.lab.protocol", ""],
            &["openai", "dashscope", "web"],
        ),
        (&["completions", ""], &["bash", "elvish", "fish", "powershell", "zsh"]),
        (
            &["complete", "--template", ""],
            &["commit", "explain", "mine", "review", "shell", "summarize", "translate"],
        ),
        (
            &["templates", "show", ""],
            &["commit", "explain", "mine", "review", "shell", "summarize", "translate"],
        ),
        (
            &["complete", "--template", "summarize", "--var", ""],
            &["language=", "points="],
        ),
        (&["chat", "--template=mine", "--var="], &["--var=day="]),
        (&["complete", "--var", ""], &[]),
        (&["complete", "--template", "none", "--var", ""], &[]),
        (&["chat", "-r", ""], &[]),
        (&["complete", "why", ""], &[]),
        (&["complete", "--", "--m"], &[]),
        (&["complete", "-s", ""], &[]),
    ] {
        assert_eq!(words(&qwen, typed), expected, "{typed:?}");
    }
    let names = words(&qwen, &["config", "get", ""]);
    for name in ["provider", "base_url", "aliases.fast", "providers.lab.base_url"] {
        assert!(names.iter().any(|one| one == name), "{name}: {names:?}");
    }
    assert!(!words(&qwen, &["config", "set", ""]).contains(&"base_url".to_owned()));
    // Only what the file sets can be unset.
    assert_eq!(
        words(&qwen, &["config", "unset", ""]),
        ["aliases.fast", "providers.lab.base_url", "providers.lab.model"]
    );
    assert!(words(&qwen, &["complete", "--encoding", ""]).contains(&"gb18030".to_owned()));
    assert!(words(&qwen, &["-m", ""]).contains(&"qwen-max".to_owned()));
    assert_eq!(words(&qwen, &["man", ""]), words(&qwen, &[""]));
}

#[test]
fn a_file_is_left_to_the_shell() {
    let qwen = home();
    for typed in [
        &["complete", "-i", ""][..],
        &["complete", "-o", ""],
        &["complete", "--output="],
        &["chat", "--file", ""],
        &["upload", "one.png", ""],
        &["--config", ""],
        &["sessions", "export", "id", ""],
        &["config", "set", "log_file", ""],
    ] {
        assert_eq!(answer(&qwen, typed), ["files"], "{typed:?}");
    }
}

#[test]
fn an_option_is_offered_once_unless_it_can_be_repeated() {
    let options = words(&home(), &["complete", "--raw", "-i", "a.png", "-"]);
    let has = |name: &str| options.iter().any(|one| one == name);
    assert!(has("--image") && has("-x") && has("--provider"), "{options:?}");
    assert!(!has("--raw"), "{options:?}");
}

#[test]
fn models_are_completed_from_the_last_list_without_a_request() {
    let listed = serde_json::json!({"data": [{"id": "qwen-novel"}, {"id": "qwen odd 'one'"}, {"id": "bad\u{1b}[2J"}]});
    let none = serde_json::json!({"code": "NotFound", "message": "no such path"});
    // The native API is asked for what it knows besides.
    let server = Server::plays([
        Connection::new().expect("GET", MODELS).json(200, &listed),
        Connection::new()
            .expect("GET", "/api/v1/models?page_no=1&page_size=100")
            .json(404, &none),
    ]);
    let qwen = home().server(&server);
    let outcome = qwen.clone().args(["models"]).run();
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    server.finish();
    let offered = words(&qwen, &["-m", ""]);
    assert_eq!(offered, ["fast", "qwen-novel", "qwen odd 'one'"]);
}

#[test]
fn conversations_come_by_name_and_by_id_with_what_they_are_about() {
    let qwen = with_conversations(&["trip", "bad\u{1b}[2Jname", "-dash"]);
    let ids: Vec<String> = store(&qwen).list(9).unwrap().into_iter().map(|one| one.id).collect();
    let lines = answer(&qwen, &["sessions", "show", ""]);
    // A name that is not what it looks like, or looks like an option, is reached by its id.
    assert_eq!(
        lines,
        [
            "words".to_owned(),
            "trip\twhat about trip".to_owned(),
            format!("{}\t-dash", ids[0]),
            format!("{}\tbad␛[2Jname", ids[1]),
            format!("{}\ttrip", ids[2]),
        ]
    );
    assert_eq!(answer(&qwen, &["chat", "-r", ""]), lines);
    assert_eq!(answer(&qwen, &["sessions", "rm", "trip", ""]), lines);
}

#[test]
fn completion_creates_repairs_awaits_and_prints_nothing() {
    let qwen = home();
    let empty = Vec::<String>::new();
    assert_eq!(words(&qwen, &["chat", "-r", ""]), empty);
    assert!(!qwen.qwen_home().join("data").exists());

    let locked = with_conversations(&["trip"]);
    let path = locked.qwen_home().join("data").join(FILE);
    let other = rusqlite::Connection::open(&path).unwrap();
    other
        .execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; UPDATE conversations SET title = title;")
        .unwrap();
    assert_eq!(words(&locked, &["chat", "-r", ""]), empty);
    drop(other);
    assert_eq!(words(&locked, &["chat", "-r", ""])[0], "trip");

    std::fs::write(&path, "no database").unwrap();
    assert_eq!(words(&locked, &["chat", "-r", ""]), empty);
    assert_eq!(std::fs::read(&path).unwrap(), b"no database");

    let broken = Qwen::new().config("provider = 1 2\n");
    assert!(words(&broken, &["-m", ""]).contains(&"qwen-max".to_owned()));
    assert_eq!(words(&broken, &["chat", "-r", ""]), empty);
    for strange in [&["bash"][..], &["bash", "qwen"], &["fish"], &["klingon", "a", "b"]] {
        let outcome = home().args([&["--complete"], strange].concat()).run();
        assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{strange:?}");
    }
}

/// The shell in the home of `qwen`, which is first on its path.
fn shell(qwen: &Qwen, shell: &str, args: &[&str]) -> Qwen {
    let bin = Path::new(env!("CARGO_BIN_EXE_qwen")).parent().unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    qwen.clone()
        .program(shell)
        .args(args.iter().copied())
        .env("PATH", &path)
}

/// The shell at its prompt, with the script loaded by `load`.
fn at_prompt(qwen: &Qwen, name: &str, args: &[&str], load: &str) -> Pty {
    let mut pty = shell(qwen, name, args).file("Qwenfile.toml", "").pty(40, 160);
    pty.type_keys(&format!("{load}; echo rea''dy\r")).wait_for("ready");
    pty
}

/// Types a line with a Tab, and has the shell print what its words then are.
fn holds(pty: &mut Pty, typed: &str, words: &[&str]) {
    let words: Vec<String> = words.iter().map(|word| format!("[{word}]")).collect();
    // To the beginning of the line, and the command that prints before it.
    pty.type_keys(&format!("{typed}\t")).type_keys("\u{1}printf '[%s]' \r");
    pty.wait_for(&words.concat());
    pty.type_keys("clear\r").wait_gone("printf");
}

/// What holds in every shell.
fn holds_alike(qwen: &Qwen, pty: &mut Pty) {
    holds(pty, "qwen ses", &["qwen", "sessions"]);
    holds(pty, "qwen chat -r my", &["qwen", "chat", "-r", HOSTILE]);
    holds(pty, "qwen chat -r 'my", &["qwen", "chat", "-r", HOSTILE]);
    holds(pty, "qwen chat -r \"my", &["qwen", "chat", "-r", HOSTILE]);
    holds(
        pty,
        "qwen chat --resume=my",
        &["qwen", "chat", &format!("--resume={HOSTILE}")],
    );
    holds(pty, "qwen sessions show 天", &["qwen", "sessions", "show", "天气 很好"]);
    holds(
        pty,
        "qwen -p lab -m lab-model:7",
        &["qwen", "-p", "lab", "-m", "lab-model:7b"],
    );
    holds(
        pty,
        "qwen complete -o Qwenf",
        &["qwen", "complete", "-o", "Qwenfile.toml"],
    );
    holds(
        pty,
        "qwen complete --output=Qwenf",
        &["qwen", "complete", "--output=Qwenfile.toml"],
    );
    holds(pty, "qwen complete Qwenf", &["qwen", "complete", "Qwenf"]);
    holds(
        pty,
        "qwen chat --template tr",
        &["qwen", "chat", "--template", "translate"],
    );
    holds(
        pty,
        "qwen chat --template=tr",
        &["qwen", "chat", "--template=translate"],
    );
    // The value is typed right behind the name.
    holds(
        pty,
        "qwen chat --template summarize --var po\t3",
        &["qwen", "chat", "--template", "summarize", "--var", "points=3"],
    );
    assert!(!qwen.cwd().join("pwned").exists());
}

#[test]
fn bash_completes_and_quotes_what_it_puts_in() {
    let Some(name) = tool("bash") else { return };
    let qwen = with_conversations(&[HOSTILE, "天气 很好"]);
    let mut pty = at_prompt(
        &qwen,
        name,
        &["--norc", "--noprofile", "-i"],
        "source <(qwen completions bash)",
    );
    holds_alike(&qwen, &mut pty);
    holds(&mut pty, "qwen --model=qwen-ma", &["qwen", "--model=qwen-max"]);
    pty.type_keys("qwen -p lo\t\u{15}qwen -p \t\t");
    pty.wait_for("dashscope         dashscope-native  web").wait_for("lab");
}

#[test]
fn bash_needs_nothing_but_its_function_and_no_later_bash() {
    let Some(name) = tool("bash") else { return };
    let qwen = with_conversations(&["two words"]);
    let script = "source <(qwen completions bash)
        COMP_LINE='qwen chat -r tw' COMP_POINT=15 COMP_WORDS=(qwen chat -r tw) COMP_CWORD=3
        _qwen qwen tw -r; printf '<%s>' \"${COMPREPLY[@]}\"
        COMP_LINE='qwen -p l -m x' COMP_POINT=9 COMP_WORDS=(qwen -p l -m x) COMP_CWORD=2
        _qwen qwen l -p; printf '<%s>' \"${COMPREPLY[@]}\"
        complete -p qwen";
    let outcome = shell(&qwen, name, &["--norc", "-c", script]).run();
    outcome.expect(
        0,
        "<two\\ words><local><lab>complete -o bashdefault -o default -o nosort -F _qwen qwen\n",
        "",
    );
    let text = home().args(["completions", "bash"]).run();
    // What came with bash 4: macOS has 3.2.
    for later in [
        "mapfile",
        "readarray",
        "declare -A",
        "local -A",
        ",,}",
        "^^}",
        "&>>",
        "|&",
        "+=(",
    ] {
        assert!(!text.text().contains(later), "{later}");
    }
}

#[test]
fn zsh_completes_quotes_and_describes() {
    let Some(name) = tool("zsh") else { return };
    let qwen = with_conversations(&[HOSTILE, "天气 很好"]);
    let load = "autoload -Uz compinit; compinit -u -D; source <(qwen completions zsh)";
    let mut pty = at_prompt(&qwen, name, &["-f", "-i"], load);
    holds_alike(&qwen, &mut pty);
    pty.type_keys("qwen chat -r \t");
    pty.wait_for("-- what about 天气 很好").wait_for("-- 天气 很好");
    pty.type_keys("\u{15}qwen -p l\t\t")
        .wait_for("-- a server on this machine");
}

#[test]
fn zsh_finds_the_script_in_its_path() {
    let Some(name) = tool("zsh") else { return };
    let qwen = home();
    let script = qwen.clone().args(["completions", "zsh"]).run();
    let qwen = qwen.file("zfunc/_qwen", script.text());
    let load = "fpath=($PWD/zfunc $fpath); autoload -Uz compinit; compinit -u -D";
    let mut pty = at_prompt(&qwen, name, &["-f", "-i"], load);
    holds(&mut pty, "qwen doc", &["qwen", "doctor"]);
    holds(&mut pty, "qwen -p de", &["qwen", "-p", "demo"]);
}

#[test]
fn fish_completes_quotes_and_describes() {
    let Some(name) = tool("fish") else { return };
    let qwen = with_conversations(&[HOSTILE, "天气 很好"]);
    let mut pty = at_prompt(&qwen, name, &["-N", "-i"], "qwen completions fish | source");
    holds_alike(&qwen, &mut pty);
    drop(pty);
    let load = "qwen completions fish | source; complete -C $argv[1]";
    let offered = |line: &str| shell(&qwen, name, &["-N", "-c", load, line]).run().text().to_owned();
    assert_eq!(
        offered("qwen -p loc"),
        "local\ta server on this machine (Ollama, llama.cpp, vLLM, LM Studio): start it, then -p local\n"
    );
    assert!(offered("qwen chat -r ").contains("天气 很好\twhat about 天气 很好\n"));
    assert_eq!(offered("qwen --model=qwen-ma"), "--model=qwen-max\n");
    assert_eq!(offered("qwen -m qwen-ma"), "qwen-max\n");
}

/// Asks by the key for a command, which must come and not be run; then for one that does not come.
fn is_put_on_the_line(name: &str, args: &[&str], load: &str, bind: &str) {
    let asked = || Connection::new().expect("POST", CHAT);
    let server = Server::plays([
        asked().answer(&["```sh\ntouch pwned && echo $(touch pwned)\n```\n"]),
        asked().refuse(400, "invalid_parameter_error", "no such thing"),
    ]);
    let qwen = home().server(&server);
    // No key has been taken before.
    let mut pty = at_prompt(&qwen, name, args, load);
    pty.type_keys("echo ke''pt\u{18}q\r").wait_for("kept");
    pty.type_keys(&format!("{bind}; echo bo''und\r")).wait_for("bound");
    pty.type_keys("make a file\u{18}q")
        .wait_for("touch pwned && echo $(touch pwned)");
    // The cursor stands at its end.
    pty.type_keys(" x").wait_for("$(touch pwned) x");
    pty.type_keys("\u{1}: '\u{5}'\r")
        .type_keys("echo ali''ve\r")
        .wait_for("alive");
    assert!(!qwen.cwd().join("pwned").exists());
    let request = server.requests()[0].json();
    let message = request["messages"][0]["content"].as_str().unwrap();
    assert!(message.ends_with("\n\nmake a file"), "{message}");
    assert!(message.contains(&format!("command line for {name} on ")), "{message}");
    // A refusal leaves the line as it was.
    pty.type_keys("clear\r").wait_gone("alive");
    pty.type_keys("echo 'st'ays\u{18}q")
        .wait_for("no such thing")
        .type_keys("\r")
        .wait_screen("the line", |screen| screen.lines().any(|line| line == "stays"));
    server.finish();
}

#[test]
fn a_key_of_bash_puts_a_command_on_the_line() {
    let Some(name) = tool("bash") else { return };
    let bind = r#"bind -x '"\C-xq": _qwen_command'"#;
    is_put_on_the_line(
        name,
        &["--norc", "--noprofile", "-i"],
        "source <(qwen completions bash)",
        bind,
    );
}

#[test]
fn a_key_of_zsh_puts_a_command_on_the_line() {
    let Some(name) = tool("zsh") else { return };
    let load = "autoload -Uz compinit; compinit -u -D; source <(qwen completions zsh)";
    is_put_on_the_line(name, &["-f", "-i"], load, "bindkey '^Xq' _qwen_command");
}

#[test]
fn a_key_of_fish_puts_a_command_on_the_line() {
    let Some(name) = tool("fish") else { return };
    is_put_on_the_line(
        name,
        &["-N", "-i"],
        "qwen completions fish | source",
        r"bind \cxq __qwen_command",
    );
}

#[test]
fn the_models_that_a_local_server_listed_last_are_offered() {
    let list = serde_json::json!({"data": [{"id": "qwen3:8b"}, {"id": "text-embedding-x"}]});
    for (provider, config) in [
        ("local", ""),
        ("own", "[providers.own]\nprotocol = \"openai\"\nmodel = \"m\"\n"),
    ] {
        let server = Server::plays([
            Connection::new().expect("GET", MODELS).json(200, &list),
            Connection::new().expect("GET", MODELS).json(200, &list),
        ]);
        let qwen = Qwen::new().config(config).env("QWEN_CLI_BASE_URL", &server.base_url());
        let listed = qwen.clone().args(["-p", provider, "models"]);
        listed.run().expect_answer("qwen3:8b\ntext-embedding-x\n");
        assert_eq!(words(&qwen, &["qwen", "-p", provider, "-m", ""]), ["qwen3:8b"]);
        if provider == "local" {
            // As it is asked where nothing else is set.
            assert_eq!(words(&qwen, &["qwen", "-m", ""]), ["qwen3:8b"]);
        }
        // What it has may have changed: it is asked each time.
        listed.run().expect_answer("qwen3:8b\ntext-embedding-x\n");
        server.finish();
    }
}
