"""The conformance suites: one topic a file, one requirement a case."""
