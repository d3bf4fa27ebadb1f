#!/usr/bin/env bash
# Builds what the browser loads into target/site (or, with --dev, quickly and unoptimised into target/site-dev).
# Each step looks first whether its input is the one it saw last time.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

mode=release profile=wasm-release site=target/site
if [ "${1:-}" = --dev ]; then mode=dev profile=dev site=target/site-dev; fi
build=target/site-build/$mode
mkdir -p "$build"

say "Browser build ($mode)"
options=(--quiet --lib --crate-type cdylib --profile "$profile" --target wasm32-unknown-unknown --features hydrate)
# --crate-type cdylib alone: with the rlib beside it cargo would quietly leave out link-time optimisation.
if [ "$mode" = dev ]; then
    cargo rustc "${options[@]}"
else
    # The standard library is compiled along, small and without the texts of panics: a twelfth less to download.
    # The compiler is a stable one; RUSTC_BOOTSTRAP lets it take these two options all the same.
    RUSTC_BOOTSTRAP=1 RUSTFLAGS="-Zunstable-options -Cpanic=immediate-abort" \
        cargo rustc "${options[@]}" -Zbuild-std=std,panic_abort -Zbuild-std-features=optimize_for_size
fi
[ "$profile" = dev ] && folder=debug || folder=$profile
compiled=$TARGET_DIR/wasm32-unknown-unknown/$folder/tieout.wasm

stamp=$(stamp_of wasm "$compiled" "$WASM_BINDGEN_VERSION" tools/build-site.sh tools/package-lock.json)
if [ "$(cat "$build/wasm.stamp" 2>/dev/null)" != "$stamp" ]; then
    rm -rf "$build"
    mkdir -p "$build"
    note "wasm-bindgen $WASM_BINDGEN_VERSION"
    "$WASM_BINDGEN" --target web --no-typescript --out-dir "$build" --out-name tieout "$compiled"
    if [ "$mode" = release ]; then
        note "wasm-opt"
        # Each pass leaves something for the next. Below the stack, which comes first in memory, lies nothing.
        tools/node_modules/.bin/wasm-opt -Oz --gufa -Oz --rse -Oz --low-memory-unused \
            --enable-bulk-memory --enable-nontrapping-float-to-int --enable-sign-ext \
            --enable-mutable-globals --enable-reference-types --enable-multivalue \
            "$build/tieout_bg.wasm" -o "$build/optimised.wasm"
        mv "$build/optimised.wasm" "$build/tieout_bg.wasm"
    fi
    printf '%s\n' "$stamp" >"$build/wasm.stamp"
fi

mapfile -t assets < <(find style public -type f 2>/dev/null | LC_ALL=C sort)
stamp=$(stamp_of site "$stamp" tools/finish-site.mjs "${assets[@]}" "${assets[*]}")
if [ "$(cat "$build/site.stamp" 2>/dev/null)" != "$stamp" ] || [ ! -f "$site/manifest.txt" ] || [ ! -s "$site/manifest.txt" ]; then
    note "style sheet, names, compression"
    node tools/finish-site.mjs "$build" "$site" "$mode"
    printf '%s\n' "$stamp" >"$build/site.stamp"
else
    note "nothing changed: $(cat "$site/manifest.txt")"
fi
