# `make cifar10` and `make test` do all their own set-up, in .venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# Packages are installed without bytecode: most of it would never be read, and Python writes what it
# imports when it first does, unless this variable forbids it.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help cifar10 mnist x-or-o text sound soak fuzz benchmarks guides site notebooks dist test test-thorough test-part test-docs test-all lint format clean

help:
	@echo "make cifar10   train on CIFAR-10 (on scikit-learn's digits, if it cannot be had)"
	@echo "make mnist     train LeNet-5 on MNIST"
	@echo "make x-or-o    train on generated X and O, beside a whole-image matcher"
	@echo "make text      tell code from comments from docstrings by their characters"
	@echo "make sound     tell vowels by their waveforms, also of speakers never heard before"
	@echo "make soak      kill a training 1,000 times, resume it, and compare the bits (an hour or two)"
	@echo "make fuzz      read damaged and invented files for ten minutes per reader (an hour and more)"
	@echo "make benchmarks  time convolutions and training steps against other libraries (an hour)"
	@echo "make guides    run the guides' scripts in docs/guides, which writes their pages"
	@echo "make site      build the documentation site: site/index.html"
	@echo "make notebooks  turn the guides into notebooks, in notebooks/"
	@echo "make dist      build the wheel, and try it in an empty environment: dist/"
	@echo "make test      run the tests that take little time; make test-all runs all"
	@echo "make test-thorough  those that take a second or more, which CI runs as well"
	@echo "make test-part  the tests that depend most on the versions of JAX and Flax"
	@echo "make test-docs  run everything that the documentation shows"
	@echo "make lint      ruff and pyright"
	@echo "Pass flags on with ARGS, as in: make cifar10 ARGS='--preset standard --seed 1'"

cifar10: $(VENV)/experiments
	$(BIN)/python experiments/cifar10.py $(ARGS)

mnist: $(VENV)/experiments
	$(BIN)/python experiments/mnist.py $(ARGS)

x-or-o: $(VENV)/experiments
	$(BIN)/python experiments/x_or_o.py $(ARGS)

text: $(VENV)/experiments
	$(BIN)/python experiments/text.py $(ARGS)

soak: $(VENV)/experiments
	$(BIN)/python experiments/soak.py --kills 1000 $(ARGS)

fuzz: $(VENV)/test
	$(BIN)/python tests/fuzzing/fuzz.py $(ARGS)

sound: $(VENV)/experiments
	$(BIN)/python experiments/sound.py $(ARGS)

benchmarks: $(VENV)/experiments $(VENV)/peers
	$(BIN)/python experiments/benchmarks/convolution.py --out runs/benchmarks
	$(BIN)/python experiments/benchmarks/training_step.py --out runs/benchmarks
	$(BIN)/python experiments/benchmarks/ensemble.py --out runs/benchmarks
	$(BIN)/python experiments/benchmarks/architecture.py --out runs/benchmarks

guides: $(VENV)/experiments
	$(BIN)/python docs/build.py $(ARGS)

# Pages link to the sites of JAX, Flax, Optax, NumPy and Python if these can be reached.
site: $(VENV)/experiments $(VENV)/site
	$(BIN)/python -m sphinx -W --keep-going -j auto -d build/doctrees docs site $(ARGS)
	@echo "open site/index.html"

notebooks: $(VENV)/experiments $(VENV)/site
	$(BIN)/python docs/notebooks.py $(ARGS)

dist:
	PYTHON=$(PYTHON) bash .ci/dist

# In the order of names, because files of few tests can be the longest and must not come last.
test: $(VENV)/test
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder \
	  -m "not slow and not thorough and not pages" --ignore=tests/docs tests $(ARGS)

# What takes a second or more each: trainings, whole networks, reports.
test-thorough: $(VENV)/test
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder \
	  -m "thorough and not slow and not pages" --ignore=tests/docs tests $(ARGS)

# What depends most on the versions of JAX and Flax, for a second Python.
test-part: $(VENV)/test
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not slow" tests/functional tests/lowering \
	  tests/test_first_run.py $(ARGS)

# Everything that the documentation shows: the examples in docstrings, the guides, the how-to pages.
test-docs: $(VENV)/test
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not slow" --doctest-modules \
	  tests/docs tests/test_readme.py jaxcnn $(ARGS)

test-all: $(VENV)/test
	$(BIN)/python -m pytest -n 2 --dist loadfile --doctest-modules tests jaxcnn $(ARGS)

lint: $(VENV)/test $(VENV)/lint
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/pyright

format: $(VENV)/lint
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

clean:
	rm -rf $(VENV) .venv-oldest build dist site notebooks .pytest_cache .ruff_cache .hypothesis

# One stamp for each set of extras that is installed; remade when pyproject.toml changes.
$(VENV)/%: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile \
	  --editable '.[$*]'
	@touch $@

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "jaxcnn needs Python 3.11 or later; name one with: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
	  { rm -rf $(VENV); echo "python3 -m venv failed; on Debian or Ubuntu: apt install python3-venv"; exit 1; }
