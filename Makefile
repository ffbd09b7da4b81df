PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
PIP := $(BIN)/pip --disable-pip-version-check install --quiet --constraint constraints.txt

.DEFAULT_GOAL := help
.PHONY: help run test lint fmt bench speed fit widget sizes lock wheel clean

help: ## show this list
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

run: .venv/.run ## install, index content/ and serve it at http://127.0.0.1:8000
	$(BIN)/qa index
	$(BIN)/qa serve

test: .venv/.dev ## install and run all tests
	$(BIN)/python -m pytest

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

lock: ## write constraints.txt from what a fresh installation gets
	rm -rf .venv && $(PYTHON) -m venv .venv
	$(BIN)/pip --disable-pip-version-check install --quiet --editable '.[dev]'
	$(BIN)/pip --disable-pip-version-check freeze --exclude-editable | sed 's/+cpu$$//' > constraints.txt

wheel: .venv/.dev ## build the wheel into dist/
	$(BIN)/python -m hatchling build --target wheel

clean: ## remove what the other targets made, the snapshots too
	rm -rf .venv .qa .bench dist widget/node_modules .pytest_cache .mypy_cache .ruff_cache .hypothesis

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/.run: .venv/bin/python pyproject.toml constraints.txt
	$(PIP) --editable '.[index]'
	touch $@

.venv/.dev: .venv/.run
	$(PIP) --editable '.[dev]'
	touch $@
