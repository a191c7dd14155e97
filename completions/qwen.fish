# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_qwen_global_optspecs
    string join \n p/provider= m/model= region= workspace= base-url= timeout= retries= config= color= v/verbose log-file= proxy= cacert= allow-http q/quiet h/help V/version
end

function __fish_qwen_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_qwen_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_qwen_using_subcommand
    set -l cmd (__fish_qwen_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c qwen -n "__fish_qwen_needs_command" -s p -l provider -d 'Who answers: dashscope, dashscope-native, web, local, demo, or one of the config file' -r
complete -c qwen -n "__fish_qwen_needs_command" -s m -l model -d 'Model, or an alias from the config file' -r
complete -c qwen -n "__fish_qwen_needs_command" -l region -d 'DashScope region: beijing, singapore, us, hongkong, frankfurt, tokyo' -r
complete -c qwen -n "__fish_qwen_needs_command" -l workspace -d 'DashScope workspace, for its own host' -r
complete -c qwen -n "__fish_qwen_needs_command" -l base-url -d 'Replaces the provider\'s base URL' -r
complete -c qwen -n "__fish_qwen_needs_command" -l timeout -d 'Silence allowed before and between pieces of an answer; 0: any [default: 60]' -r
complete -c qwen -n "__fish_qwen_needs_command" -l retries -d 'How often to try again, 0 to 20; 0 turns resuming off too [default: 3]' -r
complete -c qwen -n "__fish_qwen_needs_command" -l config -d 'Another config file' -r -F
complete -c qwen -n "__fish_qwen_needs_command" -l color -d 'When to use colour: auto, always, never' -r
complete -c qwen -n "__fish_qwen_needs_command" -l log-file -d 'Log to a file, credentials masked' -r -F
complete -c qwen -n "__fish_qwen_needs_command" -l proxy -d 'Proxy for everything but loopback: http://, https:// or socks5://' -r
complete -c qwen -n "__fish_qwen_needs_command" -l cacert -d 'Further root certificates, PEM' -r -F
complete -c qwen -n "__fish_qwen_needs_command" -s v -l verbose -d 'Log to stderr: -v requests, -vv events'
complete -c qwen -n "__fish_qwen_needs_command" -l allow-http -d 'Allow a credential over plain http:// to a host that is not this machine'
complete -c qwen -n "__fish_qwen_needs_command" -s q -l quiet -d 'Answer and errors only'
complete -c qwen -n "__fish_qwen_needs_command" -s h -l help -d 'Print help'
complete -c qwen -n "__fish_qwen_needs_command" -s V -l version -d 'Print version'
complete -c qwen -n "__fish_qwen_needs_command" -f -a "chat" -d 'Interactive conversation; `qwen` alone on a terminal is this'
complete -c qwen -n "__fish_qwen_needs_command" -f -a "complete" -d 'One prompt in, one answer out'
complete -c qwen -n "__fish_qwen_needs_command" -f -a "upload" -d 'Put files where the model can read them; print one reference a line'
complete -c qwen -n "__fish_qwen_needs_command" -f -a "models" -d 'List models, or show one'
complete -c qwen -n "__fish_qwen_needs_command" -f -a "sessions" -d 'Saved conversations: list, show, search, export, rename, rm'
complete -c qwen -n "__fish_qwen_needs_command" -f -a "last" -d 'Print the last answer again, or its code'
complete -c qwen -n "__fish_qwen_needs_command" -f -a "auth" -d 'Store, look at and remove credentials'
complete -c qwen -n "__fish_qwen_needs_command" -f -a "config" -d 'Show and change settings'
complete -c qwen -n "__fish_qwen_needs_command" -f -a "doctor" -d 'Check credentials, reachability, proxy, terminal; say what to mend'
complete -c qwen -n "__fish_qwen_needs_command" -f -a "completions" -d 'Print a completion script'
complete -c qwen -n "__fish_qwen_needs_command" -f -a "man" -d 'Print the manual page (roff)'
complete -c qwen -n "__fish_qwen_using_subcommand chat" -s s -l system -d 'System message, or @FILE to read it from a file' -r
complete -c qwen -n "__fish_qwen_using_subcommand chat" -s t -l temperature -d '0 to 2' -r
complete -c qwen -n "__fish_qwen_using_subcommand chat" -l top-p -d 'Above 0, at most 1' -r
complete -c qwen -n "__fish_qwen_using_subcommand chat" -l top-k -d 'How many candidates a token is drawn from' -r
complete -c qwen -n "__fish_qwen_using_subcommand chat" -l max-tokens -d 'The longest answer, in tokens' -r
complete -c qwen -n "__fish_qwen_using_subcommand chat" -l seed -d 'For answers that can be repeated' -r
complete -c qwen -n "__fish_qwen_using_subcommand chat" -l stop -d 'End the answer where this text would come (repeatable)' -r
complete -c qwen -n "__fish_qwen_using_subcommand chat" -l presence-penalty -d '-2 to 2' -r
complete -c qwen -n "__fish_qwen_using_subcommand chat" -l think -d 'Let the model think first, at most BUDGET tokens' -r
complete -c qwen -n "__fish_qwen_using_subcommand chat" -s i -l image -d 'Attach an image (repeatable); - is stdin' -r
complete -c qwen -n "__fish_qwen_using_subcommand chat" -s f -l file -d 'Attach a text file, fenced and named, before the prompt (repeatable); documents for qwen-long' -r
complete -c qwen -n "__fish_qwen_using_subcommand chat" -l schema -d 'Ask for JSON of this schema' -r
complete -c qwen -n "__fish_qwen_using_subcommand chat" -l show-thinking -d 'Whether thinking is shown: auto (on a terminal), always, never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c qwen -n "__fish_qwen_using_subcommand chat" -s r -l resume -d 'Go on with a chosen conversation; -c --resume without a prompt asks for the rest of an answer that was cut' -r
complete -c qwen -n "__fish_qwen_using_subcommand chat" -l context -d 'When the conversation is longer than the model can hold: leave the oldest out (fit), or refuse (all)' -r -f -a "fit\t''
all\t''"
complete -c qwen -n "__fish_qwen_using_subcommand chat" -s p -l provider -d 'Who answers: dashscope, dashscope-native, web, local, demo, or one of the config file' -r
complete -c qwen -n "__fish_qwen_using_subcommand chat" -s m -l model -d 'Model, or an alias from the config file' -r
complete -c qwen -n "__fish_qwen_using_subcommand chat" -l region -d 'DashScope region: beijing, singapore, us, hongkong, frankfurt, tokyo' -r
complete -c qwen -n "__fish_qwen_using_subcommand chat" -l workspace -d 'DashScope workspace, for its own host' -r
complete -c qwen -n "__fish_qwen_using_subcommand chat" -l base-url -d 'Replaces the provider\'s base URL' -r
complete -c qwen -n "__fish_qwen_using_subcommand chat" -l timeout -d 'Silence allowed before and between pieces of an answer; 0: any [default: 60]' -r
complete -c qwen -n "__fish_qwen_using_subcommand chat" -l retries -d 'How often to try again, 0 to 20; 0 turns resuming off too [default: 3]' -r
complete -c qwen -n "__fish_qwen_using_subcommand chat" -l config -d 'Another config file' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand chat" -l color -d 'When to use colour: auto, always, never' -r
complete -c qwen -n "__fish_qwen_using_subcommand chat" -l log-file -d 'Log to a file, credentials masked' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand chat" -l proxy -d 'Proxy for everything but loopback: http://, https:// or socks5://' -r
complete -c qwen -n "__fish_qwen_using_subcommand chat" -l cacert -d 'Further root certificates, PEM' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand chat" -l no-think -d 'Answer without thinking'
complete -c qwen -n "__fish_qwen_using_subcommand chat" -l search -d 'Let the model search the web'
complete -c qwen -n "__fish_qwen_using_subcommand chat" -l no-search -d 'Do not search'
complete -c qwen -n "__fish_qwen_using_subcommand chat" -l no-resize -d 'Refuse an image that is too large instead of scaling it down'
complete -c qwen -n "__fish_qwen_using_subcommand chat" -l json -d 'Ask for a JSON object'
complete -c qwen -n "__fish_qwen_using_subcommand chat" -l no-stream -d 'One reply in one piece'
complete -c qwen -n "__fish_qwen_using_subcommand chat" -l raw -d 'No Markdown rendering'
complete -c qwen -n "__fish_qwen_using_subcommand chat" -s u -l usage -d 'After the answer, on stderr: tokens and times'
complete -c qwen -n "__fish_qwen_using_subcommand chat" -l save -d 'Keep the conversation'
complete -c qwen -n "__fish_qwen_using_subcommand chat" -l no-save -d 'Keep nothing'
complete -c qwen -n "__fish_qwen_using_subcommand chat" -s c -l continue -d 'Go on with the last conversation, with its provider and model unless others are named'
complete -c qwen -n "__fish_qwen_using_subcommand chat" -s v -l verbose -d 'Log to stderr: -v requests, -vv events'
complete -c qwen -n "__fish_qwen_using_subcommand chat" -l allow-http -d 'Allow a credential over plain http:// to a host that is not this machine'
complete -c qwen -n "__fish_qwen_using_subcommand chat" -s q -l quiet -d 'Answer and errors only'
complete -c qwen -n "__fish_qwen_using_subcommand chat" -s h -l help -d 'Print help'
complete -c qwen -n "__fish_qwen_using_subcommand complete" -s s -l system -d 'System message, or @FILE to read it from a file' -r
complete -c qwen -n "__fish_qwen_using_subcommand complete" -s t -l temperature -d '0 to 2' -r
complete -c qwen -n "__fish_qwen_using_subcommand complete" -l top-p -d 'Above 0, at most 1' -r
complete -c qwen -n "__fish_qwen_using_subcommand complete" -l top-k -d 'How many candidates a token is drawn from' -r
complete -c qwen -n "__fish_qwen_using_subcommand complete" -l max-tokens -d 'The longest answer, in tokens' -r
complete -c qwen -n "__fish_qwen_using_subcommand complete" -l seed -d 'For answers that can be repeated' -r
complete -c qwen -n "__fish_qwen_using_subcommand complete" -l stop -d 'End the answer where this text would come (repeatable)' -r
complete -c qwen -n "__fish_qwen_using_subcommand complete" -l presence-penalty -d '-2 to 2' -r
complete -c qwen -n "__fish_qwen_using_subcommand complete" -l think -d 'Let the model think first, at most BUDGET tokens' -r
complete -c qwen -n "__fish_qwen_using_subcommand complete" -s i -l image -d 'Attach an image (repeatable); - is stdin' -r
complete -c qwen -n "__fish_qwen_using_subcommand complete" -s f -l file -d 'Attach a text file, fenced and named, before the prompt (repeatable); documents for qwen-long' -r
complete -c qwen -n "__fish_qwen_using_subcommand complete" -l schema -d 'Ask for JSON of this schema' -r
complete -c qwen -n "__fish_qwen_using_subcommand complete" -l show-thinking -d 'Whether thinking is shown: auto (on a terminal), always, never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c qwen -n "__fish_qwen_using_subcommand complete" -s r -l resume -d 'Go on with a chosen conversation; -c --resume without a prompt asks for the rest of an answer that was cut' -r
complete -c qwen -n "__fish_qwen_using_subcommand complete" -l context -d 'When the conversation is longer than the model can hold: leave the oldest out (fit), or refuse (all)' -r -f -a "fit\t''
all\t''"
complete -c qwen -n "__fish_qwen_using_subcommand complete" -s x -l extract -d 'Print only the answer\'s code: all fenced blocks, or the N-th' -r
complete -c qwen -n "__fish_qwen_using_subcommand complete" -l format -d 'text, json (one object at the end) or jsonl (an event a line)' -r -f -a "text\t''
json\t''
jsonl\t''"
complete -c qwen -n "__fish_qwen_using_subcommand complete" -s o -l output -d 'Write the answer to a file, whole or not at all' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand complete" -l dry-run -d 'Print the request (json, or a curl command) and send nothing' -r -f -a "json\t''
curl\t''"
complete -c qwen -n "__fish_qwen_using_subcommand complete" -l encoding -d 'The encoding of stdin and of -f files, when it is not UTF-8' -r
complete -c qwen -n "__fish_qwen_using_subcommand complete" -s p -l provider -d 'Who answers: dashscope, dashscope-native, web, local, demo, or one of the config file' -r
complete -c qwen -n "__fish_qwen_using_subcommand complete" -s m -l model -d 'Model, or an alias from the config file' -r
complete -c qwen -n "__fish_qwen_using_subcommand complete" -l region -d 'DashScope region: beijing, singapore, us, hongkong, frankfurt, tokyo' -r
complete -c qwen -n "__fish_qwen_using_subcommand complete" -l workspace -d 'DashScope workspace, for its own host' -r
complete -c qwen -n "__fish_qwen_using_subcommand complete" -l base-url -d 'Replaces the provider\'s base URL' -r
complete -c qwen -n "__fish_qwen_using_subcommand complete" -l timeout -d 'Silence allowed before and between pieces of an answer; 0: any [default: 60]' -r
complete -c qwen -n "__fish_qwen_using_subcommand complete" -l retries -d 'How often to try again, 0 to 20; 0 turns resuming off too [default: 3]' -r
complete -c qwen -n "__fish_qwen_using_subcommand complete" -l config -d 'Another config file' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand complete" -l color -d 'When to use colour: auto, always, never' -r
complete -c qwen -n "__fish_qwen_using_subcommand complete" -l log-file -d 'Log to a file, credentials masked' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand complete" -l proxy -d 'Proxy for everything but loopback: http://, https:// or socks5://' -r
complete -c qwen -n "__fish_qwen_using_subcommand complete" -l cacert -d 'Further root certificates, PEM' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand complete" -l no-think -d 'Answer without thinking'
complete -c qwen -n "__fish_qwen_using_subcommand complete" -l search -d 'Let the model search the web'
complete -c qwen -n "__fish_qwen_using_subcommand complete" -l no-search -d 'Do not search'
complete -c qwen -n "__fish_qwen_using_subcommand complete" -l no-resize -d 'Refuse an image that is too large instead of scaling it down'
complete -c qwen -n "__fish_qwen_using_subcommand complete" -l json -d 'Ask for a JSON object'
complete -c qwen -n "__fish_qwen_using_subcommand complete" -l no-stream -d 'One reply in one piece'
complete -c qwen -n "__fish_qwen_using_subcommand complete" -l raw -d 'No Markdown rendering'
complete -c qwen -n "__fish_qwen_using_subcommand complete" -s u -l usage -d 'After the answer, on stderr: tokens and times'
complete -c qwen -n "__fish_qwen_using_subcommand complete" -l save -d 'Keep the conversation'
complete -c qwen -n "__fish_qwen_using_subcommand complete" -l no-save -d 'Keep nothing'
complete -c qwen -n "__fish_qwen_using_subcommand complete" -s c -l continue -d 'Go on with the last conversation, with its provider and model unless others are named'
complete -c qwen -n "__fish_qwen_using_subcommand complete" -l delete-chat -d 'Delete the chat from the web account\'s list after the answer (-p web)'
complete -c qwen -n "__fish_qwen_using_subcommand complete" -s v -l verbose -d 'Log to stderr: -v requests, -vv events'
complete -c qwen -n "__fish_qwen_using_subcommand complete" -l allow-http -d 'Allow a credential over plain http:// to a host that is not this machine'
complete -c qwen -n "__fish_qwen_using_subcommand complete" -s q -l quiet -d 'Answer and errors only'
complete -c qwen -n "__fish_qwen_using_subcommand complete" -s h -l help -d 'Print help'
complete -c qwen -n "__fish_qwen_using_subcommand upload" -l format -d 'text (a reference a line) or json (an array)' -r -f -a "text\t''
json\t''"
complete -c qwen -n "__fish_qwen_using_subcommand upload" -l purpose -d 'file-extract: documents for qwen-long and qwen-doc-turbo, printed as file ids' -r -f -a "file-extract\t''"
complete -c qwen -n "__fish_qwen_using_subcommand upload" -s p -l provider -d 'Who answers: dashscope, dashscope-native, web, local, demo, or one of the config file' -r
complete -c qwen -n "__fish_qwen_using_subcommand upload" -s m -l model -d 'Model, or an alias from the config file' -r
complete -c qwen -n "__fish_qwen_using_subcommand upload" -l region -d 'DashScope region: beijing, singapore, us, hongkong, frankfurt, tokyo' -r
complete -c qwen -n "__fish_qwen_using_subcommand upload" -l workspace -d 'DashScope workspace, for its own host' -r
complete -c qwen -n "__fish_qwen_using_subcommand upload" -l base-url -d 'Replaces the provider\'s base URL' -r
complete -c qwen -n "__fish_qwen_using_subcommand upload" -l timeout -d 'Silence allowed before and between pieces of an answer; 0: any [default: 60]' -r
complete -c qwen -n "__fish_qwen_using_subcommand upload" -l retries -d 'How often to try again, 0 to 20; 0 turns resuming off too [default: 3]' -r
complete -c qwen -n "__fish_qwen_using_subcommand upload" -l config -d 'Another config file' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand upload" -l color -d 'When to use colour: auto, always, never' -r
complete -c qwen -n "__fish_qwen_using_subcommand upload" -l log-file -d 'Log to a file, credentials masked' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand upload" -l proxy -d 'Proxy for everything but loopback: http://, https:// or socks5://' -r
complete -c qwen -n "__fish_qwen_using_subcommand upload" -l cacert -d 'Further root certificates, PEM' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand upload" -s v -l verbose -d 'Log to stderr: -v requests, -vv events'
complete -c qwen -n "__fish_qwen_using_subcommand upload" -l allow-http -d 'Allow a credential over plain http:// to a host that is not this machine'
complete -c qwen -n "__fish_qwen_using_subcommand upload" -s q -l quiet -d 'Answer and errors only'
complete -c qwen -n "__fish_qwen_using_subcommand upload" -s h -l help -d 'Print help'
complete -c qwen -n "__fish_qwen_using_subcommand models; and not __fish_seen_subcommand_from show" -l capability -d 'Only models that can: text, vision, audio, video, thinking, search (repeatable)' -r -f -a "text\t''
vision\t''
audio\t''
video\t''
thinking\t''
search\t''"
complete -c qwen -n "__fish_qwen_using_subcommand models; and not __fish_seen_subcommand_from show" -s p -l provider -d 'Who answers: dashscope, dashscope-native, web, local, demo, or one of the config file' -r
complete -c qwen -n "__fish_qwen_using_subcommand models; and not __fish_seen_subcommand_from show" -s m -l model -d 'Model, or an alias from the config file' -r
complete -c qwen -n "__fish_qwen_using_subcommand models; and not __fish_seen_subcommand_from show" -l region -d 'DashScope region: beijing, singapore, us, hongkong, frankfurt, tokyo' -r
complete -c qwen -n "__fish_qwen_using_subcommand models; and not __fish_seen_subcommand_from show" -l workspace -d 'DashScope workspace, for its own host' -r
complete -c qwen -n "__fish_qwen_using_subcommand models; and not __fish_seen_subcommand_from show" -l base-url -d 'Replaces the provider\'s base URL' -r
complete -c qwen -n "__fish_qwen_using_subcommand models; and not __fish_seen_subcommand_from show" -l timeout -d 'Silence allowed before and between pieces of an answer; 0: any [default: 60]' -r
complete -c qwen -n "__fish_qwen_using_subcommand models; and not __fish_seen_subcommand_from show" -l retries -d 'How often to try again, 0 to 20; 0 turns resuming off too [default: 3]' -r
complete -c qwen -n "__fish_qwen_using_subcommand models; and not __fish_seen_subcommand_from show" -l config -d 'Another config file' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand models; and not __fish_seen_subcommand_from show" -l color -d 'When to use colour: auto, always, never' -r
complete -c qwen -n "__fish_qwen_using_subcommand models; and not __fish_seen_subcommand_from show" -l log-file -d 'Log to a file, credentials masked' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand models; and not __fish_seen_subcommand_from show" -l proxy -d 'Proxy for everything but loopback: http://, https:// or socks5://' -r
complete -c qwen -n "__fish_qwen_using_subcommand models; and not __fish_seen_subcommand_from show" -l cacert -d 'Further root certificates, PEM' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand models; and not __fish_seen_subcommand_from show" -l json -d 'A JSON array'
complete -c qwen -n "__fish_qwen_using_subcommand models; and not __fish_seen_subcommand_from show" -l refresh -d 'Ask the server again instead of using the list of the last 24 hours'
complete -c qwen -n "__fish_qwen_using_subcommand models; and not __fish_seen_subcommand_from show" -s v -l verbose -d 'Log to stderr: -v requests, -vv events'
complete -c qwen -n "__fish_qwen_using_subcommand models; and not __fish_seen_subcommand_from show" -l allow-http -d 'Allow a credential over plain http:// to a host that is not this machine'
complete -c qwen -n "__fish_qwen_using_subcommand models; and not __fish_seen_subcommand_from show" -s q -l quiet -d 'Answer and errors only'
complete -c qwen -n "__fish_qwen_using_subcommand models; and not __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c qwen -n "__fish_qwen_using_subcommand models; and not __fish_seen_subcommand_from show" -a "show" -d 'All that is known of one model'
complete -c qwen -n "__fish_qwen_using_subcommand models; and __fish_seen_subcommand_from show" -s p -l provider -d 'Who answers: dashscope, dashscope-native, web, local, demo, or one of the config file' -r
complete -c qwen -n "__fish_qwen_using_subcommand models; and __fish_seen_subcommand_from show" -s m -l model -d 'Model, or an alias from the config file' -r
complete -c qwen -n "__fish_qwen_using_subcommand models; and __fish_seen_subcommand_from show" -l region -d 'DashScope region: beijing, singapore, us, hongkong, frankfurt, tokyo' -r
complete -c qwen -n "__fish_qwen_using_subcommand models; and __fish_seen_subcommand_from show" -l workspace -d 'DashScope workspace, for its own host' -r
complete -c qwen -n "__fish_qwen_using_subcommand models; and __fish_seen_subcommand_from show" -l base-url -d 'Replaces the provider\'s base URL' -r
complete -c qwen -n "__fish_qwen_using_subcommand models; and __fish_seen_subcommand_from show" -l timeout -d 'Silence allowed before and between pieces of an answer; 0: any [default: 60]' -r
complete -c qwen -n "__fish_qwen_using_subcommand models; and __fish_seen_subcommand_from show" -l retries -d 'How often to try again, 0 to 20; 0 turns resuming off too [default: 3]' -r
complete -c qwen -n "__fish_qwen_using_subcommand models; and __fish_seen_subcommand_from show" -l config -d 'Another config file' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand models; and __fish_seen_subcommand_from show" -l color -d 'When to use colour: auto, always, never' -r
complete -c qwen -n "__fish_qwen_using_subcommand models; and __fish_seen_subcommand_from show" -l log-file -d 'Log to a file, credentials masked' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand models; and __fish_seen_subcommand_from show" -l proxy -d 'Proxy for everything but loopback: http://, https:// or socks5://' -r
complete -c qwen -n "__fish_qwen_using_subcommand models; and __fish_seen_subcommand_from show" -l cacert -d 'Further root certificates, PEM' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand models; and __fish_seen_subcommand_from show" -l json -d 'A JSON object'
complete -c qwen -n "__fish_qwen_using_subcommand models; and __fish_seen_subcommand_from show" -l refresh -d 'Ask the server again'
complete -c qwen -n "__fish_qwen_using_subcommand models; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Log to stderr: -v requests, -vv events'
complete -c qwen -n "__fish_qwen_using_subcommand models; and __fish_seen_subcommand_from show" -l allow-http -d 'Allow a credential over plain http:// to a host that is not this machine'
complete -c qwen -n "__fish_qwen_using_subcommand models; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Answer and errors only'
complete -c qwen -n "__fish_qwen_using_subcommand models; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and not __fish_seen_subcommand_from list show search export rename rm" -s p -l provider -d 'Who answers: dashscope, dashscope-native, web, local, demo, or one of the config file' -r
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and not __fish_seen_subcommand_from list show search export rename rm" -s m -l model -d 'Model, or an alias from the config file' -r
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and not __fish_seen_subcommand_from list show search export rename rm" -l region -d 'DashScope region: beijing, singapore, us, hongkong, frankfurt, tokyo' -r
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and not __fish_seen_subcommand_from list show search export rename rm" -l workspace -d 'DashScope workspace, for its own host' -r
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and not __fish_seen_subcommand_from list show search export rename rm" -l base-url -d 'Replaces the provider\'s base URL' -r
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and not __fish_seen_subcommand_from list show search export rename rm" -l timeout -d 'Silence allowed before and between pieces of an answer; 0: any [default: 60]' -r
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and not __fish_seen_subcommand_from list show search export rename rm" -l retries -d 'How often to try again, 0 to 20; 0 turns resuming off too [default: 3]' -r
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and not __fish_seen_subcommand_from list show search export rename rm" -l config -d 'Another config file' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and not __fish_seen_subcommand_from list show search export rename rm" -l color -d 'When to use colour: auto, always, never' -r
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and not __fish_seen_subcommand_from list show search export rename rm" -l log-file -d 'Log to a file, credentials masked' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and not __fish_seen_subcommand_from list show search export rename rm" -l proxy -d 'Proxy for everything but loopback: http://, https:// or socks5://' -r
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and not __fish_seen_subcommand_from list show search export rename rm" -l cacert -d 'Further root certificates, PEM' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and not __fish_seen_subcommand_from list show search export rename rm" -s v -l verbose -d 'Log to stderr: -v requests, -vv events'
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and not __fish_seen_subcommand_from list show search export rename rm" -l allow-http -d 'Allow a credential over plain http:// to a host that is not this machine'
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and not __fish_seen_subcommand_from list show search export rename rm" -s q -l quiet -d 'Answer and errors only'
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and not __fish_seen_subcommand_from list show search export rename rm" -s h -l help -d 'Print help'
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and not __fish_seen_subcommand_from list show search export rename rm" -f -a "list" -d 'The conversations last gone on with'
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and not __fish_seen_subcommand_from list show search export rename rm" -f -a "show" -d 'Print a conversation, the last one without an id'
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and not __fish_seen_subcommand_from list show search export rename rm" -f -a "search" -d 'Find conversations by words, in any language'
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and not __fish_seen_subcommand_from list show search export rename rm" -f -a "export" -d 'Write a conversation out as Markdown, JSON or HTML'
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and not __fish_seen_subcommand_from list show search export rename rm" -f -a "rename" -d 'Give a conversation a name; without one, take it away'
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and not __fish_seen_subcommand_from list show search export rename rm" -f -a "rm" -d 'Remove conversations for good'
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from list" -s n -l limit -d 'The most that are listed; 0: all' -r
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from list" -s p -l provider -d 'Who answers: dashscope, dashscope-native, web, local, demo, or one of the config file' -r
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from list" -s m -l model -d 'Model, or an alias from the config file' -r
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from list" -l region -d 'DashScope region: beijing, singapore, us, hongkong, frankfurt, tokyo' -r
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from list" -l workspace -d 'DashScope workspace, for its own host' -r
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from list" -l base-url -d 'Replaces the provider\'s base URL' -r
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from list" -l timeout -d 'Silence allowed before and between pieces of an answer; 0: any [default: 60]' -r
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from list" -l retries -d 'How often to try again, 0 to 20; 0 turns resuming off too [default: 3]' -r
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from list" -l config -d 'Another config file' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from list" -l color -d 'When to use colour: auto, always, never' -r
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from list" -l log-file -d 'Log to a file, credentials masked' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from list" -l proxy -d 'Proxy for everything but loopback: http://, https:// or socks5://' -r
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from list" -l cacert -d 'Further root certificates, PEM' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from list" -l json -d 'A JSON array'
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Log to stderr: -v requests, -vv events'
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from list" -l allow-http -d 'Allow a credential over plain http:// to a host that is not this machine'
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Answer and errors only'
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from show" -s p -l provider -d 'Who answers: dashscope, dashscope-native, web, local, demo, or one of the config file' -r
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from show" -s m -l model -d 'Model, or an alias from the config file' -r
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from show" -l region -d 'DashScope region: beijing, singapore, us, hongkong, frankfurt, tokyo' -r
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from show" -l workspace -d 'DashScope workspace, for its own host' -r
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from show" -l base-url -d 'Replaces the provider\'s base URL' -r
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from show" -l timeout -d 'Silence allowed before and between pieces of an answer; 0: any [default: 60]' -r
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from show" -l retries -d 'How often to try again, 0 to 20; 0 turns resuming off too [default: 3]' -r
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from show" -l config -d 'Another config file' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from show" -l color -d 'When to use colour: auto, always, never' -r
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from show" -l log-file -d 'Log to a file, credentials masked' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from show" -l proxy -d 'Proxy for everything but loopback: http://, https:// or socks5://' -r
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from show" -l cacert -d 'Further root certificates, PEM' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from show" -l json -d 'A JSON object'
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Log to stderr: -v requests, -vv events'
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from show" -l allow-http -d 'Allow a credential over plain http:// to a host that is not this machine'
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Answer and errors only'
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from search" -s n -l limit -d 'The most that are listed; 0: all' -r
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from search" -s p -l provider -d 'Who answers: dashscope, dashscope-native, web, local, demo, or one of the config file' -r
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from search" -s m -l model -d 'Model, or an alias from the config file' -r
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from search" -l region -d 'DashScope region: beijing, singapore, us, hongkong, frankfurt, tokyo' -r
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from search" -l workspace -d 'DashScope workspace, for its own host' -r
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from search" -l base-url -d 'Replaces the provider\'s base URL' -r
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from search" -l timeout -d 'Silence allowed before and between pieces of an answer; 0: any [default: 60]' -r
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from search" -l retries -d 'How often to try again, 0 to 20; 0 turns resuming off too [default: 3]' -r
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from search" -l config -d 'Another config file' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from search" -l color -d 'When to use colour: auto, always, never' -r
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from search" -l log-file -d 'Log to a file, credentials masked' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from search" -l proxy -d 'Proxy for everything but loopback: http://, https:// or socks5://' -r
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from search" -l cacert -d 'Further root certificates, PEM' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from search" -l json -d 'A JSON array'
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from search" -s v -l verbose -d 'Log to stderr: -v requests, -vv events'
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from search" -l allow-http -d 'Allow a credential over plain http:// to a host that is not this machine'
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from search" -s q -l quiet -d 'Answer and errors only'
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from search" -s h -l help -d 'Print help'
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from export" -l format -d 'md, json or html' -r
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from export" -s p -l provider -d 'Who answers: dashscope, dashscope-native, web, local, demo, or one of the config file' -r
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from export" -s m -l model -d 'Model, or an alias from the config file' -r
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from export" -l region -d 'DashScope region: beijing, singapore, us, hongkong, frankfurt, tokyo' -r
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from export" -l workspace -d 'DashScope workspace, for its own host' -r
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from export" -l base-url -d 'Replaces the provider\'s base URL' -r
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from export" -l timeout -d 'Silence allowed before and between pieces of an answer; 0: any [default: 60]' -r
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from export" -l retries -d 'How often to try again, 0 to 20; 0 turns resuming off too [default: 3]' -r
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from export" -l config -d 'Another config file' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from export" -l color -d 'When to use colour: auto, always, never' -r
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from export" -l log-file -d 'Log to a file, credentials masked' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from export" -l proxy -d 'Proxy for everything but loopback: http://, https:// or socks5://' -r
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from export" -l cacert -d 'Further root certificates, PEM' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from export" -s v -l verbose -d 'Log to stderr: -v requests, -vv events'
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from export" -l allow-http -d 'Allow a credential over plain http:// to a host that is not this machine'
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from export" -s q -l quiet -d 'Answer and errors only'
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from export" -s h -l help -d 'Print help'
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from rename" -s p -l provider -d 'Who answers: dashscope, dashscope-native, web, local, demo, or one of the config file' -r
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from rename" -s m -l model -d 'Model, or an alias from the config file' -r
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from rename" -l region -d 'DashScope region: beijing, singapore, us, hongkong, frankfurt, tokyo' -r
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from rename" -l workspace -d 'DashScope workspace, for its own host' -r
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from rename" -l base-url -d 'Replaces the provider\'s base URL' -r
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from rename" -l timeout -d 'Silence allowed before and between pieces of an answer; 0: any [default: 60]' -r
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from rename" -l retries -d 'How often to try again, 0 to 20; 0 turns resuming off too [default: 3]' -r
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from rename" -l config -d 'Another config file' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from rename" -l color -d 'When to use colour: auto, always, never' -r
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from rename" -l log-file -d 'Log to a file, credentials masked' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from rename" -l proxy -d 'Proxy for everything but loopback: http://, https:// or socks5://' -r
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from rename" -l cacert -d 'Further root certificates, PEM' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from rename" -s v -l verbose -d 'Log to stderr: -v requests, -vv events'
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from rename" -l allow-http -d 'Allow a credential over plain http:// to a host that is not this machine'
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from rename" -s q -l quiet -d 'Answer and errors only'
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from rename" -s h -l help -d 'Print help'
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from rm" -s p -l provider -d 'Who answers: dashscope, dashscope-native, web, local, demo, or one of the config file' -r
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from rm" -s m -l model -d 'Model, or an alias from the config file' -r
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from rm" -l region -d 'DashScope region: beijing, singapore, us, hongkong, frankfurt, tokyo' -r
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from rm" -l workspace -d 'DashScope workspace, for its own host' -r
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from rm" -l base-url -d 'Replaces the provider\'s base URL' -r
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from rm" -l timeout -d 'Silence allowed before and between pieces of an answer; 0: any [default: 60]' -r
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from rm" -l retries -d 'How often to try again, 0 to 20; 0 turns resuming off too [default: 3]' -r
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from rm" -l config -d 'Another config file' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from rm" -l color -d 'When to use colour: auto, always, never' -r
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from rm" -l log-file -d 'Log to a file, credentials masked' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from rm" -l proxy -d 'Proxy for everything but loopback: http://, https:// or socks5://' -r
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from rm" -l cacert -d 'Further root certificates, PEM' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from rm" -s y -l yes -d 'Do not ask'
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from rm" -s v -l verbose -d 'Log to stderr: -v requests, -vv events'
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from rm" -l allow-http -d 'Allow a credential over plain http:// to a host that is not this machine'
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from rm" -s q -l quiet -d 'Answer and errors only'
complete -c qwen -n "__fish_qwen_using_subcommand sessions; and __fish_seen_subcommand_from rm" -s h -l help -d 'Print help'
complete -c qwen -n "__fish_qwen_using_subcommand last" -l code -d 'Only its code: all fenced blocks, or the N-th' -r
complete -c qwen -n "__fish_qwen_using_subcommand last" -s p -l provider -d 'Who answers: dashscope, dashscope-native, web, local, demo, or one of the config file' -r
complete -c qwen -n "__fish_qwen_using_subcommand last" -s m -l model -d 'Model, or an alias from the config file' -r
complete -c qwen -n "__fish_qwen_using_subcommand last" -l region -d 'DashScope region: beijing, singapore, us, hongkong, frankfurt, tokyo' -r
complete -c qwen -n "__fish_qwen_using_subcommand last" -l workspace -d 'DashScope workspace, for its own host' -r
complete -c qwen -n "__fish_qwen_using_subcommand last" -l base-url -d 'Replaces the provider\'s base URL' -r
complete -c qwen -n "__fish_qwen_using_subcommand last" -l timeout -d 'Silence allowed before and between pieces of an answer; 0: any [default: 60]' -r
complete -c qwen -n "__fish_qwen_using_subcommand last" -l retries -d 'How often to try again, 0 to 20; 0 turns resuming off too [default: 3]' -r
complete -c qwen -n "__fish_qwen_using_subcommand last" -l config -d 'Another config file' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand last" -l color -d 'When to use colour: auto, always, never' -r
complete -c qwen -n "__fish_qwen_using_subcommand last" -l log-file -d 'Log to a file, credentials masked' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand last" -l proxy -d 'Proxy for everything but loopback: http://, https:// or socks5://' -r
complete -c qwen -n "__fish_qwen_using_subcommand last" -l cacert -d 'Further root certificates, PEM' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand last" -l json -d 'All that is known of it, as JSON'
complete -c qwen -n "__fish_qwen_using_subcommand last" -s v -l verbose -d 'Log to stderr: -v requests, -vv events'
complete -c qwen -n "__fish_qwen_using_subcommand last" -l allow-http -d 'Allow a credential over plain http:// to a host that is not this machine'
complete -c qwen -n "__fish_qwen_using_subcommand last" -s q -l quiet -d 'Answer and errors only'
complete -c qwen -n "__fish_qwen_using_subcommand last" -s h -l help -d 'Print help'
complete -c qwen -n "__fish_qwen_using_subcommand auth; and not __fish_seen_subcommand_from login status logout" -s p -l provider -d 'Who answers: dashscope, dashscope-native, web, local, demo, or one of the config file' -r
complete -c qwen -n "__fish_qwen_using_subcommand auth; and not __fish_seen_subcommand_from login status logout" -s m -l model -d 'Model, or an alias from the config file' -r
complete -c qwen -n "__fish_qwen_using_subcommand auth; and not __fish_seen_subcommand_from login status logout" -l region -d 'DashScope region: beijing, singapore, us, hongkong, frankfurt, tokyo' -r
complete -c qwen -n "__fish_qwen_using_subcommand auth; and not __fish_seen_subcommand_from login status logout" -l workspace -d 'DashScope workspace, for its own host' -r
complete -c qwen -n "__fish_qwen_using_subcommand auth; and not __fish_seen_subcommand_from login status logout" -l base-url -d 'Replaces the provider\'s base URL' -r
complete -c qwen -n "__fish_qwen_using_subcommand auth; and not __fish_seen_subcommand_from login status logout" -l timeout -d 'Silence allowed before and between pieces of an answer; 0: any [default: 60]' -r
complete -c qwen -n "__fish_qwen_using_subcommand auth; and not __fish_seen_subcommand_from login status logout" -l retries -d 'How often to try again, 0 to 20; 0 turns resuming off too [default: 3]' -r
complete -c qwen -n "__fish_qwen_using_subcommand auth; and not __fish_seen_subcommand_from login status logout" -l config -d 'Another config file' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand auth; and not __fish_seen_subcommand_from login status logout" -l color -d 'When to use colour: auto, always, never' -r
complete -c qwen -n "__fish_qwen_using_subcommand auth; and not __fish_seen_subcommand_from login status logout" -l log-file -d 'Log to a file, credentials masked' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand auth; and not __fish_seen_subcommand_from login status logout" -l proxy -d 'Proxy for everything but loopback: http://, https:// or socks5://' -r
complete -c qwen -n "__fish_qwen_using_subcommand auth; and not __fish_seen_subcommand_from login status logout" -l cacert -d 'Further root certificates, PEM' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand auth; and not __fish_seen_subcommand_from login status logout" -s v -l verbose -d 'Log to stderr: -v requests, -vv events'
complete -c qwen -n "__fish_qwen_using_subcommand auth; and not __fish_seen_subcommand_from login status logout" -l allow-http -d 'Allow a credential over plain http:// to a host that is not this machine'
complete -c qwen -n "__fish_qwen_using_subcommand auth; and not __fish_seen_subcommand_from login status logout" -s q -l quiet -d 'Answer and errors only'
complete -c qwen -n "__fish_qwen_using_subcommand auth; and not __fish_seen_subcommand_from login status logout" -s h -l help -d 'Print help'
complete -c qwen -n "__fish_qwen_using_subcommand auth; and not __fish_seen_subcommand_from login status logout" -f -a "login" -d 'Ask for a credential (or take it from stdin), try it, and store it in a file only you can read'
complete -c qwen -n "__fish_qwen_using_subcommand auth; and not __fish_seen_subcommand_from login status logout" -f -a "status" -d 'Which credential goes to whom, and where it comes from; never the credential'
complete -c qwen -n "__fish_qwen_using_subcommand auth; and not __fish_seen_subcommand_from login status logout" -f -a "logout" -d 'Remove the stored credential of the provider (-p), or all of them'
complete -c qwen -n "__fish_qwen_using_subcommand auth; and __fish_seen_subcommand_from login" -s p -l provider -d 'Who answers: dashscope, dashscope-native, web, local, demo, or one of the config file' -r
complete -c qwen -n "__fish_qwen_using_subcommand auth; and __fish_seen_subcommand_from login" -s m -l model -d 'Model, or an alias from the config file' -r
complete -c qwen -n "__fish_qwen_using_subcommand auth; and __fish_seen_subcommand_from login" -l region -d 'DashScope region: beijing, singapore, us, hongkong, frankfurt, tokyo' -r
complete -c qwen -n "__fish_qwen_using_subcommand auth; and __fish_seen_subcommand_from login" -l workspace -d 'DashScope workspace, for its own host' -r
complete -c qwen -n "__fish_qwen_using_subcommand auth; and __fish_seen_subcommand_from login" -l base-url -d 'Replaces the provider\'s base URL' -r
complete -c qwen -n "__fish_qwen_using_subcommand auth; and __fish_seen_subcommand_from login" -l timeout -d 'Silence allowed before and between pieces of an answer; 0: any [default: 60]' -r
complete -c qwen -n "__fish_qwen_using_subcommand auth; and __fish_seen_subcommand_from login" -l retries -d 'How often to try again, 0 to 20; 0 turns resuming off too [default: 3]' -r
complete -c qwen -n "__fish_qwen_using_subcommand auth; and __fish_seen_subcommand_from login" -l config -d 'Another config file' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand auth; and __fish_seen_subcommand_from login" -l color -d 'When to use colour: auto, always, never' -r
complete -c qwen -n "__fish_qwen_using_subcommand auth; and __fish_seen_subcommand_from login" -l log-file -d 'Log to a file, credentials masked' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand auth; and __fish_seen_subcommand_from login" -l proxy -d 'Proxy for everything but loopback: http://, https:// or socks5://' -r
complete -c qwen -n "__fish_qwen_using_subcommand auth; and __fish_seen_subcommand_from login" -l cacert -d 'Further root certificates, PEM' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand auth; and __fish_seen_subcommand_from login" -l no-check -d 'Store it without asking the provider whether it is good'
complete -c qwen -n "__fish_qwen_using_subcommand auth; and __fish_seen_subcommand_from login" -s v -l verbose -d 'Log to stderr: -v requests, -vv events'
complete -c qwen -n "__fish_qwen_using_subcommand auth; and __fish_seen_subcommand_from login" -l allow-http -d 'Allow a credential over plain http:// to a host that is not this machine'
complete -c qwen -n "__fish_qwen_using_subcommand auth; and __fish_seen_subcommand_from login" -s q -l quiet -d 'Answer and errors only'
complete -c qwen -n "__fish_qwen_using_subcommand auth; and __fish_seen_subcommand_from login" -s h -l help -d 'Print help'
complete -c qwen -n "__fish_qwen_using_subcommand auth; and __fish_seen_subcommand_from status" -s p -l provider -d 'Who answers: dashscope, dashscope-native, web, local, demo, or one of the config file' -r
complete -c qwen -n "__fish_qwen_using_subcommand auth; and __fish_seen_subcommand_from status" -s m -l model -d 'Model, or an alias from the config file' -r
complete -c qwen -n "__fish_qwen_using_subcommand auth; and __fish_seen_subcommand_from status" -l region -d 'DashScope region: beijing, singapore, us, hongkong, frankfurt, tokyo' -r
complete -c qwen -n "__fish_qwen_using_subcommand auth; and __fish_seen_subcommand_from status" -l workspace -d 'DashScope workspace, for its own host' -r
complete -c qwen -n "__fish_qwen_using_subcommand auth; and __fish_seen_subcommand_from status" -l base-url -d 'Replaces the provider\'s base URL' -r
complete -c qwen -n "__fish_qwen_using_subcommand auth; and __fish_seen_subcommand_from status" -l timeout -d 'Silence allowed before and between pieces of an answer; 0: any [default: 60]' -r
complete -c qwen -n "__fish_qwen_using_subcommand auth; and __fish_seen_subcommand_from status" -l retries -d 'How often to try again, 0 to 20; 0 turns resuming off too [default: 3]' -r
complete -c qwen -n "__fish_qwen_using_subcommand auth; and __fish_seen_subcommand_from status" -l config -d 'Another config file' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand auth; and __fish_seen_subcommand_from status" -l color -d 'When to use colour: auto, always, never' -r
complete -c qwen -n "__fish_qwen_using_subcommand auth; and __fish_seen_subcommand_from status" -l log-file -d 'Log to a file, credentials masked' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand auth; and __fish_seen_subcommand_from status" -l proxy -d 'Proxy for everything but loopback: http://, https:// or socks5://' -r
complete -c qwen -n "__fish_qwen_using_subcommand auth; and __fish_seen_subcommand_from status" -l cacert -d 'Further root certificates, PEM' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand auth; and __fish_seen_subcommand_from status" -l json -d 'A JSON array'
complete -c qwen -n "__fish_qwen_using_subcommand auth; and __fish_seen_subcommand_from status" -s v -l verbose -d 'Log to stderr: -v requests, -vv events'
complete -c qwen -n "__fish_qwen_using_subcommand auth; and __fish_seen_subcommand_from status" -l allow-http -d 'Allow a credential over plain http:// to a host that is not this machine'
complete -c qwen -n "__fish_qwen_using_subcommand auth; and __fish_seen_subcommand_from status" -s q -l quiet -d 'Answer and errors only'
complete -c qwen -n "__fish_qwen_using_subcommand auth; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help'
complete -c qwen -n "__fish_qwen_using_subcommand auth; and __fish_seen_subcommand_from logout" -s p -l provider -d 'Who answers: dashscope, dashscope-native, web, local, demo, or one of the config file' -r
complete -c qwen -n "__fish_qwen_using_subcommand auth; and __fish_seen_subcommand_from logout" -s m -l model -d 'Model, or an alias from the config file' -r
complete -c qwen -n "__fish_qwen_using_subcommand auth; and __fish_seen_subcommand_from logout" -l region -d 'DashScope region: beijing, singapore, us, hongkong, frankfurt, tokyo' -r
complete -c qwen -n "__fish_qwen_using_subcommand auth; and __fish_seen_subcommand_from logout" -l workspace -d 'DashScope workspace, for its own host' -r
complete -c qwen -n "__fish_qwen_using_subcommand auth; and __fish_seen_subcommand_from logout" -l base-url -d 'Replaces the provider\'s base URL' -r
complete -c qwen -n "__fish_qwen_using_subcommand auth; and __fish_seen_subcommand_from logout" -l timeout -d 'Silence allowed before and between pieces of an answer; 0: any [default: 60]' -r
complete -c qwen -n "__fish_qwen_using_subcommand auth; and __fish_seen_subcommand_from logout" -l retries -d 'How often to try again, 0 to 20; 0 turns resuming off too [default: 3]' -r
complete -c qwen -n "__fish_qwen_using_subcommand auth; and __fish_seen_subcommand_from logout" -l config -d 'Another config file' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand auth; and __fish_seen_subcommand_from logout" -l color -d 'When to use colour: auto, always, never' -r
complete -c qwen -n "__fish_qwen_using_subcommand auth; and __fish_seen_subcommand_from logout" -l log-file -d 'Log to a file, credentials masked' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand auth; and __fish_seen_subcommand_from logout" -l proxy -d 'Proxy for everything but loopback: http://, https:// or socks5://' -r
complete -c qwen -n "__fish_qwen_using_subcommand auth; and __fish_seen_subcommand_from logout" -l cacert -d 'Further root certificates, PEM' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand auth; and __fish_seen_subcommand_from logout" -s v -l verbose -d 'Log to stderr: -v requests, -vv events'
complete -c qwen -n "__fish_qwen_using_subcommand auth; and __fish_seen_subcommand_from logout" -l allow-http -d 'Allow a credential over plain http:// to a host that is not this machine'
complete -c qwen -n "__fish_qwen_using_subcommand auth; and __fish_seen_subcommand_from logout" -s q -l quiet -d 'Answer and errors only'
complete -c qwen -n "__fish_qwen_using_subcommand auth; and __fish_seen_subcommand_from logout" -s h -l help -d 'Print help'
complete -c qwen -n "__fish_qwen_using_subcommand config; and not __fish_seen_subcommand_from path show get set edit" -s p -l provider -d 'Who answers: dashscope, dashscope-native, web, local, demo, or one of the config file' -r
complete -c qwen -n "__fish_qwen_using_subcommand config; and not __fish_seen_subcommand_from path show get set edit" -s m -l model -d 'Model, or an alias from the config file' -r
complete -c qwen -n "__fish_qwen_using_subcommand config; and not __fish_seen_subcommand_from path show get set edit" -l region -d 'DashScope region: beijing, singapore, us, hongkong, frankfurt, tokyo' -r
complete -c qwen -n "__fish_qwen_using_subcommand config; and not __fish_seen_subcommand_from path show get set edit" -l workspace -d 'DashScope workspace, for its own host' -r
complete -c qwen -n "__fish_qwen_using_subcommand config; and not __fish_seen_subcommand_from path show get set edit" -l base-url -d 'Replaces the provider\'s base URL' -r
complete -c qwen -n "__fish_qwen_using_subcommand config; and not __fish_seen_subcommand_from path show get set edit" -l timeout -d 'Silence allowed before and between pieces of an answer; 0: any [default: 60]' -r
complete -c qwen -n "__fish_qwen_using_subcommand config; and not __fish_seen_subcommand_from path show get set edit" -l retries -d 'How often to try again, 0 to 20; 0 turns resuming off too [default: 3]' -r
complete -c qwen -n "__fish_qwen_using_subcommand config; and not __fish_seen_subcommand_from path show get set edit" -l config -d 'Another config file' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand config; and not __fish_seen_subcommand_from path show get set edit" -l color -d 'When to use colour: auto, always, never' -r
complete -c qwen -n "__fish_qwen_using_subcommand config; and not __fish_seen_subcommand_from path show get set edit" -l log-file -d 'Log to a file, credentials masked' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand config; and not __fish_seen_subcommand_from path show get set edit" -l proxy -d 'Proxy for everything but loopback: http://, https:// or socks5://' -r
complete -c qwen -n "__fish_qwen_using_subcommand config; and not __fish_seen_subcommand_from path show get set edit" -l cacert -d 'Further root certificates, PEM' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand config; and not __fish_seen_subcommand_from path show get set edit" -s v -l verbose -d 'Log to stderr: -v requests, -vv events'
complete -c qwen -n "__fish_qwen_using_subcommand config; and not __fish_seen_subcommand_from path show get set edit" -l allow-http -d 'Allow a credential over plain http:// to a host that is not this machine'
complete -c qwen -n "__fish_qwen_using_subcommand config; and not __fish_seen_subcommand_from path show get set edit" -s q -l quiet -d 'Answer and errors only'
complete -c qwen -n "__fish_qwen_using_subcommand config; and not __fish_seen_subcommand_from path show get set edit" -s h -l help -d 'Print help'
complete -c qwen -n "__fish_qwen_using_subcommand config; and not __fish_seen_subcommand_from path show get set edit" -f -a "path" -d 'Print where the config file is'
complete -c qwen -n "__fish_qwen_using_subcommand config; and not __fish_seen_subcommand_from path show get set edit" -f -a "show" -d 'Every setting, and where it comes from'
complete -c qwen -n "__fish_qwen_using_subcommand config; and not __fish_seen_subcommand_from path show get set edit" -f -a "get" -d 'Print one setting'
complete -c qwen -n "__fish_qwen_using_subcommand config; and not __fish_seen_subcommand_from path show get set edit" -f -a "set" -d 'Change one setting in the config file'
complete -c qwen -n "__fish_qwen_using_subcommand config; and not __fish_seen_subcommand_from path show get set edit" -f -a "edit" -d 'Open the config file in $VISUAL or $EDITOR'
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from path" -s p -l provider -d 'Who answers: dashscope, dashscope-native, web, local, demo, or one of the config file' -r
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from path" -s m -l model -d 'Model, or an alias from the config file' -r
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from path" -l region -d 'DashScope region: beijing, singapore, us, hongkong, frankfurt, tokyo' -r
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from path" -l workspace -d 'DashScope workspace, for its own host' -r
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from path" -l base-url -d 'Replaces the provider\'s base URL' -r
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from path" -l timeout -d 'Silence allowed before and between pieces of an answer; 0: any [default: 60]' -r
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from path" -l retries -d 'How often to try again, 0 to 20; 0 turns resuming off too [default: 3]' -r
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from path" -l config -d 'Another config file' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from path" -l color -d 'When to use colour: auto, always, never' -r
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from path" -l log-file -d 'Log to a file, credentials masked' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from path" -l proxy -d 'Proxy for everything but loopback: http://, https:// or socks5://' -r
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from path" -l cacert -d 'Further root certificates, PEM' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from path" -s v -l verbose -d 'Log to stderr: -v requests, -vv events'
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from path" -l allow-http -d 'Allow a credential over plain http:// to a host that is not this machine'
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from path" -s q -l quiet -d 'Answer and errors only'
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from path" -s h -l help -d 'Print help'
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from show" -s p -l provider -d 'Who answers: dashscope, dashscope-native, web, local, demo, or one of the config file' -r
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from show" -s m -l model -d 'Model, or an alias from the config file' -r
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from show" -l region -d 'DashScope region: beijing, singapore, us, hongkong, frankfurt, tokyo' -r
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from show" -l workspace -d 'DashScope workspace, for its own host' -r
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from show" -l base-url -d 'Replaces the provider\'s base URL' -r
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from show" -l timeout -d 'Silence allowed before and between pieces of an answer; 0: any [default: 60]' -r
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from show" -l retries -d 'How often to try again, 0 to 20; 0 turns resuming off too [default: 3]' -r
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from show" -l config -d 'Another config file' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from show" -l color -d 'When to use colour: auto, always, never' -r
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from show" -l log-file -d 'Log to a file, credentials masked' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from show" -l proxy -d 'Proxy for everything but loopback: http://, https:// or socks5://' -r
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from show" -l cacert -d 'Further root certificates, PEM' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from show" -l json -d 'A JSON object'
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Log to stderr: -v requests, -vv events'
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from show" -l allow-http -d 'Allow a credential over plain http:// to a host that is not this machine'
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Answer and errors only'
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from get" -s p -l provider -d 'Who answers: dashscope, dashscope-native, web, local, demo, or one of the config file' -r
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from get" -s m -l model -d 'Model, or an alias from the config file' -r
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from get" -l region -d 'DashScope region: beijing, singapore, us, hongkong, frankfurt, tokyo' -r
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from get" -l workspace -d 'DashScope workspace, for its own host' -r
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from get" -l base-url -d 'Replaces the provider\'s base URL' -r
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from get" -l timeout -d 'Silence allowed before and between pieces of an answer; 0: any [default: 60]' -r
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from get" -l retries -d 'How often to try again, 0 to 20; 0 turns resuming off too [default: 3]' -r
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from get" -l config -d 'Another config file' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from get" -l color -d 'When to use colour: auto, always, never' -r
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from get" -l log-file -d 'Log to a file, credentials masked' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from get" -l proxy -d 'Proxy for everything but loopback: http://, https:// or socks5://' -r
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from get" -l cacert -d 'Further root certificates, PEM' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from get" -s v -l verbose -d 'Log to stderr: -v requests, -vv events'
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from get" -l allow-http -d 'Allow a credential over plain http:// to a host that is not this machine'
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from get" -s q -l quiet -d 'Answer and errors only'
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from get" -s h -l help -d 'Print help'
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from set" -s p -l provider -d 'Who answers: dashscope, dashscope-native, web, local, demo, or one of the config file' -r
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from set" -s m -l model -d 'Model, or an alias from the config file' -r
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from set" -l region -d 'DashScope region: beijing, singapore, us, hongkong, frankfurt, tokyo' -r
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from set" -l workspace -d 'DashScope workspace, for its own host' -r
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from set" -l base-url -d 'Replaces the provider\'s base URL' -r
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from set" -l timeout -d 'Silence allowed before and between pieces of an answer; 0: any [default: 60]' -r
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from set" -l retries -d 'How often to try again, 0 to 20; 0 turns resuming off too [default: 3]' -r
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from set" -l config -d 'Another config file' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from set" -l color -d 'When to use colour: auto, always, never' -r
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from set" -l log-file -d 'Log to a file, credentials masked' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from set" -l proxy -d 'Proxy for everything but loopback: http://, https:// or socks5://' -r
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from set" -l cacert -d 'Further root certificates, PEM' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from set" -s v -l verbose -d 'Log to stderr: -v requests, -vv events'
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from set" -l allow-http -d 'Allow a credential over plain http:// to a host that is not this machine'
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from set" -s q -l quiet -d 'Answer and errors only'
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from set" -s h -l help -d 'Print help'
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from edit" -s p -l provider -d 'Who answers: dashscope, dashscope-native, web, local, demo, or one of the config file' -r
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from edit" -s m -l model -d 'Model, or an alias from the config file' -r
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from edit" -l region -d 'DashScope region: beijing, singapore, us, hongkong, frankfurt, tokyo' -r
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from edit" -l workspace -d 'DashScope workspace, for its own host' -r
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from edit" -l base-url -d 'Replaces the provider\'s base URL' -r
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from edit" -l timeout -d 'Silence allowed before and between pieces of an answer; 0: any [default: 60]' -r
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from edit" -l retries -d 'How often to try again, 0 to 20; 0 turns resuming off too [default: 3]' -r
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from edit" -l config -d 'Another config file' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from edit" -l color -d 'When to use colour: auto, always, never' -r
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from edit" -l log-file -d 'Log to a file, credentials masked' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from edit" -l proxy -d 'Proxy for everything but loopback: http://, https:// or socks5://' -r
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from edit" -l cacert -d 'Further root certificates, PEM' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from edit" -s v -l verbose -d 'Log to stderr: -v requests, -vv events'
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from edit" -l allow-http -d 'Allow a credential over plain http:// to a host that is not this machine'
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from edit" -s q -l quiet -d 'Answer and errors only'
complete -c qwen -n "__fish_qwen_using_subcommand config; and __fish_seen_subcommand_from edit" -s h -l help -d 'Print help'
complete -c qwen -n "__fish_qwen_using_subcommand doctor" -s p -l provider -d 'Who answers: dashscope, dashscope-native, web, local, demo, or one of the config file' -r
complete -c qwen -n "__fish_qwen_using_subcommand doctor" -s m -l model -d 'Model, or an alias from the config file' -r
complete -c qwen -n "__fish_qwen_using_subcommand doctor" -l region -d 'DashScope region: beijing, singapore, us, hongkong, frankfurt, tokyo' -r
complete -c qwen -n "__fish_qwen_using_subcommand doctor" -l workspace -d 'DashScope workspace, for its own host' -r
complete -c qwen -n "__fish_qwen_using_subcommand doctor" -l base-url -d 'Replaces the provider\'s base URL' -r
complete -c qwen -n "__fish_qwen_using_subcommand doctor" -l timeout -d 'Silence allowed before and between pieces of an answer; 0: any [default: 60]' -r
complete -c qwen -n "__fish_qwen_using_subcommand doctor" -l retries -d 'How often to try again, 0 to 20; 0 turns resuming off too [default: 3]' -r
complete -c qwen -n "__fish_qwen_using_subcommand doctor" -l config -d 'Another config file' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand doctor" -l color -d 'When to use colour: auto, always, never' -r
complete -c qwen -n "__fish_qwen_using_subcommand doctor" -l log-file -d 'Log to a file, credentials masked' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand doctor" -l proxy -d 'Proxy for everything but loopback: http://, https:// or socks5://' -r
complete -c qwen -n "__fish_qwen_using_subcommand doctor" -l cacert -d 'Further root certificates, PEM' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand doctor" -l json -d 'A JSON object'
complete -c qwen -n "__fish_qwen_using_subcommand doctor" -s v -l verbose -d 'Log to stderr: -v requests, -vv events'
complete -c qwen -n "__fish_qwen_using_subcommand doctor" -l allow-http -d 'Allow a credential over plain http:// to a host that is not this machine'
complete -c qwen -n "__fish_qwen_using_subcommand doctor" -s q -l quiet -d 'Answer and errors only'
complete -c qwen -n "__fish_qwen_using_subcommand doctor" -s h -l help -d 'Print help'
complete -c qwen -n "__fish_qwen_using_subcommand completions" -s p -l provider -d 'Who answers: dashscope, dashscope-native, web, local, demo, or one of the config file' -r
complete -c qwen -n "__fish_qwen_using_subcommand completions" -s m -l model -d 'Model, or an alias from the config file' -r
complete -c qwen -n "__fish_qwen_using_subcommand completions" -l region -d 'DashScope region: beijing, singapore, us, hongkong, frankfurt, tokyo' -r
complete -c qwen -n "__fish_qwen_using_subcommand completions" -l workspace -d 'DashScope workspace, for its own host' -r
complete -c qwen -n "__fish_qwen_using_subcommand completions" -l base-url -d 'Replaces the provider\'s base URL' -r
complete -c qwen -n "__fish_qwen_using_subcommand completions" -l timeout -d 'Silence allowed before and between pieces of an answer; 0: any [default: 60]' -r
complete -c qwen -n "__fish_qwen_using_subcommand completions" -l retries -d 'How often to try again, 0 to 20; 0 turns resuming off too [default: 3]' -r
complete -c qwen -n "__fish_qwen_using_subcommand completions" -l config -d 'Another config file' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand completions" -l color -d 'When to use colour: auto, always, never' -r
complete -c qwen -n "__fish_qwen_using_subcommand completions" -l log-file -d 'Log to a file, credentials masked' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand completions" -l proxy -d 'Proxy for everything but loopback: http://, https:// or socks5://' -r
complete -c qwen -n "__fish_qwen_using_subcommand completions" -l cacert -d 'Further root certificates, PEM' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand completions" -s v -l verbose -d 'Log to stderr: -v requests, -vv events'
complete -c qwen -n "__fish_qwen_using_subcommand completions" -l allow-http -d 'Allow a credential over plain http:// to a host that is not this machine'
complete -c qwen -n "__fish_qwen_using_subcommand completions" -s q -l quiet -d 'Answer and errors only'
complete -c qwen -n "__fish_qwen_using_subcommand completions" -s h -l help -d 'Print help'
complete -c qwen -n "__fish_qwen_using_subcommand man" -s p -l provider -d 'Who answers: dashscope, dashscope-native, web, local, demo, or one of the config file' -r
complete -c qwen -n "__fish_qwen_using_subcommand man" -s m -l model -d 'Model, or an alias from the config file' -r
complete -c qwen -n "__fish_qwen_using_subcommand man" -l region -d 'DashScope region: beijing, singapore, us, hongkong, frankfurt, tokyo' -r
complete -c qwen -n "__fish_qwen_using_subcommand man" -l workspace -d 'DashScope workspace, for its own host' -r
complete -c qwen -n "__fish_qwen_using_subcommand man" -l base-url -d 'Replaces the provider\'s base URL' -r
complete -c qwen -n "__fish_qwen_using_subcommand man" -l timeout -d 'Silence allowed before and between pieces of an answer; 0: any [default: 60]' -r
complete -c qwen -n "__fish_qwen_using_subcommand man" -l retries -d 'How often to try again, 0 to 20; 0 turns resuming off too [default: 3]' -r
complete -c qwen -n "__fish_qwen_using_subcommand man" -l config -d 'Another config file' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand man" -l color -d 'When to use colour: auto, always, never' -r
complete -c qwen -n "__fish_qwen_using_subcommand man" -l log-file -d 'Log to a file, credentials masked' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand man" -l proxy -d 'Proxy for everything but loopback: http://, https:// or socks5://' -r
complete -c qwen -n "__fish_qwen_using_subcommand man" -l cacert -d 'Further root certificates, PEM' -r -F
complete -c qwen -n "__fish_qwen_using_subcommand man" -s v -l verbose -d 'Log to stderr: -v requests, -vv events'
complete -c qwen -n "__fish_qwen_using_subcommand man" -l allow-http -d 'Allow a credential over plain http:// to a host that is not this machine'
complete -c qwen -n "__fish_qwen_using_subcommand man" -s q -l quiet -d 'Answer and errors only'
complete -c qwen -n "__fish_qwen_using_subcommand man" -s h -l help -d 'Print help'
