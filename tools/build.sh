#!/usr/bin/env bash
# Builds the site, then the server binary with the site inside. Tests name another profile than the release.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

profile=${1:-release}

tools/build-site.sh
say "Server build ($profile)"
cargo build --quiet --profile "$profile" --features ssr
note "$(du -h "$TARGET_DIR/$profile/tieout" | cut -f1) $TARGET_DIR/$profile/tieout"
