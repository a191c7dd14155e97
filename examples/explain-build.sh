#!/bin/sh
# Runs a command and, when it fails, asks what went wrong. The exit code stays the command's.
#
#   examples/explain-build.sh cargo build
set -u
[ $# -gt 0 ] || { echo "usage: explain-build.sh COMMAND [ARGS]" >&2; exit 2; }
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT
code=0
"$@" >"$log" 2>&1 || code=$?
cat "$log"
[ "$code" -ne 0 ] || exit 0
echo "--- what went wrong" >&2
tail -n 200 "$log" |
    qwen complete --template explain "The command \`$*\` ended with status $code." >&2
exit "$code"
