# The targets set up .venv by themselves: only Python >= 3.11 and make are required.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
# Many tests wait, for a process or for live video: two workers for each processor keep it busy.
WORKERS ?= $(shell echo $$((2 * $$(getconf _NPROCESSORS_ONLN))))
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: demo test test-system check bench build lock clean
.PHONY: build-ScheduleFunction build-PullFunction build-CounterFunction build-ClosingFunction

demo: $(READY)  ## the whole chain on one machine: make demo ARGS="--for 60"
	$(BIN)/occupancy demo $(ARGS)

test: $(READY)  ## the tests that need only packages from PyPI
	$(BIN)/pytest -n $(WORKERS) --dist worksteal -m "not system" $(ARGS)

check: $(READY)  ## lint, format, types, import directions, templates
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/cfn-lint template.yaml

bench: $(READY)  ## the benchmarks; their numbers are in docs/benchmarks.md
	$(BIN)/python -m tests.bench $(ARGS)

test-system: $(READY) $(VENV)/system-ready $(VENV)/dynalite/ready  ## the tests that need system packages, or build artifacts
	$(BIN)/pytest -n $(WORKERS) --dist worksteal -m system $(ARGS)

$(VENV)/system-ready: requirements/system.txt $(READY)
	@$(BIN)/pip install --quiet --require-hashes --no-deps -r requirements/system.txt
	@touch $@

# dynalite, a DynamoDB that is not moto, from npm: versions and hashes are pinned.
$(VENV)/dynalite/ready: requirements/dynalite/package.json requirements/dynalite/package-lock.json | $(READY)
	@mkdir -p $(@D)
	@cp requirements/dynalite/package.json requirements/dynalite/package-lock.json $(@D)
	@npm ci --prefix $(@D) --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

# ---- AWS: `sam build` with our own installation of the SAM CLI

SAM_VENV := .venv-sam
SAM := SAM_CLI_TELEMETRY=0 PYTHON="$(CURDIR)/$(SAM_VENV)/bin/python" $(SAM_VENV)/bin/sam

build: $(SAM_VENV)/ready  ## template.yaml and the Lambdas' artifacts, for `sam deploy`, in .aws-sam/build
	$(SAM) validate --lint
	$(SAM) build $(ARGS)

$(SAM_VENV)/ready: requirements/sam.txt
	$(PYTHON) -m venv $(SAM_VENV)
	$(SAM_VENV)/bin/pip install --quiet --require-hashes --no-deps -r requirements/sam.txt
	@touch $@

# `sam build` calls build-<logical id> with ARTIFACTS_DIR. It builds for Lambda's platform, on any machine;
# BUILD_PLATFORM=host builds for the Python that runs pip, to try the artifact on this machine.
BUILD_PLATFORM ?= lambda
PLATFORM_lambda := --implementation cp --python-version 3.13 $(patsubst %,--platform %_aarch64,manylinux_2_28 manylinux_2_17 manylinux2014)
PLATFORM_host :=

build-ScheduleFunction:
	$(call artifact,ingest.schedule,lambda)

build-PullFunction:
	$(call artifact,ingest.pull.handler,pull)

build-CounterFunction:
	$(call artifact,counter.counting.handler,counter)

build-ClosingFunction:
	$(call artifact,counter.closing.handler,lambda)

# $(call artifact,MODULE,REQUIREMENTS). The same input gives the same files: what pip records of this machine is removed.
define artifact
	@test -n "$(ARTIFACTS_DIR)" || { echo "$@ is called by sam build, or by hand with ARTIFACTS_DIR=folder"; exit 1; }
	$(PYTHON) -m pip install --quiet --root-user-action=ignore --no-compile --no-deps --require-hashes --only-binary=:all: \
		$(PLATFORM_$(BUILD_PLATFORM)) --target "$(ARTIFACTS_DIR)" -r requirements/$(2).txt
	rm -rf "$(ARTIFACTS_DIR)"/bin "$(ARTIFACTS_DIR)"/*.dist-info/RECORD "$(ARTIFACTS_DIR)"/*.dist-info/INSTALLER
	$(PYTHON) infra/artifact.py $(1) "$(ARTIFACTS_DIR)"
	find "$(ARTIFACTS_DIR)" -exec env TZ=UTC touch -t 198002010000 {} +
endef

# Writes hashes and no registry's address. Only this target needs a resolver: uv, from the development requirements.
UV ?= $(BIN)/uv
COMPILE := $(UV) pip compile --quiet --upgrade --generate-hashes --no-annotate --no-header
COMPILE_LAMBDA := $(COMPILE) --constraints requirements/dev.txt --only-binary :all: \
	--python-version 3.13 --python-platform aarch64-manylinux_2_28

lock:  ## write newer versions to requirements/*.txt: make lock UV=uv
	$(COMPILE) --universal --python-version 3.11 --extra dev pyproject.toml -o requirements/dev.txt
	$(COMPILE) --universal --python-version 3.11 --constraints requirements/dev.txt requirements/system.in \
		-o requirements/system.txt
	$(COMPILE) --universal --python-version 3.11 --constraints requirements/dev.txt \
		--extra gateway pyproject.toml -o requirements/gateway.txt
	$(COMPILE) --universal --python-version 3.11 requirements/sam.in -o requirements/sam.txt
	$(COMPILE_LAMBDA) --extra pull pyproject.toml -o requirements/pull.txt
	$(COMPILE_LAMBDA) requirements/counter.in -o requirements/counter.txt
	$(COMPILE_LAMBDA) requirements/lambda.in -o requirements/lambda.txt
	cd requirements/dynalite && npm update --package-lock-only --omit-lockfile-registry-resolved --no-audit --no-fund

$(READY): requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python >= 3.11 is needed, this is " + sys.version.split()[0] + ": make PYTHON=/path/to/python3.11 ...")'
	@echo "Setting up $(VENV): about a minute, once."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --require-hashes --no-deps -r requirements/dev.txt
	@$(BIN)/pip install --quiet --no-build-isolation --no-deps -e .
	@touch $@

clean:
	rm -rf .venv .venv-sam .aws-sam .local build *.egg-info
