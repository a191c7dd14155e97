//! A paragraph and examples for each command, for `--help` and the manual. A table: the tests run the examples.

/// What is written about one command.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// The command's names from the program's on, with spaces between; empty for the program itself.
    pub path: &'static str,
    pub about: &'static str,
    pub examples: &'static [&'static str],
    /// What stands below the examples.
    pub after: &'static str,
}

const fn page(path: &'static str, about: &'static str, examples: &'static [&'static str]) -> Page {
    Page {
        path,
        about,
        examples,
        after: "",
    }
}

/// In the order of the commands.
pub const PAGES: &[Page] = &[
    Page {
        after: "qwen -h: every option; qwen COMMAND --help: one command; qwen man: the manual.",
        ..page(
            "",
            "The terminal for Qwen: conversations, answers for pipes and scripts, uploads.",
            &[
                "qwen -p demo chat        # to try it: no key, no network",
                "qwen complete \"why is the sky blue?\"",
                "git diff | qwen complete \"write a commit message\"",
            ],
        )
    },
    Page {
        after: "Inside, /help lists the commands and keys.",
        ..page(
            "chat",
            "A conversation at a prompt: answers appear as they are made, and every exchange is saved. What is piped in \
             is the context of the first message; without a terminal each line is a message.",
            &[
                "qwen chat -c",
                "qwen chat -s \"You answer in verse.\"",
                "cat notes.txt | qwen chat",
            ],
        )
    },
    page(
        "complete",
        "One prompt in, one answer out. What is piped in follows the prompt after a blank line. The answer alone goes to \
         stdout; everything else goes to stderr, and the exit code tells what went wrong.",
        &[
            "qwen complete \"why is the sky blue?\"",
            "git diff | qwen complete \"write a commit message\"",
            "qwen complete -x \"a jq filter for the third key\" > filter.jq",
        ],
    ),
    page(
        "upload",
        "Puts files where the model can read them and prints one reference a line, in the order given. References live \
         48 hours, for the model of -m (else the provider's vision model).",
        &[
            "qwen upload cat.png",
            "qwen complete -i \"$(qwen upload cat.png)\" \"what is this?\"",
            "qwen upload --purpose file-extract report.pdf",
        ],
    ),
    page(
        "models",
        "Lists the models of the provider: a table on a terminal, one id a line in a pipe. Where the server lists none, \
         those that this program knows.",
        &["qwen models vl", "qwen models --capability thinking --json"],
    ),
    page(
        "models show",
        "Prints all that is known of one model: what it takes, how much it can hold, what it costs.",
        &["qwen models show qwen-max", "qwen models show qwen3-vl-plus --json"],
    ),
    page(
        "sessions",
        "Saved conversations. One is meant by its id, its name, or the beginning of either.",
        &["qwen sessions list", "qwen sessions search 量子", "qwen sessions show"],
    ),
    page(
        "sessions list",
        "Lists the conversations last gone on with: a table on a terminal; in a pipe id, time, messages, model and \
         title, with tabs between.",
        &["qwen sessions list -n 5", "qwen sessions list --json"],
    ),
    page(
        "sessions show",
        "Prints a conversation as Markdown, or as JSON: the last one where none is named.",
        &["qwen sessions show", "qwen sessions show trip --json"],
    ),
    page(
        "sessions search",
        "Finds conversations that hold all these words, in any language, and shows where.",
        &["qwen sessions search borrow checker", "qwen sessions search -n 3 量子"],
    ),
    page(
        "sessions export",
        "Writes a conversation out, to a file or to stdout. The file's ending decides the format.",
        &[
            "qwen sessions export trip trip.html",
            "qwen sessions export trip --format md",
        ],
    ),
    page(
        "sessions rename",
        "Gives a conversation a name, which then stands for it everywhere; without one, takes it away.",
        &[
            "qwen sessions rename trip \"Trip to Hangzhou\"",
            "qwen sessions rename trip",
        ],
    ),
    page(
        "sessions rm",
        "Removes conversations and what was attached to no other, for good. On a terminal it asks first.",
        &["qwen sessions rm trip", "qwen sessions rm --yes trip"],
    ),
    page(
        "last",
        "Prints the last answer again, from any directory or pane: all of it, its code, or what is known of it.",
        &["qwen last", "qwen last --code=2 > script.sh", "qwen last --json"],
    ),
    page(
        "auth",
        "Stored credentials. A credential in the environment comes before a stored one.",
        &["qwen auth login --region singapore", "qwen auth status"],
    ),
    page(
        "auth login",
        "Asks for a credential without echo, or takes it from stdin, tries it, and stores it with its region in a file \
         only you can read.",
        &[
            "qwen auth login --region singapore",
            "pass show dashscope | qwen auth login",
            "qwen -p web auth login",
        ],
    ),
    page(
        "auth status",
        "Tells which credential goes to whom and where it comes from; never the credential itself.",
        &["qwen auth status", "qwen auth status --json"],
    ),
    page(
        "auth logout",
        "Removes the stored credential of the provider that -p names, or all of them.",
        &["qwen auth logout", "qwen -p web auth logout"],
    ),
    page(
        "config",
        "Settings: flags come before the environment, that before a .env file, that before the config file.",
        &["qwen config show", "qwen config set region singapore"],
    ),
    page(
        "config path",
        "Prints where the config file is, or would be.",
        &["qwen config path", "qwen --config other.toml config path"],
    ),
    page(
        "config show",
        "Prints every setting and where it comes from.",
        &["qwen config show", "qwen config show --json"],
    ),
    page(
        "config get",
        "Prints the value of one setting, aliases and own providers included.",
        &["qwen config get region", "qwen config get aliases.fast"],
    ),
    page(
        "config set",
        "Changes one setting in the config file and leaves the rest of it as it is, comments included.",
        &[
            "qwen config set model qwen-plus",
            "qwen config set aliases.fast qwen-flash",
            "qwen config set providers.lab.base_url http://127.0.0.1:8000/v1",
        ],
    ),
    page(
        "config unset",
        "Removes one setting from the config file, so that its default holds again, and leaves the rest of the file as \
         it is, comments included. Fails where the file does not set it.",
        &[
            "qwen config unset model",
            "qwen config unset aliases.fast",
            "qwen config unset providers.lab.base_url",
        ],
    ),
    page(
        "config edit",
        "Opens the config file in $VISUAL or $EDITOR and checks it afterwards.",
        &[
            "qwen config edit",
            "EDITOR=nano qwen config edit",
            "qwen --config other.toml config edit",
        ],
    ),
    page(
        "doctor",
        "Checks credentials, the way to the provider, the proxy and the terminal, and says what to do about what it finds.",
        &["qwen doctor", "qwen -p web doctor", "qwen doctor --json"],
    ),
    page(
        "completions",
        "Prints the script that lets a shell complete commands, options, models, providers and conversations at Tab. \
         install.sh puts it in its place.",
        &[
            "qwen completions bash > ~/.local/share/bash-completion/completions/qwen",
            "qwen completions zsh > ~/.zfunc/_qwen",
            "qwen completions fish > ~/.config/fish/completions/qwen.fish",
        ],
    ),
    page(
        "man",
        "Prints the manual page of the program, or of one command, as roff.",
        &["qwen man | man -l -", "qwen man sessions > qwen-sessions.1"],
    ),
];
