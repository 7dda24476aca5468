# Two commands do everything on a fresh Debian machine with git, make and python3:
#   make demo    three real nodes, a Consul cluster, a Docker Swarm, and the proof that they work
#   make test    everything CI runs
# Both install what they need first (see scripts/prerequisites) and say what they do.

VENV := .venv
PYTHON := $(VENV)/bin/python
PROVISION := $(VENV)/bin/provision
CLUSTER := swarm
WORKERS := 2
VMS := 3
VM_TESTS := tests/vm

.DEFAULT_GOAL := help
.PHONY: help demo down test lint unit compat integration test-vm soak docs bench-bootstrap bench-converged bench-latency bench-hosts bench-files bench-startup \
	bench-tables clean prerequisites

help: ## What there is to make
	@awk -F':.*## ' '/^[a-z -]+:.*## / {printf "%-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

prerequisites: ## Debian packages, a Docker Engine, the venv
	@scripts/prerequisites

demo: prerequisites ## From nothing to a verified cluster; leaves it running
	$(PROVISION) --cluster $(CLUSTER) up --nodes 3 --cpus 2 --memory 2048
	$(PROVISION) --cluster $(CLUSTER) bootstrap
	$(PROVISION) --cluster $(CLUSTER) verify
	$(PROVISION) --cluster $(CLUSTER) status

down: ## Remove the demo's cluster
	$(PROVISION) --cluster $(CLUSTER) down --yes

test: prerequisites lint unit integration ## Everything CI runs

lint: $(VENV)/.installed ## Format, lint, types, import layers, docs
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(VENV)/bin/mkdocs build --strict --quiet

unit: $(VENV)/.installed ## Tests that need no node
	$(PYTHON) -m pytest tests/unit tests/compat -n $(WORKERS) -q

compat: prerequisites ## The same playbooks under ansible-playbook too: what is recorded still holds
	$(PYTHON) -m pytest tests/compat tests/integration/compat -n $(WORKERS) -q --ansible=verify

integration: prerequisites ## Tests on real nodes
	@scripts/prerequisites --tests
	$(PROVISION) image bake  # most clusters of the tests start from it; the main job does not
	$(PYTHON) -m pytest tests/integration -n $(WORKERS) --dist loadfile -q --durations=20

test-vm: $(VENV)/.installed ## Three real VMs (Vagrant, libvirt, QEMU): the mesh and encryption; long
	@scripts/vm-prerequisites
	PROVISION_TEST_VMS=$(VMS) $(PYTHON) -m pytest $(VM_TESTS) -m vm -q -s; status=$$?; scripts/vm-prerequisites --stop; exit $$status
	[ "$(VM_TESTS)" != tests/vm ] || scripts/vm-files >tests/vm/proven

soak: prerequisites ## Fifty random operations on one cluster; SEED=N for those of before; an hour
	$(PYTHON) -m tests.soak $(if $(SEED),--seed $(SEED))

docs: $(VENV)/.installed ## The documentation as a site, in site/
	$(PYTHON) scripts/generate-docs
	$(VENV)/bin/mkdocs build --strict

bench-bootstrap bench-converged bench-latency bench-hosts bench-files bench-startup: bench-%: prerequisites ## One benchmark each; docs/performance.md says what they measure
	$(PYTHON) benchmarks/$*.py

bench-tables: prerequisites ## The figures of the last benchmarks into docs/performance.md
	$(PYTHON) benchmarks/tables.py

clean: ## Remove the venv, caches and reports (not clusters: `make down`)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache site dist reports
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.installed: pyproject.toml
	@scripts/prerequisites --python-only
