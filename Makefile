# Two commands matter: `make run` and `make test`. `make help` lists the others.
# Settings of `make run` come from the environment: PORT, DATA_DIR, DATABASE_URL, BROKER_URL (docs/operations.md).

SHELL := /bin/sh
BIN := .venv/bin
FLASK := $(BIN)/flask --app web
SETUP := python=$$(PYTHON="$(PYTHON)" scripts/find-python) && "$$python" scripts/setup.py
PYTHON ?=
ARGS ?=
export PORT ?= 8000

.DEFAULT_GOAL := help
.PHONY: help run setup store setup-dev test check bench chaos format screenshots lock clean

help:  ## list the commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 16

run: setup store  ## set everything up and serve on 127.0.0.1:$PORT
	@exec $(BIN)/gunicorn --config web/gunicorn_conf.py "web:create_app()"

setup:  ## install what running needs; seconds when nothing changed
	@$(SETUP)

store: setup  ## bring the data store up to date and show the demo accounts
# Every flask command brings the store into order first, this one shows the accounts too.
	@$(FLASK) accounts

setup-dev:
	@$(SETUP) --dev

test: check  ## checks, then all tests; ARGS="…" goes to pytest
	$(BIN)/pytest --numprocesses auto --dist loadscope $(ARGS)

check: setup-dev  ## linter, format, types, import directions
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

bench: setup-dev  ## measure against the bare transaction; ARGS="--quick --json FILE"
	@$(BIN)/python -m tests.load.bench $(ARGS)

chaos: setup-dev  ## kill everything under load, compare the books; ARGS="--quick --control --json FILE"
	@$(BIN)/python -m tests.load.chaos $(ARGS)

format: setup-dev  ## bring the source into its format
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

screenshots: setup-dev  ## make the pictures of the documentation anew
	SCREENSHOTS=1 $(BIN)/pytest tests/e2e/test_screens.py

# Neither header nor index options: a lock file names packages and hashes, not where one machine fetched them.
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header

lock: setup-dev  ## lock again after a change; ARGS="--upgrade" takes newer versions
	$(COMPILE) $(ARGS) requirements.in --output-file requirements.txt
	$(COMPILE) $(ARGS) requirements-dev.in --output-file requirements-dev.txt
	$(COMPILE) $(ARGS) requirements-node.in --output-file requirements-node.txt
	PATH="$$PWD/$(BIN):$$PATH" npm install --package-lock-only --ignore-scripts

clean:  ## remove everything that can be made again (never data)
	rm -rf .venv node_modules build web/static/dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
