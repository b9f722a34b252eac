# `make conformance` and `make test` do all their set-up, print what they install, and can be repeated. `make` turns every failure into 2; where the exit status counts, call .venv/bin/pytest yourself.

PYTEST := .venv/bin/pytest

.PHONY: help conformance test test-fast test-mutants coverage check changelog lock environment engine engine-stop kubelet kubelet-up kubelet-down cluster cluster-down judge-cluster generate wheel clean

# No engine, no mutants, no oracles, nothing that builds, and no test that is marked `long`.
FAST := --timeout 300 -n auto -m "not long" --ignore tests/mutants --ignore tests/oracles --ignore tests/e2e --ignore tests/fixtures

help:
	@echo "make conformance [ARGS=...]  judge the reference runtime on Docker; ARGS go to pytest"
	@echo "make test [ARGS=...]         the project's own tests"
	@echo "make test-fast [ARGS=...]    those that need no engine and take a second at most: under a minute"
	@echo "make test-mutants [ARGS=...] those that break a runtime in every known way, on all cores"
	@echo "make coverage                branch coverage of the tests without engine and mutants"
	@echo "make check                   ruff, mypy, pyright"
	@echo "make engine                  install and start Docker (Debian or Ubuntu, as root), if none runs"
	@echo "make engine-stop             stop the Docker that was started here"
	@echo "make kubelet [ARGS=...]      build and start a real kubelet (as root), judge it, stop it"
	@echo "make kubelet-up, -down       start it and leave it, stop it"
	@echo "make cluster                 build and start a real cluster of one node (as root), and say how to judge it"
	@echo "make cluster-down            stop it"
	@echo "make judge-cluster [ARGS=...] start it, judge it, stop it"
	@echo "make changelog               show the changes that no release has yet"
	@echo "make lock [ARGS=--upgrade]   write the versions that CI installs, with hashes, to requirements/"
	@echo "make generate                write the generated files anew"
	@echo "make wheel                   build the wheel and the sdist into dist/"

conformance: engine environment
	$(PYTEST) --podconform $(ARGS)

test: engine environment
	@.ci/musl
	PODCONFORM_NEEDS_ENGINE=1 $(PYTEST) --timeout 300 $(ARGS)

test-fast: environment
	$(PYTEST) $(FAST) $(ARGS)

test-mutants: environment
	$(PYTEST) --timeout 300 -n auto tests/mutants $(ARGS)

coverage: environment
	.venv/bin/coverage erase
	.venv/bin/coverage run -m pytest $(FAST) -q
	.venv/bin/coverage combine --quiet
	.venv/bin/coverage report

check: environment
	.ci/environment check
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/pyright --pythonpath .venv/bin/python

environment:
	@.ci/environment test

engine:
	@.ci/engine start

engine-stop:
	@.ci/engine stop

kubelet: kubelet-up
	$(PYTEST) --podconform --podconform-runtime=kubelet $(ARGS); status=$$?; \
	.venv/bin/podconform node down; exit $$status

kubelet-up: engine environment
	.venv/bin/podconform node up

cluster: engine environment
	.venv/bin/podconform cluster up

cluster-down: kubelet-down

judge-cluster: cluster
	KUBECONFIG=$$(.venv/bin/podconform cluster kubeconfig) \
	$(PYTEST) --podconform --podconform-runtime=kubernetes --podconform-outside api.example.com=192.0.2.10 $(ARGS); status=$$?; \
	.venv/bin/podconform node down; exit $$status

kubelet-down: environment
	.venv/bin/podconform node down

changelog:
	@.ci/environment tools
	@.venv/bin/towncrier build --draft --version unreleased 2>/dev/null

lock:
	@.ci/environment tools
	@.ci/lock $(ARGS)

generate: environment
	.venv/bin/python -m tests.generate

wheel: environment
	.venv/bin/python -m build --outdir dist .

clean:
	rm -rf .venv .tox .coverage dist podconform-report
