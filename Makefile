# Every target sets up what it needs first; a second time that takes well under three seconds.
# Settings reach the program from the environment or from the command line: make run PORT=9000
SHELL := /bin/bash
.DEFAULT_GOAL := help

# Before .venv/bin goes on PATH: the Python that makes the virtual environment.
PYTHON := $(shell for name in python3.11 python3.12 python3; do \
	$$name -c '' >/dev/null 2>&1 && command -v $$name && break; done)
BOOTSTRAP := $(or $(PYTHON),python3) tools/bootstrap.py

export PATH := $(CURDIR)/.venv/bin:$(PATH)
export REFLEX_TELEMETRY_ENABLED := false
export REFLEX_CHECK_LATEST_VERSION := false

COMPILE := uv pip compile --quiet --upgrade --universal --python-version 3.11 \
	--fork-strategy fewest --excludes requirements/excludes.txt \
	--no-emit-index-url --custom-compile-command "make freeze"
CORE_PIN := --constraint requirements-core.txt

PYTEST := .venv/bin/python -m pytest -n 2 --dist loadscope --no-loadscope-reorder

.PHONY: help setup run test test-databases check format accuracy bench bench-logins bench-saves bench-desk bench-crowd api-docs fuzz freeze yolo clean

help: ## Show this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Install everything that running the app needs
	@$(BOOTSTRAP)

run: ## Start the app (PORT, DATABASE_URL, ... from the environment or as make run PORT=9000)
	@$(BOOTSTRAP)
	@exec .venv/bin/python -m proctor_app serve

test: ## Run every test (ARGS="-k name" picks some)
	@$(BOOTSTRAP) --dev
	@$(PYTEST) $(ARGS)

test-databases: ## Run the tests of services on SQLite, PostgreSQL and MariaDB, each on all of them
	@$(BOOTSTRAP) --dev
	@PROCTOR_EVERY_DATABASE=1 $(PYTEST) tests/services tests/db

check: ## Lint, formatting, types, architecture and dependencies
	@$(BOOTSTRAP) --dev
	ruff check
	ruff format --check
	mypy
	lint-imports
	deptry .

format: ## Format the code and mend what can be mended by itself
	@$(BOOTSTRAP) --dev
	ruff format
	ruff check --fix

accuracy: ## Precision and recall of every rule on labelled media (MEDIA=folder, DETECTOR=yolo, ARGS)
	@$(BOOTSTRAP)
	@.venv/bin/python -m bench.accuracy "$(or $(MEDIA),../shared/media)" \
		$(if $(DETECTOR),--detector $(DETECTOR)) $(ARGS)

bench: ## What a frame costs and how many candidates this machine carries (ARGS="--frames 10000")
	@$(BOOTSTRAP) --dev
	@.venv/bin/python -m bench.vision $(ARGS)

api-docs: ## Write docs/openapi.json and docs/asyncapi.json as the app serves them
	@$(BOOTSTRAP)
	@.venv/bin/python -m tools.api_docs

fuzz: ## Ten thousand hostile requests, sequences on the WebSocket, requests made from the document (REQUESTS=n)
	@$(BOOTSTRAP) --dev
	@PROCTOR_FUZZ=$(or $(REQUESTS),10000) .venv/bin/pytest -q --timeout=3600 \
		tests/api/test_hostile.py tests/api/test_ws_fuzz.py tests/api/test_schemathesis.py

bench-logins: ## What fifty log-ins at once do to the age of frames
	@$(BOOTSTRAP) --dev
	@.venv/bin/python -m bench.logins $(ARGS)

bench-saves: ## Two hundred candidates who save an answer every second, on SQLite and PostgreSQL
	@$(BOOTSTRAP) --dev
	@.venv/bin/python -m bench.saves $(ARGS)

bench-desk: ## One proctor's wall while thirty candidates are judged (ARGS="--minutes 2" for a quick look)
	@$(BOOTSTRAP) --dev
	@.venv/bin/python -m bench.desk $(ARGS)

bench-crowd: ## The wall and the analytics beside 500 candidates and 1,000,000 incidents, on SQLite and PostgreSQL
	@$(BOOTSTRAP) --dev
	@.venv/bin/python -m bench.crowd $(ARGS)

freeze: ## Pin every package anew, from requirements/*.in
	@$(BOOTSTRAP) --dev
	$(COMPILE) requirements/core.in --output-file requirements-core.txt
	$(COMPILE) requirements/full.in $(CORE_PIN) --output-file requirements.txt
	$(COMPILE) requirements/dev.in --output-file requirements-dev.txt

yolo: ## Add the YOLO detector (Ultralytics, AGPL-3.0); WEIGHTS=file.pt for your own, IMGSZ=320
	@$(BOOTSTRAP) --yolo
	@.venv/bin/python -m tools.yolo $(if $(WEIGHTS),--weights "$(WEIGHTS)") --imgsz $(or $(IMGSZ),320)

clean: ## Remove what builds and tests leave behind; .venv, models and data stay
	rm -rf .web .web-test* .states .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -path ./.venv -prune -o -type d -name __pycache__ -exec rm -rf {} +
