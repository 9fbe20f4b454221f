# Set-up goes to $(VENV), each extra when a target first needs it. A stamp file says
# that an installation was finished; it is out of date when a file that the
# installation depends on is newer.

VENV   ?= .venv
# tried before python3.11 ... python3.8
PYTHON ?=
DEVICE ?= auto
# cpu or gpu: which of MXNet's two wheels
EXTRA  ?= $(if $(filter gpu%,$(DEVICE)),gpu,cpu)

# chosen by the accuracy on 10,000 training images that are not in the sample
RUN_FLAGS ?= --data sample --resize 32 --epochs 10 --batch-size 64 --lr 0.1 \
	--momentum 0.9 --schedule cosine --warmup 1 --weight-decay 2e-3 --augment flip
PYTEST_FLAGS ?=
# as --time-budget 30m, for each study
STUDY_FLAGS ?=
# JupyterLab's: root needs --allow-root
LAB_FLAGS ?=
# works by name, --seconds N, --again: see `.venv/bin/python -m benchmarks run --help`
BENCH_FLAGS ?=
# pip's, for the peers: an index with PyTorch for CPUs alone is a smaller download
PIP_FLAGS ?=
# seconds after which a test is taken to hang, which MXNet does when a worker dies
HANGS := --timeout=600

BIN     := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --disable-pip-version-check -c constraints.txt
INPUTS  := pyproject.toml setup.py constraints.txt
BASE    := $(VENV)/.stamp-$(EXTRA)
PEERS   := .venv-peers

export PYTHON PIP_FLAGS

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup run test test-all oracle dist lint format lab notebooks site \
	studies peers bench bench-check clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' Makefile

setup: $(BASE) ## install into .venv (EXTRA=gpu: MXNet with CUDA)

run: $(BASE) ## train regnetx32 on the embedded sample (DEVICE=gpu: on a GPU)
	$(BIN)/gluon-nets train regnetx32 $(RUN_FLAGS) --device $(DEVICE)

test: $(BASE)-dev ## the tests that take seconds
	$(BIN)/python -m pytest $(HANGS) $(PYTEST_FLAGS)

test-all: $(BASE)-dev ## all tests
	$(BIN)/python -m pytest -m "slow or not slow" $(HANGS) $(PYTEST_FLAGS)

oracle: $(BASE)-oracle ## install PyTorch and GluonCV, which some tests compare with

dist: $(BASE)-dist ## install dask and pyarrow: studies on a cluster, Parquet tables

lint: $(BASE)-dev ## check style and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(BASE)-dev ## mend style and formatting
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lab: $(BASE)-course ## copy the notebooks to gluon-course/, open them in JupyterLab
	$(BIN)/gluon-course open gluon-course $(LAB_FLAGS)

notebooks: $(BASE)-course ## build lessons and exercises whose sources have changed
	$(BIN)/gluon-course build

site: $(BASE)-site ## build the course's site into build/site
	$(BIN)/python -m tools.make_site

# each goes on where it was; the results that come with the package were made so
studies: $(BASE) ## train the networks of studies/*.toml (hours; STUDY_FLAGS)
	@set -e; for file in studies/*.toml; do \
		$(BIN)/gluon-nets study run $$file $(STUDY_FLAGS) \
			--out gluon_nets/study/populations/$$(basename $$file .toml).sqlite; \
	done

peers: $(PEERS)/.stamp ## install PyTorch, d2l and onnxruntime into .venv-peers

bench: $(BASE)-onnx peers ## measure speed beside them (an hour; BENCH_FLAGS=regnetx32)
	$(BIN)/python -m benchmarks run $(BENCH_FLAGS)

bench-check: $(BASE)-onnx peers ## the same for three works, in a few minutes
	$(BIN)/python -m benchmarks check

clean: ## remove what was made here, but no results (runs/)
	rm -rf $(VENV) $(PEERS) build dist *.egg-info .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.stamp-venv:
	tools/make_venv.sh $(VENV)
	@touch $@

# MXNet's two wheels own the same folder: before one comes, the other has to go.
OTHER := $(if $(filter gpu,$(EXTRA)),cpu,gpu)
$(BASE): $(VENV)/.stamp-venv $(INPUTS)
	@if [ -e $(VENV)/.stamp-$(OTHER) ]; then \
		rm -f $(VENV)/.stamp-$(OTHER)* && \
		$(BIN)/python -m pip uninstall -y mxnet mxnet-cu117; \
	fi
	$(INSTALL) -e ".[$(EXTRA)]"
	@touch $@

$(PEERS)/.stamp: benchmarks/peers.txt $(INPUTS)
	tools/make_peers.sh $(PEERS)
	@touch $@

$(BASE)-%: $(BASE)
	$(INSTALL) -e ".[$(EXTRA),$*]"
	@touch $@
