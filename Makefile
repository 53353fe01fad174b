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

#: real recordings that results scores by withheld LiDAR; left out where absent
REAL_DATA ?= ../shared/data
#: what finds the detected masks that results studies; street_mask ships and is AGPL-3.0
MASK_WEIGHTS ?= street_mask
#: the unpacked Virtual KITTI 2, for table3
VKITTI2 ?=

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
.PHONY: help setup demo test lint test-jazzy test-oldest bench training-data training-masks test-data \
  results results-timings table3 clean

help: ## this list
	@sed -nE 's/^([a-z0-9-]+):[^#]*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 24
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

# What plays recordings or runs nodes goes by the clock, so it has the machine to itself.
BY_THE_CLOCK := test/ros test/cli
test: lint ## lint, types and every test
	@failed=; \
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses 2 --dist loadfile \
	  $(BY_THE_CLOCK:%=--ignore %) || failed=1; \
	$(BIN)/python -m pytest $(BY_THE_CLOCK) || failed=1; \
	[ -z "$$failed" ]

test-jazzy test-oldest: test-%:
	PYTHON='$(PYTHON)' VENV='$(VENV)' TORCH_INDEX_URL='$(TORCH_INDEX_URL)' scripts/test_home.sh $*

test-jazzy: ## smoke test of the node on the client library of ROS 2 Jazzy
test-oldest: ## core, messages and node with NumPy 1.26 and OpenCV 4.6

bench: $(VENV)/.base ## milliseconds per stage and peak memory
	$(BIN)/mt_depth benchmark --output '$(OUT)/benchmark.json'

# One seed a condition: other places in each. A killed run goes on where it was.
CONDITIONS := clone morning sunset overcast fog rain night
training-data: $(VENV)/.full ## the 5,880 simulated frames to train on
	@seed=0; for condition in $(CONDITIONS); do seed=$$((seed + 1)); \
	  $(BIN)/mt_depth simulate --scenes 40 --frames 15 --seed $$seed --conditions $$condition \
	    --output data/training/$$condition || exit; done
	@while read -r options; do \
	  $(BIN)/mt_depth simulate --scenes 40 --frames 6 $$options </dev/null || exit; \
	done < config/training_views.txt

training-masks: training-data ## what street_mask finds in them: masks as robots have them
	@for dataset in data/training/* data/training_views/*; do \
	  $(BIN)/mt_depth data detect-masks $$dataset --masks data/detected \
	    --mask-weights street_mask || exit; done

# The frozen test list takes 84 of these 1,680 frames; a drive depends on how long it is.
test-data: $(VENV)/.full ## the simulated frames that make results scores
	$(BIN)/mt_depth simulate --scenes 12 --frames 20 --seed 20261120 --for-testing \
	  --conditions all --output data/testing

RESULTS = $(BIN)/mt_depth results --real-data '$(REAL_DATA)' --out '$(OUT)/results' \
  $(if $(MASK_WEIGHTS),--mask-weights '$(MASK_WEIGHTS)')
results: test-data ## docs/RESULTS.md: every model on the same points; scores only what is missing
	$(RESULTS)

results-timings: test-data ## the milliseconds in docs/RESULTS.md; on an idle machine
	$(RESULTS) --timings

table3: $(VENV)/.full ## the paper's Table 3 on your Virtual KITTI 2: make table3 VKITTI2=DIR
	@[ -n '$(VKITTI2)' ] || { echo 'expected the folder of Virtual KITTI 2: \
make table3 VKITTI2=DIR' >&2; exit 2; }
	$(BIN)/mt_depth table3 '$(VKITTI2)' --output '$(OUT)/table3'

clean: ## remove the virtual environments and what demo and bench wrote
	rm -rf '$(OUT)/demo' '$(OUT)/benchmark.json'
	for venv in '$(VENV)' '$(VENV)-jazzy' '$(VENV)-oldest'; do \
	  if [ -e "$$venv/.created" ]; then rm -rf "$$venv"; fi; done
