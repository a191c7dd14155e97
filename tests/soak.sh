#!/bin/sh
# Long runs that are no part of CI: dropped connections, many processes on one store, a very long answer, a very long
# conversation. Prints the figures; fails when an answer is not, byte for byte, the one the server meant, and when
# memory grows with what was said.
set -eu
cd "$(dirname "$0")/.."
exec cargo test --test it -- --ignored --nocapture --test-threads 1 soak:: memory:: "$@"
