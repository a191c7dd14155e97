#!/bin/sh
# Translates every Markdown file of a folder into another folder. A file that is there already is left alone, so an
# interrupted run is gone on with by running it again.
#
#   examples/translate-folder.sh docs docs-zh Chinese
set -eu
[ $# -eq 3 ] || { echo "usage: translate-folder.sh FROM TO LANGUAGE" >&2; exit 2; }
mkdir -p -- "$2"
for file in "$1"/*.md; do
    [ -e "$file" ] || { echo "there is no Markdown file in $1" >&2; exit 1; }
    to=$2/${file##*/}
    [ ! -e "$to" ] || continue
    # --output puts the file there whole or not at all.
    qwen -q complete --no-save --output="$to" --template translate --var "to=$3" <"$file"
    echo "$to"
done
