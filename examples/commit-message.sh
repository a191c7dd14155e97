#!/bin/sh
# A commit message for what is staged, ready for `git commit -e -F -`.
#
#   examples/commit-message.sh | git commit -e -F -
set -eu
! git diff --cached --quiet || { echo "nothing is staged" >&2; exit 1; }
git diff --cached | qwen -q complete --template commit
