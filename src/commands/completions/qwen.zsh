#compdef qwen
# Completion of qwen for zsh. Written by `qwen completions zsh`.

_qwen() {
    local kind line value about
    local -a before values shown expl
    local -i width=0 described=0
    (( CURRENT > 2 )) && before=("${(@Q)words[2,CURRENT-1]}")
    while IFS= read -r line; do
        if [[ -z $kind ]]; then
            kind=$line
            continue
        fi
        value=${line%%$'\t'*}
        about=${line#*$'\t'}
        values+=("$value")
        shown+=("$about")
        [[ -n $about ]] && described=1
        (( ${(m)#value} > width && ${(m)#value} <= 40 )) && width=${(m)#value}
    done < <(command qwen --complete zsh "${before[@]}" "${(Q)PREFIX}" 2>/dev/null </dev/null)
    if [[ $kind == files ]]; then
        # The value of --option=FILE begins behind the sign.
        [[ $PREFIX == --*=* ]] && compset -P '--*='
        _files
        return
    fi
    (( ${#values} )) || return 1
    # A value follows the name of a variable: `to=`.
    local -a options
    options=(-a)
    [[ ${values[1]} == *= ]] && options=(-S '' -a)
    if (( ! described )); then
        _wanted -V values expl '' compadd "${options[@]}" values
        return
    fi
    local -i at
    for (( at = 1; at <= ${#values}; at++ )); do
        value=${values[at]}
        (( ${(m)#value} < width )) && value=${(mr:width:)value}
        shown[at]="$value${shown[at]:+  -- ${shown[at]}}"
    done
    _wanted -V values expl '' compadd -l -d shown "${options[@]}" values
}

# Replaces what is typed by a command that does it, and does not run it. It has a key only where you give it one, as with
# bindkey '^Xq' _qwen_command
_qwen_command() {
    local found
    [[ $BUFFER == *[^[:space:]]* ]] || return 0
    if found=$(command qwen -q complete --template shell --var shell=zsh --var "os=$(uname -s)" \
        -- "$BUFFER" 2>&1 </dev/null); then
        BUFFER=$found
        CURSOR=${#BUFFER}
    else
        zle -M "$found"
    fi
}
zle -N _qwen_command 2>/dev/null

if [[ ${funcstack[1]} == _qwen ]]; then
    _qwen "$@"
else
    compdef _qwen qwen
fi
