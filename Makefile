# Two commands do everything: `make run` shows Zenobia at work, `make test` proves it. Both install what they need.

.DEFAULT_GOAL := help
.PHONY: attacks crowd fuzz help run test setup console pictures lint types imports bench eval chaos kills shared faults soak deploy-check scan audit docs lock clean

# uv may have been put beside the project by tools/setup
export PATH := $(CURDIR)/.tools/bin:$(PATH)
export UV_PYTHON_DOWNLOADS := never
# a server that has to compile itself takes twice as long to start, and Python is told in some places to keep nothing
unexport PYTHONDONTWRITEBYTECODE
PYTHON := .venv/bin/python

help: ## Say what can be done
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F'\t' '{printf "  make %-12s %s\n", $$1, $$2}'

run: setup ## Start the server and the demo site, run the demonstration session, stay up
	@. tools/sandbox; exec $(PYTHON) -m zenobia tour

test: setup lint types imports scan ## Run every check and every test
	@tools/setup tests
	@echo "==> tests"
	@# these start, stop and kill drivers of their own, in a process where no other test keeps one
	@. tools/sandbox; $(PYTHON) -m pytest -q tests/browser/test_pool.py
	@. tools/sandbox; $(PYTHON) -m pytest -q -n 2 --dist worksteal --ignore tests/browser/test_pool.py

setup: ## Install what is missing: uv, packages, a browser
	@tools/setup

console: setup ## Build the web console into the server, if anything of it has changed
	@tools/console

lint: setup
	@echo "==> lint"
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@tools/console check

types: setup
	@echo "==> types"
	@.venv/bin/basedpyright

imports: setup
	@echo "==> import rules"
	@.venv/bin/lint-imports --no-cache | tail -n 4

bench: setup ## Measure against raw parts and print both sides, the ratio and its spread
	@$(PYTHON) bench/run.py

KILLS ?= 300
FAULTS ?= 50
TIMES ?= 3
SEED ?= 1
chaos: kills shared faults ## Let everything fail that can be made to, and hold what was told against what is there

kills: setup ## Kill the server KILLS times, in every state a session can be in (SEED repeats the choices)
	@$(PYTHON) -m tests.chaos.kill_loop --kills $(KILLS) --seed $(SEED)

shared: setup ## Two servers and a worker on PostgreSQL: FAULTS times one is killed or sleeps, or the database fails
	@tools/setup tests
	@$(PYTHON) -m tests.chaos.shared_loop --faults $(FAULTS) --seed $(SEED)

faults: setup ## Play the rows of the fault matrix (ROWS="disk_full …", or all) TIMES times each
	@tools/setup faults
	@$(PYTHON) -m tests.chaos.matrix $(ROWS) --times $(TIMES) --seed $(SEED)

deploy-check: setup ## Check deploy/ as far as a machine without Docker can (needs root, Podman and mmdebstrap)
	@$(PYTHON) deploy/check/check.py

KEEP ?=
attacks: setup ## Carry out the security tests at their full numbers (KEEP=--keep writes what came of it into the docs)
	@$(PYTHON) -m tests.security.at_length $(KEEP)

FRAMES ?= 100000
fuzz: setup ## Send FRAMES frames of nonsense, and fail if the server or its other clients notice (SEED repeats them)
	@$(PYTHON) -m tests.security.at_length frames --frames $(FRAMES) --seed $(SEED) $(KEEP)

CROWD ?= 2000
crowd: setup ## Open CROWD connections, half of which never say who they are, and fail if a client who works notices
	@$(PYTHON) -m tests.security.at_length crowd --connections $(CROWD) $(KEEP)

MINUTES ?= 10
BASE_URL ?=
eval: setup ## Do the suite of jobs with a real model: MODEL=provider:name [BASE_URL=…] [ONLY=words]; spends its tokens
	@tools/setup tests
	@$(PYTHON) -m tests.tasks.evaluate --model "$(MODEL)" --base-url "$(BASE_URL)" --only "$(ONLY)"

soak: setup ## Keep a server busy for MINUTES, and fail if it comes to hold more and more
	@$(PYTHON) -m tests.chaos.soak --minutes $(MINUTES) --seed $(SEED)

pictures: ## Make docs/pictures anew, from real sessions
	@tools/pictures

scan: setup ## Look for passwords and keys in what is committed; what is known to be none is in .secrets.baseline
	@echo "==> secrets in what is committed"
	@$(PYTHON) tools/scan.py

AUDIT ?=
audit: setup ## Ask whether a weakness of a pinned package is known; fail where nobody can be asked (AUDIT=--where-possible)
	@echo "==> known weaknesses of packages"
	@$(PYTHON) tools/audit.py $(AUDIT)

docs: setup ## Write the generated reference pages anew
	@$(PYTHON) tools/reference.py

lock: ## Pin the newest versions that work
	@tools/lock

clean: ## Remove what setup and tests made
	@rm -rf .venv .tools .pytest_cache .ruff_cache .hypothesis node_modules src/zenobia/server/pages/console tests/contract/js/node_modules
