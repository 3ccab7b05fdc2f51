# The one list of commands. Each sets up what it needs; needs only CPython 3.11 to 3.13 and make.
# CONFIG, DATA, REPORTS: `make run DATA=../shared/data CONFIG=configs/five_councils.yaml`
# PYTEST_ARGS: passed on to pytest, as in `make test PYTEST_ARGS='tests/unit -x'`
# BENCH_ARGS: passed on to a benchmark, as in `make bench-scale BENCH_ARGS='--cases growth'`

CONFIG ?= configs/synthetic.yaml
BENCH_DATA = $(or $(DATA),$(EHFORECAST_DATA),../shared/data)
PY := .venv/bin/python
PIP := $(PY) -m pip install --quiet --disable-pip-version-check --no-input
NOTEBOOKS = $(wildcard notebooks/*.ipynb)

# Branch coverage: these packages in full, every other one at least 90%. What talks to a database is judged where the tests
# have one ($EHFORECAST_TEST_DATABASE; .ci/run starts it).
FULLY_COVERED := contracts advisory
NOT_JUDGED = $(if $(EHFORECAST_TEST_DATABASE),,--omit='src/ehforecast/contracts/database.py')
PACKAGES = $(patsubst src/ehforecast/%/__init__.py,%,$(wildcard src/ehforecast/*/__init__.py))

.PHONY: help setup run test architecture coverage lint style types imports stripped notebooks docs bench lock clean FORCE
.DEFAULT_GOAL := help

help: ## list the commands
	@echo 'Commands of ehforecast (each sets up what it needs; CONFIG=, DATA= and REPORTS= where they apply):'
	@sed -n 's/^\([a-z%-]*\):.*## \(.*\)/  make \1|\2/p' $(firstword $(MAKEFILE_LIST)) | sed 's/%/NAME/' | \
	  while IFS='|' read -r name purpose; do printf '%-20s %s\n' "$$name" "$$purpose"; done

# --- setting up: each stamp is touched only after its step has succeeded ---------------------------------------------

setup: .venv/.package ## make .venv with the pinned packages and this one

.venv/.locked: requirements.lock
	@found=; for python in $(or $(PYTHON),python3 python3.13 python3.12 python3.11 python); do \
	  "$$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null && found=$$python && break; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "ehforecast needs CPython 3.11, 3.12 or 3.13; '$(or $(PYTHON),python3)' is $$($(or $(PYTHON),python3) --version 2>&1)." >&2; \
	  echo "Install one of them, or say where it is: make PYTHON=/path/to/python3.12 ..." >&2; exit 1; \
	fi; \
	echo "Setting up .venv with $$("$$found" --version): installing the pinned packages (once, about a minute) ..."; \
	"$$found" -m venv --clear .venv
	@$(PIP) --require-hashes -r requirements.lock
	@touch $@

.venv/.package: .venv/.locked pyproject.toml
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.dev: .venv/.package requirements-dev.lock
	@echo 'Adding the pinned tools for tests, lint, notebooks and docs (once, about a minute) ...'
	@$(PIP) --require-hashes -r requirements-dev.lock
	@touch $@

# --- the main job ----------------------------------------------------------------------------------------------------

run: .venv/.package ## forecast and report: made-up councils, or DATA= with CONFIG=
	@.venv/bin/ehforecast run $(CONFIG) $(if $(DATA),--data '$(DATA)') $(if $(REPORTS),--reports '$(REPORTS)')

# Processes of the tests; each does its sums on one thread, so that they do not wait for each other.
WORKERS ?= 2
ONE_THREAD = OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1

# --- tests -----------------------------------------------------------------------------------------------------------

test: .venv/.dev ## every test, then the coverage each package owes
	$(ONE_THREAD) $(PY) -m pytest -n $(WORKERS) --dist loadfile --cov --cov-report= $(PYTEST_ARGS)
	@$(if $(PYTEST_ARGS),echo 'Part of the tests only: coverage not judged.',$(MAKE) --no-print-directory coverage)

architecture: .venv/.dev ## the tree as it is told: import rules, documents, names, lengths, locks
	$(PY) -m pytest tests/architecture $(PYTEST_ARGS)

coverage: .venv/.dev
	@echo 'Branch coverage by package:'; failed=; \
	judge() { \
	  covered=$$($(PY) -m coverage report --include="$$2" $(NOT_JUDGED) --format=total); \
	  if [ "$$covered" -ge "$$3" ]; then verdict=; else verdict='  TOO LOW'; failed=1; fi; \
	  printf '  %-12s %3s%% (at least %s%%)%s\n' "$$1" "$$covered" "$$3" "$$verdict"; \
	  [ -z "$$verdict" ] || $(PY) -m coverage report --include="$$2" $(NOT_JUDGED) --skip-covered; \
	}; \
	judge 'top level' 'src/ehforecast/*.py' 90; \
	for package in $(PACKAGES); do \
	  case " $(FULLY_COVERED) " in *" $$package "*) floor=100 ;; *) floor=90 ;; esac; \
	  judge "$$package" "src/ehforecast/$$package/**" "$$floor"; \
	done; \
	[ -z "$$failed" ]

accept-%: .venv/.dev FORCE ## the acceptance tests of one capability, with their figures
	$(if $(DATA),EHFORECAST_DATA='$(DATA)' )$(ONE_THREAD) $(PY) -m pytest -p no:randomly --acceptance '$*' $(PYTEST_ARGS) tests

# --- checks ----------------------------------------------------------------------------------------------------------

lint: style types imports stripped ## style, types, import rules, notebooks without output

style: .venv/.dev
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .

types: .venv/.dev
	$(PY) -m mypy src $(wildcard benchmarks/*.py)

imports: .venv/.dev
	.venv/bin/lint-imports --no-logo

stripped: .venv/.dev
	$(if $(NOTEBOOKS),$(PY) -m nbstripout --verify $(NOTEBOOKS) || \
	  { echo 'Strip them: .venv/bin/nbstripout $(NOTEBOOKS)' >&2; exit 1; },@echo 'No notebooks to look for output in.')

notebooks: .venv/.dev ## run every notebook from top to bottom
	$(if $(NOTEBOOKS),$(PY) -m pytest --nbmake --force-enable-socket -p no:randomly $(NOTEBOOKS),@echo 'No notebooks yet.')

docs: .venv/.dev ## the documentation as a web site in site/, links checked
	NO_MKDOCS_2_WARNING=1 $(PY) -m mkdocs build --strict --quiet --site-dir site
	@echo 'Documentation: site/index.html'

# --- benchmarks ------------------------------------------------------------------------------------------------------

bench: .venv/.package ## every benchmark in its short form: one table, one plot, a line on each (DATA=; about 15 minutes)
	@mkdir -p benchmarks/out
	$(PY) benchmarks/every_benchmark.py --data '$(BENCH_DATA)' $(BENCH_ARGS)

bench-%: .venv/.package FORCE ## speed or accuracy beside peers, to benchmarks/out/NAME.csv (DATA=, PEERS=1 for demand)
	@test -f 'benchmarks/bench_$(subst -,_,$*).py' || { echo 'No benchmark of that name. There are:' >&2; \
	  ls benchmarks/bench_*.py 2>/dev/null | sed 's/.*bench_\(.*\)\.py/  make bench-\1/' >&2; exit 1; }
	@mkdir -p benchmarks/out
	$(if $(and $(PEERS),$(filter demand,$*)),$(MAKE) --no-print-directory benchmarks/.peers/done)
	$(PY) 'benchmarks/bench_$(subst -,_,$*).py' --data '$(BENCH_DATA)' \
	  $(if $(and $(PEERS),$(filter demand,$*)),--peers benchmarks/.peers/bin/python) $(BENCH_ARGS)

benchmarks/.peers/done: benchmarks/peers/requirements.txt
	@echo 'Setting up the peers of the benchmark in an environment of their own (once, some minutes) ...'
	@.venv/bin/python -m venv --clear benchmarks/.peers
	@benchmarks/.peers/bin/python -m pip install --quiet --disable-pip-version-check --no-input -r $<
	@touch $@

# --- what the package is made of --------------------------------------------------------------------------------------

sbom: .venv/.dev ## a bill of materials of the pinned packages (CycloneDX), to dist/sbom.cdx.json
	@mkdir -p dist
	$(PY) -m cyclonedx_py requirements requirements.lock --pyproject pyproject.toml --output-reproducible \
	  --output-format JSON --output-file dist/sbom.cdx.json
	@echo 'Bill of materials: dist/sbom.cdx.json'

audit: .venv/.dev ## known vulnerabilities of the pinned packages (needs a network); ignores expire, see .ci/ignored.toml
	$(PY) .ci/audit.py requirements.lock

# --- for developers --------------------------------------------------------------------------------------------------

UV ?= uv
COMPILE = $(UV) pip compile pyproject.toml --group build --universal --python-version 3.11 --generate-hashes \
  --no-header --no-annotate --no-emit-index-url --quiet

lock: ## write both lock files anew from pyproject.toml (needs uv; LOCK_ARGS=--upgrade for newer versions)
	@command -v $(UV) >/dev/null || { echo "make lock needs uv, or UV=/path/to/uv" >&2; exit 1; }
	$(COMPILE) $(LOCK_ARGS) --output-file requirements.lock
	$(COMPILE) $(LOCK_ARGS) --all-extras --group dev --group docs --group supply --constraint requirements.lock \
	  --output-file requirements-dev.lock

clean: ## remove the environment, caches and built documentation; published reports stay
	rm -rf .venv site .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage .coverage.*
	find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

FORCE:
