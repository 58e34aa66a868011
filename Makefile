# Everything runs in a virtual environment of its own; nothing but Python >= 3.11 and make is needed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
X402 := $(BIN)/x402-catalog
SAMPLE := crawler/sample

.PHONY: demo test check nightly bench evaluate docs peers clean

demo: $(VENV)/.installed  ## three nights of the bundled sample bazaar, into catalog.db and out/
	@if [ -e catalog.db ] && [ ! -e .demo ]; then \
		echo "catalog.db was not made by 'make demo': move it (and out/) away first" >&2; exit 2; fi
	@touch .demo && rm -rf catalog.db catalog.db-wal catalog.db-shm catalog.db.lock out
	@for night in 1 2 3; do $(X402) nightly --replay $(SAMPLE)/night-$$night || exit $$?; done

test: $(VENV)/.dev  ## the tests
	$(BIN)/python -m pytest

check: $(VENV)/.dev  ## style, types, architecture
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

nightly: $(VENV)/.installed  ## the night against the live facilitators, into live/
	$(X402) nightly --store sqlite:///live/catalog.db --out live/out

bench: $(VENV)/.dev  ## ratios against a baseline measured in the same run
	$(BIN)/python -m tests.bench

evaluate: $(VENV)/.dev  ## judgements against labels and recordings
	$(BIN)/python -m tests.evaluate

docs: $(VENV)/.dev  ## regenerate the generated pages of docs/
	$(BIN)/python docs/generate.py

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.x")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml requirements.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.installed requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

# What sellers run: the last x402 v1 package and a v2 one, which exclude each other. Tests that need them skip without.
peers: .peers/v1/.installed .peers/v2/.installed  ## environments of real x402 servers for the tests

.peers/v1/.installed: PACKAGES := 'x402==0.2.1'
.peers/v2/.installed: PACKAGES := 'x402[fastapi,evm,svm]==2.25.0' jsonschema
.peers/%/.installed: tests/peers/constraints.txt
	$(PYTHON) -m venv .peers/$*
	.peers/$*/bin/python -m pip install --quiet --disable-pip-version-check --no-compile -c $< $(PACKAGES)
	@touch $@

clean:  ## remove what make made
	rm -rf $(VENV) .peers build *.egg-info
