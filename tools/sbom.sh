#!/usr/bin/env bash
# Lists every crate in the release binary, in the format of CycloneDX, beside it.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

say "Bill of materials"
# It writes beside Cargo.toml and takes no other place.
trap 'rm -f tieout.cdx.json' EXIT
"$CARGO_CYCLONEDX" cyclonedx --quiet --format json --spec-version 1.5 --features ssr --target x86_64-unknown-linux-gnu --override-filename tieout.cdx
grep -q '"name": "leptos"' tieout.cdx.json || die "the bill of materials does not list what the binary is made of."
mv tieout.cdx.json "$TARGET_DIR/release/tieout.cdx.json"
note "$(grep -c '"bom-ref"' "$TARGET_DIR/release/tieout.cdx.json") components in $TARGET_DIR/release/tieout.cdx.json"
