# Everything sets itself up: Python 3.11 or newer and make are all that is needed.
PYTHON ?= python3
UV := .tools/bin/uv
RUN := .venv/bin/python
READY := .venv/.ready
RUNNABLE := .venv/.runnable
DEPLOYED := .tools/deployed
COUNTING := .tools/counting
# Many tests wait for other processes, so one more worker than this size of machine has cores.
WORKERS ?= 3

.PHONY: help sandbox serve test audit fuzz bench screenshots check check-static format format-check lint types contracts clean
.DEFAULT_GOAL := help

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Usher needs Python 3.11 or newer; found $$($(PYTHON) --version). Try: make PYTHON=python3.11"; exit 1; }
	@echo "Setting Usher up, once; this takes a few seconds…"
	@$(PYTHON) -m venv .tools
	@.tools/bin/pip install --quiet --disable-pip-version-check uv 2> .tools/pip.log || { cat .tools/pip.log; exit 1; }

# Compiled at once, by all cores; later each process would do it by itself.
SYNC = UV_PROJECT_ENVIRONMENT=$(or $(1),.venv) $(UV) sync --quiet --locked --inexact --no-install-project --compile-bytecode --system-certs --python "$$(command -v $(PYTHON))"

# What is needed to run; the tools for development come only where they are used.
$(RUNNABLE): pyproject.toml uv.lock | $(UV)
	@$(call SYNC) --no-dev --group sandbox
	@touch $(RUNNABLE)

$(READY): pyproject.toml uv.lock | $(UV)
	@$(call SYNC)
	@touch $(RUNNABLE) $(READY)

# What an operator deploys, to be measured: without the tools, some of which are loaded where they are found, and
# compiled as in the image.
$(DEPLOYED)/.ready: pyproject.toml uv.lock | $(UV)
	@PYTHONOPTIMIZE=2 $(call SYNC,$(DEPLOYED)) --no-dev
	@touch $@

# The same with memray, which has many dependencies, so it's installed only for --counts.
$(COUNTING)/.ready: pyproject.toml uv.lock | $(UV)
	@PYTHONOPTIMIZE=2 $(call SYNC,$(COUNTING)) --no-dev --group bench
	@touch $@

sandbox: $(RUNNABLE) ## Try Usher in a browser and in this terminal, without Slack and without Cloudflare
	@$(RUN) -m sandbox

serve: $(RUNNABLE) ## Serve Slack, with the settings in the environment
	@$(RUN) -m bot

# The tests start dozens of processes: with no bytecode of ours kept they take half a minute more.
test: export PYTHONDONTWRITEBYTECODE =
test: $(READY) ## Run the tests
	$(RUN) -m pytest -n $(WORKERS) --maxschedchunk 1

check: check-static test ## Format, lint, types, import contracts and tests: before each commit

check-static: format-check lint types contracts

screenshots: $(READY) ## Take the README's pictures from the running page (needs chromium)
	@$(RUN) -m tests.e2e.screenshots

audit: $(READY) ## Look the dependencies up in the list of known weaknesses (needs the network)
	@$(UV) export --quiet --no-dev --all-extras --no-emit-project --output-file .tools/requirements.txt
	@$(UV) tool run --quiet pip-audit --strict --disable-pip --require-hashes --requirement .tools/requirements.txt

fuzz: $(READY) ## Throw ten thousand hostile inputs at it
	@$(RUN) -m tests.fuzz $(OPTIONS)

bench: $(READY) $(DEPLOYED)/.ready $(if $(findstring --counts,$(OPTIONS)),$(COUNTING)/.ready) ## Measure Usher against two Bolt apps: make bench OPTIONS="--repetitions 1"
	@$(RUN) -m bench --python $(DEPLOYED)/bin/python $(OPTIONS)

format: $(READY) ## Put the code in shape
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix --quiet .

format-check: $(READY)
	.venv/bin/ruff format --check --quiet .

lint: $(READY) ## Lint
	.venv/bin/ruff check --quiet .

types: $(READY) ## Check the types
	.venv/bin/mypy

contracts: $(READY) ## Check who imports whom
	PYTHONPATH=. .venv/bin/lint-imports --no-cache > .lint-imports.log || { cat .lint-imports.log; exit 1; }
	@rm -f .lint-imports.log

clean: ## Remove what was set up
	rm -rf .venv .tools .mypy_cache .ruff_cache .pytest_cache .hypothesis
