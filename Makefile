# `make help` lists the targets. Everything is installed into $(VENV); nothing needs root.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

VENV ?= .venv
EXTRA ?= cpu
DATA ?= ../shared/data
# What `make train-tiny` trains; tiny-further.toml goes on from the weights that are shipped.
CONFIG ?= training/configs/tiny.toml
# Tests run side by side, a file at a time, each process with one processor.
TEST_WORKERS ?= auto --maxprocesses=4
BIN := $(VENV)/bin
UV := $(BIN)/uv --quiet
INSTALL := $(UV) pip install --python $(BIN)/python
LOCK := $(UV) pip compile --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)

# Without its bytecode torch takes three times as long to import, in every process that needs it.
unexport PYTHONDONTWRITEBYTECODE

# The demo's gallery stays inside the checkout unless the environment says otherwise.
demo serve: export SIGHTLINE_HOME ?= $(CURDIR)/.demo

.PHONY: help demo serve test acceptance bench bench-full bench-embedding bench-tiny bench-relevance bench-service bench-page bench-categories \
	bench-index bench-filters bench-growth bench-assigning bench-freshness bench-rate bench-gpu train-tiny \
	sample-gallery torture lint types docs screenshots lock wheel clean install install-dev

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*  ## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*  ## /\1\t/' \
		| while IFS=$$'\t' read -r name text; do printf '  make %-15s %s\n' "$$name" "$$text"; done

# Installing: one stamp per lock, so that a second run installs nothing.

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Sightline needs Python 3.11 or newer on the PATH;" \
		"install one, or name it: make demo PYTHON=/path/to/python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "This $(PYTHON) cannot make" \
		"virtual environments; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@echo "Making $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV)

$(BIN)/.uv-installed: requirements/uv.txt | $(BIN)/python
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip >/dev/null
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--require-hashes -r requirements/uv.txt
	@touch $@

$(BIN)/.$(EXTRA)-installed: requirements/$(EXTRA).txt requirements/build.txt pyproject.toml \
		| $(BIN)/.uv-installed
	@echo "Installing what Sightline needs (torch alone is some gigabytes with its CUDA libraries)"
	@$(INSTALL) --require-hashes -r requirements/$(EXTRA).txt -r requirements/build.txt
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(BIN)/.dev-installed: requirements/dev.txt | $(BIN)/.$(EXTRA)-installed
	@$(INSTALL) --require-hashes -r requirements/dev.txt -r requirements/build.txt
	@touch $@

$(BIN)/.training-installed: requirements/training.txt | $(BIN)/.$(EXTRA)-installed
	@$(INSTALL) --require-hashes -r requirements/training.txt
	@touch $@

install: $(BIN)/.$(EXTRA)-installed  ## install the program into .venv (EXTRA=gpu for CUDA 13)

install-dev: $(BIN)/.dev-installed  ## install what tests, lint and types need as well

# Using it

demo: install  ## install, index the sample gallery, search it in four ways
	@$(BIN)/sightline demo --sheet demo-output/contact-sheet.png

serve: install  ## serve the page and the HTTP API of the demo's home, on this machine only
	@$(BIN)/sightline serve

# Proving it

test: install-dev  ## run the tests, with short samples of the long ones
	@OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q -n $(TEST_WORKERS) --dist loadfile --durations=15 \
		$(PYTEST_ARGS)

acceptance: install-dev  ## run every long check in full and print its figures
	@$(BIN)/python -m pytest -m acceptance -s $(PYTEST_ARGS)

lint: install-dev  ## style, formatting and import contracts; the Dockerfile and the compose file
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/hadolint Dockerfile
	@POSTGRES_PASSWORD=any $(BIN)/docker-compose --profile gpu --profile prometheus config --quiet

types: install-dev  ## mypy, strict
	@$(BIN)/mypy

torture: install-dev  ## kill runs at random moments and compare what is left, at length
	@$(BIN)/python -m pytest -m acceptance -s tests/faults $(PYTEST_ARGS)

bench: install-dev $(BIN)/.training-installed  ## run every benchmark in a short form, which writes no figures (DATA=folder; ONLY="rate tiny")
	@$(BIN)/python -m benchmarks.short --data $(DATA) $(if $(ONLY),--only $(ONLY))

bench-full: bench-embedding bench-tiny bench-relevance bench-service bench-page bench-categories bench-index bench-filters bench-growth bench-assigning bench-freshness bench-rate  ## measure every figure that documentation quotes (hours)

bench-embedding: install-dev  ## measure indexing beside open_clip, clip-retrieval and rclip (DATA=folder of real pictures)
	@$(BIN)/python -m benchmarks.embedding --data $(DATA)

bench-service: install-dev  ## measure the service under load, undisturbed and disturbed
	@$(BIN)/python -m benchmarks.service_load --data $(DATA)
	@$(BIN)/python -m benchmarks.service_load --data $(DATA) --disturb

bench-rate: install-dev  ## measure searches a second over HTTP, beside a plain service
	@$(BIN)/python -m benchmarks.service_rate --data $(DATA)

bench-freshness: install-dev  ## measure how soon a committed picture is found, while an index is rebuilt
	@$(BIN)/python -m benchmarks.freshness --data $(DATA)

bench-page: install-dev  ## measure the page on 100,000 photos in a real Chromium
	@$(BIN)/python -m benchmarks.page_latency

bench-tiny: $(BIN)/.training-installed  ## measure the embedded model (DATA=folder of real pictures)
	@$(BIN)/python -m benchmarks.tiny --data $(DATA)

bench-relevance: $(BIN)/.training-installed  ## measure relevance: found or not there (DATA=folder of real pictures)
	@$(BIN)/python -m benchmarks.relevance --data $(DATA)

bench-categories: $(BIN)/.training-installed  ## measure what labels add to categories (DATA=real pictures, CHECKOUTS=the sets' repositories)
	@$(BIN)/python -m benchmarks.categories_learning --data $(DATA) \
		$(if $(CHECKOUTS),--checkouts $(CHECKOUTS))

bench-index: $(BIN)/.training-installed  ## measure the index beside others, 1,000,000 vectors (hours; DATA=folder)
	@OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks.index --data $(DATA)
	@OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks.growth --data $(DATA)

bench-filters: $(BIN)/.training-installed  ## measure filters, 1,000,000 vectors (DATA=folder of real vectors)
	@OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks.filters --data $(DATA)
	@OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks.kept_filters --data $(DATA)

bench-growth: install-dev  ## measure the index from 10,000 to 4,000,000 vectors (DATA=folder of real vectors)
	@OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks.growth --data $(DATA)

bench-assigning: install-dev  ## measure assigning 1,000 classes to 1,000,000 drawn embeddings
	@OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks.assigning

bench-gpu: install-dev  ## measure embedding and searching on an NVIDIA GPU (DATA=folder of real pictures)
	@$(BIN)/python -m benchmarks.gpu.embedding --data $(DATA)
	@$(BIN)/python -m benchmarks.gpu.search --data $(DATA)

# Making it

train-tiny: $(BIN)/.training-installed  ## train the embedded model again (hours; DATA=folder of real pictures)
	@$(BIN)/python -m training --data $(DATA) --config $(CONFIG)

sample-gallery: install-dev  ## draw the sample gallery and shop again
	@$(BIN)/python -m training.sample_gallery

docs: install-dev  ## write the generated pages and the README's outputs again
	@$(BIN)/python docs/refresh.py

screenshots: install-dev  ## take the README's pictures of the page again (needs Chromium)
	@$(BIN)/python docs/screenshots.py

lock: $(BIN)/.uv-installed  ## pin versions for every platform (LOCK_ARGS=--upgrade: the newest)
	@$(LOCK) requirements/uv.in -o requirements/uv.txt $(LOCK_ARGS)
	@$(LOCK) requirements/build.in -o requirements/build.txt $(LOCK_ARGS)
	@$(LOCK) pyproject.toml --extra cpu -o requirements/cpu.txt $(LOCK_ARGS)
	@for extra in gpu gpu-cu12; do $(LOCK) pyproject.toml --extra $$extra \
		-c requirements/cpu.txt -o requirements/$$extra.txt $(LOCK_ARGS); done
	@$(LOCK) requirements/postgresql.in -c requirements/cpu.txt \
		-o requirements/postgresql.txt $(LOCK_ARGS)
	@$(LOCK) pyproject.toml --extra cpu --extra postgresql --group dev \
		-c requirements/cpu.txt -c requirements/build.txt -o requirements/dev.txt $(LOCK_ARGS)
	@$(LOCK) pyproject.toml --extra cpu --group training \
		-c requirements/cpu.txt -o requirements/training.txt $(LOCK_ARGS)

wheel: install-dev  ## build the wheel into dist/
	@$(UV) build --wheel --no-build-isolation --python $(BIN)/python --out-dir dist .

clean:  ## remove what the targets above made, and the demo's gallery
	rm -rf $(VENV) .demo demo-output dist build .pytest_cache .mypy_cache .ruff_cache \
		.import_linter_cache .hypothesis
