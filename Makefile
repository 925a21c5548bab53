# Everything sets itself up in .venv: Python >= 3.11 and make are all that has to be there.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: demo test test-system check bench lock clean

demo: $(READY)  ## the whole chain on one machine: make demo ARGS="--for 60"
	$(BIN)/occupancy demo $(ARGS)

test: $(READY)  ## the tests that need nothing but PyPI
	$(BIN)/pytest -n auto -m "not system" $(ARGS)

check: $(READY)  ## lint, format, types, import directions, templates
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/cfn-lint template.yaml

bench: $(READY)  ## the benchmarks; their numbers are in docs/benchmarks.md
	$(BIN)/python -m tests.bench $(ARGS)

$(READY): requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python >= 3.11 is needed, this is " + sys.version.split()[0] + ": make PYTHON=/path/to/python3.11 ...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --require-hashes --no-deps -r requirements/dev.txt
	$(BIN)/pip install --quiet --no-build-isolation --no-deps -e .
	@touch $@

clean:
	rm -rf .venv .venv-sam .aws-sam .local build *.egg-info
