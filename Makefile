# make demo / make test do all the set-up they need: a virtual environment of their own, no root,
# no GPU, no ROS installation, no system GL or X libraries.

PYTHON ?= python3
VENV ?= .venv
BAG ?=
OUT ?= out
# CPU or CUDA build of torch: leave empty for PyPI's default of your platform, or set it to the
# index URL that pytorch.org/get-started/locally names for your choice (see README, "torch").
TORCH_INDEX_URL ?=

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip
CONSTRAINTS := requirements/constraints.txt
TORCH := $(shell grep -E '^torch==' $(CONSTRAINTS))
SETUP_INPUTS := setup.py setup.cfg package.xml pyproject.toml requirements/constraints.txt requirements/ultralytics.txt

.PHONY: demo test lint bench setup clean help

help: ## what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(VENV)/.created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
	  { echo "mt_depth_ros: expected Python 3.10 or newer, got $$($(PYTHON) --version 2>&1); set PYTHON=..."; exit 1; }
	$(PYTHON) -m venv $(VENV) || { echo "mt_depth_ros: no venv module; install it (Debian: python3-venv)"; exit 1; }
	$(PIP) install --quiet --upgrade pip
	touch $@

$(VENV)/.base: $(VENV)/.created $(SETUP_INPUTS)
	@echo "Setting up $(VENV): torch, the ROS 2 client library and this package"
	$(PIP) install --quiet $(TORCH) $(if $(TORCH_INDEX_URL),--index-url $(TORCH_INDEX_URL))
	$(PIP) install --quiet --constraint $(CONSTRAINTS) --editable '.[ros]'
	touch $@

$(VENV)/.full: $(VENV)/.base
	@echo "Adding what the tests and the optional backends need"
	$(PIP) install --quiet --constraint $(CONSTRAINTS) --editable '.[ros,yolo,sim,test]'
	$(PIP) install --quiet --no-deps --requirement requirements/ultralytics.txt
	touch $@

setup: $(VENV)/.full ## the virtual environment with every extra

demo: $(VENV)/.base ## bag -> live node over DDS -> pictures and a summary (BAG=... for your own)
	rm -rf $(OUT)/demo
	$(BIN)/mt_depth demo $(if $(BAG),--bag $(BAG)) --output $(OUT)/demo

lint: $(VENV)/.full ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: lint ## lint, types and every test
	$(BIN)/python -m pytest

bench: $(VENV)/.base ## milliseconds per stage and peak memory
	$(BIN)/mt_depth benchmark --output $(OUT)/benchmark.json

clean: ## remove the virtual environment and outputs
	rm -rf $(VENV) $(OUT)
