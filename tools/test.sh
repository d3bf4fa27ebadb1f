#!/usr/bin/env bash
# All tests, quick ones first. Arguments go to Playwright: tools/test.sh overview.spec.ts
set -euo pipefail
. "$(dirname "$0")/lib.sh"

tools/build.sh

# In the release profile, because that is what was just compiled for the browser tests: a second copy of all
# dependencies would cost minutes. Overflow checks are on in it (see Cargo.toml).
say "Rust tests: unit, property, integration"
# Those that go at random and for minutes come last, by themselves: beside them others would run out of time.
long=(killed::nothing_is_lost faults::whatever_goes_wrong topology::)
# More at once than there are processors: many wait for servers, clocks and time-outs.
RUST_TEST_THREADS=$(($(nproc) * 2)) cargo test --quiet --release --features ssr -- "${long[@]/#/--skip=}"

say "Browser tests"
TIEOUT_CHROMIUM=$(chromium_path)
TIEOUT_BINARY=$(realpath "$TARGET_DIR/release/tieout")
export TIEOUT_CHROMIUM TIEOUT_BINARY
(cd end2end && npx --no-install playwright test "$@")

say "Kills, and several servers on one Postgres"
# Not the faults by the seed: one seed in some hundreds still finds a change made there that does not come in. `make soak` runs them.
RUST_TEST_THREADS=1 cargo test --quiet --release --features ssr --test it -- "${long[@]}" --skip=faults::whatever_goes_wrong
