# The verbs of this repository; `make` alone lists them. What a verb does is in tools/ and CMake.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup build demo test check format bench bench-peers fuzz wheel clean
PYTHON := .venv/bin/python
FUZZ_SECONDS ?= 60

help:  ## list the verbs
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' Makefile

setup:  ## install what is missing: Debian packages, then .venv (quick when all is there)
	@tools/setup.sh

build: setup  ## build build/release/cairn and the Python module, and let .venv use them
	@cmake --preset release --log-level=WARNING -DCAIRN_PYTHON=ON >/dev/null
	@cmake --build --preset release
	@tools/link_dev.sh

demo: build  ## train real models, then show their runs in a table
	@examples/demo.sh

test: build  ## run all tests: C++, Python, TypeScript
	@$(PYTHON) tools/run_tests.py

check: setup  ## every gate that CI runs, from a clean configure
	@$(PYTHON) tools/check.py

format: setup  ## write C++ and Python as the formatters would
	@git ls-files --cached --others --exclude-standard '*.cc' '*.h' | xargs -r clang-format -i
	@$(PYTHON) -m ruff check --quiet --fix-only .
	@$(PYTHON) -m ruff format --quiet .

bench: build  ## measure Cairn; results go to bench/results/
	@cmake --preset release --log-level=WARNING -DCAIRN_BENCH=ON >/dev/null
	@cmake --build --preset release
	@$(PYTHON) bench/run.py

bench-peers: bench  ## measure the peers beside Cairn, from a virtual environment of their own
	@bench/peers.sh

fuzz: setup  ## run each fuzz target for FUZZ_SECONDS (60)
	@cmake --preset fuzz --log-level=WARNING >/dev/null
	@cmake --build --preset fuzz --target fuzz_targets
	@tools/fuzz.sh $(FUZZ_SECONDS)

wheel: setup  ## build the Python wheel into dist/
	@$(PYTHON) -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .
	@ls dist/*.whl

clean:  ## remove what was built; .venv stays
	@rm -rf build dist web/dist python/cairn/_native*.so
