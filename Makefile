# The work on voicegw. Everything is kept in .venv; `make demo` and `make test` build it themselves
# from nothing but Python >= 3.11 with pip and venv.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PACKAGES := voicegw api ivr recordings config tests
BENCHES := mqtt sound signalling leftovers dial_latency media_relay store_batch finisher spool_mutations \
	at_rest seals transcription reviews search waiting_callers owner_lookup handover console
# Handed to `voicegw demo`: make demo ARGS="--once --json"
ARGS ?=
# How many processes run the tests: most of them wait for telephones, so more than there are cores.
JOBS ?= 4

MAKEFLAGS += --no-print-directory
# Two installations into one environment would trip over each other.
.NOTPARALLEL:
.DEFAULT_GOAL := help
.PHONY: help env apt format lint types imports unit check test demo bench metrics openapi client prompts \
	console clean

help: ## Say what can be made
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST)

# $(call install,EXTRA) installs the checkout with an extra; all it says goes to standard error.
define install
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "voicegw needs Python 3.11 or newer: make PYTHON=python3.12 …" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) >&2
	@echo "installing voicegw[$(1)] into $(VENV), this once …" >&2
	@$(BIN)/python -m pip install --disable-pip-version-check -q -e ".[$(1)]" >&2
	@touch $@
endef

$(VENV)/.stamp-test: pyproject.toml
	$(call install,test)

# What the tests need includes what the demo needs.
ifneq ($(shell test $(VENV)/.stamp-test -nt pyproject.toml && echo yes),yes)
DEMO_ENV := $(VENV)/.stamp-demo
else
DEMO_ENV := $(VENV)/.stamp-test
endif

$(VENV)/.stamp-demo: pyproject.toml
	$(call install,demo)

env: $(VENV)/.stamp-test ## Build the environment for development and tests

apt: ## Install other people's programs that the tests talk to, where allowed
	@.ci/parts

format: env
	@$(BIN)/ruff format --check .

lint: env
	@$(BIN)/ruff check .

types: env
	@$(BIN)/mypy $(addprefix -p ,$(PACKAGES))

imports: env
	@$(BIN)/lint-imports

unit: env
	@$(BIN)/pytest -q -m "not slow and not peer" tests/unit

check: format lint types imports unit ## Format, lint, types, order of imports, fast tests

test: env apt format lint types imports ## Everything: check, then all tests with real peers
	@.ci/console check
	@.ci/tests $(BIN) $(JOBS)

demo: $(DEMO_ENV) ## Show a node, a carrier, two phones: make demo ARGS="--once --json"
	@$(BIN)/voicegw demo $(ARGS)

# They use parts of the tests, and a library that the tests need brings a `tests` of its own, which
# would be found first.
bench: env ## Measure sound, signalling, recordings and the store
	@for program in $(BENCHES); do \
		echo "== $$program"; PYTHONPATH=. $(BIN)/python bench/$$program.py || exit 1; \
	done

metrics: env ## Write docs/metrics.md anew, after a change of what /metrics shows
	@$(BIN)/python -m api.metrics_page docs/metrics.md

openapi: env ## Write docs/openapi.json and the client's models anew, after a change of the API
	@$(BIN)/python -m api.openapi docs/openapi.json
	@$(BIN)/python -m api.client_models docs/openapi.json voicegw/client/models

client: env ## Write the generated parts of the typed client anew, after a change of voicegw/client/aio
	@$(BIN)/python -m api.client_models docs/openapi.json voicegw/client/models
	@$(BIN)/python -m api.client_blocking voicegw/client/aio voicegw/client/blocking

console: ## Build the web console, which a node then serves at / (needs Node.js 20.19 or newer)
	@.ci/console build

prompts: env ## Encode the shipped prompts in Opus, after adding or changing some
	@$(BIN)/python -m ivr.prompts

clean: ## Remove what was built (not .venv)
	@rm -rf build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .import_linter_cache \
		.hypothesis htmlcov .coverage demo-data bench/out bench/rtpload
