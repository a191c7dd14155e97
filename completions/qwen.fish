# Completion of qwen for fish. Written by `qwen completions fish`.

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

complete -c qwen -e
complete -c qwen -f -a '(__qwen_complete)'
