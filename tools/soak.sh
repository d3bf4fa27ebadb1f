#!/usr/bin/env bash
# The tests that go at random, much longer than `make test` has time for: seeds that were not tried yet, and a thousand kills.
# TIEOUT_TEST_SEEDS and TIEOUT_TEST_KILLS choose how many; a failing seed is printed, and TIEOUT_TEST_SEED replays it.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

# Code that is not optimised (the profile `checked`) takes more of the stack than a thread has by itself.
export RUST_MIN_STACK=${RUST_MIN_STACK:-16777216}

tools/build.sh checked

export TIEOUT_TEST_KILLS=${TIEOUT_TEST_KILLS:-1000} TIEOUT_TEST_SEEDS=${TIEOUT_TEST_SEEDS:-2000}
export TIEOUT_TEST_FIRST=${TIEOUT_TEST_FIRST:-$(date +%s)}
say "Soak: $TIEOUT_TEST_SEEDS seeds from $TIEOUT_TEST_FIRST on, $TIEOUT_TEST_KILLS kills"
cargo test --quiet --profile checked --features ssr --test it -- --nocapture \
    killed::nothing_is_lost faults::whatever_goes_wrong topology::chaos
