# `make` alone prints this help. Nothing lives only in CI: `.ci/run` calls `make ci`.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/bash -o pipefail

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest
WORKERS ?= 2
SUITE := $(PYTEST) -n $(WORKERS) --dist worksteal -m "not journey"

# --- Install ---------------------------------------------------------------------------------------
# Locked and hashed. A stamp for each lock, so that a second start installs nothing.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { echo "Python 3.11 is needed; say which with PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv .venv

.venv/run-installed: requirements.lock | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

.venv/dev-installed: requirements-dev.lock | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@ .venv/run-installed

.PHONY: help install dev run migrate migrations demo demo-data secrets test test-pg shuffle thorough mutate journey cover cover-report fmt lint types arch docs matrix translations check-translations guide-pictures check-docs screenshots audit check-migrations check-deploy lock ci clean

help: ## Print this help
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: .venv/run-installed ## Install what the product needs into .venv

dev: .venv/dev-installed ## Install what tests and checks need, too

# --- Run -------------------------------------------------------------------------------------------
# Variables that are already set win. DEBUG gives SQLite, an embedded broker and demo staff under var/.
export DEBUG ?= 1
run migrate migrations demo demo-data: export PORT ?= 8000
run migrate migrations demo demo-data: export PUBLIC_BASE_URL ?= http://localhost:$(PORT)

run: install ## Serve everything on http://localhost:8000 (PORT=...): web, worker, beat, demo clinic
	@$(BIN)/python manage.py migrate --verbosity 0
	@case "$$DEBUG" in 1|[Tt]rue|[Yy]es|[Oo]n) $(BIN)/python manage.py seed_demo ;; *) $(BIN)/python manage.py collectstatic --noinput --verbosity 0 ;; esac
	@echo "Serving $$PUBLIC_BASE_URL - staff at $$PUBLIC_BASE_URL/admin/ - stop with Ctrl-C"
	@exec env PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/honcho --env /dev/null start --no-prefix

migrate: install ## Bring the database up to date
	@$(BIN)/python manage.py migrate

migrations: dev ## Write the migrations of changed models
	@$(BIN)/python manage.py makemigrations

demo: migrate ## The fictional demo clinic, with visits today whatever day and hour it is
	@$(BIN)/python manage.py seed_demo --today

demo-data: migrate ## The demo clinic as make run has it; SIZE=large: 50 clinicians and 100,000 visits for load work
	@$(BIN)/python manage.py seed_demo $(if $(filter large,$(SIZE)),--clinicians 50 --days 365 --appointments 100000)

# The server has no virtualenv: Python's own library is enough.
secrets: ## Write the secrets of a production installation under secrets/, those that are not there
	@$(PYTHON) -I clinic/secret_files.py secrets

# --- Test ------------------------------------------------------------------------------------------
test: dev ## All tests that need no browser (SQLite, or DATABASE_URL and REDIS_URL when set)
	$(SUITE) $(COVER)

test-pg: dev ## The same and the production commands on PostgreSQL and Redis: give DATABASE_URL and REDIS_URL
	@test -n "$$DATABASE_URL" -a -n "$$REDIS_URL" || { echo "Set DATABASE_URL=postgres://... and REDIS_URL=redis://..."; exit 1; }
	$(SUITE) $(COVER)

SEED ?= 2
RUNS ?= 10
shuffle: dev ## All tests RUNS times in other orders: seeds SEED, SEED + 1, ...; stops at the first that fails
	@for seed in $$(seq $(SEED) $$(($(SEED) + $(RUNS) - 1))); do \
		echo "Seed $$seed"; $(SUITE) -q --randomly-seed=$$seed || { echo "Again: make shuffle SEED=$$seed RUNS=1"; exit 1; }; \
	done

thorough: dev ## The property tests with twenty times as many examples, new ones in each run
	HYPOTHESIS_PROFILE=thorough $(SUITE) $$(grep -rl --include='test_*.py' hypothesis clinic notifications intake scheduling)

mutate: dev ## Change a module one thing at a time and see its tests notice: MODULE=scheduling/slots.py (MOST=n samples)
	$(BIN)/python bench/mutate.py $(MODULE) $(if $(MOST),--most $(MOST))

journey: dev ## Browser journeys against real web, worker, beat, mail and SMS servers (needs Chromium)
	$(PYTEST) -m journey

# What must not fail has every line and branch covered; the rest 95 %. CI joins the runs on both engines.
MUST_NOT_FAIL := scheduling/slots.py,scheduling/availability.py,notifications/outbox.py,notifications/delivery.py,notifications/consent.py,clinic/links.py,clinic/crypto.py,intake/screening/scoring.py,intake/screening/answer_points.py,intake/screening/rules.py,intake/screening/clauses.py,intake/screening/medicine_names.py,intake/safety/*
cover: ## Tests with the coverage gate (the branches of PostgreSQL need DATABASE_URL)
	$(MAKE) $(if $(DATABASE_URL),test-pg,test) COVER="--cov --cov-report="
	$(MAKE) cover-report

cover-report: dev ## The coverage gate over the last run
	$(BIN)/coverage report --skip-covered --show-missing --fail-under=95
	$(BIN)/coverage report --show-missing --fail-under=100 --include=$(MUST_NOT_FAIL)

# --- Check -----------------------------------------------------------------------------------------
fmt: dev ## Format Python and templates
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lint: dev ## Ruff, format, templates
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djlint --lint templates

types: dev ## Strict types
	$(BIN)/mypy .

arch: dev ## The import law
	$(BIN)/lint-imports

matrix: dev ## Write down anew who gets how far at which address; then read what changed
	WRITE_MATRIX=1 $(PYTEST) -q -n0 clinic/tests/test_role_matrix.py

docs: dev ## Draw the generated documents anew (after `make matrix`, when both are due)
	PYTHONPATH=. $(BIN)/python docs/generate.py

translations: dev ## Take new strings into the Spanish catalogs, say which lack their Spanish, and compile
	PYTHONPATH=. $(BIN)/python docs/translate.py

check-translations: dev ## Every public string has its Spanish
	PYTHONPATH=. $(BIN)/python docs/translate.py --check

screenshots: dev ## Pictures of every public page and state, both languages, 360 and 1280 px, under var/screenshots
	$(BIN)/python -m bench.site.screenshots

bench/site/node_modules: bench/site/package-lock.json
	cd bench/site && npm ci --no-fund --no-audit --silent
	@touch $@

audit: dev bench/site/node_modules ## Measure the public pages: axe, HTML_CodeSniffer, Nu checker, Lighthouse (needs Chromium, npm and java)
	$(BIN)/python -m bench.site.audit

guide-pictures: dev ## The pictures of docs/front-desk.md, of the running product (needs Chromium)
	PYTHONPATH=. $(BIN)/python docs/front_desk_pictures.py

check-docs: dev ## The generated documents are current
	PYTHONPATH=. $(BIN)/python docs/generate.py --check

check-migrations: dev ## Models and migrations agree
	$(BIN)/python manage.py makemigrations --check --dry-run

check-deploy: dev ## Django's deployment checks under production settings, nothing silenced
	DEBUG=0 SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(60))') \
	FIELD_KEYS=k1:$$($(BIN)/python -c 'import base64, os; print(base64.b64encode(os.urandom(32)).decode())') \
	PUBLIC_BASE_URL=https://book.clinic.example ALLOWED_HOSTS=book.clinic.example \
	EMAIL_URL=smtp://localhost:25 DEFAULT_FROM_EMAIL=care@clinic.example REDIS_URL=redis://localhost:6379/0 \
	DATABASE_URL=postgres://clinic@localhost/clinic \
	$(BIN)/python manage.py check --deploy --fail-level WARNING

lock: dev ## Make the locks anew from requirements*.txt
	$(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options --output-file requirements.lock requirements.txt
	$(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options --output-file requirements-dev.lock requirements-dev.txt

ci: ## What CI runs: needs PG_URL and CI_REDIS_URL for the second half
	$(MAKE) lint types arch check-docs check-translations check-migrations check-deploy
	$(BIN)/python -m pip check
	$(MAKE) test COVER="--cov --cov-report="
	DATABASE_URL=$$PG_URL REDIS_URL=$$CI_REDIS_URL $(MAKE) test-pg COVER="--cov --cov-append --cov-report="
	$(MAKE) cover-report
	$(MAKE) journey
	DATABASE_URL=$$PG_URL REDIS_URL=$$CI_REDIS_URL $(MAKE) journey

clean: ## Remove the virtualenv and all local data
	rm -rf .venv var
