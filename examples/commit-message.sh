#!/bin/sh
# A commit message for what is staged, ready for `git commit -e -F -`.
#
#   examples/commit-message.sh | git commit -e -F -
set -eu
diff=$(git diff --cached)
[ -n "$diff" ] || { echo "nothing is staged" >&2; exit 1; }
printf '%s\n' "$diff" | qwen -q complete \
    "Write a commit message for this diff: a subject of at most 72 characters, a blank line, then why. No fences."
