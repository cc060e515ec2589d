# make demo   the whole method on scikit-learn's digits, from an empty machine
# make test   style, types and tests, as continuous integration runs them
# make docs   the documentation's site, in docs/_build; warnings are errors
# make links  whether the addresses that the documentation links to are there; needs the Internet
# make constraints   the newest releases of all that is installed, into constraints.txt
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export TF_CPP_MIN_LOG_LEVEL ?= 3
# The package and the tests are compiled once for all processes, also where the environment asks for no bytecode to be kept.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo test style types docs links jax torch tensorflow mutants constraints clean

demo: $(VENV)/demo.stamp
	$(BIN)/keras-ean run digits --out runs/digits

test: style types docs jax torch tensorflow

style: $(VENV)/test.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/test.stamp
	$(BIN)/mypy

docs: $(VENV)/docs.stamp
	$(BIN)/python -m sphinx -q -W --keep-going -b html docs docs/_build

links: $(VENV)/docs.stamp
	$(BIN)/python -m sphinx -q -D nb_execution_mode=off -b linkcheck docs docs/_build/links

# What computes differently on each backend is marked so in the tests. On JAX, on a Python that cannot import TensorFlow.
BACKENDS := -m backends $(shell grep -rl --include 'test_*.py' mark.backends tests)
# PyTorch traces nothing and builds each network anew, has one device, and scores no scheme after a training.
NO_TORCH := $(addprefix tests/,run/test_work.py training/test_devices.py data/batches/test_on_device.py $(addprefix search/evaluators/test_,sgd.py from_scratch.py))
TORCH := $(filter-out $(NO_TORCH),$(BACKENDS)) $(addprefix --deselect tests/,test_backend.py::test_compiled_traces_once_per_shape \
  supernet/test_supernet.py::test_no_scheme_traces_anew attention/test_formulas.py::test_gct_keeps_its_weights_in_full_precision \
  search/evaluators/test_contract.py::test_evaluators_of_networks)
# The order of the files is that of tests/order.py.
PYTEST := $(BIN)/python -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder

jax: $(VENV)/test.stamp
	KERAS_BACKEND=jax KERAS_EAN_HIDE_TENSORFLOW=1 $(PYTEST) $(BACKENDS)

torch: $(VENV)/test.stamp
	KERAS_BACKEND=torch $(PYTEST) $(TORCH)

tensorflow: $(VENV)/test.stamp
	KERAS_BACKEND=tensorflow $(PYTEST)

# Do the tests notice a defect? 200 of them, in hours; no part of the suite.
mutants: $(VENV)/test.stamp
	$(BIN)/python benchmarks/mutants.py

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "keras_ean needs Python 3.11 or newer: make PYTHON=python3.11 …")'
	$(PYTHON) -m venv $(VENV)

# An install of next year is the install of today, also of what packages are built with (the second name is newer pips').
INSTALL := PIP_CONSTRAINT=constraints.txt PIP_BUILD_CONSTRAINT=constraints.txt $(BIN)/python -m pip install --quiet --editable
INSTALLED := $(VENV)/bin/python setup.py pyproject.toml constraints.txt requirements/common.txt requirements/tensorflow.txt

$(VENV)/demo.stamp: $(INSTALLED)
	$(INSTALL) .
	touch $@

$(VENV)/test.stamp: $(INSTALLED)
	$(INSTALL) '.[test]'
	touch $@ $(VENV)/demo.stamp $(VENV)/docs.stamp

$(VENV)/docs.stamp: $(INSTALLED)
	$(INSTALL) '.[docs]'
	touch $@ $(VENV)/demo.stamp

constraints: $(VENV)/bin/python
	$(BIN)/python .ci/constraints.py

clean:
	rm -rf $(VENV) docs/_build docs/results docs/jupyter_execute build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
