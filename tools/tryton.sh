#!/usr/bin/env bash
# Prepares the Tryton the tests run against and prints its folder: a virtual environment from PyPI (V), and a database
# with a company's books (peer.sqlite), of which each test takes a copy. Made once; says nothing when it is there.
# Everything but the folder goes to standard error. Exit code 75: PyPI cannot be reached.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

SEED=tests/it/tryton/peer.py
dir=$TOOLS_DIR/tryton-$(stamp_of tryton tools/tryton.txt "$SEED" tools/tryton.sh | cut -c1-12)
if [ -f "$dir/peer.sqlite" ]; then
    touch "$dir"
    printf '%s\n' "$dir"
    exit
fi

mkdir -p "$TOOLS_DIR"
# Two test processes at once would both begin.
exec 9>"$TOOLS_DIR/tryton.lock"
flock 9
making=$dir.making
if [ ! -f "$dir/peer.sqlite" ]; then
    {
        say "Installing Tryton from PyPI and making a company's books in it (once; about a minute)"
        rm -rf "$making"
        mkdir "$making"
        python3 -m venv "$making/V"
        if ! "$making/V/bin/pip" install --quiet --disable-pip-version-check --no-input --requirement tools/tryton.txt; then
            note "PyPI cannot be reached, or does not have what tools/tryton.txt names."
            rm -rf "$making"
            exit 75
        fi
        touch "$making/peer.sqlite"
        printf 'admin\n' >"$making/password"
        printf '[database]\nuri = sqlite://\npath = %s\n' "$making" >"$making/trytond.conf"
        TRYTONPASSFILE=$making/password "$making/V/bin/trytond-admin" -c "$making/trytond.conf" -d peer \
            -u ir res account_invoice account_statement analytic_invoice --activate-dependencies --email admin@example.com
        "$making/V/bin/python" "$SEED" seed "$making"
        # Programs of a virtual environment name its folder; "python -m" does not.
        mv "$making" "$dir"
        # Those of older versions, once nobody has used them for a month.
        find "$TOOLS_DIR" -maxdepth 1 -name 'tryton-*' -type d -mtime +30 -exec rm -rf {} +
    } >&2
fi
printf '%s\n' "$dir"
