#!/usr/bin/env bash
# Installs what is missing for the step named, and says so; when nothing is missing it says nothing.
#
#     tools/setup.sh build|release|test|check
set -euo pipefail
. "$(dirname "$0")/lib.sh"

# --- Debian packages -------------------------------------------------------------------------------------------
packages=()
need() { # COMMAND PACKAGE...: the packages, unless the command is there
    local command=$1
    shift
    have "$command" || packages+=("$@")
}

build_packages() {
    need curl curl ca-certificates
    # SQLite and the cryptography of TLS are C.
    need gcc gcc libc6-dev
    need pkg-config pkg-config
    need node nodejs
    need npm npm
}

test_packages() {
    chromium_path >/dev/null || packages+=(chromium)
    # The Rust tests start throw-away clusters of their own with it.
    have initdb || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || packages+=(postgresql)
    # Another time of day for a server that is tested.
    compgen -G '/usr/lib/*/faketime/libfaketime.so.1' >/dev/null || packages+=(faketime)
    # And a Tryton of their own, which is Python.
    need python3 python3
    { have python3 && python3 -c 'import ensurepip, venv'; } >/dev/null 2>&1 || packages+=(python3-venv)
}

install_packages() {
    if [ ${#packages[@]} = 0 ]; then return; fi
    if [[ " ${packages[*]} " == *" postgresql "* && "$(id -u)" = 0 && ! -e /etc/postgresql-common/createcluster.conf ]]; then
        # Debian would otherwise start a database of its own, which nobody here asked for.
        mkdir -p /etc/postgresql-common
        printf 'create_main_cluster = false\n' >/etc/postgresql-common/createcluster.conf
    fi
    apt_install "${packages[@]}"
    packages=()
}

# --- programs from the registries ------------------------------------------------------------------------------
# cargo_program NAME VERSION DIR [OPTION...]: the crate's program of the same version in DIR/bin. cargo moves it
# there whole or not at all. Not --locked: a lock file years old may name versions that were withdrawn.
cargo_program() {
    local crate=$1 version=$2 dir=$3
    shift 3
    if [ -x "$dir/bin/${crate%-cli}" ]; then return; fi
    say "Compiling $crate $version (once; some minutes)"
    # Little optimisation: it runs for a second at a time, and compiling it is what one waits for.
    CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=256 \
        CARGO_TARGET_DIR=$TOOLS_DIR/compiling-$crate \
        cargo install --quiet "$crate" --version "=$version" --root "$dir" --no-track "$@"
    rm -rf "$TOOLS_DIR/compiling-$crate"
}

# npm_programs DIR: what DIR/package-lock.json names, in DIR/node_modules.
npm_programs() {
    local stamp
    stamp=$(stamp_of npm "$1/package-lock.json")
    if [ "$(cat "$1/node_modules/.stamp" 2>/dev/null)" = "$stamp" ]; then return; fi
    say "Installing npm packages of $1/package.json"
    # None of them needs its install script: the programs come prebuilt in packages of their own.
    (cd "$1" && npm ci --ignore-scripts --no-audit --no-fund --silent)
    printf '%s\n' "$stamp" >"$1/node_modules/.stamp"
}

node_recent_enough() {
    local version
    version=$(node --version | tr -d v)
    version_at_least "$version" 18.0 || die "node $version is too old: 18 or newer is needed (Debian 12 has 18)."
}

setup_build() {
    build_packages
    install_packages
    node_recent_enough
    tools/rust.sh
    . tools/lib.sh
    mkdir -p "$TOOLS_DIR"
    cargo_program wasm-bindgen-cli "$WASM_BINDGEN_VERSION" "${WASM_BINDGEN%/bin/*}" --bin wasm-bindgen --no-default-features
    npm_programs tools
}

# setup_peer SCRIPT WHAT: the tests install it themselves too, and leave themselves out where they cannot; here it is seen and
# said first.
setup_peer() {
    local ended=0
    "tools/$1" >/dev/null || ended=$?
    if [ "$ended" = 0 ]; then return; fi
    if [ "${CI:-}" = true ]; then die "the tests need $2, and it could not be made"; fi
    note "################################################################################"
    note "SKIPPED: $2 could not be installed from PyPI (see above)."
    note "The tests of a connector against it will be LEFT OUT."
    note "################################################################################"
}

case ${1:-} in
build) setup_build ;;
test)
    # One installation, and one request for it, where both are missing.
    build_packages
    test_packages
    setup_build
    npm_programs end2end
    setup_peer tryton.sh "the real Tryton"
    setup_peer xero-emulator.sh "an emulator of Xero"
    ;;
release)
    setup_build
    cargo_program cargo-cyclonedx "$CARGO_CYCLONEDX_VERSION" "${CARGO_CYCLONEDX%/bin/*}"
    ;;
check)
    setup_build
    cargo_program cargo-deny "$CARGO_DENY_VERSION" "${CARGO_DENY%/bin/*}"
    ;;
*) die "tools/setup.sh build|release|test|check" ;;
esac
