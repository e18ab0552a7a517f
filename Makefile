# The two commands of the README set up everything they need: a virtual environment in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

COMPILED := build/compiled
# compat puts this folder itself on the path, which is where twistd looks for plugins
INSTALL := $(BIN)/pip install --quiet --config-settings editable_mode=compat --editable

# The rooms below commands, whose tests need nothing from outside.
COVERED := config ddns engine expr ha hooks lease wire

.PHONY: run demo test coverage test-rest compiled test-compiled test-newest lint types docs bench clean

run: $(VENV)/running
	$(BIN)/python -m kea_twisted.demo run

demo: $(VENV)/running
	$(BIN)/python -m tests.live.demo

# Live tests need root and real clients; without them they skip, each with its reason.
test: $(VENV)/installed
	$(BIN)/python -m pytest -q -rfEsR $(TESTS)

# The tests of these rooms, and the share of their lines that run; setup.cfg has the floor. test-rest runs the others that
# are not live.
coverage: $(VENV)/installed
	$(BIN)/python -m coverage run -m pytest -q -rfEsR $(addprefix tests/,$(COVERED))
	$(BIN)/python -m coverage report

test-rest: $(VENV)/installed
	$(BIN)/python -m pytest -q -rfEsR tests $(addprefix --ignore=tests/,$(COVERED) live)

lint: $(VENV)/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/installed
	$(BIN)/mypy

# The site, into docs/_build; its diagrams need Graphviz's program dot.
docs: $(VENV)/installed-docs
	$(BIN)/python -m sphinx -q -W --keep-going -b html docs docs/_build

$(VENV)/installed-docs: $(VENV)/installed
	$(INSTALL) '.[docs]'
	touch $@

# The same tests, but what stands on the packet path is C made from the same Python (needs a C compiler).
compiled: $(COMPILED)/made

test-compiled: $(COMPILED)/made
	cd $(COMPILED) && KEA_TWISTED_COMPILE=1 PYTHONPATH=$(CURDIR)/$(COMPILED) \
	    $(CURDIR)/$(BIN)/python -m pytest -q -rfEsR $(or $(TESTS),tests --ignore=tests/live)

$(COMPILED)/made: $(VENV)/installed setup.py $(shell find kea_twisted tests -name '*.py')
	rm -rf $(COMPILED)
	KEA_TWISTED_COMPILE=1 $(BIN)/python setup.py --quiet build --build-lib $(COMPILED)
	tar --create --exclude=__pycache__ --exclude=_build tests bench conf docs README.md Makefile setup.cfg setup.py | \
	    tar --extract --directory $(COMPILED)
	touch $@

# A quick part with the newest Python, if it is installed; pyenv is asked for all that it has.
test-newest: $(VENV)/installed
	PYENV_VERSION=$$(pyenv versions --bare 2>/dev/null | paste -sd: -) $(BIN)/nox -s newest

bench: $(VENV)/installed
	$(BIN)/python bench/run.py $(BENCH)

# What running needs, and no more.
$(VENV)/running: setup.cfg pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(INSTALL) .
	touch $@

$(VENV)/installed: $(VENV)/running
	$(INSTALL) '.[test,lint]'
	touch $@

clean:
	rm -rf $(VENV) build *.egg-info
