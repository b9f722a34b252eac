"""Mistakes that somebody who writes a runtime could make, each a pytest plugin: `pytest -p tests.mutants.NAME ...`."""
