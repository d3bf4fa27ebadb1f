#!/usr/bin/env bash
# All tests, quick ones first. Arguments go to Playwright: tools/test.sh overview.spec.ts
set -euo pipefail
. "$(dirname "$0")/lib.sh"

tools/build.sh

# In the release profile, because that is what was just compiled for the browser tests: a second copy of all
# dependencies would cost minutes. Overflow checks are on in it (see Cargo.toml).
say "Rust tests: unit, property, integration"
# More at once than there are processors: many wait for servers, clocks and time-outs.
RUST_TEST_THREADS=$(($(nproc) * 2)) cargo test --quiet --release --features ssr

say "Browser tests"
TIEOUT_CHROMIUM=$(chromium_path)
TIEOUT_BINARY=$(realpath "$TARGET_DIR/release/tieout")
export TIEOUT_CHROMIUM TIEOUT_BINARY
(cd end2end && npx --no-install playwright test "$@")
