# `make demo` and `make test` do all the set-up they need: a virtual environment of their own; no
# root, no GPU, no ROS installation, no system GL or X libraries.

#: Python 3.11 or newer
PYTHON ?= python3
#: the virtual environment to make and use
VENV ?= .venv
#: what `make demo` plays; empty: a small street it records itself
BAG ?=
#: where demo and bench write
OUT ?= out
#: where the build of torch is from, read when VENV is made: empty for PyPI's (on Linux x86-64
#: with CUDA), else the index that pytorch.org/get-started/locally names for your choice
TORCH_INDEX_URL ?=

# What a sourced ROS distribution sets must not mix with the wheels of the virtual environment.
ifdef ROS_DISTRO
unexport AMENT_PREFIX_PATH LD_LIBRARY_PATH PYTHONPATH RMW_IMPLEMENTATION
endif

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
CONSTRAINTS := requirements/constraints.txt
TORCH := $(shell sed -n '/^torch==/p' $(CONSTRAINTS))
SETUP_INPUTS := setup.py setup.cfg package.xml pyproject.toml \
  $(CONSTRAINTS) requirements/ultralytics.txt

.DELETE_ON_ERROR:
.PHONY: help setup demo test lint bench clean

help: ## this list
	@sed -nE 's/^([a-z]+):[^#]*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16
	@echo 'Variables, as in make demo BAG=my_bag:'
	@awk '/^#: / {text = text "\n      " substr($$0, 4)} \
	  / \?=/ {print "  " $$1 "=" $$3 text; text = ""}' $(MAKEFILE_LIST)

$(VENV)/.created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "expected Python 3.11 or newer, got $$($(PYTHON) --version 2>&1); \
	choose another: make PYTHON=python3.12"; exit 1; } >&2
	@$(PYTHON) -c 'import ensurepip, venv' || { \
	  echo "$(PYTHON) cannot make virtual environments; on Debian and Ubuntu: \
	apt install python3-venv"; exit 1; } >&2
	@[ "$$(uname -sm)" = 'Linux x86_64' ] || { \
	  echo "the wheels of the ROS 2 client library are for Linux x86_64, this is $$(uname -sm); \
	build the package in a ROS 2 distribution (README), or pip install it without [ros] for the \
	commands that need no ROS graph"; exit 1; } >&2
	$(PYTHON) -m venv $(VENV)
	touch $@

# torch alone comes from the chosen index; what it needs has its pins here.
$(VENV)/.base: $(VENV)/.created $(SETUP_INPUTS)
	@echo 'Setting up $(VENV): torch, the ROS 2 client library and this package (some minutes)'
	$(if $(TORCH_INDEX_URL),$(PIP) install --quiet --no-deps --index-url $(TORCH_INDEX_URL) $(TORCH))
	$(PIP) install --quiet --constraint $(CONSTRAINTS) --editable '.[ros]'
	touch $@

$(VENV)/.full: $(VENV)/.base
	@echo 'Adding the simulator, export, training, the mask network and what the tests need'
	$(PIP) install --quiet --constraint $(CONSTRAINTS) --editable '.[ros,sim,export,train,test]'
	$(PIP) install --quiet --no-deps --requirement requirements/ultralytics.txt
	touch $@

setup: $(VENV)/.full ## the virtual environment with every extra

demo: $(VENV)/.base ## bag -> live node over DDS -> pictures and a summary
	rm -rf '$(OUT)/demo'
	$(BIN)/mt_depth demo $(if $(BAG),--bag '$(BAG)') --output '$(OUT)/demo'

lint: $(VENV)/.full ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: lint ## lint, types and every test
	$(BIN)/python -m pytest

bench: $(VENV)/.base ## milliseconds per stage and peak memory
	$(BIN)/mt_depth benchmark --output '$(OUT)/benchmark.json'

clean: ## remove the virtual environment and what demo and bench wrote
	rm -rf '$(OUT)/demo' '$(OUT)/benchmark.json'
	if [ -e '$(VENV)/.created' ]; then rm -rf '$(VENV)'; fi
