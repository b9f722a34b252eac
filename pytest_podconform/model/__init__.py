"""Kubernetes' own types: manifests with defaults and validation, and the status of a Pod."""
