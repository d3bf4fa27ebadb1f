#!/usr/bin/env bash
# All tests, quick ones first. Arguments go to Playwright: tools/test.sh overview.spec.ts
set -euo pipefail
. "$(dirname "$0")/lib.sh"

# Code that is not optimised (the profile `checked`) takes more of the stack than a thread has by itself.
export RUST_MIN_STACK=${RUST_MIN_STACK:-16777216}

tools/build.sh checked

# In the profile that was just compiled for the browser tests: a second copy of all dependencies would cost minutes.
say "Rust tests: unit, property, integration"
# Those that go at random and for minutes come last, by themselves: beside them others would run out of time.
long=(killed::nothing_is_lost faults::whatever_goes_wrong topology::)
# More at once than there are processors: many wait for servers, clocks and time-outs.
RUST_TEST_THREADS=$(($(nproc) * 2)) cargo test --quiet --profile checked --features ssr -- "${long[@]/#/--skip=}"

say "Browser tests"
TIEOUT_CHROMIUM=$(chromium_path)
TIEOUT_BINARY=$(realpath "$TARGET_DIR/checked/tieout")
export TIEOUT_CHROMIUM TIEOUT_BINARY
(cd end2end && npx --no-install playwright test "$@")

say "Faults by the seed, kills, and several servers on one Postgres"
RUST_TEST_THREADS=1 cargo test --quiet --profile checked --features ssr --test it -- "${long[@]}"
