"""Conformance tests for Pod runtimes: whether one does what the Kubernetes documentation says a Pod does."""

__version__ = "0.1.0"
