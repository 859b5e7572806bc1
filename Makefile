# make test and make demo need Python 3.11 or newer and nothing else: they set .venv up first.

VENV := .venv
PY := $(VENV)/bin/python
READY := $(VENV)/.ready
PEERS := benchmarks/.venv
SEED ?= $(shell od -An -N4 -tu4 /dev/urandom | tr -d ' ')

.PHONY: help setup test demo lint types imports drift mappings unit laws fuzz mutants \
    bench generate format lock clean
.NOTPARALLEL:

help: ## what there is to make
	@sed -n 's/^\([a-z-]*\):.*## /  make \1#/p' $(MAKEFILE_LIST) | awk -F'#' '{printf "%-22s %s\n", $$1, $$2}'

test: lint types imports drift mappings unit ## every check

demo: $(READY) ## translate the examples between all pairs and show what came out
	@$(PY) examples/demo.py

setup: $(READY) ## .venv, with the versions of requirements.lock

lint: $(READY) ## style and formatting
	@$(PY) -m ruff check
	@$(PY) -m ruff format --check

types: $(READY) ## types, strictly
	@$(PY) -m mypy

imports: $(READY) ## the direction of imports
	@$(VENV)/bin/lint-imports

drift: $(READY) ## generated/ is what the specs say
	@$(VENV)/bin/translator generate --check --specs specs --out generated

mappings: $(READY) ## the specs and mappings, against one another
	@$(VENV)/bin/translator check

unit: $(READY) ## the tests
	@$(PY) -m pytest

laws: $(READY) ## the laws, over far more events; SEED=n repeats a run
	@echo "seed $(SEED)"
	@HYPOTHESIS_PROFILE=laws $(PY) -m pytest -m laws --hypothesis-seed=$(SEED)

fuzz: $(READY) ## hostile inputs to every reader; SECONDS=n in all, SEED=n repeats a run, ONLY=specs
	@$(PY) -m tests.fuzz --seed $(SEED) --seconds $(or $(SECONDS),120) $(ONLY:%=--target %)

mutants: $(READY) ## every change of a mapping or spec in one place, and what the check finds
	@$(PY) -m tests.mutation.run

bench: $(PEERS)/.ready ## compare speed with other tools; ROUNDS=n, ONLY="per_event streams"
	@ROUNDS=$(ROUNDS) $(PEERS)/bin/python -m benchmarks $(ONLY:%=--only %)

generate: $(READY) ## make generated/ from specs/
	@$(VENV)/bin/translator generate --specs specs --out generated

format: $(READY) ## lay the code out
	@$(PY) -m ruff check --fix
	@$(PY) -m ruff format

# uv reads the dependencies for every platform and Python at once; it is used here only.
lock: $(READY) ## choose the versions anew
	@$(PY) -m pip install -qq uv
	@$(PY) -m uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' \
	    --extra generate --group dev -o requirements.lock pyproject.toml
	@echo "requirements.lock is written; make test installs it"

# A separate environment, so that the project cannot depend on the tools it is compared with.
$(PEERS)/.ready: $(READY) benchmarks/requirements.txt
	@echo "setting up $(PEERS) with the tools that the benchmarks compare with"
	@$(PY) -m venv --clear $(PEERS)
	@$(PEERS)/bin/python -m pip install -qq --disable-pip-version-check -r requirements.lock
	@$(PEERS)/bin/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@$(PEERS)/bin/python -m pip install -qq --disable-pip-version-check -r benchmarks/requirements.txt
	@touch $@

clean: ## remove .venv and what builds and checks leave behind
	rm -rf $(VENV) $(PEERS) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis \
	    .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# An environment that was moved or copied still points to the old checkout: make it again.
ifneq ($(shell cat $(READY) 2>/dev/null),$(CURDIR))
.PHONY: $(READY)
endif

$(READY): pyproject.toml requirements.lock
	@python=; for candidate in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11 python; do \
	    if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	        python=$$candidate; break; fi; done; \
	if [ -z "$$python" ]; then \
	    echo "Python 3.11 or newer is needed and was not found; install it, or name it: make PYTHON=/path/to/python3" >&2; exit 2; fi; \
	if ! "$$python" -c 'import venv, ensurepip' 2>/dev/null; then \
	    echo "$$python cannot make environments: its venv module is missing (on Debian and Ubuntu: apt-get install python3-venv)" >&2; exit 2; fi; \
	echo "setting up $(VENV) with $$("$$python" --version)"; \
	"$$python" -m venv --clear $(VENV)
	@$(PY) -m pip install -qq --disable-pip-version-check -r requirements.lock
	@$(PY) -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@printf '%s\n' '$(CURDIR)' > $(READY)
