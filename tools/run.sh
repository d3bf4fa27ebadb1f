#!/usr/bin/env bash
# Starts what tools/build.sh built; the server itself prints its address and what to do next.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

export TIEOUT_LISTEN=${TIEOUT_LISTEN:-127.0.0.1:3000} TIEOUT_DATA_DIR=${TIEOUT_DATA_DIR:-data}
say "Starting Tieout on http://$TIEOUT_LISTEN (data in $TIEOUT_DATA_DIR, Ctrl+C stops it)"
exec "$TARGET_DIR/release/tieout" serve
