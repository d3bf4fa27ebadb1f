#!/usr/bin/env bash
# Rebuilds and restarts the server (debug build, unoptimised browser build) whenever a source changes.
# A loop that looks once a second is enough for that; `cargo leptos watch` works too, for those who have it.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

export TIEOUT_LISTEN=${TIEOUT_LISTEN:-127.0.0.1:3000} TIEOUT_DATA_DIR=${TIEOUT_DATA_DIR:-data}
mkdir -p "$TIEOUT_DATA_DIR"

server=
stop() {
    if [ -n "$server" ]; then
        kill "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
        server=
    fi
}
trap stop EXIT
trap 'exit 130' INT TERM

state() { find Cargo.toml Cargo.lock build.rs src style public migrations -type f -printf '%p %T@ %s\n' 2>/dev/null | LC_ALL=C sort | cksum; }

seen=
while true; do
    now=$(state)
    if [ "$now" != "$seen" ]; then
        seen=$now
        # The old server goes on answering until the new one has compiled, and when it does not compile.
        if tools/build-site.sh --dev && say "Server build (dev)" && cargo build --quiet --features ssr; then
            stop
            "$TARGET_DIR/debug/tieout" serve &
            server=$!
            say "Running on http://$TIEOUT_LISTEN; waiting for changes (Ctrl+C stops)"
        else
            say "That did not compile; waiting for the next change"
        fi
    fi
    sleep 1
done
