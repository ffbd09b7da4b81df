PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
PIP := --disable-pip-version-check install --quiet
UPGRADE ?= --upgrade
LOCKED := --require-hashes --no-deps
# As pip does with packages; or the first start would, and all where Python may write no bytecode.
COMPILE := $(BIN)/python -m compileall -q qa index
LOCK = $(BIN)/uv pip compile --universal --python-version 3.11.5 --generate-hashes --no-annotate \
	--quiet $(UPGRADE) --excludes requirements/torch.txt --custom-compile-command "make lock"

.DEFAULT_GOAL := help
.PHONY: help run test lint fmt bench speed fit widget sizes lock serving wheel clean

help: ## show this list
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

run: .venv/.run ## install, index content/ and serve it at http://127.0.0.1:8000
	$(COMPILE)
	$(BIN)/qa index
	$(BIN)/qa serve

test: .venv/.dev ## install and run all tests
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile

lint: .venv/.dev ## style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

fmt: .venv/.dev ## format the code
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

bench: .venv/.dev ## quality on the public sets (QA_DATA names their folder), and what a question costs
	$(BIN)/python -m bench.quality
	$(BIN)/python -m bench.calibrating
	$(BIN)/python -m bench.overhead

speed: .venv/.dev ## speed beside what people use, each installed in an environment of its own
	$(COMPILE)
	$(BIN)/python -m bench.speed

fit: .venv/.dev ## fit qa/defaults.json on the public sets
	$(BIN)/python -m bench.fit --write

widget: widget/node_modules ## build the chat widget into qa/widget/ (needs Node; nobody else does)
	npm run build --silent --prefix widget
	$(MAKE) --no-print-directory sizes

sizes: .venv/.dev ## what the built widget weighs; fails when that is over its budget
	$(BIN)/python -m bench.widget_size

widget/node_modules: widget/package-lock.json
	npm ci --silent --no-audit --no-fund --prefix widget
	touch $@

lock: .venv/bin/python ## lock every package anew, by version and hash, in requirements/ (asks PyPI)
	$(BIN)/pip $(PIP) 'uv>=0.13'
	$(LOCK) --extra dev pyproject.toml requirements/*.in --output-file requirements/dev.txt
	$(LOCK) --extra index pyproject.toml requirements/*.in \
	  --constraint requirements/dev.txt --output-file requirements/index.txt
	$(LOCK) --extra rates pyproject.toml \
	  --constraint requirements/dev.txt --output-file requirements/serve.txt
	$(LOCK) requirements/build.in \
	  --constraint requirements/dev.txt --output-file requirements/build.txt

serving: ## install what serving needs and no more (no torch), every file by its hash, into .serving/
	$(PYTHON) -m venv .serving
	.serving/bin/pip $(PIP) $(LOCKED) -r requirements/serve.txt -r requirements/build.txt
	.serving/bin/pip $(PIP) --no-deps --no-build-isolation .

wheel: .venv/.dev ## build the wheel into dist/
	$(BIN)/python -m hatchling build --target wheel

clean: ## remove what the other targets made, the snapshots too
	rm -rf .venv .serving .qa .bench dist index/*.so widget/node_modules .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find qa index -name __pycache__ -prune -exec rm -r {} +

.venv/bin/python:
	$(PYTHON) -m venv .venv

# torch has no hash: builds for the CPU alone, where an index offers one, are not PyPI's.
.venv/.run: .venv/bin/python pyproject.toml hatch_build.py $(wildcard index/*.c) \
  requirements/index.txt requirements/torch.txt
	$(BIN)/pip $(PIP) $(LOCKED) -r requirements/index.txt
	$(BIN)/pip $(PIP) -r requirements/torch.txt
	$(BIN)/pip $(PIP) --no-deps --no-build-isolation --editable .
	$(COMPILE)
	touch $@

.venv/.dev: .venv/.run requirements/dev.txt
	$(BIN)/pip $(PIP) $(LOCKED) -r requirements/dev.txt
	touch $@
