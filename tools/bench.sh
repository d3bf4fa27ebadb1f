#!/usr/bin/env bash
# Builds as for an operator, and measures that. Numbers as arguments choose other sizes of group.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

tools/build.sh
say "Measuring (some minutes; leave the machine alone meanwhile)"
cargo bench --quiet --features ssr --bench report -- "$@"
