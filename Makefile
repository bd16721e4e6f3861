# `make demo` and `make test` are all that a newcomer needs; both make their own environment in .venv.

# What the demo searches, how, and where it leaves its results: `make demo TRIALS=200 SECONDS=120`.
PROBLEM  ?= pipelines/breast_cancer
STRATEGY ?= genetic-algorithm
SETTINGS ?= $(if $(filter genetic-algorithm,$(STRATEGY)),population=8 mutation=0.8)
TRIALS   ?= 60
SECONDS  ?= 25
WORKERS  ?= 2
SEED     ?= 0
STUDY    ?= $(PROBLEM)/$(STRATEGY)/$(SEED)
STORE    ?= demo.db
PAGE     ?= demo.html

# Arguments handed to pytest: `make test PYTEST="-k wheel"`.
PYTEST   ?=
# How many processes run the tests.
JOBS     ?= 2

VENV   := .venv
PYTHON := $(VENV)/bin/python
INLAY  := $(VENV)/bin/inlay
MADE   := $(VENV)/made.stamp
DEMO   := $(VENV)/demo.stamp
DEV    := $(VENV)/dev.stamp
PEERS  := $(VENV)/peers.stamp

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test lint types layers suite bench clean

help:
	@echo "make demo    search $(PROBLEM), $(TRIALS) trials in at most $(SECONDS) s, then as many random ones; write a page"
	@echo "make test    every check: lint, types, layers, suite"
	@echo "make lint    ruff: rules and format"
	@echo "make types   mypy"
	@echo "make layers  import-linter: which folder may import which"
	@echo "make suite   pytest: tests, doctests, notebooks, wheel content"
	@echo "make bench   every file in benchmarks/, beside its peers"
	@echo "make clean   remove caches, builds and what the demo left; $(VENV) stays"

# --- environment ------------------------------------------------------------------------------

RECENT := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))

$(MADE):
	@found=; for candidate in python3.11 python3 python; do \
	  if $$candidate -c '$(RECENT)' 2>/dev/null; then found=$$candidate; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "Inlay needs Python 3.11 or later with its venv module; python3.11, python3 and python" >&2; \
	  echo "on the PATH are missing, older, or without venv (on Debian: install python3-venv)." >&2; \
	  exit 1; \
	fi; \
	echo "making $(VENV) with $$found"; $$found -m venv $(VENV)
	@$(PYTHON) -c '$(RECENT)' || { echo "$(VENV) holds a Python older than 3.11: remove it and call make again" >&2; exit 1; }
	@touch $@

$(DEMO): pyproject.toml setup.py | $(MADE)
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --editable '.[sklearn,plots]'
	@touch $@

# The development installation holds all that the demo needs, so it stamps both.
$(DEV): pyproject.toml setup.py | $(MADE)
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $(DEMO) $@

$(PEERS): pyproject.toml setup.py | $(MADE)
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --editable '.[all,peers]'
	@touch $@

# --- demo -------------------------------------------------------------------------------------

demo: $(DEMO)
	$(INLAY) run $(PROBLEM) --strategy $(STRATEGY) $(SETTINGS:%=--set %) --trials $(TRIALS) --seconds $(SECONDS) \
	  --workers $(WORKERS) --seed $(SEED) --store $(STORE) --name $(STUDY)
	@$(INLAY) report $(STUDY) --store $(STORE) --output $(PAGE) >/dev/null && echo "the page about this study: $(PAGE)"

# --- checks -----------------------------------------------------------------------------------

# $(call timed,title,command) runs one command and prints what it took, also when it fails.
define timed
@echo "== $(1)"; start=$$(date +%s); $(2); code=$$?; \
echo "== $(1): $$(($$(date +%s) - start)) s$$([ $$code -eq 0 ] || echo ', FAILED')"; exit $$code
endef

test: lint types layers suite
	@echo "== all checks passed"

lint: $(DEV)
	$(call timed,ruff check,$(VENV)/bin/ruff check .)
	$(call timed,ruff format,$(VENV)/bin/ruff format --check .)

types: $(DEV)
	$(call timed,mypy,$(VENV)/bin/mypy)

layers: $(DEV)
	$(call timed,import-linter,cd .typing && ../$(VENV)/bin/lint-imports --config ../pyproject.toml --no-cache --no-logo)

suite: $(DEV)
	$(call timed,pytest,OMP_NUM_THREADS=1 $(PYTHON) -m pytest -n $(JOBS) --dist worksteal $(PYTEST))

bench: $(PEERS)
	@for script in benchmarks/*.py; do \
	  if [ -e "$$script" ]; then echo "== $$script"; $(PYTHON) "$$script" || exit 1; fi; \
	done

clean:
	rm -rf build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	rm -f demo.db demo.db-journal demo.db-shm demo.db-wal demo.html
	find inlay search spaces optimizers problems tests -name __pycache__ -prune -exec rm -rf {} +
