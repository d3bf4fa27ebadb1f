# shellcheck shell=bash disable=SC2034
# Shared by the scripts in tools/: where things are, and how they speak. Sourced, never run.

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit

# Outside the checkout, so that a fresh clone does not compile the same programs again.
TOOLS_DIR=${TIEOUT_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/tieout}
TARGET_DIR=${CARGO_TARGET_DIR:-target}

# A Rust installed a moment ago is not on this shell's PATH yet, and the newest may not be the default one:
# tools/rust.sh writes down which it chose.
if [ -d "$HOME/.cargo/bin" ]; then PATH=$HOME/.cargo/bin:$PATH; fi
if [ -f "$TOOLS_DIR/rust.env" ]; then . "$TOOLS_DIR/rust.env"; fi

if [ -t 1 ]; then BOLD=$'\033[1m' PLAIN=$'\033[0m'; else BOLD='' PLAIN=''; fi
say() { printf '%s==>%s %s\n' "$BOLD" "$PLAIN" "$*"; }
note() { printf '    %s\n' "$*"; }
die() { printf '%serror:%s %s\n' "$BOLD" "$PLAIN" "$*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# apt_install PACKAGE...: as root, or through sudo, or says what to type.
apt_install() {
    local sudo=()
    have apt-get || die "missing: $*. This is no Debian, so please install them the way your system does."
    if [ "$(id -u)" != 0 ]; then
        if have sudo && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then sudo=(sudo); else
            die "some Debian packages are missing and only root may install them. Type this as root, then try again:

    apt-get update && apt-get install --no-install-recommends -y $*
"
        fi
    fi
    say "Installing Debian packages: $*"
    "${sudo[@]}" apt-get update -qq
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install --no-install-recommends -y -qq "$@" >/dev/null
}

# The browser the tests drive: TIEOUT_CHROMIUM, or what the system has.
chromium_path() {
    local name
    for name in "${TIEOUT_CHROMIUM:-chromium}" chromium-browser google-chrome; do command -v "$name" && return; done
    return 1
}

# version_at_least HAVE WANT
version_at_least() { [ "$(printf '%s\n' "$2" "$1" | sort -V | head -n1)" = "$2" ]; }

# locked_version CRATE: the version Cargo.lock has chosen.
locked_version() {
    awk -v name="$1" '$0 == "name = \"" name "\"" { getline; gsub(/version = |"/, ""); print; exit }' Cargo.lock
}

# stamp_of STEP INPUT...: one short word for everything a step depends on, files by their content. A step writes
# it down when it is done, so an interrupted one is simply done again.
stamp_of() {
    local input
    for input in "$@"; do
        if [ -f "$input" ]; then sha256sum <"$input"; else printf '%s\n' "$input"; fi
    done | sha256sum | cut -c1-32
}

# The program and the library must be of one version to the last digit: they share a format that is not stable.
WASM_BINDGEN_VERSION=$(locked_version wasm-bindgen)
WASM_BINDGEN=$TOOLS_DIR/wasm-bindgen-$WASM_BINDGEN_VERSION/bin/wasm-bindgen
CARGO_DENY_VERSION=0.20.2
CARGO_DENY=$TOOLS_DIR/cargo-deny-$CARGO_DENY_VERSION/bin/cargo-deny
CARGO_CYCLONEDX_VERSION=0.5.9
CARGO_CYCLONEDX=$TOOLS_DIR/cargo-cyclonedx-$CARGO_CYCLONEDX_VERSION/bin/cargo-cyclonedx
