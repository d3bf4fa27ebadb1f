#!/usr/bin/env bash
# Prepares the emulator of Xero the tests run against, beside our own, and prints the folder of its virtual environment. Made
# once; says nothing when it is there. Exit code 75: PyPI cannot be reached.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

dir=$TOOLS_DIR/xero-emulator-$(stamp_of xero-emulator tools/xero-emulator.txt | cut -c1-12)
if [ ! -f "$dir/made" ]; then
    mkdir -p "$TOOLS_DIR"
    # Two test processes at once would both begin.
    exec 9>"$TOOLS_DIR/xero-emulator.lock"
    flock 9
fi
if [ ! -f "$dir/made" ]; then
    {
        say "Installing an emulator of Xero from PyPI (once; some seconds)"
        rm -rf "$dir"
        python3 -m venv "$dir"
        if ! "$dir/bin/pip" install --quiet --disable-pip-version-check --no-input --requirement tools/xero-emulator.txt; then
            note "PyPI cannot be reached, or does not have what tools/xero-emulator.txt names."
            rm -rf "$dir"
            exit 75
        fi
        touch "$dir/made"
        find "$TOOLS_DIR" -maxdepth 1 -name 'xero-emulator-*' -type d -mtime +30 -exec rm -rf {} +
    } >&2
fi
touch "$dir"
printf '%s\n' "$dir"
