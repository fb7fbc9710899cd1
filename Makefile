# Two commands do all: `make run` and `make test`. They need Python 3.11 or newer with venv.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/installed

.PHONY: install run test check eval lock clean

install: $(STAMP)

$(STAMP): constraints.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Wenbao needs Python 3.11 or newer; set PYTHON=...")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(STAMP)

run: $(STAMP)
	$(BIN)/wenbao ingest seeds
	$(BIN)/wenbao ask "2024年全省多式联运货运量要增长多少？"
	$(BIN)/wenbao chat --host 127.0.0.1 --port 7860

# The fast part: style, types and every test that is not marked slow.
check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q -m "not slow"

test: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q

eval: $(STAMP)
	$(BIN)/python -m eval run

# Rewrite the pinned versions; `uv` comes with the development packages.
lock: $(STAMP)
	$(BIN)/uv pip compile --quiet --generate-hashes --no-header --no-annotate --override overrides.txt \
	    --python-version 3.11 --extra dev --extra eval pyproject.toml -o constraints.txt

clean:
	rm -rf $(VENV) build *.egg-info
