#!/bin/sh
# Takes people's names and ages out of any text, as JSON that fits a schema, and hands it to jq.
#
#   examples/extract-json.sh < letter.txt
set -eu
command -v jq >/dev/null || { echo "jq is missing" >&2; exit 2; }
schema='{"type":"object","properties":{"name":{"type":"string"},"age":{"type":"integer"}},"required":["name","age"],"additionalProperties":false}'
# Not straight into jq: the exit code of a failed question would be lost.
person=$(qwen -q complete --no-save --schema "$schema" "Who is this about, and how old are they? Answer in JSON.")
printf '%s\n' "$person" | jq -r '"\(.name)\t\(.age)"'
