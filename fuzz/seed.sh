#!/bin/sh
# Fills fuzz/corpus with what the tests know: recorded replies for each wire, Markdown, settings files.
# A seed's first bytes are what its target takes off the front: see the tuples in fuzz_targets.
set -eu
cd "$(dirname "$0")/.."

seed() { # seed TARGET NAME PREFIX FILE: PREFIX in printf's notation
    mkdir -p "fuzz/corpus/$1"
    { printf '%b' "$3"; cat "$4"; } > "fuzz/corpus/$1/$2"
}

for reply in tests/fixtures/*/*/reply.*; do
    case="$(basename "$(dirname "$reply")")"
    folder="$(basename "$(dirname "$(dirname "$reply")")")"
    # Which wire reads the folder, as its number in wires.rs.
    case "$folder" in
        openai) wire='\0000' ;;
        local) wire='\0001' ;;
        native) wire='\0002' ;;
        web) wire='\0003' ;;
        *) wire='\0004' ;;
    esac
    case "$reply" in
        *.sse) kind='\0000' ;;
        *.html) kind='\0020' ;;
        *) kind='\0010' ;;
    esac
    seed wires "$folder-$case" "$wire$kind\\0007" "$reply"
    seed sse "$folder-$case" '\0007' "$reply"
    seed sanitize "$folder-$case" '' "$reply"
done
for page in *.md; do
    seed markdown "$page" '\0120\0007' "$page"
    seed sanitize "$page" '' "$page"
done

# Links by reference, before and after their definitions, and a table below a line of text.
printf '\0120\0007[a b]: http://x.y "t"\n\n[a b], [c][a b] and [d]\n\n> [d]: /late\n> (title)\n\ntext\n| a | b |\n|--|--|\n' > fuzz/corpus/markdown/references

mkdir -p fuzz/corpus/settings fuzz/corpus/store
printf 'provider = "mine"\nretries = 2\n[aliases]\nfast = "qwen-turbo"\n[providers.mine]\nprotocol = "openai"\nbase_url = "http://127.0.0.1:1/v1"\n' > fuzz/corpus/settings/config
# The dollar sign is meant as it stands.
# shellcheck disable=SC2016
printf '# a comment\nexport DASHSCOPE_API_KEY="sk-placeholder"\nQWEN_CLI_BASE_URL='"'"'http://127.0.0.1:1/v1'"'"'\nPATH=$HOME\n' > fuzz/corpus/settings/env
