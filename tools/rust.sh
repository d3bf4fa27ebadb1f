#!/usr/bin/env bash
# Makes sure of a Rust new enough that can compile for the browser, and says which way it took.
#
# The ordinary way is rustup. Where its servers cannot be reached, Debian packages a recent compiler for building
# browsers, and the standard library for wasm32 is built here from the packaged source (about a minute).
# TIEOUT_RUST=debian asks for that way at once.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

WANTED=$(awk -F'"' '/^rust-version/ { print $2 }' Cargo.toml)
TARGET=wasm32-unknown-unknown
# How long a server may keep silent before the other way is taken.
PATIENCE=600

good_enough() {
    have cargo && have rustc || return 1
    # Some installations answer with a request to choose a toolchain.
    local version
    version=$(rustc --version 2>/dev/null | awk '{ print $2 }') && [ -n "$version" ] || return 1
    version_at_least "$version" "$WANTED" || return 1
    local rustlib
    rustlib=$(rustc --print sysroot)/lib/rustlib
    # The source is for the release build, which compiles the standard library along.
    [ -e "$rustlib/src/rust/library/std/Cargo.toml" ] && compgen -G "$rustlib/$TARGET/lib/libstd-*.rlib" >/dev/null
}

choose() { # LINE: what lib.sh is to read from now on
    mkdir -p "$TOOLS_DIR"
    printf '%s\n' "$1" >"$TOOLS_DIR/rust.env.new"
    mv "$TOOLS_DIR/rust.env.new" "$TOOLS_DIR/rust.env"
    eval "$1"
}

by_rustup() {
    if ! have rustup; then
        say "Installing Rust with rustup (no Rust found)"
        local installer server
        server=https://static.rust-lang.org/rustup/dist/$(uname -m)-unknown-linux-gnu/rustup-init
        installer=$(mktemp -d)/rustup-init
        if ! curl --proto '=https' --tlsv1.2 -sSf --connect-timeout 10 --max-time 120 -o "$installer" "$server" ||
            ! chmod +x "$installer" ||
            ! timeout "$PATIENCE" "$installer" -y -q --no-modify-path --profile minimal -c clippy -c rustfmt -c rust-src -t "$TARGET"; then
            rm -rf "$(dirname "$installer")"
            return 1
        fi
        rm -rf "$(dirname "$installer")"
        PATH=$HOME/.cargo/bin:$PATH
    fi
    good_enough && return
    # A toolchain that is too old is left alone: it may be somebody's choice for something else.
    local version
    version=$(rustc --version 2>/dev/null | awk '{ print $2 }') || version=0
    if version_at_least "${version:-0}" "$WANTED"; then
        say "Adding the browser target to Rust $version (rustup target add $TARGET, rustup component add rust-src)"
        timeout "$PATIENCE" rustup target add "$TARGET" || return 1
        timeout "$PATIENCE" rustup component add rust-src || return 1
    else
        say "Installing the current stable Rust beside ${version:-none} ($WANTED or newer is needed)"
        timeout "$PATIENCE" rustup toolchain install stable --profile minimal -c clippy -c rustfmt -c rust-src -t "$TARGET" || return 1
        choose 'export RUSTUP_TOOLCHAIN=stable'
    fi
    good_enough
}

by_debian() {
    say "Rust from Debian's packages (the ordinary way is not reachable)"
    local packages=(rustc-web cargo-web rust-web-src rust-web-clippy rustfmt-web lld-19 gcc libc6-dev)
    local missing=() package
    for package in "${packages[@]}"; do
        dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package")
    done
    if [ ${#missing[@]} -gt 0 ]; then apt_install "${missing[@]}"; fi

    # One's own sysroot, mostly links into /usr: what the packages own stays as they left it.
    local version sysroot work
    version=$(/usr/bin/rustc --version | awk '{ print $2 }')
    sysroot=$TOOLS_DIR/rust-debian-$version
    if ! compgen -G "$sysroot/lib/rustlib/$TARGET/lib/libstd-*.rlib" >/dev/null; then
        say "Building the standard library for $TARGET with Rust $version"
        work=$TOOLS_DIR/build-std
        rm -rf "$work" "$sysroot.new"
        mkdir -p "$work/src" "$sysroot.new/bin" "$sysroot.new/lib/rustlib/$TARGET/lib"
        printf '[package]\nname = "empty"\nversion = "0.0.0"\nedition = "2021"\n' >"$work/Cargo.toml"
        printf '#![no_std]\n' >"$work/src/lib.rs"
        # Bytecode is kept because the release build optimises across crates, this one included.
        (cd "$work" && RUSTC_BOOTSTRAP=1 RUSTC=/usr/bin/rustc RUSTFLAGS=-Cembed-bitcode=yes CARGO_PROFILE_RELEASE_DEBUG=0 \
            CARGO_TARGET_DIR=$work/target /usr/bin/cargo build --release --target "$TARGET" \
            -Zbuild-std=core,alloc,std,panic_abort,proc_macro)
        find "$work/target/$TARGET/release/deps" -name '*.rlib' ! -name 'libempty-*' \
            -exec cp {} "$sysroot.new/lib/rustlib/$TARGET/lib/" \;
        # The packaged compiler always takes /usr for its root unless told otherwise.
        local program entry
        for program in rustc rustdoc; do
            printf '#!/bin/sh\nexec /usr/bin/%s --sysroot "%s" "$@"\n' "$program" "$sysroot" >"$sysroot.new/bin/$program"
            chmod +x "$sysroot.new/bin/$program"
        done
        # Ahead of what ~/.cargo/bin has under these names.
        for program in cargo cargo-clippy cargo-fmt rustfmt clippy-driver; do
            ln -s "/usr/bin/$program" "$sysroot.new/bin/$program"
        done
        for entry in /usr/lib/rustlib/*; do
            case $(basename "$entry") in
            "$TARGET") ;;
            x86_64-*-linux-gnu | aarch64-*-linux-gnu)
                local host
                host=$sysroot.new/lib/rustlib/$(basename "$entry")
                mkdir -p "$host/bin"
                ln -s "$entry/lib" "$host/lib"
                # Debian's compiler looks for this name and packages the linker under another.
                ln -s /usr/bin/wasm-ld-19 "$host/bin/rust-lld"
                ;;
            *) ln -s "$entry" "$sysroot.new/lib/rustlib/" ;;
            esac
        done
        rm -rf "$sysroot" && mv "$sysroot.new" "$sysroot"
        rm -rf "$work"
    fi
    choose "unset RUSTUP_TOOLCHAIN; export SYSROOT=$sysroot PATH=$sysroot/bin:\$PATH"
    hash -r
    good_enough || die "Debian's Rust was set up and still cannot compile for $TARGET."
}

if [ "${TIEOUT_RUST:-}" != debian ]; then
    if good_enough; then exit 0; fi
    if by_rustup; then
        note "took the ordinary way: $(rustc --version)"
        exit 0
    fi
    note "rustup could not do it"
elif good_enough && [[ $(rustc --print sysroot) == "$TOOLS_DIR"/* ]]; then
    exit 0
fi
by_debian
note "took Debian's packages: $(rustc --version)"
