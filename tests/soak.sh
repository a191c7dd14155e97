#!/bin/sh
# Long runs that are no part of CI: dropped connections, many processes on one store, a very long answer.
# Prints the figures; fails when an answer is not, byte for byte, the one the server meant.
set -eu
cd "$(dirname "$0")/.."
exec cargo test --test it -- --ignored --nocapture --test-threads 1 soak:: "$@"
