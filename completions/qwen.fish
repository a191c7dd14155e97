# Completion of qwen for fish. Printed by `qwen completions fish`.

function __qwen_complete
    set -l words (commandline -opc)
    set -e words[1]
    set -l current (commandline -ct)
    set -l lines (command qwen --complete fish $words "$current" 2>/dev/null </dev/null)
    set -q lines[1]; or return
    if test "$lines[1]" = files
        # The value of --option=FILE begins behind the sign.
        set -l option (string match -r -- '^--[a-z-]+=' "$current")
        for path in (__fish_complete_path (string replace -r -- '^--[a-z-]+=' '' "$current"))
            printf '%s\n' "$option$path"
        end
        return
    end
    set -e lines[1]
    printf '%s\n' $lines
end

# Replaces what is typed by a command that does it, and does not run it. It has a key only where you give it one, as with
# bind \cxq __qwen_command
function __qwen_command
    set -l typed (commandline -b | string collect)
    string match -qr '\S' -- "$typed"; or return
    set -l found (command qwen -q complete --template shell --var shell=fish --var os=(uname -s) -- "$typed" </dev/null)
    if test $status -eq 0
        commandline -r -- (string join \n -- $found | string collect)
        commandline -f end-of-buffer
    end
    commandline -f repaint
end

complete -c qwen -e
complete -c qwen -f -a '(__qwen_complete)'
