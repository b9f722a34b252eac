"""A conformance run inside a pytest session: `settings` (what was asked for), `source` (where verdicts come from), `hooks`."""
