# Two commands do all: `make run` and `make test`. They need Python 3.11 or newer with venv.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps
RUNTIME := $(VENV)/installed
TOOLS := $(VENV)/tools
LOCK := $(BIN)/uv pip compile --quiet --generate-hashes --no-header --no-annotate --override overrides.txt --python-version 3.11

.PHONY: install run test check eval lock clean

install: $(RUNTIME)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Wenbao needs Python 3.11 or newer; set PYTHON=...")'
	$(PYTHON) -m venv $(VENV)

# What running needs; the tests, the evaluation and a local model need more.
$(RUNTIME): constraints.txt pyproject.toml | $(BIN)/python
	$(PIP) --require-hashes -r constraints.txt
	$(PIP) --no-build-isolation -e .
	@touch $(RUNTIME)

$(TOOLS): constraints-dev.txt pyproject.toml | $(BIN)/python
	$(PIP) --require-hashes -r constraints-dev.txt
	$(PIP) --no-build-isolation -e .
	@touch $(RUNTIME) $(TOOLS)

run: $(RUNTIME)
	$(BIN)/wenbao ingest seeds
	$(BIN)/wenbao ask "2024年全省多式联运货运量要增长多少？"
	$(BIN)/wenbao chat --host 127.0.0.1 --port 7860

# The fast part: style, types and every test that is not marked slow.
check: $(TOOLS)
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q -m "not slow"

test: $(TOOLS)
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q

eval: $(TOOLS)
	$(BIN)/python -m eval validate
	$(BIN)/python -m eval run --curve
	$(BIN)/python -m eval gate

# Rewrite the pinned versions; `uv` comes with the development packages.
lock: $(TOOLS)
	$(LOCK) pyproject.toml -o constraints.txt
	$(LOCK) --extra dev pyproject.toml -o constraints-dev.txt

clean:
	rm -rf $(VENV) build *.egg-info
