#!/bin/sh
# One line about each picture: the file's name, a tab, what is on it.
#
#   examples/describe-images.sh photos/*.jpg > captions.tsv
set -eu
[ $# -gt 0 ] || { echo "usage: describe-images.sh PICTURE..." >&2; exit 2; }
for image in "$@"; do
    caption=$(qwen -q complete --no-save -i "$image" "Describe this picture in one short sentence." </dev/null)
    printf '%s\t%s\n' "$image" "$(printf '%s' "$caption" | tr '\n' ' ')"
done
