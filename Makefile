# The commands of this repository. Each makes .venv where it is missing and reuses it where it is not.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
METADATA := pyproject.toml constraints.txt requirements-dev.txt requirements-docs.txt $(wildcard spaces/*/pyproject.toml strategies/*/pyproject.toml plugins/*/pyproject.toml)
DEMO := -e . -e ./spaces/nb201 -e ./strategies/toolkit -e ./strategies/baselines -e ./plugins/report

# Tests start hundreds of processes; each would compile the project again where compiled files are not kept.
export PYTHONDONTWRITEBYTECODE :=

SAMPLE ?= 8
SEED ?= 0

.PHONY: demo test lint types api floors conformance wheels torture mutants bench bench-compare bench-smoke blocks claims docs site clean

demo: .venv/demo.stamp  ## compare three strategies on NAS-Bench-201 and write the report
	$(BIN)/nasapi bench nb201/cifar10-v1 -s random -s local-search -s evolution --seeds 30 --jobs 2
	$(BIN)/nasapi report runs/nb201-cifar10-v1

test: .venv/dev.stamp  ## run the tests of every distribution; the kit's rules, thousands of cases, are `conformance`
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q -n 2 --dist worksteal -m "not conformance"

lint: .venv/dev.stamp  ## check form and style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/dev.stamp  ## check the types of the core
	$(BIN)/mypy

api: .venv/dev.stamp  ## name what public modules of the core promised at the last tag and no longer do
	$(BIN)/python tests/api.py

floors: .venv/dev.stamp  ## install the lowest declared versions outside the tree and run the core's tests there
	tests/floors.sh $(BIN)/python

conformance: .venv/dev.stamp  ## hold every entry of every plugin against the kit, and what the plugins' tests hold against it
	$(BIN)/nasapi check --all --jobs 2
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q -n 2 --dist worksteal -m conformance

wheels: .venv/dev.stamp  ## build every wheel, install them outside the tree and load every plugin
	tests/wheels.sh $(BIN)/python

torture: .venv/dev.stamp  ## attack the core with kills, flips, hostile files and command lines: some minutes on all cores, not part of the tests
	OMP_NUM_THREADS=1 $(BIN)/python tests/torture $(TORTURE)

mutants: .venv/dev.stamp  ## plant faults and tell which share the tests notice: MODULES="nasapi/benchmark plugins/report" SAMPLE=20 SEED=0
	OMP_NUM_THREADS=1 PYTHONPATH=tests:benchmarks $(BIN)/python -m mutants --jobs 2 --sample $(SAMPLE) --seed $(SEED) --modules $(MODULES)

bench: .venv/dev.stamp  ## time what docs/performance.md shows beside limits and peers, or the ROWS named, and write its tables
	$(PIP) -r benchmarks/peers.txt
	OMP_NUM_THREADS=1 $(BIN)/python benchmarks run $(ROWS)
	$(BIN)/python benchmarks/claims blocks

bench-compare: .venv/dev.stamp  ## time the same at commit BASE and here, turn by turn; fails where one is over 20 % slower
	OMP_NUM_THREADS=1 $(BIN)/python benchmarks compare --base $(BASE) $(ROWS)

bench-smoke: .venv/dev.stamp  ## run every row of the benchmarks once, untimed
	OMP_NUM_THREADS=1 $(BIN)/python benchmarks once

blocks: .venv/dev.stamp  ## write every block of the documents from benchmarks/results
	$(BIN)/python benchmarks/claims blocks

claims: .venv/dev.stamp  ## measure the quick results of benchmarks/results again and compare; list the slow ones
	OMP_NUM_THREADS=1 $(BIN)/python benchmarks/claims again

docs: .venv/dev.stamp  ## find the facts of docs/spaces.md and its drawings from the installed spaces, and write every block
	$(BIN)/python benchmarks/spaces.py
	$(BIN)/python benchmarks/claims blocks

site: .venv/dev.stamp  ## build the documentation into build/site; a warning is an error, a broken link too
	$(BIN)/python -m sphinx -q -W --keep-going -c docs -d build/doctrees . build/site

clean:  ## remove what the other commands made
	rm -rf .venv build dist report runs

.venv/bin/python:
	$(PYTHON) -m venv .venv
	$(PIP) "flit_core>=3.9"

.venv/demo.stamp: .venv/bin/python pyproject.toml constraints.txt $(patsubst ./%,%/pyproject.toml,$(filter ./%,$(DEMO)))
	$(PIP) --no-build-isolation $(DEMO)
	touch $@

.venv/dev.stamp: .venv/bin/python $(METADATA)
	$(PIP) --no-build-isolation -r requirements-dev.txt
	touch $@ .venv/demo.stamp
