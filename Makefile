# Every target sets up what it needs first and is quick when there is nothing to do. `make` alone explains.
# What each one does is in tools/, one script a step; nothing here needs to be known by heart.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

.PHONY: help run build test soak check bench dev fmt clean

help: ## Show this list
	@echo "Tieout: make TARGET, where TARGET is"
	@awk -F':.*## ' '/^[a-z]+:.*## / { printf "  %-7s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "Settings: TIEOUT_LISTEN (127.0.0.1:3000), TIEOUT_DATA_DIR (./data), TIEOUT_DATABASE_URL (SQLite in there)."
	@echo "Tools compiled once are kept in TIEOUT_TOOLS (~/.cache/tieout)."

run: ## Set up, build and start on http://127.0.0.1:3000 with its data in ./data
	@tools/setup.sh build
	@tools/build.sh
	@tools/run.sh

build: ## The same without starting: target/release/tieout is all an operator copies
	@tools/setup.sh release
	@tools/build.sh
	@tools/sbom.sh
	@echo "    target/release/tieout is complete in itself: copy it anywhere and run 'tieout serve'."

test: ## Set up, then unit, property, integration and browser tests
	@tools/setup.sh test
	@tools/test.sh

soak: ## What the tests try at random, for as long as an hour: more seeds, more kills
	@tools/setup.sh test
	@tools/soak.sh

check: ## Formatting, clippy for server and browser, licences and sources of dependencies
	@tools/setup.sh check
	@tools/check.sh

bench: ## Measure time, memory and bytes, and print them in a table
	@tools/setup.sh build
	@tools/bench.sh

dev: ## Rebuild and restart at every change
	@tools/setup.sh build
	@tools/dev.sh

fmt: ## Format the Rust code
	@cargo fmt

clean: ## Remove what was built (not ./data, not the tools)
	rm -rf target tools/node_modules end2end/node_modules
