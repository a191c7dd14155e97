//! The help page of each command: a paragraph and examples, for `--help` and the manual. The tests run the examples.

/// The help page of a command.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// The command's names from the program's on, with spaces between; empty for the program itself.
    pub path: &'static str,
    pub about: &'static str,
    pub examples: &'static [&'static str],
    /// A line below the examples.
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
        after: "qwen -h: everything; qwen COMMAND --help: one command; qwen man: the manual.",
        ..page(
            "",
            "The terminal for Qwen: interactive chat, answers for scripts and pipes, uploads.",
            &[
                "qwen -p demo \"why is the sky blue?\" # to try it: no key, no network",
                "git diff | qwen complete --template commit",
            ],
        )
    },
    Page {
        after: "Inside, /help lists the commands and keys.",
        ..page(
            "chat",
            "Starts an interactive conversation. Answers are rendered while they stream, and every exchange is \
             saved. Piped input becomes the context of the first message; without a terminal, each line of input \
             is a message.",
            &[
                "qwen chat -c",
                "qwen chat -s \"You answer in verse.\"",
                "cat notes.txt | qwen chat",
            ],
        )
    },
    page(
        "complete",
        "Sends one prompt and prints the answer; `qwen QUESTION` does the same. Piped input is appended to the prompt after a blank line. Only \
         the answer is written to stdout; everything else goes to stderr, and the exit code tells errors apart.",
        &[
            "qwen complete \"why is the sky blue?\"",
            "git diff | qwen complete \"write a commit message\"",
            "qwen complete -x \"a jq filter for the third key\" > filter.jq",
            "qwen complete --template translate --var to=French \"good morning\"",
        ],
    ),
    page(
        "templates",
        "Manages prompts that are kept under a name, for --template of complete and chat. A template is a file NAME.md: \
         TOML between two lines +++, then the prompt. Yours are beside the config file and come first, then the \
         built-in ones, then those in .qwen-cli/templates of the project, which you are asked about once.",
        &["qwen templates list", "qwen templates edit standup"],
    ),
    page(
        "templates list",
        "Lists all templates: name, source (own, built-in, project) and description. In a pipe they are separated by \
         tabs.",
        &["qwen templates list", "qwen templates list --json"],
    ),
    page(
        "templates show",
        "Prints the file of a template.",
        &["qwen templates show commit", "qwen templates show commit > mine.md"],
    ),
    page(
        "templates edit",
        "Opens a template of yours in $VISUAL or $EDITOR, and checks it afterwards. One that is built in, or the project's, \
         is copied first; a new one begins with an outline. A file in which nothing was written is not kept.",
        &["qwen templates edit standup", "EDITOR=nano qwen templates edit commit"],
    ),
    page(
        "templates path",
        "Prints the path of the directory of your templates, or of one of them, whether it exists or not.",
        &["qwen templates path", "qwen templates path commit"],
    ),
    page(
        "image",
        "Makes a picture from words, or changes those of -i, and prints the path of its file. Without -o the file is \
         named after the words, and no other is written over.",
        &[
            "qwen -p demo image \"a red fox in snow\"",
            "qwen image -n 4 --size 1024x768 a lighthouse at dusk",
            "qwen image -i cat.png \"make the sky red\" -o red.png",
        ],
    ),
    page(
        "upload",
        "Uploads files for the model to read and prints one reference per line, in the order given. References are \
         valid for 48 hours and for one model: that of -m, by default the provider's vision model.",
        &[
            "qwen upload cat.png",
            "qwen complete -i \"$(qwen upload cat.png)\" \"what is this?\"",
            "qwen upload --purpose file-extract report.pdf",
        ],
    ),
    page(
        "batch",
        "Asks many prompts from a file, and writes the answers in the order of the prompts. What was answered is kept: \
         whatever ends a run, the same command continues it, and nothing is paid twice.",
        &[
            "qwen batch run prompts.jsonl -o answers.jsonl",
            "qwen batch run reviews.csv --template summarize -o answers.csv --format csv",
        ],
    ),
    page(
        "batch run",
        "Asks all prompts of a file and waits. A line of .jsonl is {\"prompt\": …} with any parameter, the body of a chat \
         request, or OpenAI's batch line; a line of .txt is a prompt; the columns of .csv are variables of --template. \
         All of it is checked before anything is sent. Generation options hold for each line that does not say \
         otherwise. Exit code 8: some lines failed.",
        &[
            "qwen batch run prompts.jsonl -o answers.jsonl",
            "cat prompts.txt | qwen batch run - --format text",
        ],
    ),
    page(
        "batch submit",
        "Gives the lines of a file to the provider's batch service and prints the batch's ID; `qwen batch fetch` gets the \
         answers, and `qwen batch run` with the same file waits for them. DashScope answers at half price, within a day.",
        &[
            "qwen batch submit prompts.jsonl",
            "qwen batch submit prompts.txt -m qwen-plus",
        ],
    ),
    page(
        "batch list",
        "Lists the batches that this machine began, the newest first: ID, how far it is, its lines, engine, input.",
        &["qwen batch list", "qwen batch list --json"],
    ),
    page(
        "batch status",
        "Asks the provider's batch service how far a batch is.",
        &["qwen batch status 7Q2M", "qwen batch status 7Q2M --json"],
    ),
    page(
        "batch fetch",
        "Writes the answers of a batch that has ended, in the order of its lines. Before its end the exit code is 1.",
        &[
            "qwen batch fetch 7Q2M",
            "qwen batch fetch 7Q2M -o answers.jsonl --delete",
        ],
    ),
    page(
        "batch cancel",
        "Cancels a batch at the provider's service. What is answered by then is kept, and is paid for.",
        &["qwen batch cancel 7Q2M", "qwen -p dashscope batch cancel 7Q2M"],
    ),
    page(
        "batch retry",
        "Asks the lines of a batch again that failed, waits, and writes old and new answers together.",
        &["qwen batch retry 7Q2M", "qwen batch retry 7Q2M -o answers.jsonl"],
    ),
    Page {
        after: "The address is printed to stdout; a line for each request goes to stderr. Ctrl-C ends it when the running \
                answers have ended.",
        ..page(
            "serve",
            "Serves OpenAI's API (and Ollama's) on this machine in front of any provider, so that other programs use it as \
             one: requests are retried, answers that are cut are resumed. Any key is accepted unless --api-key is given, \
             and none is passed on.",
            &[
                "qwen serve",
                "qwen -p demo serve --port 0",
                "qwen serve --fallback local",
            ],
        )
    },
    page(
        "models",
        "Lists the models of the provider: a table on a terminal, one ID per line in a pipe. If the server has no \
         list, or there is no credential to ask it with, the built-in table is listed.",
        &["qwen models vl", "qwen models --capability thinking --json"],
    ),
    page(
        "models show",
        "Prints the details of a model: input types, context length and prices.",
        &["qwen models show qwen-max", "qwen models show qwen3-vl-plus --json"],
    ),
    page(
        "sessions",
        "Manages saved conversations. A conversation is identified by its ID, its name, or a prefix of either.",
        &["qwen sessions list", "qwen sessions search 量子", "qwen sessions show"],
    ),
    page(
        "sessions list",
        "Lists recent conversations: a table on a terminal; in a pipe ID, time, number of messages, model and \
         title, separated by tabs.",
        &["qwen sessions list -n 5", "qwen sessions list --json"],
    ),
    page(
        "sessions show",
        "Prints a conversation, by default the last one: on a terminal drawn as it looked, elsewhere as Markdown, or as \
         JSON.",
        &["qwen sessions show", "qwen sessions show trip --json"],
    ),
    page(
        "sessions search",
        "Finds conversations that contain all the words, in any language, and shows the matches.",
        &["qwen sessions search borrow checker", "qwen sessions search -n 3 量子"],
    ),
    page(
        "sessions export",
        "Exports a conversation to a file or to stdout. The file extension sets the format.",
        &[
            "qwen sessions export trip trip.html",
            "qwen sessions export trip --format md",
        ],
    ),
    page(
        "sessions rename",
        "Gives a conversation a name that can be used instead of its ID. Without NEW NAME, the name is removed.",
        &[
            "qwen sessions rename trip \"Trip to Hangzhou\"",
            "qwen sessions rename trip",
        ],
    ),
    page(
        "sessions rm",
        "Deletes conversations permanently, with the attachments that no other conversation uses. On a terminal it \
         asks for confirmation.",
        &["qwen sessions rm trip", "qwen sessions rm --yes trip"],
    ),
    page(
        "usage",
        "Shows the tokens of all answers and what they cost, added up by day: a table on a terminal; in a pipe the key, \
         requests, tokens in, out and in all, cost, and requests of unknown cost, separated by tabs. Answers that were not \
         saved are counted too, and those of conversations that were deleted.",
        &[
            "qwen usage",
            "qwen usage --by model --since 2026-11-01",
            "qwen usage --json",
        ],
    ),
    page(
        "last",
        "Prints the last answer again, from any directory or terminal: the answer, only its code, or the answer \
         with its details as JSON.",
        &["qwen last", "qwen last --code=2 > script.sh", "qwen last --json"],
    ),
    page(
        "auth",
        "Manages stored credentials. A credential in the environment takes precedence over a stored one.",
        &["qwen auth login --region singapore", "qwen auth status"],
    ),
    page(
        "auth login",
        "Prompts for a credential without echo, or reads it from stdin, checks it, and stores it with its region \
         in a file that only you can read. The region of a key is found by asking DashScope's hosts; on a terminal \
         a default model is chosen; the address of --base-url is stored with the key.",
        &[
            "qwen auth login --region singapore",
            "pass show dashscope | qwen auth login",
            "qwen -p web auth login",
        ],
    ),
    page(
        "auth status",
        "Shows which credential each provider uses and where it comes from, but not the credential itself.",
        &["qwen auth status", "qwen auth status --json"],
    ),
    page(
        "auth logout",
        "Removes the stored credential of the provider given by -p, by default all stored credentials.",
        &["qwen auth logout", "qwen -p web auth logout"],
    ),
    page(
        "config",
        "Shows and changes settings. Flags take precedence over the environment, that over a .env file, that over \
         the config file.",
        &["qwen config show", "qwen config set region singapore"],
    ),
    page(
        "config path",
        "Prints the path of the config file, whether it exists or not.",
        &["qwen config path", "qwen --config other.toml config path"],
    ),
    page(
        "config show",
        "Lists all settings with their values and where they come from.",
        &["qwen config show", "qwen config show --json"],
    ),
    page(
        "config get",
        "Prints the value of a setting, an alias, or a field of your own provider.",
        &["qwen config get region", "qwen config get aliases.fast"],
    ),
    page(
        "config set",
        "Sets a setting in the config file. The rest of the file is left as it is, comments included.",
        &[
            "qwen config set model qwen-plus",
            "qwen config set aliases.fast qwen-flash",
            "qwen config set providers.lab.base_url http://127.0.0.1:8000/v1",
        ],
    ),
    page(
        "config unset",
        "Removes a setting, or with providers.NAME a whole provider, from the config file. The rest of the file is \
         left as it is, comments included. A setting that is not in the file is no error.",
        &[
            "qwen config unset model",
            "qwen config unset aliases.fast",
            "qwen config unset providers.lab.base_url",
        ],
    ),
    page(
        "config cache-clear",
        "Removes all cached answers. Saved conversations stay.",
        &[
            "qwen config cache-clear",
            "QWEN_CLI_HOME=/tmp/other qwen config cache-clear",
        ],
    ),
    page(
        "config edit",
        "Opens the config file in $VISUAL or $EDITOR, and checks it afterwards.",
        &[
            "qwen config edit",
            "EDITOR=nano qwen config edit",
            "qwen --config other.toml config edit",
        ],
    ),
    page(
        "doctor",
        "Checks credentials, the connection to the provider, the proxy and the terminal, and suggests fixes.",
        &["qwen doctor", "qwen -p web doctor", "qwen doctor --json"],
    ),
    page(
        "completions",
        "Prints a script with which the shell completes commands, options, models, providers and conversations. \
         install.sh installs it.",
        &[
            "qwen completions bash > ~/.local/share/bash-completion/completions/qwen",
            "qwen completions zsh > ~/.zfunc/_qwen",
            "qwen completions fish > ~/.config/fish/completions/qwen.fish",
        ],
    ),
    page(
        "man",
        "Prints the manual page of qwen or of one of its commands, as roff.",
        &["qwen man | man -l -", "qwen man sessions > qwen-sessions.1"],
    ),
];
