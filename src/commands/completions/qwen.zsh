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
    if (( ! described )); then
        _wanted -V values expl '' compadd -a values
        return
    fi
    local -i at
    for (( at = 1; at <= ${#values}; at++ )); do
        value=${values[at]}
        (( ${(m)#value} < width )) && value=${(mr:width:)value}
        shown[at]="$value${shown[at]:+  -- ${shown[at]}}"
    done
    _wanted -V values expl '' compadd -l -d shown -a values
}

if [[ ${funcstack[1]} == _qwen ]]; then
    _qwen "$@"
else
    compdef _qwen qwen
fi
