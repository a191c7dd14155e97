# Completion of qwen for bash 3.2 and later; needs nothing but bash. Printed by `qwen completions bash`.

_qwen() {
    local kind="" line
    COMPREPLY=()
    while IFS= read -r line; do
        if [[ -z $kind ]]; then
            kind=$line
        else
            COMPREPLY[${#COMPREPLY[@]}]=$line
        fi
    done < <(command qwen --complete bash "${COMP_LINE:0:COMP_POINT}" "$2" 2>/dev/null </dev/null)
    # File names, which `-o default` gives where nothing fits, are wanted only in the place of a file.
    if [[ $kind == words ]] && type compopt >/dev/null 2>&1; then
        compopt +o default +o bashdefault 2>/dev/null
        # A value follows the name of a variable: `to=`.
        [[ ${COMPREPLY[0]-} == *= ]] && compopt -o nospace 2>/dev/null
    fi
    return 0
}

# Replaces what is typed by a command that does it, and does not run it. It has a key only where you give it one, as with
# bind -x '"\C-xq": _qwen_command'
_qwen_command() {
    local found
    [[ $READLINE_LINE == *[![:space:]]* ]] || return 0
    found=$(command qwen -q complete --template shell --var shell=bash --var "os=$(uname -s)" \
        -- "$READLINE_LINE" </dev/null) || return 0
    READLINE_LINE=$found
    READLINE_POINT=${#found}
}

# bash 4.4 and later can leave the order as it is.
complete -o nosort -o default -o bashdefault -F _qwen qwen 2>/dev/null ||
    complete -o default -o bashdefault -F _qwen qwen
