# The two commands of the README set up everything they need: a virtual environment in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run demo test lint types bench clean

run: $(VENV)/installed
	$(BIN)/python -m kea_twisted.demo run

demo: $(VENV)/installed
	$(BIN)/python -m tests.live.demo

# Live tests need root and real clients; without them they skip, each with its reason.
test: $(VENV)/installed
	$(BIN)/python -m pytest -q -rfEs $(TESTS)

lint: $(VENV)/installed
	$(BIN)/ruff check .

types: $(VENV)/installed
	$(BIN)/mypy

bench: $(VENV)/installed
	$(BIN)/python bench/run.py $(BENCH)

# editable_mode=compat puts this folder itself on the path, which is where twistd looks for plugins
$(VENV)/installed: setup.cfg pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --editable '.[test,lint]' --config-settings editable_mode=compat
	touch $@

clean:
	rm -rf $(VENV) build *.egg-info
