//! The texts of `--help` in simplified Chinese, in the order of the English ones.

pub(in crate::i18n) const TABLE: &[(&str, &str)] = &[
    (
        "Add up by day, model, provider or conversation",
        "按 day、model、provider 或 conversation 汇总",
    ),
    (
        "Address to listen on [default: 127.0.0.1]",
        "监听的地址 [默认：127.0.0.1]",
    ),
    (
        "Address to listen on [default: 127.0.0.1]. Beyond loopback only with --api-key",
        "监听的地址 [默认：127.0.0.1]。超出本机回环地址时必须有 --api-key",
    ),
    (
        "Allow sending credentials over plain http://",
        "允许通过不加密的 http:// 发送凭据",
    ),
    ("Arguments", "参数"),
    (
        "Ask all prompts of a file, wait, write the answers",
        "逐行提问文件中的提示词，等待并写出回答",
    ),
    (
        "Ask anew, although the answers are kept",
        "即使已有保存的回答也重新提问",
    ),
    ("Ask anew, and cache the new answer", "重新提问，并缓存新的回答"),
    (
        "Ask anew, and cache the new answer. If no answer comes, the cached one stays",
        "重新提问，并缓存新的回答。没有得到回答时，保留已缓存的",
    ),
    ("Ask for nothing that can cost more", "不发送可能花费更多的请求"),
    (
        "Ask for nothing that can cost more. In the currency of the region's prices. A model whose price is not known is refused as well; local and demo cost nothing",
        "不发送可能花费更多的请求。以地域价格的货币计。价格未知的模型同样拒绝；local 和 demo 不收费",
    ),
    ("Ask many prompts from a file", "批量提问文件中的提示词"),
    ("Ask the failed lines of a batch again", "重新提问批处理中失败的行"),
    (
        "Asks all prompts of a file and waits. A line of .jsonl is {\"prompt\": …} with any parameter, the body of a chat request, or OpenAI's batch line; a line of .txt is a prompt; the columns of .csv are variables of --template. All of it is checked before anything is sent. Generation options hold for each line that does not say otherwise. Exit code 8: some lines failed.",
        "提问文件中的全部提示词并等待回答。.jsonl 的每行是带任意参数的 {\"prompt\": …}、聊天请求体或 OpenAI 的批处理行；.txt 的每行是一条提示词；.csv 的各列是 --template 的变量。发送之前会检查全部内容。生成选项对没有另行指定的每一行生效。退出码 8：有的行失败。",
    ),
    (
        "Asks many prompts from a file, and writes the answers in the order of the prompts. What was answered is kept: whatever ends a run, the same command continues it, and nothing is paid twice.",
        "批量提问文件中的提示词，并按提示词的顺序写出回答。已得到的回答都会保存：无论因何中断，再次执行同一命令即可继续，不会重复付费。",
    ),
    (
        "Asks the lines of a batch again that failed, waits, and writes old and new answers together.",
        "重新提问批处理中失败的行，等待，并把新旧回答一起写出。",
    ),
    (
        "Asks the provider's batch service how far a batch is.",
        "向服务商的批处理服务查询批处理的进度。",
    ),
    (
        "Attach a text file (repeatable); - is stdin",
        "附上文本文件（可重复）；- 表示标准输入",
    ),
    (
        "Attach a text file (repeatable); - is stdin. Its content goes before the prompt. FOLDER/ and patterns ('src/*.rs', '**/*.md') attach the text files they name, at most 200 and 2 MB, without those that .gitignore leaves out. Documents such as PDF are uploaded, for qwen-long",
        "附上文本文件（可重复）；- 表示标准输入。文件内容放在提示词之前。目录名加 / 和通配符（'src/*.rs'、'**/*.md'）会附上其中的文本文件，最多 200 个、2 MB，不含 .gitignore 忽略的文件。PDF 等文档会先上传，供 qwen-long 使用",
    ),
    (
        "Attach an image, sound or video (also --attach)",
        "附上图片、音频或视频（同 --attach）",
    ),
    (
        "Attach an image, sound or video (also --attach). Repeatable; - is stdin. The type is detected from the content; sound and video are for models that hear (`omni_model`)",
        "附上图片、音频或视频（同 --attach）。可重复；- 表示标准输入。类型由内容判断；音频和视频需要能听的模型（`omni_model`）",
    ),
    ("COMMAND", "命令"),
    ("Cache", "缓存"),
    ("Cancel a batch at the provider's service", "取消服务商那里的批处理"),
    (
        "Cancels a batch at the provider's service. What is answered by then is kept, and is paid for.",
        "取消服务商那里的批处理。此前已有的回答会保留，也会计费。",
    ),
    (
        "Check credentials, connection, proxy and terminal",
        "检查凭据、连接、代理和终端",
    ),
    (
        "Checks credentials, the connection to the provider, the proxy and the terminal, and suggests fixes.",
        "检查凭据、到服务商的连接、代理和终端，并给出解决办法。",
    ),
    ("Command; by default qwen itself", "命令；默认为 qwen 本身"),
    ("Commands", "命令"),
    ("Continue a conversation", "继续某个对话"),
    (
        "Continue a conversation. Without a value on a terminal: a picker. Without a prompt: the rest of an answer that was cut off",
        "继续某个对话。在终端上不给值：从列表中选择。没有提示词：取被截断的回答的剩余部分",
    ),
    (
        "Continue the last conversation, with its model",
        "用原来的模型继续上一个对话",
    ),
    (
        "Count from this day on, as in 2026-11-28",
        "从这一天起统计，如 2026-11-28",
    ),
    (
        "DashScope region: beijing, singapore, us, hongkong, …",
        "DashScope 地域：beijing、singapore、us、hongkong 等",
    ),
    ("DashScope workspace ID", "DashScope 业务空间 ID"),
    ("Delete conversations permanently", "永久删除对话"),
    (
        "Delete the chat from the web account (-p web)",
        "从网页账号中删除这个对话（-p web）",
    ),
    ("Delete the files on the service at the end", "结束后删除服务上的文件"),
    (
        "Deletes conversations permanently, with the attachments that no other conversation uses. On a terminal it asks for confirmation.",
        "永久删除对话，以及其他对话没有用到的附件。在终端上会先要求确认。",
    ),
    ("Disable streaming", "不用流式输出"),
    ("Disable thinking", "关闭思考"),
    ("Disable web search", "关闭联网搜索"),
    ("Do not ask for confirmation", "不要求确认"),
    ("Do not render Markdown", "不渲染 Markdown"),
    ("Do not save the conversation", "不保存对话"),
    ("Do not scale down images that are too large", "不缩小过大的图片"),
    (
        "Do not scale down images that are too large. They are refused instead",
        "不缩小过大的图片，而是拒绝",
    ),
    (
        "Enable thinking, at most BUDGET tokens",
        "开启思考，最多 BUDGET 个 token",
    ),
    ("Encoding of stdin and of -f files", "标准输入和 -f 文件的编码"),
    (
        "Encoding of stdin and of -f files. UTF-8, UTF-16 with a BOM, GB18030, Big5, Shift-JIS and EUC-KR are detected",
        "标准输入和 -f 文件的编码。UTF-8、带 BOM 的 UTF-16、GB18030、Big5、Shift-JIS 和 EUC-KR 可自动识别",
    ),
    ("Encoding of the file [default: UTF-8]", "文件的编码 [默认：UTF-8]"),
    ("Examples:", "示例："),
    (
        "Export a conversation as Markdown, JSON or HTML",
        "把对话导出为 Markdown、JSON 或 HTML",
    ),
    (
        "Exports a conversation to a file or to stdout. The file extension sets the format.",
        "把对话导出到文件或标准输出。格式由文件扩展名决定。",
    ),
    ("Files", "文件"),
    (
        "Finds conversations that contain all the words, in any language, and shows the matches.",
        "查找包含所有词语的对话，不限语言，并显示匹配之处。",
    ),
    ("Format: md, json or html", "格式：md、json 或 html"),
    ("Generation options", "生成选项"),
    (
        "Give a file to the batch service, print the ID",
        "把文件交给批处理服务，输出 ID",
    ),
    (
        "Give the same request its answer again, up to AGE old",
        "相同的请求再次给出不超过 AGE 的回答",
    ),
    (
        "Give the same request its answer again, up to AGE old. AGE is as in 90s, 5m, 1h, 1d or 2w; without one that of the config file, else any. Answers are cached from then on, but for those of a web search and those that were cut",
        "相同的请求再次给出不超过 AGE 的回答。AGE 的写法如 90s、5m、1h、1d、2w；不写则用配置文件中的值，否则不限。此后的回答都会缓存，联网搜索的和中断的除外",
    ),
    (
        "Gives a conversation a name that can be used instead of its ID. Without NEW NAME, the name is removed.",
        "给对话起一个可以代替 ID 的名称。不给 NEW NAME 则去掉名称。",
    ),
    (
        "Gives the lines of a file to the provider's batch service and prints the batch's ID; `qwen batch fetch` gets the answers, and `qwen batch run` with the same file waits for them. DashScope answers at half price, within a day.",
        "把文件中的各行交给服务商的批处理服务，并输出批处理的 ID；之后用 fetch 取回答，用同一文件执行 run 则会等待。DashScope 半价，一天内回答。",
    ),
    ("Global options", "全局选项"),
    (
        "ID of the batch, its end, or the service's",
        "批处理的 ID、其结尾，或服务的任务 ID",
    ),
    ("ID or name, or a prefix of either", "ID 或名称，或其开头部分"),
    ("IDs or names, or prefixes of them", "ID 或名称，或其开头部分"),
    (
        "If it is too long: fit (drop the oldest), all",
        "对话过长时：fit（略去最早的）或 all",
    ),
    (
        "If it is too long: fit (drop the oldest), all. If the conversation exceeds the model's context window: leave the oldest exchanges out of the request (fit), or fail (all)",
        "对话过长时：fit（略去最早的）或 all。对话超出模型的上下文窗口时，不发送最早的问答（fit），或者报错（all）",
    ),
    ("Ignore the cached list", "不用缓存的列表"),
    (
        "Ignore the cached list. It is cached for 24 hours",
        "不用缓存的列表。列表会缓存 24 小时",
    ),
    (
        "Images, documents, audio, video; - is stdin",
        "图片、文档、音频、视频；- 表示标准输入",
    ),
    (
        "Inside, /help lists the commands and keys.",
        "在对话中，/help 列出命令和按键。",
    ),
    ("Key that requests must carry, or @FILE", "请求必须带的密钥，或 @文件"),
    (
        "Key that requests must carry, or @FILE. Without one any key is accepted. QWEN_CLI_SERVE_KEY does the same without showing the key in the list of processes",
        "请求必须带的密钥，或 @文件。没有时接受任意密钥。QWEN_CLI_SERVE_KEY 作用相同，且密钥不会出现在进程列表里",
    ),
    ("Let the model search the web", "让模型联网搜索"),
    ("List all settings and where they come from", "列出所有设置及其来源"),
    ("List all templates", "列出所有模板"),
    ("List batches", "列出批处理"),
    ("List models, or show one", "列出模型，或显示其中一个"),
    ("List recent conversations", "列出最近的对话"),
    (
        "Lists all settings with their values and where they come from.",
        "列出所有设置的值和来源。",
    ),
    (
        "Lists all templates: name, source (own, built-in, project) and description. In a pipe they are separated by tabs.",
        "列出所有模板：名称、来源（own 自己的、built-in 内置、project 项目的）和说明。在管道里用制表符分隔。",
    ),
    (
        "Lists recent conversations: a table on a terminal; in a pipe ID, time, number of messages, model and title, separated by tabs.",
        "列出最近的对话：在终端上是表格；在管道中是 ID、时间、消息数、模型和标题，用制表符分隔。",
    ),
    (
        "Lists the batches that this machine began, the newest first: ID, how far it is, its lines, engine, input.",
        "列出本机发起的批处理，最新的在前：ID、进度、行数、引擎、输入。",
    ),
    (
        "Lists the models of the provider: a table on a terminal, one ID per line in a pipe. If the server has no list, or there is no credential to ask it with, the built-in table is listed.",
        "列出服务商的模型：在终端上是表格，在管道中每行一个 ID。如果服务器没有列表，或没有凭据可用，则列出内置的模型表。",
    ),
    (
        "Log to stderr: -v requests, -vv events",
        "把日志写到标准错误：-v 请求，-vv 事件",
    ),
    ("Look", "查看"),
    ("Make or change pictures", "生成或修改图片"),
    (
        "Makes a picture from words, or changes those of -i, and prints the path of its file. Without -o the file is named after the words, and no other is written over.",
        "根据文字生成图片，或修改 -i 给出的图片，并输出文件路径。没有 -o 时，文件以提示词命名，不会覆盖已有文件。",
    ),
    ("Manage credentials", "管理凭据"),
    ("Manage prompts that are kept under a name", "管理用名称保存的提示词"),
    ("Manage saved conversations", "管理已保存的对话"),
    (
        "Manages prompts that are kept under a name, for --template of complete and chat. A template is a file NAME.md: TOML between two lines +++, then the prompt. Yours are beside the config file and come first, then the built-in ones, then those in .qwen-cli/templates of the project, which you are asked about once.",
        "管理用名称保存的提示词，供 complete 和 chat 的 --template 使用。模板是文件 NAME.md：两行 +++ 之间是 TOML，后面是提示词。你自己的模板在配置文件旁边，优先使用；其次是内置的，再次是项目的 .qwen-cli/templates 里的，使用前会询问一次。",
    ),
    (
        "Manages saved conversations. A conversation is identified by its ID, its name, or a prefix of either.",
        "管理已保存的对话。对话用 ID、名称或其开头部分指定。",
    ),
    (
        "Manages stored credentials. A credential in the environment takes precedence over a stored one.",
        "管理已存储的凭据。环境变量中的凭据优先于已存储的凭据。",
    ),
    ("Maximum length of the answer, in tokens", "回答的最大长度，以 token 计"),
    ("Maximum number of results; 0: all", "结果的最大数量；0 表示全部"),
    (
        "Maximum number of results; 0: all. Default: 20 on a terminal, else all",
        "结果的最大数量；0 表示全部。在终端上默认为 20，否则为全部",
    ),
    (
        "Maximum number of retries, 0 to 20 [default: 3]",
        "最大重试次数，0 到 20 [默认：3]",
    ),
    ("Model ID, or an alias", "模型 ID 或别名"),
    (
        "Model ID, or an alias from the config file",
        "模型 ID，或配置文件中的别名",
    ),
    ("Name of the setting", "设置的名称"),
    ("Name of the template", "模板名称"),
    ("Name of the template, which need not exist", "模板名称，可以还不存在"),
    ("New name; without it, the name is removed", "新名称；不给则去掉名称"),
    ("New value", "新值"),
    ("Nucleus sampling, above 0, at most 1", "核采样，大于 0，最大为 1"),
    ("Number of pictures, 1 to 12", "图片数量，1 到 12"),
    ("Only models whose ID contains this", "只列出 ID 中含有这段文字的模型"),
    (
        "Open a template of yours in $VISUAL or $EDITOR",
        "用 $VISUAL 或 $EDITOR 打开你自己的模板",
    ),
    (
        "Open the config file in $VISUAL or $EDITOR",
        "用 $VISUAL 或 $EDITOR 打开配置文件",
    ),
    (
        "Opens a template of yours in $VISUAL or $EDITOR, and checks it afterwards. One that is built in, or the project's, is copied first; a new one begins with an outline. A file in which nothing was written is not kept.",
        "用 $VISUAL 或 $EDITOR 打开你自己的模板，之后检查它。内置的或项目的模板会先复制一份；新模板从一个提纲开始。没有改动的文件不会保留。",
    ),
    (
        "Opens the config file in $VISUAL or $EDITOR, and checks it afterwards.",
        "用 $VISUAL 或 $EDITOR 打开配置文件，之后检查它。",
    ),
    ("Options", "选项"),
    (
        "Origin whose web pages may ask; repeatable",
        "允许其网页发起请求的来源；可重复",
    ),
    (
        "Origin whose web pages may ask; repeatable. `*` allows all, with --api-key only",
        "允许其网页发起请求的来源；可重复。`*` 允许所有来源，必须同时有 --api-key",
    ),
    ("Output", "输出"),
    ("Output CSV", "以 CSV 输出"),
    ("Output a JSON array", "输出 JSON 数组"),
    ("Output a JSON object", "输出 JSON 对象"),
    (
        "Output file, whose extension sets the format; - or none: stdout",
        "输出文件，格式由扩展名决定；- 或不给：标准输出",
    ),
    (
        "Picture to change, at most 3 of them; - is stdin",
        "要修改的图片，最多 3 张；- 表示标准输入",
    ),
    (
        "Port to listen on; 0: a free one [default: 8787]",
        "监听的端口；0 表示任一空闲端口 [默认：8787]",
    ),
    (
        "Presence penalty, -2 to 2; above 0: repeat less",
        "存在惩罚，-2 到 2；大于 0：减少重复",
    ),
    ("Print JSON", "输出 JSON"),
    (
        "Print a conversation, by default the last one",
        "输出一个对话，默认为上一个",
    ),
    ("Print a shell completion script", "输出 shell 补全脚本"),
    ("Print a template", "输出模板"),
    ("Print help", "显示帮助"),
    (
        "Print help; --help: more, with examples",
        "显示帮助；--help 更详细，并有示例",
    ),
    (
        "Print number, cost and time to stderr afterwards",
        "结束后在标准错误输出张数、费用和时间",
    ),
    (
        "Print only its code: all blocks, or the Nth",
        "只输出其中的代码：全部，或第 N 块",
    ),
    ("Print only the answer and errors", "只输出回答和错误"),
    (
        "Print only the code: all blocks, or the Nth",
        "只输出代码：全部，或第 N 块",
    ),
    ("Print the answer and its details as JSON", "以 JSON 输出回答及其详情"),
    (
        "Print the last answer again, or its code",
        "再次输出上一个回答，或其中的代码",
    ),
    ("Print the manual page (roff)", "输出手册页（roff）"),
    ("Print the path of the config file", "输出配置文件的路径"),
    (
        "Print the path of the directory, or of a template of yours",
        "输出模板目录的路径，或者你自己的某个模板的路径",
    ),
    (
        "Print the request as json or curl, do not send it",
        "以 json 或 curl 形式输出请求，不发送",
    ),
    ("Print the value of a setting", "输出设置的值"),
    (
        "Print the words of the recording that -i names",
        "输出 -i 所指录音中的话",
    ),
    (
        "Print the words of the recording that -i names. It is given to `transcribe_model`; -s names terms to expect",
        "输出 -i 所指录音中的话。由 `transcribe_model` 转写；可用 -s 给出会出现的名称和术语",
    ),
    (
        "Print tokens, cost and times to stderr afterwards",
        "结束后在标准错误上输出 token 数、费用和用时",
    ),
    ("Print version", "显示版本"),
    (
        "Prints a conversation, by default the last one: on a terminal drawn as it looked, elsewhere as Markdown, or as JSON.",
        "输出一个对话，默认为上一个：在终端上按原样显示，否则为 Markdown，或者 JSON。",
    ),
    (
        "Prints a script with which the shell completes commands, options, models, providers and conversations. install.sh installs it.",
        "输出一个脚本，让 shell 补全命令、选项、模型、服务商和对话。install.sh 会安装它。",
    ),
    (
        "Prints the details of a model: input types, context length and prices.",
        "输出模型的详情：输入类型、上下文长度和价格。",
    ),
    ("Prints the file of a template.", "输出模板文件。"),
    (
        "Prints the last answer again, from any directory or terminal: the answer, only its code, or the answer with its details as JSON.",
        "再次输出上一个回答，在任何目录或终端都可以：整个回答、只有代码，或以 JSON 输出回答及其详情。",
    ),
    (
        "Prints the manual page of qwen or of one of its commands, as roff.",
        "以 roff 格式输出 qwen 或其某个命令的手册页。",
    ),
    (
        "Prints the path of the config file, whether it exists or not.",
        "输出配置文件的路径，不论文件是否存在。",
    ),
    (
        "Prints the path of the directory of your templates, or of one of them, whether it exists or not.",
        "输出你的模板目录的路径，或者其中一个模板的路径，不管它是否存在。",
    ),
    (
        "Prints the value of a setting, an alias, or a field of your own provider.",
        "输出设置、别名或自定义服务商某一项的值。",
    ),
    ("Prompt for a credential, check it and store it", "询问凭据，检查并存储"),
    (
        "Prompts for a credential without echo, or reads it from stdin, checks it, and stores it with its region in a file that only you can read. The region of a key is found by asking DashScope's hosts; on a terminal a default model is chosen; the address of --base-url is stored with the key.",
        "不回显地询问凭据，或从标准输入读取，检查后连同地域存入只有你能读取的文件。密钥的地域通过询问 DashScope 的主机得知；在终端上可选择默认模型；--base-url 的地址与密钥一起保存。",
    ),
    (
        "Prompts: .jsonl, .txt or .csv; - is stdin",
        "提示词：.jsonl、.txt 或 .csv；- 为标准输入",
    ),
    (
        "Provider: dashscope, web, local, demo or your own",
        "服务商：dashscope、web、local、demo 或自定义",
    ),
    (
        "Providers to ask where the first cannot answer",
        "第一个服务商无法回答时改问的服务商",
    ),
    (
        "Providers to ask where the first cannot answer. Each is asked with its own default model, where the one before cannot be reached or refuses (401, 403, 404, 408, 429, 5xx) before its first token",
        "第一个服务商无法回答时改问的服务商。前一个连不上，或在第一个词之前拒绝（401、403、404、408、429、5xx）时，用下一个服务商自己的默认模型",
    ),
    ("Refuse requests that can cost more", "拒绝可能花费更多的请求"),
    (
        "Refuse requests that can cost more. In the currency of the region's prices: the input estimated, the longest answer and thinking counted. A model whose price is not known is refused as well; local and demo cost nothing",
        "拒绝可能花费更多的请求。以地域价格的货币计：输入按估计，回答和思考按最长计算。价格未知的模型同样拒绝；local 和 demo 不收费",
    ),
    ("Remove a setting from the config file", "从配置文件中删除设置"),
    ("Remove all cached answers", "删除所有缓存的回答"),
    (
        "Remove the stored credential of -p, or all of them",
        "删除 -p 所指服务商已存储的凭据，或全部凭据",
    ),
    (
        "Removes a setting, or with providers.NAME a whole provider, from the config file. The rest of the file is left as it is, comments included. A setting that is not in the file is no error.",
        "从配置文件中删除一项设置，或用 providers.NAME 删除整个服务商。文件的其余部分保持不变，包括注释。设置不在文件中不算错误。",
    ),
    (
        "Removes all cached answers. Saved conversations stay.",
        "删除所有缓存的回答。已保存的对话不受影响。",
    ),
    (
        "Removes the stored credential of the provider given by -p, by default all stored credentials.",
        "删除 -p 所指服务商已存储的凭据，默认删除全部已存储的凭据。",
    ),
    ("Rename a conversation, or remove its name", "重命名对话，或去掉名称"),
    ("Request JSON that matches this schema", "要求符合此模式的 JSON"),
    ("Request a JSON object", "要求 JSON 对象"),
    (
        "Requests at a time (realtime) [default: 8]",
        "同时进行的请求数（realtime）[默认：8]",
    ),
    ("Sample from the N most likely tokens", "从最可能的 N 个 token 中采样"),
    ("Sampling temperature, 0 to 2", "采样温度，0 到 2"),
    ("Save the conversation", "保存对话"),
    (
        "Search conversations for words, in any language",
        "在对话中搜索词语，不限语言",
    ),
    (
        "Seconds between looks at a job [default: 2 to 60]",
        "两次查询任务之间的秒数 [默认：2 至 60]",
    ),
    (
        "Seconds to wait for data; 0: forever [default: 60]",
        "等待数据的秒数；0 表示不限 [默认：60]",
    ),
    ("Seed for reproducible answers", "随机种子，使回答可重现"),
    ("Seed for similar pictures", "随机种子，用于得到相近的图片"),
    (
        "Send nothing if all lines together can cost more",
        "全部行合计可能花费更多时，什么都不发送",
    ),
    ("Send nothing that can cost more", "不发送可能花费更多的请求"),
    (
        "Send nothing that can cost more. In the currency of the region's prices: the input estimated, the longest answer and thinking counted. A model whose price is not known is refused as well; local and demo cost nothing",
        "不发送可能花费更多的请求。以地域价格的货币计：输入按估计，回答和思考按最长计算。价格未知的模型同样拒绝；local 和 demo 不收费",
    ),
    ("Send one prompt and print the answer", "发送一个提示词并输出回答"),
    (
        "Sends one prompt and prints the answer; `qwen QUESTION` does the same. Piped input is appended to the prompt after a blank line. Only the answer is written to stdout; everything else goes to stderr, and the exit code tells errors apart.",
        "发送一个提示词并输出回答；`qwen 问题` 也一样。管道中的输入空一行后接在提示词之后。标准输出只有回答，其余内容都写到标准错误；错误的种类可由退出码区分。",
    ),
    ("Serve", "服务"),
    (
        "Serve OpenAI's API on this machine, for other programs",
        "在本机为其他程序提供 OpenAI 的接口",
    ),
    (
        "Serves OpenAI's API (and Ollama's) on this machine in front of any provider, so that other programs use it as one: requests are retried, answers that are cut are resumed. Any key is accepted unless --api-key is given, and none is passed on.",
        "在本机提供 OpenAI 的接口（以及 Ollama 的接口），背后可以是任何服务商：请求会重试，中断的回答会接续。没有 --api-key 时接受任意密钥，密钥不会转发。",
    ),
    ("Set a setting in the config file", "在配置文件中写入设置"),
    (
        "Set a variable of the template (repeatable)",
        "设置模板的变量（可重复）",
    ),
    (
        "Sets a setting in the config file. The rest of the file is left as it is, comments included.",
        "在配置文件中写入一项设置。文件的其余部分保持不变，包括注释。",
    ),
    ("Setup", "设置"),
    ("Show and change settings", "查看和更改设置"),
    ("Show how far a batch is", "显示批处理的进度"),
    ("Show the details of a model", "显示模型的详情"),
    (
        "Show thinking: auto, always, never",
        "显示思考过程：auto、always、never",
    ),
    (
        "Show thinking: auto, always, never. auto: on a terminal",
        "显示思考过程：auto、always、never。auto：在终端上显示",
    ),
    (
        "Show tokens and cost, by day, model or provider",
        "按天、模型或服务商显示 token 和费用",
    ),
    (
        "Show which credentials are used and where they come from",
        "显示使用哪些凭据及其来源",
    ),
    (
        "Shows and changes settings. Flags take precedence over the environment, that over a .env file, that over the config file.",
        "查看和更改设置。选项优先于环境变量，环境变量优先于 .env 文件，.env 文件优先于配置文件。",
    ),
    (
        "Shows the tokens of all answers and what they cost, added up by day: a table on a terminal; in a pipe the key, requests, tokens in, out and in all, cost, and requests of unknown cost, separated by tabs. Answers that were not saved are counted too, and those of conversations that were deleted.",
        "按天汇总所有回答的 token 和费用：在终端上是表格；在管道中是以制表符分隔的键、请求数、输入 token、输出 token、合计、费用和费用未知的请求数。未保存的回答和已删除对话的回答也计算在内。",
    ),
    (
        "Shows which credential each provider uses and where it comes from, but not the credential itself.",
        "显示每个服务商使用哪个凭据及其来源，但不显示凭据本身。",
    ),
    (
        "Size in pixels; for some models 1K, 2K or 4K",
        "像素尺寸；部分模型可用 1K、2K、4K",
    ),
    (
        "Start an interactive conversation (default on a terminal)",
        "开始交互式对话（在终端上的默认命令）",
    ),
    (
        "Starts an interactive conversation. Answers are rendered while they stream, and every exchange is saved. Piped input becomes the context of the first message; without a terminal, each line of input is a message.",
        "开始交互式对话。回答一边到达一边渲染，每次问答都会保存。管道中的输入成为第一条消息的上下文；没有终端时，输入的每一行是一条消息。",
    ),
    ("Stop before this text (repeatable)", "在这段文字之前停止（可重复）"),
    (
        "Store it in the system keyring instead of a file",
        "存入系统钥匙串，而不是文件",
    ),
    ("Store it without checking it", "不检查就存储"),
    (
        "System message, or @FILE to read it from a file",
        "系统消息，或用 @FILE 从文件读取",
    ),
    ("Talk", "对话"),
    (
        "The address is printed to stdout; a line for each request goes to stderr. Ctrl-C ends it when the running answers have ended.",
        "地址输出到标准输出，每个请求在标准错误上有一行。按 Ctrl-C 后，等正在进行的回答结束便退出。",
    ),
    (
        "The prompt; words are joined with spaces; - reads stdin only",
        "提示词；各个词用空格连接；- 表示只读标准输入",
    ),
    ("The terminal for Qwen", "终端里的 Qwen"),
    (
        "The terminal for Qwen: interactive chat, answers for scripts and pipes, uploads.",
        "终端里的 Qwen：交互式对话，为脚本和管道提供回答，上传文件。",
    ),
    ("Trust these root certificates too (PEM)", "额外信任的根证书（PEM）"),
    ("Upload files for the model to read", "上传文件供模型读取"),
    (
        "Uploads files for the model to read and prints one reference per line, in the order given. References are valid for 48 hours and for one model: that of -m, by default the provider's vision model.",
        "上传文件供模型读取，并按给出的顺序每行输出一个引用。引用在 48 小时内有效，且只对一个模型有效：-m 指定的模型，默认为服务商的视觉模型。",
    ),
    (
        "Use the prompt that is kept under this name",
        "使用以这个名称保存的提示词",
    ),
    (
        "Use the prompt that is kept under this name. The prompt, stdin and files are its input",
        "使用以这个名称保存的提示词。提示词、标准输入和文件是它的输入",
    ),
    (
        "Use this base URL instead of the provider's",
        "用此基础地址代替服务商的默认地址",
    ),
    ("Use this config file", "使用此配置文件"),
    (
        "Use this proxy for all but loopback connections",
        "除本机连接外都使用此代理",
    ),
    ("What the picture must not show", "图片中不要出现的内容"),
    (
        "What the picture shows, or how to change it; - is stdin",
        "图片的内容，或如何修改；- 表示标准输入",
    ),
    (
        "When to use colour: auto, always, never",
        "何时使用颜色：auto、always、never",
    ),
    ("Words that must all occur", "必须全部出现的词语"),
    (
        "Write the answers of a batch that has ended",
        "写出已结束的批处理的回答",
    ),
    (
        "Write the log to FILE, credentials masked",
        "把日志写入 FILE，凭据会被遮盖",
    ),
    (
        "Write to FILE, all or nothing; - is stdout",
        "写入 FILE，要么完整，要么不写；- 表示标准输出",
    ),
    (
        "Write to FILE, all or nothing; - is stdout. Lines that failed are written to FILE.failed.jsonl beside it, ready to be run",
        "写入 FILE，要么全部写入，要么不写；- 为标准输出。失败的行写入旁边的 FILE.failed.jsonl，可直接再次执行",
    ),
    (
        "Write to FILE, several to FILE-1, …; - is stdout",
        "写入 FILE，多张时为 FILE-1……；- 表示标准输出",
    ),
    (
        "Writes the answers of a batch that has ended, in the order of its lines. Before its end the exit code is 1.",
        "按各行的顺序写出已结束的批处理的回答。尚未结束时退出码为 1。",
    ),
    (
        "auto, batch (half price), batch-chat, realtime",
        "auto、batch（半价）、batch-chat、realtime",
    ),
    (
        "auto, batch (half price), batch-chat, realtime. batch: files for the provider's batch service, at half price on DashScope. batch-chat: requests that DashScope holds until it has time. realtime: ordinary requests. auto: batch on DashScope from 100 lines of one model on",
        "auto、batch（半价）、batch-chat、realtime。batch：把文件交给服务商的批处理服务，在 DashScope 上半价。batch-chat：DashScope 先让请求等待，有空时再回答。realtime：普通请求。auto：在 DashScope 上，同一模型达到 100 行时用 batch",
    ),
    (
        "bash, zsh, fish, powershell or elvish",
        "bash、zsh、fish、powershell 或 elvish",
    ),
    (
        "file-extract: upload documents, print file IDs",
        "file-extract：上传文档，输出文件 ID",
    ),
    (
        "file-extract: upload documents, print file IDs. For qwen-long and qwen-doc-turbo",
        "file-extract：上传文档，输出文件 ID。用于 qwen-long 和 qwen-doc-turbo",
    ),
    (
        "jsonl (OpenAI's result lines), text or csv",
        "jsonl（OpenAI 的结果行）、text 或 csv",
    ),
    (
        "jsonl (OpenAI's result lines), text or csv. text has a line for each answer, line ends escaped as in JSON; csv has the columns of the input, then answer and error",
        "jsonl（OpenAI 的结果行）、text 或 csv。text 每个回答一行，换行按 JSON 转义；csv 先是输入的各列，然后是 answer 和 error",
    ),
    (
        "qwen -h: everything; qwen COMMAND --help: one command; qwen man: the manual.",
        "qwen -h：全部命令和选项；qwen 命令 --help：单个命令；qwen man：手册。",
    ),
    (
        "text (one path per line) or json (an array)",
        "text（每行一个路径）或 json（数组）",
    ),
    (
        "text (one reference per line) or json (an array)",
        "text（每行一个引用）或 json（数组）",
    ),
    (
        "text, json (one object) or jsonl (event per line)",
        "text、json（一个对象）或 jsonl（每行一个事件）",
    ),
    ("to try it: no key, no network", "试一试：不需要密钥，也不需要网络"),
    (
        "vision, audio, video, image-out, thinking, …",
        "vision、audio、video、image-out、thinking……",
    ),
    (
        "vision, audio, video, image-out, thinking, … Only models with this capability, text and search too; repeatable",
        "vision、audio、video、image-out、thinking……。只列出具备该能力的模型，还可以是 text 和 search；可重复",
    ),
];
