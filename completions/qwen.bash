# Completion of qwen for bash 3.2 and later; needs nothing but bash. Written by `qwen completions bash`.

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
    fi
    return 0
}

# bash 4.4 and later can leave the order as it is.
complete -o nosort -o default -o bashdefault -F _qwen qwen 2>/dev/null ||
    complete -o default -o bashdefault -F _qwen qwen
