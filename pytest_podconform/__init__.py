"""Conformance tests for Pod runtimes: does a runtime do what the Kubernetes documentation says a Pod does?"""

__version__ = "0.1.0"
