#!/bin/sh
# Takes people's names and ages out of any text, as JSON that fits a schema, and hands it to jq.
#
#   examples/extract-json.sh < letter.txt
set -eu
schema='{"type":"object","properties":{"name":{"type":"string"},"age":{"type":"integer"}},"required":["name","age"],"additionalProperties":false}'
qwen -q complete --no-save --schema "$schema" "Who is this about, and how old are they? Answer in JSON." |
    jq -r '"\(.name)\t\(.age)"'
