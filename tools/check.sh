#!/usr/bin/env bash
# What a reviewer should not have to say.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

say "rustfmt"
cargo fmt --check

say "clippy, server"
cargo clippy --quiet --all-targets --features ssr -- -D warnings

say "clippy, browser"
cargo clippy --quiet --lib --target wasm32-unknown-unknown --features hydrate -- -D warnings

say "cargo-deny: licences, bans, sources"
"$CARGO_DENY" --log-level error --all-features check licenses bans sources

# Advisories live in a git repository, not in the package registry, and not every machine can reach it.
say "cargo-deny: known vulnerabilities"
if GIT_TERMINAL_PROMPT=0 timeout 20 git ls-remote --exit-code https://github.com/rustsec/advisory-db HEAD >/dev/null 2>&1; then
    "$CARGO_DENY" --log-level error --all-features check advisories
else
    note "################################################################################"
    note "SKIPPED: the advisory database (github.com/rustsec/advisory-db) cannot be reached."
    note "Known vulnerabilities in dependencies were NOT looked for."
    note "################################################################################"
fi
