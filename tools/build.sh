#!/usr/bin/env bash
# Builds the site, then the server binary with the site inside.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

tools/build-site.sh
say "Server build (release)"
cargo build --quiet --release --features ssr
note "$(du -h "$TARGET_DIR/release/tieout" | cut -f1) $TARGET_DIR/release/tieout"
