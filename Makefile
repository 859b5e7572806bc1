# The targets need only Python 3.11 or newer: they set up .venv first.

VENV := .venv
PY := $(VENV)/bin/python
READY := $(VENV)/.ready
PEERS := benchmarks/.venv
SPARK := .venv-spark
BROWSER := .venv-browser
SEED ?= $(shell od -An -N4 -tu4 /dev/urandom | tr -d ' ')

.PHONY: help setup test demo lint types imports drift mappings unit dist pythons nightly laws \
    small-formats fuzz mutants spark browser bench site serve-site generate format lock clean
.NOTPARALLEL:

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /  make \1#/p' $(MAKEFILE_LIST) | awk -F'#' '{printf "%-22s %s\n", $$1, $$2}'

test: lint types imports drift mappings unit ## run every check

demo: $(READY) ## translate the examples between all pairs of formats and print a summary
	@$(PY) examples/demo.py

setup: $(READY) ## set up .venv with the versions in requirements.lock

lint: $(READY) ## check style and formatting
	@$(PY) -m ruff check
	@$(PY) -m ruff format --check

types: $(READY) ## check types
	@$(PY) -m mypy

imports: $(READY) ## check import directions
	@$(VENV)/bin/lint-imports

drift: $(READY) ## check that generated/ matches specs/
	@$(VENV)/bin/translator generate --check --specs specs --out generated

mappings: $(READY) ## check specs and mappings against each other
	@$(VENV)/bin/translator check

unit: $(READY) ## run the tests
	@$(PY) -m pytest

dist: $(READY) ## build the package into dist/ and check its metadata
	@rm -rf dist
	@$(PY) -m build --no-isolation --outdir dist . >/dev/null
	@$(PY) -m twine check --strict dist/*

pythons: $(READY) ## run the fast tests with each Python from 3.11 to 3.14 on this machine
	@$(PY) -m tests.packaging.pythons

nightly: $(READY) ## run the slow tests, and the laws with more events
	@HYPOTHESIS_PROFILE=nightly $(PY) -m pytest -m "nightly or laws" --dist loadgroup

laws: $(READY) ## test the laws with many more events and formats; SEED=n repeats a run
	@echo "seed $(SEED)"
	@HYPOTHESIS_PROFILE=laws $(PY) -m pytest -m laws --hypothesis-seed=$(SEED)
	@$(PY) -m tests.laws.small_formats --seed $(SEED) --minutes $(or $(MINUTES),10)

small-formats: $(READY) ## test the law of small formats only; MINUTES=n, SEED=n
	@$(PY) -m tests.laws.small_formats --seed $(SEED) --minutes $(or $(MINUTES),10)

fuzz: $(READY) ## feed hostile inputs to every reader; SECONDS=n, SEED=n, ONLY=specs
	@$(PY) -m tests.fuzz --seed $(SEED) --seconds $(or $(SECONDS),120) $(ONLY:%=--target %)

mutants: $(READY) ## change each mapping and spec in one place; count what the check finds
	@$(PY) -m tests.mutation.run

spark: $(SPARK)/.ready ## run the tests of translator.spark on a local Spark; needs Java 17 or newer
	@REQUIRE_SPARK=1 $(SPARK)/bin/python -m pytest -n0 tests/spark

browser: $(BROWSER)/.ready ## run the tests of pages in a headless browser; needs Chromium
	@REQUIRE_BROWSER=1 $(BROWSER)/bin/python -m pytest -n0 tests/browser

bench: $(PEERS)/.ready ## compare the speed with other tools; ROUNDS=n, ONLY="per_event streams"
	@ROUNDS=$(ROUNDS) $(PEERS)/bin/python -m benchmarks $(ONLY:%=--only %)

site: $(READY) ## build the site of the documentation into site/
	@NO_MKDOCS_2_WARNING=1 $(PY) -m mkdocs build --strict --quiet
	@echo "wrote site/"

serve-site: $(READY) ## show the site on this machine, and build it again when a page changes
	@NO_MKDOCS_2_WARNING=1 $(PY) -m mkdocs serve

generate: $(READY) ## regenerate generated/ from specs/
	@$(VENV)/bin/translator generate --specs specs --out generated

format: $(READY) ## format the code
	@$(PY) -m ruff check --fix
	@$(PY) -m ruff format

# uv resolves for all platforms and Python versions at once; only this target needs it.
lock: $(READY) ## update the versions in requirements.lock
	@$(PY) -m pip install -qq uv
	@$(PY) -m uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' \
	    --extra all --group dev -o requirements.lock pyproject.toml
	@echo "wrote requirements.lock; make test installs it"

# A separate environment, so that the project cannot depend on tools that only benchmarks use.
$(PEERS)/.ready: $(READY) benchmarks/requirements.txt
	@echo "setting up $(PEERS) with the tools for the benchmarks"
	@$(PY) -m venv --clear $(PEERS)
	@$(PEERS)/bin/python -m pip install -qq --disable-pip-version-check -r requirements.lock
	@$(PEERS)/bin/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@$(PEERS)/bin/python -m pip install -qq --disable-pip-version-check -r benchmarks/requirements.txt
	@touch $@

# pyspark is larger than all other packages together, and only these tests need it.
$(SPARK)/.ready: $(READY) tests/spark/requirements.txt
	@echo "setting up $(SPARK) with pyspark"
	@$(PY) -m venv --clear $(SPARK)
	@$(SPARK)/bin/python -m pip install -qq --disable-pip-version-check -r requirements.lock
	@$(SPARK)/bin/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@$(SPARK)/bin/python -m pip install -qq --disable-pip-version-check -r tests/spark/requirements.txt
	@touch $@

# Only these tests need playwright, which brings a Node.js of its own.
$(BROWSER)/.ready: $(READY) tests/browser/requirements.txt
	@echo "setting up $(BROWSER) with playwright"
	@$(PY) -m venv --clear $(BROWSER)
	@$(BROWSER)/bin/python -m pip install -qq --disable-pip-version-check -r requirements.lock
	@$(BROWSER)/bin/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@$(BROWSER)/bin/python -m pip install -qq --disable-pip-version-check -r tests/browser/requirements.txt
	@touch $@

clean: ## remove .venv and all build and cache files
	rm -rf $(VENV) $(PEERS) $(SPARK) $(BROWSER) build dist site *.egg-info .pytest_cache .mypy_cache \
	    .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# After a move or copy, .venv still points to the old checkout: set it up again.
ifneq ($(shell cat $(READY) 2>/dev/null),$(CURDIR))
.PHONY: $(READY)
endif

$(READY): pyproject.toml requirements.lock
	@python=; for candidate in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11 python; do \
	    if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	        python=$$candidate; break; fi; done; \
	if [ -z "$$python" ]; then \
	    echo "Python 3.11 or newer is required but was not found. Install it, or pass its path: make PYTHON=/path/to/python3" >&2; exit 2; fi; \
	if ! "$$python" -c 'import venv, ensurepip' 2>/dev/null; then \
	    echo "$$python cannot create virtual environments: its venv module is missing. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 2; fi; \
	echo "setting up $(VENV) with $$("$$python" --version)"; \
	"$$python" -m venv --clear $(VENV)
	@$(PY) -m pip install -qq --disable-pip-version-check -r requirements.lock
	@$(PY) -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@printf '%s\n' '$(CURDIR)' > $(READY)
