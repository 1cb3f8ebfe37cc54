# What there is to do here; `make` alone lists it. PYTHON names another interpreter: make PYTHON=python3.12 brief

PYTHON ?= python3
EDITIONS ?= 2023 2024 2025
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input --no-deps
# One process of tests a core and one more (conftest.py), but no more than four: each takes a gigabyte, and a build that
# all of them wait for is made once. Each file stays in one process, with what it builds for itself; the longest files
# come first (conftest.py).
# What Python compiles is kept, whatever the machine says: the tests start hundreds of commands.
PYTEST := PYTHONDONTWRITEBYTECODE= $(BIN)/pytest --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest --generate-hashes \
	--no-annotate --no-header
DOCS := .venv/docs
SITE := $(DOCS)/bin/sphinx-build --quiet --nitpicky --fail-on-warning --keep-going --conf-dir docs/site

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help brief check studio test test-deep coverage bench pictures docs bundle archive lock audit clean

help: ## list what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile

brief: .venv/ready ## install what is missing, build the newest edition, say where its PDFs are
	@$(BIN)/jianbao fonts
	@$(BIN)/jianbao build .

check: .venv/ready ## name every problem in data, framework, rules, wording and templates
	@$(BIN)/jianbao check .

studio: .venv/ready-for-studio ## open the workspace in the browser, until Ctrl-C
	@$(BIN)/jianbao fonts >/dev/null
	@$(BIN)/jianbao studio .

test: .venv/ready-to-test ## judge the code, the text and the finished briefs
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --check --quiet || { echo "These files are not laid out by ruff: $(BIN)/ruff format"; exit 1; }
	@$(BIN)/mypy --no-error-summary & types=$$!; $(BIN)/jianbao fonts >/dev/null && $(PYTEST); found=$$?; wait $$types && exit $$found

# Ten thousand inputs take one test a minute alone, and more than the ten minutes of pyproject.toml beside other work.
test-deep: .venv/ready-to-test docs ## try ten thousand inputs where the tests try forty, and every case of the rest: an hour
	@$(BIN)/jianbao fonts >/dev/null
	@$(PYTEST) --timeout 3600 -m "deep or hypothesis" --hypothesis-profile deep

coverage: .venv/ready-to-test ## show which lines and branches of src/ no test runs
	@$(BIN)/jianbao fonts >/dev/null
	@$(PYTEST) --cov

bench: .venv/ready-to-test ## time what must be fast, and other programs on the same brief
	@$(BIN)/jianbao fonts >/dev/null
	@$(BIN)/pytest benchmarks --benchmark-enable --benchmark-only
	@$(BIN)/python -m benchmarks.build_ratios

pictures: .venv/ready-to-test ## take the pictures of README, gallery and guide anew
	@$(BIN)/jianbao fonts >/dev/null
	@$(BIN)/jianbao build . >/dev/null
	@$(BIN)/python -m tests.repository.pictures

docs: $(DOCS)/ready ## make the documentation a site, English and Chinese, in docs/_build
	@rm -rf docs/_build
	@$(SITE) . docs/_build/en
	@$(SITE) -t zh . docs/_build/zh
	@cp docs/site/index.html docs/_build/
	@$(DOCS)/bin/python docs/site/check_links.py docs/_build
	@echo "docs/_build/index.html"

bundle: .venv/ready docs ## make one file that installs without a network (PLATFORM=linux-aarch64 PYTHON_VERSION=3.11)
	@$(BIN)/python -m bundle.build $(if $(PLATFORM),--platform $(PLATFORM)) $(if $(PYTHON_VERSION),--python $(PYTHON_VERSION))

archive: .venv/ready ## build the declared editions and freeze their records (BECAUSE="why the frozen ones changed")
	@$(BIN)/jianbao fonts >/dev/null
	@$(BIN)/jianbao check --all-editions .
	@for edition in $(EDITIONS); do $(BIN)/jianbao build --edition $$edition . || exit; done
	@$(BIN)/jianbao archive $(EDITIONS) --because "$(BECAUSE)"

lock: .venv/ready-to-test ## renew requirements/ from pyproject.toml (LOCK_OPTIONS=--upgrade for the newest versions)
	@$(INSTALL) uv
	@$(LOCK) $(LOCK_OPTIONS) pyproject.toml --all-extras --group dev --output-file requirements/dev.txt
	@$(LOCK) --constraint requirements/dev.txt pyproject.toml --group build --output-file requirements/run.txt
	@$(LOCK) --constraint requirements/dev.txt pyproject.toml --extra studio --group build --output-file requirements/studio.txt
	@$(LOCK) --constraint requirements/dev.txt pyproject.toml --all-extras --group build --output-file requirements/extras.txt
	@$(LOCK) $(LOCK_OPTIONS) --group pyproject.toml:docs --output-file requirements/docs.txt
	@$(LOCK) $(LOCK_OPTIONS) --no-deps --group pyproject.toml:validators --output-file requirements/validators.txt
	@$(MAKE) --no-print-directory .venv/ready-to-test
	@$(BIN)/python -m tests.repository.licences

audit: .venv/ready-to-test ## ask the package index whether a locked library is known to be vulnerable (3: it cannot tell)
	@$(PYTHON) -m venv .venv/audit
	@.venv/audit/bin/python -m pip install --quiet --disable-pip-version-check --no-input pip-audit
	@$(BIN)/python -m tests.repository.audit .venv/audit/bin/pip-audit

clean: ## remove the environment and every cache; output/ stays
	@rm -rf .venv build dist docs/_build src/*.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .benchmarks .coverage*
	@find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp is newer than what it was made from, so a second run installs nothing.

.venv/made:
	@PYTHON=$(PYTHON) .ci/system
	@echo "Creating the environment in .venv"
	@$(PYTHON) -m venv --clear .venv || { rm -rf .venv; \
		echo "$(PYTHON) cannot create environments: install its venv package (on Debian: apt-get install python3-venv)"; exit 1; }
	@touch $@

.venv/ready: .venv/made .ci/system requirements/run.txt pyproject.toml
	@PYTHON=$(PYTHON) .ci/system
	@echo "Installing the libraries of requirements/run.txt"
	@$(INSTALL) --require-hashes --requirement requirements/run.txt
	@$(INSTALL) --no-build-isolation --editable .
	@touch $@

.venv/ready-for-studio: .venv/ready requirements/studio.txt
	@echo "Installing the libraries of requirements/studio.txt"
	@$(INSTALL) --require-hashes --requirement requirements/studio.txt
	@touch $@

.venv/ready-to-test: .venv/made .ci/system requirements/dev.txt requirements/validators.txt pyproject.toml
	@PYTHON=$(PYTHON) .ci/system test
	@echo "Installing the libraries of requirements/dev.txt and validators.txt"
	@$(INSTALL) --require-hashes --requirement requirements/dev.txt --requirement requirements/validators.txt
	@$(INSTALL) --no-build-isolation --editable .
	@touch $@

$(DOCS)/ready: requirements/docs.txt
	@echo "Installing the libraries of requirements/docs.txt"
	@$(PYTHON) -m venv --clear $(DOCS)
	@$(DOCS)/bin/python -m pip install --quiet --disable-pip-version-check --no-input --no-deps --require-hashes --requirement $<
	@touch $@
