# Routeyard: everything a working copy needs. Only Python 3.11-3.14, make and git are expected.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

# The certificates the machine trusts, as pip takes them: its packages may come through a proxy.
export UV_SYSTEM_CERTS ?= true

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null \
	&& command -v "$$p" && break; done)
UV := $(or $(shell command -v uv 2>/dev/null),.tools/bin/uv)
BIN := .venv/bin
COMPILE = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock'

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: install
install: .venv/.installed ## Make .venv from requirements.lock (instant when nothing changed)

.venv/.installed: requirements.lock pyproject.toml | $(UV)
	@[ -x $(BIN)/python ] || $(UV) venv --quiet --clear --python '$(call require-python)' .venv
	@$(UV) pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes requirements.lock
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

.tools/bin/uv: infra/tools/requirements.lock
	@'$(call require-python)' -m venv --clear .tools \
		|| { echo '$(PYTHON) cannot make an environment: it needs venv (Debian, Ubuntu: python3-venv).' >&2; exit 1; }
	@.tools/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes \
		--only-binary :all: --requirement infra/tools/requirements.lock
	@touch $@

require-python = $(or $(PYTHON),$(error No Python 3.11 to 3.14 was found: install one, or name it with PYTHON=/path/to/python))

.PHONY: lock
lock: | $(UV) ## Resolve the dependencies again and write the locks, with hashes and no address (LOCK=--upgrade for newer versions)
	@$(COMPILE) --all-extras --output-file requirements.lock pyproject.toml $(LOCK)
	@$(COMPILE) --output-file infra/tools/requirements.lock infra/tools/requirements.in $(LOCK)
	@$(COMPILE) --output-file infra/bench/references.lock infra/bench/references.in $(LOCK)
	@$(COMPILE) --output-file infra/abuse/tools.lock infra/abuse/tools.in $(LOCK)
	@if grep -nE '://|^--|file:' requirements.lock infra/*/*.lock; then \
		echo 'A lock names an address: remove the lines above and what put them there.' >&2; exit 1; fi

.PHONY: up
up: install ## Start the embedded stack with real catalogs and stay until Ctrl-C
	@$(BIN)/routeyard up

.PHONY: lint
lint: install ## Formatting, lint, types and import contracts
	@$(BIN)/ruff format --check
	@$(BIN)/ruff check
	@$(BIN)/mypy
	@$(BIN)/lint-imports

.PHONY: check
check: lint ## What to run before each commit: lint and the fast tests
	@$(BIN)/pytest tests/domain tests/services

.PHONY: test
test: lint ## Everything: lint, all tests, and each extra installed alone
	@$(BIN)/pytest
	@$(MAKE) test-extras

.PHONY: test-extras
test-extras: install ## Prove in throw-away environments what an extra does not bring
	@UV='$(UV)' $(BIN)/python infra/ci/prove_extras.py

.PHONY: schema
schema: install ## Write the GraphQL, AsyncAPI and JSON schemas again
	@$(BIN)/routeyard schema export
	@$(BIN)/python -m infra.contract

.PHONY: bench-env
bench-env: .bench/.installed ## Make .bench, the environment of the references that benchmarks compare with

.bench/.installed: infra/bench/references.lock | $(UV)
	@$(UV) venv --quiet --clear --python '$(call require-python)' .bench
	@$(UV) pip install --quiet --python .bench/bin/python --require-hashes --requirement $<
	@touch $@

.PHONY: abuse-env
abuse-env: .abuse/.installed ## Make .abuse, the environment of the tools that attack a registry

.abuse/.installed: infra/abuse/tools.lock | $(UV)
	@$(UV) venv --quiet --clear --python '$(call require-python)' .abuse
	@$(UV) pip install --quiet --python .abuse/bin/python --require-hashes --requirement $<
	@touch $@

.PHONY: clean
clean: ## Remove environments, caches and builds (the data in .routeyard stays)
	@rm -rf .venv .tools .bench .abuse build dist .*_cache .hypothesis
	@find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
